"""The bases of 42 CFR Part 2 that the facts establish: by whom the holder is, how it received, and for what."""

from dataclasses import replace

from consent.bases.hipaa import hipaa_basis
from consent.basis import Basis, Path, first
from consent.directives import PART2_KINDS, PAYERS, in_tpo_class, permits, refused
from consent.parties import (
    OWN_PURPOSES,
    TREATMENT,
    agreed,
    covers,
    is_individual,
    own,
    treating_provider,
)
from consent.process import subpart_e_order
from consent.terms import (
    AgreementKind,
    Consent,
    ConsentKind,
    Disclosure,
    Duty,
    InfoClass,
    Label,
    Obligation,
    OrgType,
    Party,
    ProcessKind,
    Purpose,
    ReceivedUnder,
    ReportLaw,
    Strength,
)

KEEP = frozenset({Obligation.KEEP_P2_ORIGIN})
MINIMUM = frozenset({Obligation.MINIMUM})
WITH_CONSENT = KEEP | {Obligation.NOTICE_2_32, Obligation.CONSENT_COPY_2_32B, Obligation.ACCOUNT_P2_2_25}
LIMIT_TO_ORDER = KEEP | {Obligation.LIMIT_TO_ORDER}
PAYMENT_CLASSES = frozenset({InfoClass.CLAIM, InfoClass.BILLING})
CONTRACTED = frozenset({Purpose.HPAYMT, Purpose.HOPERAT})
PROCEEDINGS = frozenset({Purpose.LAW, Purpose.JUDICIAL, Purpose.CRIMJUST})
UNREACHABLE = frozenset({ReceivedUnder.PART2_2_52, ReceivedUnder.PART2_2_53, ReceivedUnder.PART2_2_17_INFORMANT})
BACK_TO_PROGRAM = frozenset({Purpose.HRESCH, Purpose.OVERSIGHT, Purpose.HOPERAT})
EMERGENCY_PURPOSES = frozenset({Purpose.ETREAT, Purpose.BTG})
JUDICIAL_ALONE = frozenset({Purpose.JUDICIAL})
NOTES_ALONE = frozenset({InfoClass.COUNSELING_NOTES})
GENERAL_KINDS = PART2_KINDS - {ConsentKind.PART2_COUNSELING_NOTES}
NOTES_KINDS = frozenset({ConsentKind.PART2_COUNSELING_NOTES})
SUPERVISION_KINDS = frozenset({ConsentKind.PART2_2_35})

PATIENT = Basis("42 CFR 2.23", "the patient reads the patient's own record")
PROGRAM = Basis("42 CFR 2.12(c)(3)", "within the programme", KEEP)
PROGRAM_OPERATIONS = Basis("42 CFR 2.12(c)(3)", "within the programme, for payment or operations", KEEP | MINIMUM)
QSO = Basis(
    "42 CFR 2.12(c)(4), 2.11", "service of a qualified service organisation under its agreement", KEEP | MINIMUM
)
PREMISES = Basis(
    "42 CFR 2.12(c)(5)",
    "the programme reports a crime on its premises or against its personnel",
    frozenset({Obligation.LIMIT_FIELDS}),
    accountable=True,
)
CHILD_REPORT = Basis(
    "42 CFR 2.12(c)(6)",
    "the initial child abuse report that state law requires",
    frozenset({Obligation.LIMIT_TO_LAW}),
    accountable=True,
)
EMERGENCY = Basis(
    "42 CFR 2.51(a)(1)",
    "medical personnel in a bona fide emergency, consent cannot be obtained",
    KEEP | MINIMUM | {Obligation.DOC_EMERGENCY_2_51C},
)
RESEARCH = Basis(
    "42 CFR 2.52",
    "research on the approval of a review board",
    frozenset({Obligation.NO_REDISCLOSURE_2_52}),
    Strength.FROM_MEMORY,
    accountable=True,
)
AUDIT = Basis(
    "42 CFR 2.53",
    "audit or evaluation under a written agreement",
    frozenset({Obligation.NO_REDISCLOSURE_2_53}),
    Strength.FROM_MEMORY,
    accountable=True,
)
BACK = Basis("42 CFR 2.52(b), 2.53", "back to the programme the record came from", strength=Strength.FROM_MEMORY)
DEIDENTIFIED = Basis(
    "42 CFR 2.54", "de-identified data for a public health authority", frozenset({Obligation.DEIDENTIFY})
)
ORDER_BASES = {
    ProcessKind.ORDER_2_64: Basis(
        "42 CFR 2.61, 2.64", "a civil order with its mandate", LIMIT_TO_ORDER, accountable=True
    ),
    ProcessKind.ORDER_2_65: Basis(
        "42 CFR 2.61, 2.65", "a criminal order with its mandate", LIMIT_TO_ORDER, accountable=True
    ),
    ProcessKind.ORDER_2_66: Basis(
        "42 CFR 2.61, 2.66", "an order about the programme with its mandate", LIMIT_TO_ORDER, accountable=True
    ),
}
REDISCLOSED = Basis(
    "42 CFR 2.33(b)(1)",
    "a covered entity that received under a TPO consent rediscloses as HIPAA permits",
    KEEP,
    Strength.INTERPRETATION,
)
REDISCLOSED_MINIMUM = replace(REDISCLOSED, obligations=KEEP | MINIMUM)
CONTRACTOR = Basis(
    "42 CFR 2.33(b)(3), (c)",
    "a lawful holder to its contractor, for payment or operations, under written contract",
    KEEP | MINIMUM | {Obligation.NOTICE_2_32},
)
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


def part2_basis(d: Disclosure) -> Basis | None:
    """The first Part 2 basis; how the holder received the record decides which paths are open."""
    match d.received_under:
        case ReceivedUnder.PART2_2_17_INFORMANT:
            return None
        case ReceivedUnder.PART2_2_52 | ReceivedUnder.PART2_2_53:
            return back_to_program(d)
        case ReceivedUnder.PART2_2_35:
            return order(d) or consent(d, SUPERVISION_KINDS)
        case ReceivedUnder.PART2_TPO if d.holder.covered_entity:
            return order(d) or redisclosure(d)
    if is_counseling_note(d):
        return counseling_notes(d)
    return first(PATHS.get(d.purpose, ()), d) if d.purpose else None


def is_counseling_note(d: Disclosure) -> bool:
    """SUD counselling notes (42 CFR 2.11), kept apart from the rest of the record."""
    return Label.SUDCOUNSELNOTE in d.labels or d.info_class is InfoClass.COUNSELING_NOTES


def back_to_program(d: Disclosure) -> Basis | None:
    """2.52(b), 2.53: who holds for research or audit discloses back to the programme only."""
    returned = d.actor.part2_program and d.actor.org == d.origin and d.purpose in BACK_TO_PROGRAM
    return BACK if returned else None


def order(d: Disclosure) -> Basis | None:
    """2.61-2.66: an order of subpart E with its mandate."""
    found = subpart_e_order(d) if d.context.legal_process else None
    return ORDER_BASES[found.kind] if found else None


def redisclosure(d: Disclosure) -> Basis | None:
    """2.33(b)(1): needs a HIPAA basis; never for proceedings against the patient, never counselling notes."""
    proceeding = d.context.proceeding
    against = proceeding is not None and proceeding.against_patient and d.purpose not in TREATMENT
    if is_individual(d):
        return patient_access(d)
    if d.purpose in PROCEEDINGS or against or is_counseling_note(d) or not hipaa_basis(d):
        return None
    return REDISCLOSED if d.purpose in TREATMENT else REDISCLOSED_MINIMUM


def counseling_notes(d: Disclosure) -> Basis | None:
    """2.31(b): a consent for notes alone, the originator's treatment, or an order on 2.63 grounds."""
    if own(d) and d.purpose in TREATMENT and Duty.ORIGINATOR_OF_NOTES in d.actor.duties and _is_program(d):
        return PROGRAM
    return consent(d, NOTES_KINDS) or order(d)


def consented(d: Disclosure) -> Basis | None:
    """2.31, 2.33(a): a live consent of a general kind."""
    return consent(d, GENERAL_KINDS) if d.consents else None


def consent(d: Disclosure, kinds: frozenset[ConsentKind]) -> Basis | None:
    """2.31: the first live consent of these kinds that can carry this disclosure."""
    for found in permits(d, kinds):
        if _can_carry(d, found):
            plain = treating_provider(d.actor) and d.purpose in TREATMENT
            return (CONSENT_BASES if plain else CONSENT_BASES_MINIMUM)[found.kind]
    return None


def _can_carry(d: Disclosure, found: Consent) -> bool:
    """What each form demands beyond its provisions (42 CFR 2.31(a)(4)(i), (b), (d), 2.35)."""
    if found.kind is ConsentKind.PART2_PROCEEDINGS:
        return _is_stand_alone(d, found)
    if d.purpose in PROCEEDINGS and not _is_not_against(d):
        return False
    if d.purpose is Purpose.HPAYMT and d.info_class not in PAYMENT_CLASSES | found.info_classes:
        return False
    match found.kind:
        case ConsentKind.PART2_TPO:
            return d.purpose in OWN_PURPOSES and _is_tpo_recipient(d)
        case ConsentKind.PART2_2_35:
            return _monitors(d)
        case ConsentKind.PART2_COUNSELING_NOTES:
            return found.info_classes == NOTES_ALONE
    return True


def _is_stand_alone(d: Disclosure, found: Consent) -> bool:
    """2.31(d): judicial use alone, and one matter in consent, proceeding and record."""
    proceeding = d.context.proceeding
    if found.purposes != JUDICIAL_ALONE or found.matter is None or proceeding is None:
        return False
    return found.matter == proceeding.matter == d.matter


def _is_not_against(d: Disclosure) -> bool:
    """2.12(d)(1), 2.31(d): an investigation established as not against the patient; proceedings need their own form."""
    proceeding = d.context.proceeding
    return d.purpose is not Purpose.JUDICIAL and proceeding is not None and not proceeding.against_patient


def _is_tpo_recipient(d: Disclosure) -> bool:
    """2.31(a)(4)(i): a TPO consent never reaches police or a charity, even by name."""
    named = d.actor.health_care_provider or d.actor.covered_entity or d.actor.org_type in PAYERS
    return named or in_tpo_class(d)


def _monitors(d: Disclosure) -> bool:
    """2.35(a)(1): a duty to monitor the conditional release, used for that duty."""
    duty = Duty.MONITORS_CONDITIONAL_RELEASE in d.actor.duties
    return duty and d.actor.criminal_justice_agency and d.purpose is Purpose.SUPERVISION


def _is_program(d: Disclosure) -> bool:
    return d.actor.part2_program or (d.holder.part2_program and d.actor.org == d.holder.org)


def within_program(d: Disclosure) -> Basis | None:
    """2.12(c)(3): the programme reads what it holds; a live refusal stops it."""
    if not (own(d) and _is_program(d)) or refused(d):
        return None
    if d.purpose is Purpose.HPAYMT and d.info_class not in PAYMENT_CLASSES:
        return None
    return PROGRAM if d.purpose in TREATMENT else PROGRAM_OPERATIONS


def qualified_service(d: Disclosure) -> Basis | None:
    """2.12(c)(4): a QSO, or a business associate of a programme that is a covered entity (2.11)."""
    if not d.holder.part2_program:
        return None
    associate = d.holder.covered_entity and agreed(d, AgreementKind.BAA)
    return QSO if associate or agreed(d, AgreementKind.QSOA) else None


def crime_on_premises(d: Disclosure) -> Basis | None:
    """2.12(c)(5): to law enforcement, the closed list of facts."""
    crime = d.context.crime_on_premises
    if crime is None or not (crime.occurred and crime.reported_by_program and d.holder.part2_program):
        return None
    return PREMISES if d.info_class is InfoClass.INCIDENT_2_12C5 and d.actor.criminal_justice_agency else None


def child_abuse_report(d: Disclosure) -> Basis | None:
    """2.12(c)(6): the initial report alone; the original records stay protected."""
    law = d.context.report_law
    if law is None or law.kind is not ReportLaw.CHILD_ABUSE or d.info_class is not InfoClass.INITIAL_REPORT:
        return None
    receives = d.actor.org_type in {OrgType.CHILD_PROTECTION, OrgType.POLICE}
    return CHILD_REPORT if receives and covers(law.covers, d.info_class) else None


def emergency(d: Disclosure) -> Basis | None:
    """2.51(a): medical personnel, bona fide, consent not obtainable, the patient did not refuse."""
    return EMERGENCY if d.actor.medical_personnel and emergency_stands(d) else None


def emergency_stands(d: Disclosure) -> bool:
    """The emergency facts of 2.51(a), whoever asks."""
    facts = d.context.emergency
    return facts is not None and facts.medical and not facts.consent_obtainable and not facts.patient_refused


def research(d: Disclosure) -> Basis | None:
    """2.52."""
    return RESEARCH if d.context.research_approved and d.actor.org_type is OrgType.RESEARCH else None


def audit(d: Disclosure) -> Basis | None:
    """2.53: the written agreement is with the holder."""
    return AUDIT if agreed(d, AgreementKind.PART2_2_53) else None


def public_health(d: Disclosure) -> Basis | None:
    """2.54: de-identified data only."""
    named = d.actor.org_type is OrgType.PUBLIC_HEALTH_AUTHORITY
    return DEIDENTIFIED if named and Label.DEIDENTIFIED in d.labels else None


def contractor(d: Disclosure) -> Basis | None:
    """2.33(b)(3), (c): a lawful holder that is no covered entity and no programme, on the consent it received under."""
    if d.received_under not in {ReceivedUnder.PART2_NAMED, ReceivedUnder.PART2_TPO} or d.holder.part2_program:
        return None
    if not agreed(d, AgreementKind.PART2_2_33C):
        return None
    holder = Party(org=d.holder.org, org_type=d.holder.org_type, role=d.actor.role, registered=True)
    return CONTRACTOR if consented(replace(d, actor=holder)) else None


def patient_access(d: Disclosure) -> Basis | None:
    """2.23; not the counselling notes kept apart."""
    return PATIENT if is_individual(d) and not is_counseling_note(d) else None


PATHS: dict[Purpose, tuple[Path, ...]] = dict.fromkeys(Purpose, (consented,)) | {
    Purpose.TREAT: (consented, within_program),
    Purpose.COC: (consented, within_program),
    Purpose.ETREAT: (consented, within_program, emergency),
    Purpose.BTG: (emergency, consented),
    Purpose.HPAYMT: (consented, within_program, contractor),
    Purpose.HOPERAT: (consented, within_program, contractor),
    Purpose.SERVICE: (qualified_service, consented),
    Purpose.PATRQT: (patient_access, consented),
    Purpose.ABUSE: (child_abuse_report, consented),
    Purpose.LAW: (order, crime_on_premises, consented),
    Purpose.JUDICIAL: (order, consented),
    Purpose.PUBHLTH: (public_health, consented),
    Purpose.HRESCH: (research, consented),
    Purpose.OVERSIGHT: (audit, consented),
}
