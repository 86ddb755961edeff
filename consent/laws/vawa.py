"""Victim services, 34 USC 12291(b)(2), 28 CFR 94.115, 45 CFR 1370.4: governs what a grantee holds about its clients.

Nothing leaves without an informed, written, reasonably time-limited release, or the mandate of a court or a statute:
no emergency, no threat and no agreement between organisations opens it.
"""

from consent.directives import permits
from consent.findings import allow, deny
from consent.parties import OWN_PURPOSES, TREATMENT, is_individual, own, treating_provider
from consent.process import INVESTIGATIVE, mandated_report, ordered
from consent.terms import ConsentKind, Disclosure, Finding, Label, Obligation, Purpose, Strength

LAW = "34 USC 12291(b)(2)"
GOVERNED = frozenset({Label.VAWA, Label.SHELTER_LOCATION})
AT_HOME = OWN_PURPOSES | {Purpose.VICTIMSVC}
REPORTING = frozenset({Purpose.ABUSE, Purpose.LAW})
RELEASES = frozenset({ConsentKind.VAWA_RELEASE})

CLIENT = allow(
    LAW, "34 USC 12291(b)(2)(A)", "the client reads the client's own information", strength=Strength.INTERPRETATION
)
HOME = allow(LAW, "34 USC 12291(b)(2)(A)", "the organisation that serves the client reads what it holds")
RELEASED = allow(LAW, "34 USC 12291(b)(2)(B)(ii), 28 CFR 94.115(a)(2)", "the client's release covers this")
RELEASED_MINIMUM = allow(
    LAW,
    "34 USC 12291(b)(2)(B)(ii), 28 CFR 94.115(a)(2)",
    "the client's release covers this, to somebody who does not treat the client",
    frozenset({Obligation.MINIMUM}),
)
COURT = allow(
    LAW,
    "34 USC 12291(b)(2)(C), 28 CFR 94.115(b)",
    "a court's order with its mandate compels this",
    frozenset({Obligation.LIMIT_TO_ORDER, Obligation.VICTIM_NOTICE}),
)
STATUTE = allow(
    LAW,
    "34 USC 12291(b)(2)(C), (E), 28 CFR 94.115(b)",
    "a reporting law compels this",
    frozenset({Obligation.LIMIT_TO_LAW, Obligation.VICTIM_NOTICE}),
)
STAYS = deny(
    LAW,
    "34 USC 12291(b)(2)(B)",
    "neither the client's release nor a mandate covers this; an encoded or hashed form is covered too",
)


def vawa(d: Disclosure) -> Finding | None:
    """34 USC 12291(b)(2): services requested, used or denied, and where the client is."""
    if GOVERNED.isdisjoint(d.labels):
        return None
    if is_individual(d):
        return CLIENT
    if own(d) and d.purpose in AT_HOME:
        return HOME
    return _released(d) or _compelled(d) or STAYS


def _released(d: Disclosure) -> Finding | None:
    """(B)(ii)."""
    if not permits(d, RELEASES):
        return None
    return RELEASED if treating_provider(d.actor) and d.purpose in TREATMENT else RELEASED_MINIMUM


def _compelled(d: Disclosure) -> Finding | None:
    """(C): the client is told as far as can be, and protected."""
    if d.purpose in INVESTIGATIVE and any(order.mandate for order in ordered(d)):
        return COURT
    return STATUTE if d.purpose in REPORTING and mandated_report(d) else None
