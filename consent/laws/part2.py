"""42 CFR Part 2: governs records that a substance use disorder programme made, wherever they are held."""

from consent.bases import part2_basis
from consent.bases.part2 import emergency_stands
from consent.basis import NO_OBLIGATIONS
from consent.findings import deny, permit
from consent.process import lacks_mandate
from consent.restrictions import binds, yields
from consent.terms import Disclosure, Finding, Label, Obligation, Purpose, ReportLaw, Strength

LAW = "42 CFR Part 2"
GOVERNED = frozenset({Label.PART2, Label.SUDCOUNSELNOTE, Label.CONFIDENTIAL_COMMUNICATION})
REPORTING = frozenset({Purpose.ABUSE, Purpose.LAW})
NO_FURTHER_USE = frozenset({Obligation.REQUEST_NO_FURTHER_USE})

RESTRICTED = deny(LAW, "42 CFR 2.26(a)", "a restriction the patient obtained binds this disclosure")
NO_BASIS = deny(
    LAW,
    "42 CFR 2.13(a)",
    "no consent, order or exception of Part 2 covers this disclosure",
    strength=Strength.FROM_MEMORY,
)
NO_MANDATE = deny(
    LAW,
    "42 CFR 2.61",
    "a subpart E order authorises but does not compel, and no subpoena or similar mandate came with it",
    frozenset({Obligation.PRIVACY_OFFICER}),
    Strength.POLICY_DEFAULT,
)
NOT_MEDICAL = deny(
    LAW,
    "42 CFR 2.51(a)",
    "only medical personnel may receive in a medical emergency",
    frozenset({Obligation.ROUTE_TO_MEDICAL_PERSONNEL}),
)
NO_THREAT_EXCEPTION = deny(
    LAW,
    "42 CFR 2.13(a), 2.63(a)(1)",
    "Part 2 has no exception for threats; a report that identifies no patient, or an order, is the way",
    frozenset({Obligation.OFFER_NON_IDENTIFYING_REPORT, Obligation.PRIVACY_OFFICER}),
    strength=Strength.FROM_MEMORY,
)
CHILD_ABUSE_ONLY = deny(
    LAW,
    "42 CFR 2.12(c)(6)",
    "Part 2 yields to child abuse reports only; a report that identifies no patient is the way",
    frozenset({Obligation.OFFER_NON_IDENTIFYING_REPORT}),
)


# Members read in functions, bound once: reaching them through their Enum class costs 0.2 µs in CPython 3.11.
THREAT = Purpose.THREAT
CHILD_ABUSE = ReportLaw.CHILD_ABUSE


def part2(d: Disclosure) -> Finding | None:
    """2.13(a): no disclosure save as the regulations permit, and never against a restriction (2.26)."""
    if GOVERNED.isdisjoint(d.labels):
        return None
    if binds(d):
        return RESTRICTED
    basis = part2_basis(d)
    if basis is None:
        return _refusal(d)
    return permit(LAW, basis, d, NO_FURTHER_USE if yields(d) else NO_OBLIGATIONS)


def _refusal(d: Disclosure) -> Finding:
    """2.13(c): the refusal, with what the discloser's side may do instead."""
    if lacks_mandate(d):
        return NO_MANDATE
    if emergency_stands(d) and not d.actor.medical_personnel:
        return NOT_MEDICAL
    threat, report = d.context.threat, d.context.report_law
    if d.purpose is THREAT and threat is not None and threat.serious:
        return NO_THREAT_EXCEPTION
    if d.purpose in REPORTING and report is not None and report.kind is not CHILD_ABUSE:
        return CHILD_ABUSE_ONLY
    return NO_BASIS
