"""Legal process that reaches a disclosure: only what it expressly covers (45 CFR 164.512(e)-(f), 42 CFR 2.61-2.66)."""

from consent.parties import covers
from consent.terms import (
    Disclosure,
    InfoClass,
    Label,
    LegalProcess,
    OrgType,
    ProceedingKind,
    ProcessKind,
    Purpose,
    ReportLaw,
)

JUDICIAL_ONLY = frozenset({Purpose.JUDICIAL})
INVESTIGATIVE = frozenset({Purpose.LAW, Purpose.JUDICIAL})
SUBPART_E = frozenset({ProcessKind.ORDER_2_64, ProcessKind.ORDER_2_65, ProcessKind.ORDER_2_66})
COURT_ORDER = frozenset({ProcessKind.COURT_ORDER})
ADULT_REPORTS_TO = frozenset({OrgType.ADULT_PROTECTION, OrgType.POLICE})
REPORTS_TO = {
    ReportLaw.CHILD_ABUSE: frozenset({OrgType.CHILD_PROTECTION, OrgType.POLICE}),
    ReportLaw.ELDER_ABUSE: ADULT_REPORTS_TO,
    ReportLaw.ADULT_ABUSE: ADULT_REPORTS_TO,
    ReportLaw.GUNSHOT_WOUND: frozenset({OrgType.POLICE}),
}
"""To whom each reporting law has the report made (45 CFR 164.512(a)-(c), (f)(1)(i))."""


def reaching(d: Disclosure, kinds: frozenset[ProcessKind]) -> list[LegalProcess]:
    """Process of these kinds whose scope covers the class asked for."""
    return [p for p in d.context.legal_process if p.kind in kinds and covers(p.covers, d.info_class)]


def ordered(d: Disclosure) -> list[LegalProcess]:
    """Orders of a court, outside subpart E, that expressly cover the class asked for."""
    return reaching(d, COURT_ORDER)


def mandated_report(d: Disclosure) -> ReportLaw | None:
    """The reporting law that has this class reported to this recipient.

    A wound report is for law enforcement (45 CFR 164.512(f)(1)(i)); the others, required by law whatever they are asked
    for, may go to police too (164.512(a), (b)(1)(ii), (c)(1)(i)).
    """
    law = d.context.report_law
    if law is None or not covers(law.covers, d.info_class) or d.actor.org_type not in REPORTS_TO[law.kind]:
        return None
    return None if law.kind is ReportLaw.GUNSHOT_WOUND and d.purpose is not Purpose.LAW else law.kind


def is_confidential(d: Disclosure) -> bool:
    """Confidential communications, counselling notes among them (42 CFR 2.63)."""
    return (
        d.info_class in {InfoClass.CONFIDENTIAL_COMMUNICATION, InfoClass.COUNSELING_NOTES}
        or Label.CONFIDENTIAL_COMMUNICATION in d.labels
        or Label.SUDCOUNSELNOTE in d.labels
    )


def subpart_e_order(d: Disclosure) -> LegalProcess | None:
    """A subpart E order with its mandate that fits this proceeding, recipient, purpose and content."""
    for process in d.context.legal_process:
        if (
            process.mandate
            and _fits_proceeding(d, process.kind)
            and covers(process.covers, d.info_class)
            and (process.grounds_2_63 or not is_confidential(d))
        ):
            return process
    return None


def lacks_mandate(d: Disclosure) -> bool:
    """A subpart E order is shown, but no subpoena or similar mandate compels (42 CFR 2.61)."""
    return any(p.kind in SUBPART_E and not p.mandate for p in d.context.legal_process)


def _fits_proceeding(d: Disclosure, kind: ProcessKind) -> bool:
    """2.64 noncriminal; 2.65 criminal against the patient; 2.66 criminal, not against the patient."""
    proceeding = d.context.proceeding
    if proceeding is None:
        return False
    criminal = proceeding.kind is ProceedingKind.CRIMINAL
    match kind:
        case ProcessKind.ORDER_2_64:
            return not criminal and d.purpose in JUDICIAL_ONLY
        case ProcessKind.ORDER_2_65:
            return (
                criminal
                and proceeding.against_patient
                and d.purpose in INVESTIGATIVE
                and d.actor.criminal_justice_agency
            )
        case ProcessKind.ORDER_2_66:
            return criminal and not proceeding.against_patient and d.purpose in INVESTIGATIVE and _may_investigate(d)
    return False


def _may_investigate(d: Disclosure) -> bool:
    """An agency with jurisdiction over the programme or holder (42 CFR 2.66)."""
    return d.actor.criminal_justice_agency or d.actor.org_type is OrgType.OVERSIGHT_AGENCY
