"""A FHIR R4 Consent as the facts a decision reads; what cannot be read grants nothing.

The wire form is docs/consent-on-the-wire.md. Every problem is named; none is repaired. A consent lodged by anyone
but the holder stays ``proposed`` until a named person at the holder confirms it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from consent.elements import Malformed, concept, day, extensions, has_modifier, member, members, text
from consent.forms import REQUIRED, Statement, missing
from consent.instruments import (
    ConsentDecision,
    ConsentForm,
    ConsentKind,
    ConsentProblem,
    ConsentStatus,
    Expiry,
    MissingElement,
    RecipientClass,
    Signer,
)
from consent.provisions import BASE, Resolve, Rule, custodians, decision_of, organization, rule, word
from consent.statements import Told, told_by
from consent.terms import Consent, FhirJson, Provision

KIND = f"{BASE}CodeSystem/consent-kind"
SIGNER = f"{BASE}StructureDefinition/signer-capacity"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
POLICY_CODES = "http://terminology.hl7.org/CodeSystem/consentpolicycodes"
SCOPE = ("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy")

_UNDERSTOOD = frozenset(
    {"resourceType", "id", "meta", "language", "text", "contained", "extension", "modifierExtension", "identifier",
     "status", "scope", "category", "patient", "dateTime", "performer", "organization", "sourceAttachment",
     "sourceReference", "policy", "policyRule", "verification", "provision"}
)  # fmt: skip
_KINDS_IN_HL7 = {
    (ACT_CODE, "42CFRPart2"): ConsentKind.PART2_NAMED,
    (ACT_CODE, "42-CFR-2"): ConsentKind.PART2_NAMED,
    (POLICY_CODES, "42-CFR-2"): ConsentKind.PART2_NAMED,
    (POLICY_CODES, "hipaa-auth"): ConsentKind.HIPAA_AUTHORIZATION,
}
_DIRECTIVES = {
    (ACT_CODE, "OPTIN"): ConsentDecision.PERMIT,
    (ACT_CODE, "OPTINR"): ConsentDecision.PERMIT,
    (ACT_CODE, "OPTOUT"): ConsentDecision.DENY,
}
_NAMES_NOBODY = frozenset({RecipientClass.ANYONE, RecipientClass.ALL_PARTICIPANTS})


@dataclass(frozen=True, slots=True)
class Filing:
    """What the gateway itself knows of a consent on file: whose records it opens, who lodged it, who confirmed it.

    confirmed_by names the person at the holder who confirmed this version, None if nobody did; it comes from the
    gateway's own record of that act, never from the resource.
    """

    holder: str = field(repr=False)
    lodged_by: str = field(repr=False)
    confirmed_by: str | None = field(default=None, repr=False)

    @property
    def relied_on(self) -> bool:
        """Whether the holder lodged or confirmed it."""
        return self.lodged_by == self.holder or bool(self.confirmed_by)


def read(resource: FhirJson, resolve: Resolve, filing: Filing) -> Consent:
    """The facts of one Consent resource. Never raises on what a resource may hold: problems are named in it."""
    try:
        return _facts(resource, resolve, filing)
    except Malformed:
        return _unreadable(resource)


def _facts(resource: FhirJson, resolve: Resolve, filing: Filing) -> Consent:
    provision = member(resource, "provision")
    told, root = told_by(resource), rule(provision, resolve)
    signed_on, starts, ends = day(resource, "dateTime"), *_period(provision)
    draft = Consent(
        id=text(resource, "id") or "",
        kind=_kind(resource, root),
        status=_status(resource, resolve, filing),
        decision=_decision(resource),
        form=told.form or _form(resource),
        patient=_patient(resource),
        signed_on=signed_on or date.min,
        signers=frozenset(_signers(resource)),
        signer_is_abuser=told.signer_is_abuser,
        period_start=starts or signed_on or date.min,
        period_end=ends,
        expiry=Expiry.DATE if ends else told.expiry or Expiry.MISSING,
        event_occurred=told.event_occurred,
        revoked_at=told.revoked_at,
        revocation_event=told.revocation_event,
        revocable_from=told.revocable_from,
        recipients=root.recipients,
        purposes=root.purposes,
        info_classes=root.info_classes,
        data_period=root.data_period,
        matter=told.matter,
        provisions=root.provisions,
    )
    disclosed = {Statement.DISCLOSER} if filing.holder in _disclosers(resource, resolve) else set()
    stated = told.statements | disclosed | ({Statement.DATE} if signed_on else set())
    return replace(
        draft,
        missing_elements=_missing(draft, stated),
        problems=root.problems | set(_problems(resource, told, root)),
        provisions=_exceptions(draft, stated),
    )


def _missing(draft: Consent, stated: frozenset[Statement]) -> frozenset[MissingElement]:
    """What the form lacks to permit anything; a refusal needs no form. Raises Malformed if no kind of date is given."""
    if draft.decision is ConsentDecision.DENY:
        return frozenset()
    if Statement.DATE not in stated and Statement.DATE not in REQUIRED.get(draft.kind, {}):
        raise Malformed("dateTime is missing")
    return missing(draft.kind, stated | set(_stated(draft)))


def _exceptions(draft: Consent, stated: frozenset[Statement]) -> tuple[Provision, ...]:
    """What a refusal excepts opens on the form of a permit alone (42 CFR 2.31(c)(2)); without it all is refused."""
    opened = _permits(draft.provisions) if draft.decision is ConsentDecision.DENY else ()
    return draft.provisions if all(_can_open(draft, each, stated) for each in opened) else ()


def _can_open(draft: Consent, permit: Provision, stated: frozenset[Statement]) -> bool:
    """Whether the form would do if this exception were all it said: dated, expressed, with an end and all elements."""
    alone = replace(
        draft,
        recipients=permit.recipients or draft.recipients,
        purposes=permit.purposes or draft.purposes,
        info_classes=permit.info_classes or draft.info_classes,
    )
    oral = draft.kind is ConsentKind.ORAL_AGREEMENT and draft.form is ConsentForm.ORAL_DOCUMENTED
    formal = draft.expiry is not Expiry.MISSING if oral else draft.form is ConsentForm.WRITTEN and _expires(draft)
    return formal and Statement.DATE in stated and not missing(draft.kind, stated | set(_stated(alone)))


def _permits(provisions: tuple[Provision, ...]) -> Iterator[Provision]:
    for each in provisions:
        if each.decision is ConsentDecision.PERMIT:
            yield each
        yield from _permits(each.provisions)


def _unreadable(resource: FhirJson) -> Consent:
    """A consent that grants nothing, with as much as it takes to put it before the privacy officer."""
    status, patient, name = resource.get("status"), resource.get("patient"), resource.get("id")
    reference = patient.get("reference") if isinstance(patient, dict) else None
    return Consent(
        id=name if isinstance(name, str) else "",
        kind=ConsentKind.GENERAL_RELEASE,
        status=ConsentStatus(status) if status in list(ConsentStatus) else ConsentStatus.ENTERED_IN_ERROR,
        decision=ConsentDecision.DENY,
        form=ConsentForm.ORAL_UNDOCUMENTED,
        patient=local(reference) if isinstance(reference, str) else "",
        signed_on=date.min,
        signers=frozenset(),
        period_start=date.min,
        period_end=None,
        expiry=Expiry.MISSING,
        problems=frozenset({ConsentProblem.MALFORMED}),
    )


def local(reference: str) -> str:
    """``Type/id`` of a literal reference, without server and version."""
    return "/".join(reference.partition("/_history/")[0].rsplit("/", 2)[-2:])


def _problems(resource: FhirJson, told: Told, root: Rule) -> Iterator[ConsentProblem]:
    scope = SCOPE in concept(member(resource, "scope"))
    strange = any(name.removeprefix("_") not in _UNDERSTOOD for name in resource)
    if strange or not scope or has_modifier(resource) or root.labels or _loses_refusal(resource, root):
        yield ConsentProblem.UNKNOWN_MODIFIER
    if told.materially_false:
        yield ConsentProblem.MATERIALLY_FALSE


def _loses_refusal(resource: FhirJson, root: Rule) -> bool:
    """A refusal that excepts from a permit of nothing to nobody would never be asked: a person must see it."""
    reaches = root.recipients and root.purposes and root.info_classes
    return not reaches and _decision(resource) is ConsentDecision.PERMIT and _refuses(root.provisions)


def _refuses(provisions: tuple[Provision, ...]) -> bool:
    return any(each.decision is ConsentDecision.DENY or _refuses(each.provisions) for each in provisions)


def _status(resource: FhirJson, resolve: Resolve, filing: Filing) -> ConsentStatus:
    """The status, ``proposed`` where an active consent is not (yet) one that this holder relies on."""
    said = text(resource, "status") or ""
    if text(resource, "resourceType") != "Consent" or said not in set(ConsentStatus):
        raise Malformed("resourceType or status is not that of a Consent")
    status = ConsentStatus(said)
    disclosers = _disclosers(resource, resolve)
    refuted = any(each.get("verified") is False for each in members(resource, "verification"))
    another = bool(disclosers) and filing.holder not in disclosers
    unconfirmed = refuted or another or not filing.relied_on
    return ConsentStatus.PROPOSED if status is ConsentStatus.ACTIVE and unconfirmed else status


def disclosers(resource: FhirJson, resolve: Resolve) -> frozenset[str]:
    """The agencies whose records a Consent is about, as far as they resolve; none where it cannot be read."""
    try:
        return frozenset(each for each in _disclosers(resource, resolve) if each)
    except Malformed:
        return frozenset()


def _disclosers(resource: FhirJson, resolve: Resolve) -> set[str | None]:
    named = (*members(resource, "organization"), *custodians(member(resource, "provision")))
    return {organization(reference, resolve) for reference in named}


def _kind(resource: FhirJson, root: Rule) -> ConsentKind:
    """The kind that category or policyRule says; a general release, which opens nothing regulated, if none does."""
    said = [pair for node in (*members(resource, "category"), member(resource, "policyRule")) for pair in concept(node)]
    kinds = {code for system, code in said if system == KIND}
    if len(kinds) > 1 or not kinds <= set(ConsentKind):
        raise Malformed("category and policyRule name no kind of consent, or several")
    if kinds:
        return ConsentKind(kinds.pop())
    known = next((_KINDS_IN_HL7[pair] for pair in said if pair in _KINDS_IN_HL7), ConsentKind.GENERAL_RELEASE)
    standard = any(each.recipient_class is RecipientClass.TPO_STANDARD for each in root.recipients)
    return ConsentKind.PART2_TPO if known is ConsentKind.PART2_NAMED and standard else known


def _decision(resource: FhirJson) -> ConsentDecision:
    said = decision_of(member(resource, "provision"))
    directives = [_DIRECTIVES[pair] for pair in concept(member(resource, "policyRule")) if pair in _DIRECTIVES]
    if said is None and not directives:
        raise Malformed("neither provision.type nor policyRule says permit or deny")
    return said or directives[0]


def _period(provision: FhirJson) -> tuple[date | None, date | None]:
    period = member(provision, "period")
    return day(period, "start"), day(period, "end")


def _form(resource: FhirJson) -> ConsentForm:
    signed = "sourceAttachment" in resource or "sourceReference" in resource
    return ConsentForm.WRITTEN if signed else ConsentForm.ORAL_UNDOCUMENTED


def _patient(resource: FhirJson) -> str:
    return local(text(member(resource, "patient"), "reference") or "")


def _signers(resource: FhirJson) -> Iterator[Signer]:
    """Who signed: the patient as performer, or a RelatedPerson whose capacity the form states."""
    for performer in members(resource, "performer"):
        who = local(text(performer, "reference") or "")
        if who and who == _patient(resource):
            yield Signer.PATIENT
        elif who.startswith("RelatedPerson/"):
            yield from (word(Signer, capacity) for capacity in extensions(performer, SIGNER))


def _stated(consent: Consent) -> Iterator[Statement]:
    """The required statements that the elements themselves make."""
    established = {
        Statement.PATIENT: bool(consent.patient),
        Statement.INFORMATION: bool(consent.info_classes),
        Statement.RECIPIENT: _names_somebody(consent),
        Statement.PURPOSE: bool(consent.purposes),
        Statement.EXPIRY: _expires(consent),
        Statement.SIGNATURE: bool(consent.signers) and consent.form is ConsentForm.WRITTEN,
    }
    yield from (statement for statement, so in established.items() if so)


def _names_somebody(consent: Consent) -> bool:
    """42 CFR 2.31(a)(4): a name or a precise class; an intermediary together with the participants meant."""
    if consent.kind in {ConsentKind.HIPAA_AUTHORIZATION, ConsentKind.PSYCHOTHERAPY_NOTES_AUTHORIZATION}:
        return bool(consent.recipients)
    named = [each for each in consent.recipients if each.recipient_class not in _NAMES_NOBODY]
    through = [each for each in named if each.intermediary]
    if consent.kind is ConsentKind.PART2_INTERMEDIARY:
        return bool(through) and len(named) > len(through)
    return len(named) > len(through)


def _expires(consent: Consent) -> bool:
    """A date or event; "none" serves a TPO consent (42 CFR 2.31(a)(7)); Illinois asks for a date (110/5(b))."""
    if consent.kind is ConsentKind.IL_110_5:
        return consent.expiry is Expiry.DATE
    none_serves = consent.kind is ConsentKind.PART2_TPO and consent.expiry is Expiry.STATED_NONE
    return none_serves or consent.expiry in {Expiry.DATE, Expiry.EVENT}
