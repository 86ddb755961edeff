"""The bases that a consent under 42 CFR 2.31, 2.33 and 2.35 gives, with what each form demands of its own."""

from dataclasses import replace

from consent.basis import Basis
from consent.directives import PART2_KINDS, PAYERS, in_tpo_class, permits
from consent.parties import OWN_PURPOSES, TREATMENT, treating_provider
from consent.terms import Consent, ConsentKind, Disclosure, Duty, InfoClass, Obligation, Purpose

MINIMUM = frozenset({Obligation.MINIMUM})
WITH_CONSENT = frozenset(
    {Obligation.KEEP_P2_ORIGIN, Obligation.NOTICE_2_32, Obligation.CONSENT_COPY_2_32B, Obligation.ACCOUNT_P2_2_25}
)
PAYMENT_CLASSES = frozenset({InfoClass.CLAIM, InfoClass.BILLING})
PROCEEDINGS = frozenset({Purpose.LAW, Purpose.JUDICIAL, Purpose.CRIMJUST})
JUDICIAL_ALONE = frozenset({Purpose.JUDICIAL})
NOTES_ALONE = frozenset({InfoClass.COUNSELING_NOTES})
GENERAL_KINDS = PART2_KINDS - {ConsentKind.PART2_COUNSELING_NOTES}
NOTES_KINDS = frozenset({ConsentKind.PART2_COUNSELING_NOTES})
SUPERVISION_KINDS = frozenset({ConsentKind.PART2_2_35})
PROCEEDING_KINDS = SUPERVISION_KINDS | {ConsentKind.PART2_PROCEEDINGS}
CONSENT_BASES = {
    ConsentKind.PART2_TPO: Basis(
        "42 CFR 2.31(a)(4)(i), 2.33(a)(2)", "a live TPO consent reaches this recipient", WITH_CONSENT
    ),
    ConsentKind.PART2_NAMED: Basis(
        "42 CFR 2.31, 2.33(a)(1)", "a live consent names recipient, purpose and information", WITH_CONSENT
    ),
    ConsentKind.PART2_INTERMEDIARY: Basis(
        "42 CFR 2.31(a)(4)(ii), 2.24",
        "a live consent through an intermediary, to a treating participant",
        WITH_CONSENT | {Obligation.INTERMEDIARY_LIST_2_24},
    ),
    ConsentKind.PART2_COUNSELING_NOTES: Basis(
        "42 CFR 2.31(b)", "a live consent for counselling notes alone", WITH_CONSENT
    ),
    ConsentKind.PART2_PROCEEDINGS: Basis("42 CFR 2.31(d)", "a stand-alone consent for this proceeding", WITH_CONSENT),
    ConsentKind.PART2_2_35: Basis(
        "42 CFR 2.35",
        "a live criminal justice consent, to who monitors the conditional release",
        WITH_CONSENT | {Obligation.USE_LIMIT_2_35D},
    ),
}
CONSENT_BASES_MINIMUM = {
    kind: replace(basis, obligations=basis.obligations | MINIMUM) for kind, basis in CONSENT_BASES.items()
}


# Members read in functions, bound once: reaching them through their Enum class costs 0.2 µs in CPython 3.11.
PART2_PROCEEDINGS, PART2_TPO, PART2_2_35, PART2_COUNSELING_NOTES = (
    ConsentKind.PART2_PROCEEDINGS,
    ConsentKind.PART2_TPO,
    ConsentKind.PART2_2_35,
    ConsentKind.PART2_COUNSELING_NOTES,
)
HPAYMT, JUDICIAL, SUPERVISION = Purpose.HPAYMT, Purpose.JUDICIAL, Purpose.SUPERVISION
MONITORS_CONDITIONAL_RELEASE = Duty.MONITORS_CONDITIONAL_RELEASE


def consented(d: Disclosure) -> Basis | None:
    """2.31, 2.33(a): a live consent of a general kind."""
    return consent(d, GENERAL_KINDS) if d.consents else None


def consented_to_proceedings(d: Disclosure) -> Basis | None:
    """2.31(d), 2.35: the consents that reach use against the patient, each in its own bounds."""
    return consent(d, PROCEEDING_KINDS) if d.consents else None


def consent(d: Disclosure, kinds: frozenset[ConsentKind]) -> Basis | None:
    """2.31: the first live consent of these kinds that can carry this disclosure."""
    for found in permits(d, kinds):
        if _can_carry(d, found):
            plain = treating_provider(d.actor) and d.purpose in TREATMENT
            return (CONSENT_BASES if plain else CONSENT_BASES_MINIMUM)[found.kind]
    return None


def _can_carry(d: Disclosure, found: Consent) -> bool:
    """What each form demands beyond its provisions (42 CFR 2.31(a)(4)(i), (b), (d), 2.35)."""
    if found.kind is PART2_PROCEEDINGS:
        return _is_stand_alone(d, found)
    if d.purpose in PROCEEDINGS and not _is_not_against(d):
        return False
    if d.purpose is HPAYMT and not _is_for_payment(d, found):
        return False
    if found.kind is PART2_TPO:
        return d.purpose in OWN_PURPOSES and _is_tpo_recipient(d)
    if found.kind is PART2_2_35:
        return _monitors(d)
    return found.kind is not PART2_COUNSELING_NOTES or found.info_classes == NOTES_ALONE


def _is_for_payment(d: Disclosure, found: Consent) -> bool:
    """2.13(a), 2.33(a)(2): claim and billing, or a class that a consent to this payer names."""
    return d.info_class in PAYMENT_CLASSES or (found.kind is not PART2_TPO and d.info_class in found.info_classes)


def _is_stand_alone(d: Disclosure, found: Consent) -> bool:
    """2.31(d): judicial use alone, and one matter in consent, proceeding and record."""
    proceeding = d.context.proceeding
    if found.purposes != JUDICIAL_ALONE or found.matter is None or proceeding is None:
        return False
    return found.matter == proceeding.matter == d.matter


def _is_not_against(d: Disclosure) -> bool:
    """2.12(d)(1), 2.31(d): an investigation established as not against the patient; proceedings need their own form."""
    proceeding = d.context.proceeding
    return d.purpose is not JUDICIAL and proceeding is not None and not proceeding.against_patient


def _is_tpo_recipient(d: Disclosure) -> bool:
    """2.31(a)(4)(i): a TPO consent never reaches police or a charity, even by name."""
    named = d.actor.health_care_provider or d.actor.covered_entity or d.actor.org_type in PAYERS
    return named or in_tpo_class(d)


def _monitors(d: Disclosure) -> bool:
    """2.35(a)(1): a duty to monitor the conditional release, used for that duty."""
    duty = MONITORS_CONDITIONAL_RELEASE in d.actor.duties
    return duty and d.actor.criminal_justice_agency and d.purpose is SUPERVISION
