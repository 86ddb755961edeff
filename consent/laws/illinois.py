"""Illinois Mental Health and Developmental Disabilities Confidentiality Act, 740 ILCS 110: the first state pack.

Governs records whose origin is Illinois (45 CFR 160.203(b): the more stringent state law prevails), and a therapist's
personal notes wherever they are. Another state is one module like this, one line in ``consent/laws/__init__.py`` and
one file of cases.
"""

from consent.directives import permits, refused
from consent.findings import allow, deny
from consent.parties import OWN_PURPOSES, RECIPIENT_AT, birthday, is_individual, is_minor, own
from consent.process import mandated_report, ordered
from consent.terms import (
    ConsentKind,
    Disclosure,
    Duty,
    Finding,
    InfoClass,
    Jurisdiction,
    Label,
    Obligation,
    Purpose,
    Relation,
    ReportLaw,
    Strength,
    ThreatJudge,
)

LAW = "740 ILCS 110"
GOVERNED = frozenset({Label.IL_MHDDCA, Label.PERSONAL_NOTES})
PARENTS = frozenset({Relation.PARENT, Relation.GUARDIAN})
CONSENTS = frozenset({ConsentKind.IL_110_5})
EMERGENCY_PURPOSES = frozenset({Purpose.TREAT, Purpose.ETREAT, Purpose.BTG})

NOTES_OWN = allow(
    LAW,
    "740 ILCS 110/2, 110/3(b)",
    "the therapist reads the therapist's own personal notes",
    strength=Strength.FROM_MEMORY,
)
NOTES_STAY = deny(
    LAW,
    "740 ILCS 110/3(b)",
    "personal notes are their writer's alone, whatever anybody consented to",
    strength=Strength.FROM_MEMORY,
)
HOME = allow(
    LAW, "740 ILCS 110/3, 110/9", "the organisation that holds the record reads it", strength=Strength.POLICY_DEFAULT
)
RECIPIENT = allow(LAW, "740 ILCS 110/4(a)", "the recipient of services, from 12", strength=Strength.INTERPRETATION)
PARENT = allow(LAW, "740 ILCS 110/4(a)(1)", "the parent of a recipient below 12", strength=Strength.INTERPRETATION)
PARENT_OF_MINOR = allow(
    LAW,
    "740 ILCS 110/4(a)(3)",
    "the parent of a recipient of 12 to 17 who was informed and does not object",
    strength=Strength.INTERPRETATION,
)
GUARDIAN = allow(LAW, "740 ILCS 110/4(a)", "the guardian of an adult recipient", strength=Strength.FROM_MEMORY)
CONSENTED = allow(
    LAW,
    "740 ILCS 110/5",
    "a written and witnessed consent covers this",
    frozenset({Obligation.NOREDISCLOSE_IL_110_5D}),
    Strength.INTERPRETATION,
)
RISK = allow(
    LAW,
    "740 ILCS 110/11(ii)",
    "the therapist determined a clear, imminent risk of serious injury",
    frozenset({Obligation.DOC_GOOD_FAITH, Obligation.MINIMUM}),
)
EMERGENCY = allow(
    LAW, "740 ILCS 110/11(iii)", "emergency medical care of a recipient who cannot assert or waive these rights"
)
CHILD_REPORT = allow(
    LAW,
    "740 ILCS 110/11(i)",
    "a child abuse report that state law requires",
    frozenset({Obligation.LIMIT_TO_LAW}),
    Strength.FROM_MEMORY,
)
COURT = allow(
    LAW,
    "740 ILCS 110/10",
    "a court's order covers this",
    frozenset({Obligation.LIMIT_TO_ORDER}),
    Strength.FROM_MEMORY,
)
STAYS = deny(
    LAW,
    "740 ILCS 110/3, 110/5",
    "no consent of the Illinois form and no exception of the act covers this",
    strength=Strength.FROM_MEMORY,
)


def illinois(d: Disclosure) -> Finding | None:
    """740 ILCS 110/3: all records and communications are confidential, save as the act provides."""
    governs = Label.IL_MHDDCA in d.labels and d.context.jurisdiction is Jurisdiction.US_IL
    if Label.PERSONAL_NOTES in d.labels or (governs and d.info_class is InfoClass.PERSONAL_NOTES):
        return NOTES_OWN if _wrote(d) else NOTES_STAY
    if not governs:
        return None
    if own(d) and d.purpose in OWN_PURPOSES:
        return HOME
    if permits(d, CONSENTS):
        return CONSENTED
    return _access(d) or _excepted(d) or STAYS


def _wrote(d: Disclosure) -> bool:
    """110/2: kept by the therapist, shown to nobody but a supervisor or attorney."""
    return own(d) and d.purpose in OWN_PURPOSES and Duty.ORIGINATOR_OF_NOTES in d.actor.duties


def _access(d: Disclosure) -> Finding | None:
    """110/4(a): recipient, parent, guardian."""
    if is_individual(d):
        return None if _is_child(d) else RECIPIENT
    if d.actor.relation is Relation.GUARDIAN and d.purpose is Purpose.PATRQT and not is_minor(d):
        return GUARDIAN
    if d.actor.relation not in PARENTS or d.purpose is not Purpose.FAMRQT or not is_minor(d) or refused(d):
        return None
    if _is_child(d):
        return PARENT
    minor = d.context.minor
    return PARENT_OF_MINOR if minor is not None and minor.informed and not minor.objects else None


def _is_child(d: Disclosure) -> bool:
    """Below 12: a person is 12 from local midnight of the birthday."""
    return d.context.today < birthday(d.patient.birth_date, RECIPIENT_AT)


def _excepted(d: Disclosure) -> Finding | None:
    """110/10, 110/11."""
    if d.purpose is Purpose.THREAT:
        return _at_risk(d)
    if d.purpose in EMERGENCY_PURPOSES:
        return _in_emergency(d)
    if d.purpose is Purpose.JUDICIAL:
        return COURT if ordered(d) else None
    report = mandated_report(d) if d.purpose is Purpose.ABUSE else None
    return CHILD_REPORT if report is ReportLaw.CHILD_ABUSE else None


def _at_risk(d: Disclosure) -> Finding | None:
    """110/11(ii): in the therapist's sole discretion, to protect."""
    threat = d.context.threat
    if threat is None or threat.determined_by is not ThreatJudge.THERAPIST:
        return None
    return RISK if threat.serious and threat.imminent and threat.recipient_can_prevent and threat.good_faith else None


def _in_emergency(d: Disclosure) -> Finding | None:
    """110/11(iii)."""
    facts = d.context.emergency
    if facts is None or facts.consent_obtainable or facts.patient_refused or not d.actor.medical_personnel:
        return None
    return EMERGENCY if facts.medical else None
