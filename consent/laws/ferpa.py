"""Education records, 34 CFR 99: governs what a school keeps about a student, wherever it is held.

A record of the school's own law enforcement unit is none (99.3, 99.8) and carries another label.
"""

from consent.directives import permits
from consent.findings import allow, deny
from consent.parties import OWN_PURPOSES, agreed, is_individual, is_minor, own
from consent.process import INVESTIGATIVE, ordered
from consent.terms import (
    AgreementKind,
    ConsentKind,
    Disclosure,
    Duty,
    Finding,
    Label,
    Obligation,
    Purpose,
    ReceivedUnder,
    Relation,
    Strength,
)

LAW = "34 CFR 99"
GOVERNED = frozenset({Label.FERPA})
SCHOOL_PURPOSES = OWN_PURPOSES | {Purpose.THREAT}
CONSENTS = frozenset({ConsentKind.FERPA_99_30})
USE_LIMIT = frozenset({Obligation.USE_LIMIT_99_33})

STUDENT = allow(
    LAW, "34 CFR 99.10, 99.31(a)(12)", "the student reads the student's own record", strength=Strength.FROM_MEMORY
)
PARENT = allow(LAW, "34 CFR 99.10, 99.31(a)(12)", "the parent of a student below 18", strength=Strength.FROM_MEMORY)
SCHOOL = allow(
    LAW,
    "34 CFR 99.31(a)(1)(i)(A)",
    "the school's own officials, who need it for their work",
    strength=Strength.FROM_MEMORY,
)
MEMBER = allow(
    LAW,
    "34 CFR 99.31(a)(1)(i)(B), 99.33(a)(2)",
    "the threat team uses what it received as a school official, for the assessment alone",
    USE_LIMIT,
)
OFFICIAL = allow(
    LAW,
    "34 CFR 99.31(a)(1)(i)(B), 99.33(a)",
    "to a designated member of the threat team, for the assessment",
    USE_LIMIT,
)
EMERGENCY = allow(
    LAW,
    "34 CFR 99.31(a)(10), 99.36",
    "an articulable and significant threat, while the emergency lasts",
    frozenset({Obligation.MINIMUM, Obligation.RECORD_FERPA_99_32}),
)
CONSENTED = allow(
    LAW,
    "34 CFR 99.30, 99.33(a)",
    "a signed and dated consent names records, purpose and party",
    USE_LIMIT,
    Strength.FROM_MEMORY,
)
COURT = allow(
    LAW,
    "34 CFR 99.31(a)(9)",
    "a court's order covers this",
    frozenset({Obligation.LIMIT_TO_ORDER}),
    Strength.FROM_MEMORY,
)
STAYS = deny(
    LAW,
    "34 CFR 99.30, 99.31",
    "no consent and no exception covers this education record",
    strength=Strength.FROM_MEMORY,
)
NO_REDISCLOSURE = deny(
    LAW, "34 CFR 99.33(a)", "received as a school official: not for other uses, and not passed on without consent"
)


def ferpa(d: Disclosure) -> Finding | None:
    """34 CFR 99.30, 99.31: with consent, or where an exception holds."""
    if GOVERNED.isdisjoint(d.labels):
        return None
    if permits(d, CONSENTS):
        return CONSENTED
    if d.received_under is ReceivedUnder.FERPA_99_31A1:
        return MEMBER if own(d) and _assesses(d) else NO_REDISCLOSURE
    return _of_the_family(d) or _in_school(d) or _in_emergency(d) or _ordered(d) or STAYS


def _of_the_family(d: Disclosure) -> Finding | None:
    """99.10, 99.5: the parent until the student is 18; the student."""
    if is_individual(d):
        return STUDENT
    kin = d.actor.relation in {Relation.PARENT, Relation.GUARDIAN}
    return PARENT if kin and d.purpose is Purpose.FAMRQT and is_minor(d) else None


def _in_school(d: Disclosure) -> Finding | None:
    """99.31(a)(1)(i): the school's own people, and outside members of its threat team."""
    if own(d):
        return SCHOOL if d.purpose in SCHOOL_PURPOSES else None
    return OFFICIAL if _assesses(d) and agreed(d, AgreementKind.FERPA_SCHOOL_OFFICIAL) else None


def _assesses(d: Disclosure) -> bool:
    """A member of the threat team, for the assessment."""
    return Duty.THREAT_TEAM_MEMBER in d.actor.duties and d.purpose is Purpose.THREAT


def _in_emergency(d: Disclosure) -> Finding | None:
    """99.36(a), (c): to those whose knowledge is necessary, which whoever cannot prevent it is not."""
    school, threat = d.context.school, d.context.threat
    if d.purpose is not Purpose.THREAT or school is None or threat is None or not threat.recipient_can_prevent:
        return None
    return EMERGENCY if school.articulable_significant_threat and school.emergency_ongoing else None


def _ordered(d: Disclosure) -> Finding | None:
    """99.31(a)(9)."""
    return COURT if d.purpose in INVESTIGATIVE and ordered(d) else None
