"""The bases of 45 CFR 164.512(e), (f) and (j)(1)(ii): courts and police, each with its closed list of fields."""

from consent.basis import Basis, Path
from consent.directives import permits
from consent.process import SUBPART_E, ordered, reaching
from consent.terms import ConsentKind, Disclosure, InfoClass, Label, Obligation, ProcessKind, Strength, Victim

LIMIT_TO_ORDER = frozenset({Obligation.LIMIT_TO_ORDER})
LIMIT_FIELDS = frozenset({Obligation.LIMIT_FIELDS})
UNREAD = Strength.FROM_MEMORY
MINIMUM = frozenset({Obligation.MINIMUM})
ORAL = frozenset({ConsentKind.ORAL_AGREEMENT})
WARRANT = frozenset({ProcessKind.SEARCH_WARRANT})
GRAND_JURY = frozenset({ProcessKind.GRAND_JURY_SUBPOENA})
SUBPOENA = frozenset({ProcessKind.SUBPOENA})
REQUEST = frozenset({ProcessKind.ADMINISTRATIVE_REQUEST})
LOCATE_CLASSES = frozenset({InfoClass.LOCATE_FIELDS, InfoClass.NAME, InfoClass.ADDRESS, InfoClass.BIRTHDATE})
INJURY_CLASSES = frozenset({InfoClass.INJURY, InfoClass.GUNSHOT_INJURY})
PREMISES_CLASSES = frozenset({InfoClass.INCIDENT_2_12C5, InfoClass.CRIME_ALERT})
STATEMENT_CLASSES = frozenset({InfoClass.STATEMENT, InfoClass.LOCATE_FIELDS})

ORDERED = Basis(
    "45 CFR 164.512(e)(1)(i)", "a court order expressly covers this", LIMIT_TO_ORDER, accountable=True, strength=UNREAD
)
WARRANTED = Basis(
    "45 CFR 164.512(f)(1)(ii)(A)", "a warrant of a judicial officer covers this", LIMIT_TO_ORDER, accountable=True
)
GRAND_JURY_DEMAND = Basis(
    "45 CFR 164.512(f)(1)(ii)(B)", "a grand jury subpoena covers this", LIMIT_TO_ORDER, accountable=True
)
SUBPOENAED = Basis(
    "45 CFR 164.512(e)(1)(ii)",
    "a subpoena with satisfactory assurance covers this",
    LIMIT_TO_ORDER,
    accountable=True,
    strength=UNREAD,
)
REQUESTED = Basis(
    "45 CFR 164.512(f)(1)(ii)(C)",
    "an administrative request with its three-part statement covers this",
    LIMIT_TO_ORDER | MINIMUM,
    accountable=True,
)
LOCATED = Basis("45 CFR 164.512(f)(2)", "the closed list of fields to locate a person", LIMIT_FIELDS, accountable=True)
VICTIM_AGREED = Basis(
    "45 CFR 164.512(f)(3)(i)", "the crime victim agreed, and the agreement is on record", MINIMUM, accountable=True
)
VICTIM_UNABLE = Basis(
    "45 CFR 164.512(f)(3)(ii)",
    "the crime victim cannot agree, the officer made both representations, and it is in the victim's interest",
    MINIMUM,
    accountable=True,
)
ON_PREMISES = Basis(
    "45 CFR 164.512(f)(5)",
    "a crime on the premises, reported by the holder",
    LIMIT_FIELDS,
    accountable=True,
    strength=UNREAD,
)
OFF_SITE = Basis(
    "45 CFR 164.512(f)(6)",
    "an alert to a crime met in an off-site emergency",
    LIMIT_FIELDS,
    accountable=True,
    strength=UNREAD,
)
ADMITTED = Basis(
    "45 CFR 164.512(j)(1)(ii)(A), (3)",
    "a statement admitting a violent crime, not learned in treating that conduct",
    LIMIT_FIELDS | {Obligation.DOC_GOOD_FAITH, Obligation.MINIMUM},
    accountable=True,
)


def court_order(d: Disclosure) -> Basis | None:
    """164.512(e)(1)(i), (f)(1)(ii)(A): a court's order to anyone, a warrant to law enforcement."""
    if ordered(d):
        return ORDERED
    if any(order.mandate for order in reaching(d, SUBPART_E)):
        return ORDERED
    return WARRANTED if d.actor.criminal_justice_agency and reaching(d, WARRANT) else None


def subpoena(d: Disclosure) -> Basis | None:
    """164.512(e)(1)(ii): with satisfactory assurance; (f)(1)(ii)(B): of a grand jury, to law enforcement."""
    if any(process.satisfactory_assurance for process in reaching(d, SUBPOENA)):
        return SUBPOENAED
    return grand_jury(d)


def grand_jury(d: Disclosure) -> Basis | None:
    """164.512(f)(1)(ii)(B)."""
    return GRAND_JURY_DEMAND if d.actor.criminal_justice_agency and reaching(d, GRAND_JURY) else None


def administrative_request(d: Disclosure) -> Basis | None:
    """164.512(f)(1)(ii)(C)."""
    stated = any(process.three_part_statement for process in reaching(d, REQUEST))
    return REQUESTED if stated and d.actor.criminal_justice_agency else None


def is_abuse(d: Disclosure) -> bool:
    """Domestic violence and other adult abuse: to police only under a reporting law or other process."""
    victim = d.context.victim
    return Label.SDV in d.labels or (victim is not None and victim.adult_abuse)


def locate(d: Disclosure) -> Basis | None:
    """164.512(f)(2): never DNA, dental records or tissue typing."""
    if d.context.locate is None or d.info_class not in LOCATE_CLASSES or is_abuse(d):
        return None
    return LOCATED if d.actor.criminal_justice_agency else None


def crime_victim(d: Disclosure) -> Basis | None:
    """164.512(f)(3): agreement on record, or incapacity with both representations and the victim's interest."""
    victim = d.context.victim
    if victim is None or is_abuse(d) or not d.actor.criminal_justice_agency:
        return None
    if victim.agrees:
        return VICTIM_AGREED if permits(d, ORAL) else None
    return VICTIM_UNABLE if _may_speak_for(victim) and d.info_class in INJURY_CLASSES else None


def _may_speak_for(victim: Victim) -> bool:
    return (
        victim.incapacitated
        and victim.represents_not_against_victim
        and victim.represents_cannot_wait
        and victim.best_interest
    )


def crime_on_premises(d: Disclosure) -> Basis | None:
    """164.512(f)(5)."""
    crime = d.context.crime_on_premises
    if crime is None or not crime.occurred or not crime.reported_by_program or is_abuse(d):
        return None
    return ON_PREMISES if d.info_class in PREMISES_CLASSES and d.actor.criminal_justice_agency else None


def offsite_emergency(d: Disclosure) -> Basis | None:
    """164.512(f)(6): not where the emergency is the result of abuse."""
    if d.context.offsite_emergency_result_of_abuse is not False or is_abuse(d):
        return None
    return OFF_SITE if d.info_class is InfoClass.CRIME_ALERT and d.actor.criminal_justice_agency else None


def statement(d: Disclosure) -> Basis | None:
    """164.512(j)(1)(ii)(A), (2)(i), (3)."""
    admission = d.context.admission
    if admission is None or not admission.violent_crime or admission.learned_in_treatment_of_conduct or is_abuse(d):
        return None
    return ADMITTED if d.info_class in STATEMENT_CLASSES and d.actor.criminal_justice_agency else None


LAW_PATHS: tuple[Path, ...] = (
    court_order,
    grand_jury,
    administrative_request,
    locate,
    crime_victim,
    crime_on_premises,
    offsite_emergency,
    statement,
)
