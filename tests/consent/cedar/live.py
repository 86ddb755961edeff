"""Reading rules 8 to 12 once more: which consents are live, what they cover, and what they say together."""

from dataclasses import dataclass, replace
from datetime import date

from consent.terms import (
    Consent,
    ConsentDecision,
    ConsentForm,
    ConsentKind,
    ConsentStatus,
    Disclosure,
    Expiry,
    InfoClass,
    OrgType,
    Party,
    Provision,
    Purpose,
    Recipient,
    RecipientClass,
    Signer,
)

NOT_EVERYTHING = frozenset({InfoClass.COUNSELING_NOTES, InfoClass.PSYCHOTHERAPY_NOTES, InfoClass.PERSONAL_NOTES})
OPEN_ENDED = frozenset({ConsentKind.PART2_TPO, ConsentKind.ORAL_AGREEMENT})
CARE = frozenset({Purpose.TREAT, Purpose.ETREAT, Purpose.COC})
CLASS_FORMS = {
    RecipientClass.TPO_STANDARD: frozenset({ConsentKind.PART2_TPO, ConsentKind.PART2_NAMED}),
    RecipientClass.TREATING_PARTICIPANTS: frozenset({ConsentKind.PART2_INTERMEDIARY}),
    RecipientClass.ALL_PARTICIPANTS: frozenset[ConsentKind](),
    RecipientClass.ANYONE: frozenset({ConsentKind.HIPAA_AUTHORIZATION}),
}
PART2 = frozenset(kind for kind in ConsentKind if kind.startswith("part2-"))


@dataclass(frozen=True)
class Said:
    """What all consents say together: the kinds that permit (none where one denies), and whether one denies."""

    permits: frozenset[ConsentKind]
    denied: bool


def said(facts: Disclosure) -> Said:
    """Rule 12: permits add up and a deny wins, whatever the dates and the kinds."""
    words = [(consent.kind, _grants(consent, facts), _word(consent, facts)) for consent in facts.consents]
    denied = any(word is ConsentDecision.DENY for _, _, word in words)
    permits = (kind for kind, grants, word in words if grants and word is ConsentDecision.PERMIT)
    return Said(frozenset() if denied else frozenset(permits), denied)


def is_minor(facts: Disclosure) -> bool:
    """Rule 7: below 18 until local midnight of the birthday."""
    return age(facts) < 18


def age(facts: Disclosure) -> int:
    """Whole years on the local day of now."""
    born, today = facts.patient.birth_date, facts.context.today
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _word(consent: Consent, facts: Disclosure) -> ConsentDecision | None:
    """What a live consent says: nothing where it is not live, does not match, or would permit in no fit form."""
    if not _is_live(consent, facts) or (consent.decision is ConsentDecision.PERMIT and not _is_fit(consent)):
        return None
    return _decides(consent, facts)


def _is_live(consent: Consent, facts: Disclosure) -> bool:
    today = facts.context.today
    return (
        consent.status is ConsentStatus.ACTIVE
        and not consent.problems
        and not consent.missing_elements
        and consent.patient == facts.patient.id
        and _signed_rightly(consent, facts)
        and consent.period_start <= today
        and (consent.period_end is None or today <= consent.period_end)
        and not (consent.expiry is Expiry.EVENT and consent.event_occurred)
        and not _is_revoked(consent, facts)
    )


def _is_revoked(consent: Consent, facts: Disclosure) -> bool:
    if consent.revoked_at is None or facts.context.now < consent.revoked_at:
        return False
    if consent.kind is ConsentKind.PART2_2_35 and consent.revocation_event is not None:
        return consent.revocable_from is not None and consent.revocable_from <= facts.context.today
    return True


def _signed_rightly(consent: Consent, facts: Disclosure) -> bool:
    """Rule 9; nobody signs an oral agreement, and the abuser's hand spoils any form (164.502(g)(5))."""
    if consent.signer_is_abuser:
        return False
    if consent.kind is ConsentKind.ORAL_AGREEMENT:
        return True
    if not is_minor(facts):
        adults = {Signer.PATIENT}
        if consent.kind is not ConsentKind.FERPA_99_30:
            adults.add(Signer.PERSONAL_REPRESENTATIVE)
        return bool(consent.signers & adults)
    return _signed_for_a_minor(consent, facts)


def _signed_for_a_minor(consent: Consent, facts: Disclosure) -> bool:
    by_patient = Signer.PATIENT in consent.signers
    by_parent = bool(consent.signers & {Signer.PARENT, Signer.GUARDIAN})
    minor = facts.context.minor
    alone = minor is not None and minor.state_lets_minor_consent_alone
    if consent.kind is ConsentKind.FERPA_99_30:
        return by_parent
    if consent.kind is ConsentKind.VAWA_RELEASE:
        return by_patient and by_parent
    if alone:
        return by_patient
    if consent.kind in PART2:
        return by_patient and by_parent
    return bool(consent.signers)


def _grants(consent: Consent, facts: Disclosure) -> bool:
    """Whether the form can carry a permission: fit, and alone where it must be alone; a refusal needs no form."""
    return _is_fit(consent) and _alone_where_it_must(consent, facts)


def _is_fit(consent: Consent) -> bool:
    """Written or documented, and with an end stated."""
    return _form_suffices(consent) and _end_suffices(consent)


def _form_suffices(consent: Consent) -> bool:
    if consent.kind is ConsentKind.ORAL_AGREEMENT:
        return consent.form is not ConsentForm.ORAL_UNDOCUMENTED
    return consent.form is ConsentForm.WRITTEN


def _end_suffices(consent: Consent) -> bool:
    if consent.kind is ConsentKind.IL_110_5 and consent.expiry is not Expiry.DATE:
        return False
    if consent.expiry is Expiry.DATE:
        return consent.period_end is not None
    return consent.expiry is Expiry.EVENT or (consent.expiry is Expiry.STATED_NONE and consent.kind in OPEN_ENDED)


def _alone_where_it_must(consent: Consent, facts: Disclosure) -> bool:
    match consent.kind:
        case ConsentKind.PART2_PROCEEDINGS:
            return consent.purposes == {Purpose.JUDICIAL} and _one_matter(consent, facts)
        case ConsentKind.PART2_COUNSELING_NOTES:
            return consent.info_classes == {InfoClass.COUNSELING_NOTES}
        case ConsentKind.PSYCHOTHERAPY_NOTES_AUTHORIZATION:
            return consent.info_classes == {InfoClass.PSYCHOTHERAPY_NOTES}
        case ConsentKind.PART2_INTERMEDIARY:
            return any(each.intermediary for each in consent.recipients)
        case _:
            return True


def _one_matter(consent: Consent, facts: Disclosure) -> bool:
    proceeding = facts.context.proceeding
    return proceeding is not None and consent.matter is not None and consent.matter == proceeding.matter == facts.matter


def _decides(consent: Consent, facts: Disclosure) -> ConsentDecision | None:
    """Rule 11: the root, then its exceptions, the deepest match first and denies first among siblings."""
    root = Provision(
        decision=consent.decision,
        recipients=consent.recipients,
        purposes=consent.purposes,
        info_classes=consent.info_classes,
        data_period=consent.data_period,
        provisions=consent.provisions,
    )
    if consent.decision is ConsentDecision.PERMIT and not (root.recipients and root.purposes and root.info_classes):
        return None
    return _exception(root, consent.kind, facts)


def _exception(rule: Provision, kind: ConsentKind, facts: Disclosure) -> ConsentDecision | None:
    if not _matches(rule, kind, facts):
        return None
    deeper = {_exception(each, kind, facts) for each in rule.provisions} - {None}
    if ConsentDecision.DENY in deeper:
        return ConsentDecision.DENY
    return ConsentDecision.PERMIT if deeper else rule.decision


def _matches(rule: Provision, kind: ConsentKind, facts: Disclosure) -> bool:
    return (
        (not rule.recipients or _addresses(rule, kind, facts))
        and (not rule.purposes or _has_purpose(rule.purposes, facts))
        and (not rule.labels or bool(rule.labels & facts.labels))
        and (not rule.info_classes or covers(rule.info_classes, facts.info_class))
        and (rule.data_period is None or _lies_in(facts.effective, rule.data_period.start, rule.data_period.end))
    )


def covers(classes: frozenset[InfoClass], asked: InfoClass) -> bool:
    """Rule 10: a class named, or any class under "*" but the three kinds of notes."""
    return asked in classes or (InfoClass.EVERY in classes and asked not in NOT_EVERYTHING)


def _addresses(rule: Provision, kind: ConsentKind, facts: Disclosure) -> bool:
    """Whether a rule's entries name the recipient; through an intermediary only where it is named beside them."""
    through = rule.decision is ConsentDecision.PERMIT and kind is ConsentKind.PART2_INTERMEDIARY
    if through and not any(entry.intermediary for entry in rule.recipients):
        return False
    return any(_names(entry, rule.decision, kind, facts) for entry in rule.recipients)


def _lies_in(day: date | None, start: date, end: date) -> bool:
    return day is not None and start <= day <= end


def _has_purpose(purposes: frozenset[Purpose], facts: Disclosure) -> bool:
    if facts.purpose is Purpose.COC and Purpose.TREAT in purposes and treats(facts.actor):
        return True
    return facts.purpose in purposes


def _names(entry: Recipient, rule: ConsentDecision, kind: ConsentKind, facts: Disclosure) -> bool:
    """Rule 10; a class names its members in a refusal whatever the form, in a permission only where a form may."""
    if entry.role is not None and entry.role is not facts.actor.role:
        return False
    if entry.recipient_class is None:
        return entry.org == facts.actor.org
    if rule is ConsentDecision.DENY:
        return _is_refused_member(entry.recipient_class, facts)
    return kind in CLASS_FORMS[entry.recipient_class] and _is_member(entry.recipient_class, facts)


def _is_member(named: RecipientClass, facts: Disclosure) -> bool:
    if named is RecipientClass.TPO_STANDARD:
        return treats(facts.actor) or (facts.purpose not in CARE and is_tpo_class(facts))
    return named is RecipientClass.ANYONE or treats(facts.actor)


def _is_refused_member(named: RecipientClass, facts: Disclosure) -> bool:
    if named is RecipientClass.TPO_STANDARD:
        return treats(facts.actor) or pays(facts.actor) or helps(facts)
    return named is not RecipientClass.TREATING_PARTICIPANTS or treats(facts.actor)


def treats(actor: Party) -> bool:
    """A provider with a treating provider relationship to this patient (42 CFR 2.11)."""
    return actor.health_care_provider and actor.treating_relationship


def is_tpo_class(facts: Disclosure) -> bool:
    """Treating providers, plans, payers, and for other than care who helps to run the programme (2.31(a)(4)(i))."""
    return treats(facts.actor) or pays(facts.actor) or (facts.purpose not in CARE and helps(facts))


def pays(actor: Party) -> bool:
    """A health plan or a third-party payer."""
    return actor.org_type in (OrgType.HEALTH_PLAN, OrgType.PAYER_NOT_HIPAA)


def helps(facts: Disclosure) -> bool:
    """Whether the recipient works for the holder as qualified service organisation or business associate."""
    return bool(between(facts, facts.actor.org, facts.holder.org) & {"QSOA", "BAA"})


def between(facts: Disclosure, one: str, other: str) -> frozenset[str]:
    """The kinds of agreement in force between two organisations."""
    both = {one, other} if one != other else {one, other, ""}
    return frozenset(str(each.kind) for each in facts.context.agreements if both <= each.parties)


def names_organisation(facts: Disclosure, kind: ConsentKind) -> bool:
    """Whether a permission of the kind still stands when only recipients named by organisation count."""
    named = tuple(
        replace(each, recipients=tuple(entry for entry in each.recipients if entry.org is not None))
        if each.decision is ConsentDecision.PERMIT
        else each
        for each in facts.consents
    )
    return kind in said(replace(facts, consents=named)).permits


def names_holder(facts: Disclosure) -> bool:
    """Whether a Part 2 consent lets the holder itself have this for this purpose (2.33(b)(3))."""
    to_holder = replace(facts, actor=replace(facts.actor, org=facts.holder.org, org_type=facts.holder.org_type))
    return bool(said(to_holder).permits & {ConsentKind.PART2_NAMED, ConsentKind.PART2_TPO})
