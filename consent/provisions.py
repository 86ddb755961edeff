"""The rules inside a FHIR Consent: actors, purposes, classes, labels, periods and exceptions to any depth.

A condition that this engine cannot evaluate is never skipped, because skipping it would widen the rule: it makes
the consent unusable.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeAlias, TypeVar

from consent.code_sets import ACT_CODE, CONFIDENTIALITY, security_label
from consent.elements import Malformed, coding, concept, day, extensions, member, members, text
from consent.instruments import ConsentDecision, ConsentProblem, RecipientClass
from consent.shapes import SHAPES
from consent.terms import DataPeriod, FhirJson, Provision, Recipient
from consent.vocabulary import InfoClass, Label, Purpose, Role

BASE = "https://crosswalk-gateway.org/fhir/"
INFO_CLASS = f"{BASE}CodeSystem/info-class"
PURPOSE = f"{BASE}CodeSystem/purpose"
ACTOR_ROLE = f"{BASE}CodeSystem/consent-actor-role"
RECIPIENT_CLASS = f"{BASE}StructureDefinition/recipient-class"
RECIPIENT_ROLE = f"{BASE}StructureDefinition/recipient-role"
ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
RESOURCE_TYPES = "http://hl7.org/fhir/resource-types"
CONSENT_ACTION = "http://terminology.hl7.org/CodeSystem/consentaction"

CUSTODIAN = (PARTICIPATION, "CST")
RECIPIENTS = frozenset({(PARTICIPATION, "IRCP"), (PARTICIPATION, "PRCP")})
INTERMEDIARY = (ACTOR_ROLE, "intermediary")
Word = TypeVar("Word", bound=StrEnum)

LOCAL_PURPOSES = frozenset(
    {
        Purpose.LAW,
        Purpose.JUDICIAL,
        Purpose.THREAT,
        Purpose.ABUSE,
        Purpose.CRIMJUST,
        Purpose.VICTIMSVC,
        Purpose.SUPERVISION,
        Purpose.CUSTODY,
        Purpose.OVERSIGHT,
        Purpose.SERVICE,
        Purpose.MATCH,
        Purpose.OPERATIONS,
    }
)
"""Purposes without the same code and meaning in v3-ActReason."""
DEEPEST = 32
_UNDERSTOOD = frozenset(
    {"id", "extension", "type", "period", "actor", "action", "securityLabel", "purpose", "class", "code",
     "dataPeriod", "provision", "modifierExtension"}
)  # fmt: skip
_DISCLOSING = frozenset({"disclose", "access"})
_NARROWER = frozenset(
    {"ETHUD", "OPIOIDUD", "DRG", "PSY", "COGN", "EMOTDIS", "AID", "SEX", "STD", "GDIS", "ADOL", "PRS", "V"}
)
"""Codes that mean less than the label kept for them: a refusal by one reaches further, a permit may not."""

Resolve: TypeAlias = Callable[[str], str | None]
"""Reference (``Organization/x``) or ``system|value`` of an identifier -> organisation id, None if unknown."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The conditions of one provision as read, and why it cannot be relied on, if so."""

    recipients: tuple[Recipient, ...] = field(default=(), repr=False)
    purposes: frozenset[Purpose] = frozenset()
    labels: frozenset[Label] = frozenset()
    info_classes: frozenset[InfoClass] = frozenset()
    data_period: DataPeriod | None = None
    provisions: tuple[Provision, ...] = ()
    problems: frozenset[ConsentProblem] = frozenset()


def rule(node: FhirJson, resolve: Resolve, depth: int = 0) -> Rule:
    """Read one provision with everything below it. Raises Malformed."""
    if depth > DEEPEST:
        raise Malformed("provisions are nested too deep")
    recipients, unresolved = _recipients(node, resolve)
    below = [(_decision(child), rule(child, resolve, depth + 1)) for child in members(node, "provision")]
    problems = {ConsentProblem.RECIPIENT_UNRESOLVABLE} if unresolved else set()
    labels = _labels(node)
    if labels is None or _not_understood(node) or (depth and ("period" in node or any(custodians(node)))):
        problems.add(ConsentProblem.UNKNOWN_MODIFIER)
    return Rule(
        recipients=recipients,
        purposes=frozenset(_purpose(*coding(each)) for each in members(node, "purpose")),
        labels=labels or frozenset(),
        info_classes=frozenset(_info_classes(node)),
        data_period=_data_period(node),
        provisions=tuple(_provision(decision, inner) for decision, inner in below),
        problems=frozenset(problems).union(*(inner.problems for _, inner in below)),
    )


def decision_of(node: FhirJson) -> ConsentDecision | None:
    """What a provision's type says, None if it has none. Raises Malformed for another word."""
    said = text(node, "type")
    try:
        return ConsentDecision(said) if said else None
    except ValueError:
        raise Malformed("provision.type is neither permit nor deny") from None


def _decision(node: FhirJson) -> ConsentDecision:
    said = decision_of(node)
    if said is None:
        raise Malformed("a nested provision has no type")
    return said


def _provision(decision: ConsentDecision, inner: Rule) -> Provision:
    return Provision(
        decision,
        recipients=inner.recipients,
        purposes=inner.purposes,
        labels=inner.labels,
        info_classes=inner.info_classes,
        data_period=inner.data_period,
        provisions=inner.provisions,
    )


def _not_understood(node: FhirJson) -> bool:
    """Whether it holds a condition that is not evaluated: data, another action, an element of another release."""
    actions = {code for each in members(node, "action") for system, code in concept(each) if system == CONSENT_ACTION}
    other_action = "action" in node and not actions & _DISCLOSING
    return other_action or any(name.removeprefix("_") not in _UNDERSTOOD for name in node)


def custodians(node: FhirJson) -> Iterator[FhirJson]:
    """References to the actors that a provision names as custodians, who disclose. Raises Malformed."""
    for actor in members(node, "actor"):
        if CUSTODIAN in concept(member(actor, "role")):
            yield member(actor, "reference")


def _recipients(node: FhirJson, resolve: Resolve) -> tuple[tuple[Recipient, ...], bool]:
    """The recipients of a provision, and whether any actor could not be resolved."""
    found = [
        _recipient(actor, codes, resolve)
        for actor in members(node, "actor")
        if CUSTODIAN not in (codes := set(concept(member(actor, "role"))))
    ]
    return tuple(each for each in found if each is not None), None in found


def _recipient(actor: FhirJson, codes: set[tuple[str, str]], resolve: Resolve) -> Recipient | None:
    for extension in extensions(actor, RECIPIENT_CLASS):
        return Recipient(recipient_class=word(RecipientClass, extension))
    org = organization(member(actor, "reference"), resolve)
    if org is None:
        return None
    if INTERMEDIARY in codes:
        return Recipient(intermediary=org)
    if not codes & RECIPIENTS:
        return None
    role = next((word(Role, extension) for extension in extensions(actor, RECIPIENT_ROLE)), None)
    return Recipient(org=org, role=role)


def word(words: type[Word], extension: FhirJson) -> Word:
    """The code of an extension, from a closed list. Raises Malformed for any other."""
    said = text(extension, "valueCode")
    if said not in set(words):
        raise Malformed("an extension's valueCode is not in its code system")
    return words(said)


def organization(reference: FhirJson, resolve: Resolve) -> str | None:
    """The organisation a Reference names, literally or by identifier, None if unknown. Raises Malformed."""
    literal = text(reference, "reference")
    if literal:
        return resolve(literal)
    identifier = member(reference, "identifier")
    value = text(identifier, "value")
    return resolve(f"{text(identifier, 'system') or ''}|{value}") if value else None


def _purpose(system: str, code: str) -> Purpose:
    known = Purpose.__members__.get(code)
    if known is None or system != (PURPOSE if known in LOCAL_PURPOSES else ACT_REASON):
        raise Malformed("a purpose is not in the list of purposes of use")
    return known


def _info_classes(node: FhirJson) -> Iterator[InfoClass]:
    for each in members(node, "class"):
        yield _info_class(*coding(each))
    for each in members(node, "code"):
        for pair in concept(each):
            yield _info_class(*pair)


def _info_class(system: str, code: str) -> InfoClass:
    if system == RESOURCE_TYPES and code in SHAPES:
        return SHAPES[code].root
    if system == INFO_CLASS and code in set(InfoClass):
        return InfoClass(code)
    raise Malformed("an information class is not in the list of classes")


def is_narrower(system: str, code: str) -> bool:
    """Whether a code means less than its label (v3-ActCode InformationSensitivityPolicy, v3-Confidentiality)."""
    return system in {ACT_CODE, CONFIDENTIALITY} and code.upper() in _NARROWER


def _labels(node: FhirJson) -> frozenset[Label] | None:
    """The labels a provision is limited to, None if one is not understood, or would permit more than its code says."""
    said = [coding(each) for each in members(node, "securityLabel")]
    found = [security_label(*pair) for pair in said]
    narrower = decision_of(node) is ConsentDecision.PERMIT and any(is_narrower(*pair) for pair in said)
    return frozenset[Label]().union(*found) if all(found) and not narrower else None


def _data_period(node: FhirJson) -> DataPeriod | None:
    if "dataPeriod" not in node:
        return None
    period = member(node, "dataPeriod")
    return DataPeriod(day(period, "start") or date.min, day(period, "end") or date.max)
