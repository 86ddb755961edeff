"""The bases of 42 CFR Part 2 that the facts establish: by whom the holder is, how it received, and for what."""

from dataclasses import replace
from functools import lru_cache

from consent.bases.hipaa import hipaa_basis
from consent.bases.part2_consent import (
    NOTES_KINDS,
    PAYMENT_CLASSES,
    PROCEEDINGS,
    SUPERVISION_KINDS,
    consent,
    consented,
    consented_to_proceedings,
)
from consent.basis import Basis, Path, first
from consent.directives import refused
from consent.parties import (
    CARE,
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
UNREAD = Strength.FROM_MEMORY
MINIMUM = frozenset({Obligation.MINIMUM})
LIMIT_TO_ORDER = KEEP | {Obligation.LIMIT_TO_ORDER}
BACK_TO_PROGRAM = frozenset({Purpose.HRESCH, Purpose.OVERSIGHT, Purpose.HOPERAT})

PATIENT = Basis("42 CFR 2.23", "the patient reads the patient's own record", strength=UNREAD)
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
    UNREAD,
    accountable=True,
)
AUDIT = Basis(
    "42 CFR 2.53",
    "audit or evaluation under a written agreement",
    frozenset({Obligation.NO_REDISCLOSURE_2_53}),
    UNREAD,
    accountable=True,
)
BACK = Basis("42 CFR 2.52(b), 2.53", "back to the programme the record came from", strength=UNREAD)
DEIDENTIFIED = Basis(
    "42 CFR 2.54",
    "de-identified data for a public health authority",
    frozenset({Obligation.DEIDENTIFY}),
    strength=UNREAD,
)
ORDER_BASES = {
    ProcessKind.ORDER_2_64: Basis(
        "42 CFR 2.61, 2.64", "a civil order with its mandate", LIMIT_TO_ORDER, accountable=True
    ),
    ProcessKind.ORDER_2_65: Basis(
        "42 CFR 2.61, 2.65", "a criminal order with its mandate", LIMIT_TO_ORDER, UNREAD, accountable=True
    ),
    ProcessKind.ORDER_2_66: Basis(
        "42 CFR 2.61, 2.66", "an order about the programme with its mandate", LIMIT_TO_ORDER, UNREAD, accountable=True
    ),
}
REDISCLOSED = Basis(
    "42 CFR 2.33(b)(1)",
    "a covered entity that received under a TPO consent rediscloses as HIPAA permits",
    KEEP,
    Strength.INTERPRETATION,
)
CONTRACTOR = Basis(
    "42 CFR 2.33(b)(3), (c)",
    "a lawful holder to its contractor, for payment or operations, under written contract",
    KEEP | MINIMUM | {Obligation.NOTICE_2_32},
)


# Members read in functions, bound once: reaching them through their Enum class costs 0.2 µs in CPython 3.11.
PART2_TPO, PART2_NAMED = ReceivedUnder.PART2_TPO, ReceivedUnder.PART2_NAMED
SUDCOUNSELNOTE = Label.SUDCOUNSELNOTE
COUNSELING_NOTES, INCIDENT_2_12C5, INITIAL_REPORT = (
    InfoClass.COUNSELING_NOTES,
    InfoClass.INCIDENT_2_12C5,
    InfoClass.INITIAL_REPORT,
)
ORIGINATOR_OF_NOTES = Duty.ORIGINATOR_OF_NOTES
HPAYMT = Purpose.HPAYMT
BAA, QSOA, PART2_2_53, PART2_2_33C = (
    AgreementKind.BAA,
    AgreementKind.QSOA,
    AgreementKind.PART2_2_53,
    AgreementKind.PART2_2_33C,
)


def part2_basis(d: Disclosure) -> Basis | None:
    """The first Part 2 basis; how the holder received the record decides which paths are open."""
    if d.received_under is not None and (path := _path_of_receipt(d)):
        return path(d)
    if is_against_patient(d):
        return against_patient(d)
    if is_counseling_note(d):
        return counseling_notes(d)
    return first(PATHS[d.purpose], d) if d.purpose else None


def is_against_patient(d: Disclosure) -> bool:
    """2.12(d)(1): wanted to investigate, charge or proceed against the patient, whatever purpose is stated."""
    return d.context.proceeding is not None and d.context.proceeding.against_patient


def against_patient(d: Disclosure) -> Basis | None:
    """2.12(d)(1): an order of subpart E or its own consent, and what Part 2 permits whatever follows.

    Counselling notes have no consent but their own (2.31(b)), and that one is for no proceeding (2.31(d)).
    """
    left = [path for path in PATHS.get(d.purpose, ()) if path in DESPITE_PROCEEDING] if d.purpose else []
    return first(tuple(left) if is_counseling_note(d) else (consented_to_proceedings, *left), d)


def _path_of_receipt(d: Disclosure) -> Path | None:
    """The one path left open by the rule under which the holder received; None where all are."""
    if d.received_under is PART2_TPO:
        return redisclosure if d.holder.covered_entity else None
    return ONE_PATH.get(d.received_under) if d.received_under else None


def is_counseling_note(d: Disclosure) -> bool:
    """SUD counselling notes (42 CFR 2.11), kept apart from the rest of the record."""
    return SUDCOUNSELNOTE in d.labels or d.info_class is COUNSELING_NOTES


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
    if is_individual(d):
        return patient_access(d)
    if ordered := order(d):
        return ordered
    if d.purpose in PROCEEDINGS or is_against_patient(d) or is_counseling_note(d):
        return None
    for_care = d.purpose in TREATMENT and (own(d) or treating_provider(d.actor))
    basis = hipaa_basis(d)
    return _redisclosed(basis, KEEP if for_care else KEEP | MINIMUM) if basis else None


@lru_cache(maxsize=256)
def _redisclosed(basis: Basis, more: frozenset[Obligation]) -> Basis:
    """The redisclosure with what its HIPAA basis demands."""
    return replace(REDISCLOSED, obligations=basis.obligations | more, accountable=basis.accountable)


def supervision(d: Disclosure) -> Basis | None:
    """2.35(d): who received for supervision uses it for that duty alone; an order of subpart E reaches it too."""
    return order(d) or (None if is_counseling_note(d) else consent(d, SUPERVISION_KINDS))


def informant(_: Disclosure) -> Basis | None:
    """2.17(b), 2.12(d)(1): what an informant obtained serves nobody."""
    return None


def counseling_notes(d: Disclosure) -> Basis | None:
    """2.31(b): a consent for notes alone, the originator's treatment, or an order on 2.63 grounds."""
    originator = ORIGINATOR_OF_NOTES in d.actor.duties and own(d) and _is_program(d)
    if originator and d.purpose in CARE and not refused(d):
        return PROGRAM
    return consent(d, NOTES_KINDS) or order(d)


def _is_program(d: Disclosure) -> bool:
    return d.actor.part2_program or (d.holder.part2_program and d.actor.org == d.holder.org)


def within_program(d: Disclosure) -> Basis | None:
    """2.12(c)(3): the programme, or who received under a TPO consent, reads what it holds; a live refusal stops it."""
    if not own(d) or refused(d) or not (_is_program(d) or d.received_under is PART2_TPO):
        return None
    if d.purpose is HPAYMT and d.info_class not in PAYMENT_CLASSES:
        return None
    return PROGRAM if d.purpose in TREATMENT else PROGRAM_OPERATIONS


def qualified_service(d: Disclosure) -> Basis | None:
    """2.12(c)(4): a QSO, or a business associate of a programme that is a covered entity (2.11)."""
    if not d.holder.part2_program:
        return None
    associate = d.holder.covered_entity and agreed(d, BAA)
    return QSO if associate or agreed(d, QSOA) else None


def crime_on_premises(d: Disclosure) -> Basis | None:
    """2.12(c)(5): to law enforcement, the closed list of facts."""
    crime = d.context.crime_on_premises
    if crime is None or not (crime.occurred and crime.reported_by_program and d.holder.part2_program):
        return None
    return PREMISES if d.info_class is INCIDENT_2_12C5 and d.actor.criminal_justice_agency else None


def child_abuse_report(d: Disclosure) -> Basis | None:
    """2.12(c)(6): the initial report alone; the original records stay protected."""
    law = d.context.report_law
    if law is None or law.kind is not ReportLaw.CHILD_ABUSE or d.info_class is not INITIAL_REPORT:
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
    return AUDIT if agreed(d, PART2_2_53) else None


def public_health(d: Disclosure) -> Basis | None:
    """2.54: de-identified data only."""
    named = d.actor.org_type is OrgType.PUBLIC_HEALTH_AUTHORITY
    return DEIDENTIFIED if named and Label.DEIDENTIFIED in d.labels else None


def contractor(d: Disclosure) -> Basis | None:
    """2.33(b)(3), (c): a lawful holder that is no covered entity and no programme, on the consent it received under."""
    if d.received_under not in {PART2_NAMED, PART2_TPO} or d.holder.part2_program:
        return None
    if not agreed(d, PART2_2_33C):
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

DESPITE_PROCEEDING: frozenset[Path] = frozenset(
    {order, patient_access, emergency, crime_on_premises, child_abuse_report}
)
"""2.12(d)(1) bars the use of the record; these open it for what they name, and the bar goes with it."""

ONE_PATH: dict[ReceivedUnder, Path] = {
    ReceivedUnder.PART2_2_17_INFORMANT: informant,
    ReceivedUnder.PART2_2_52: back_to_program,
    ReceivedUnder.PART2_2_53: back_to_program,
    ReceivedUnder.PART2_2_35: supervision,
}
