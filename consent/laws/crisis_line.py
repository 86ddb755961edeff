"""Crisis lines: governs what a 988 centre knows of a caller; policy of the network, since no federal law does."""

from consent.directives import permits
from consent.findings import allow, deny
from consent.parties import OWN_PURPOSES, own
from consent.terms import ConsentKind, Disclosure, Finding, InfoClass, Label, Obligation, Purpose, Strength

LAW = "988 policy"
GOVERNED = frozenset({Label.CRISIS988})
AGREEMENTS = frozenset({ConsentKind.ORAL_AGREEMENT})
CITATION = "988 network confidentiality policy"

HOME = allow(LAW, CITATION, "the centre reads what it holds", strength=Strength.POLICY_DEFAULT)
AGREED = allow(
    LAW,
    CITATION,
    "the caller agreed to this recipient, and the agreement is on record",
    frozenset({Obligation.MINIMUM}),
    Strength.POLICY_DEFAULT,
)
RISK = allow(
    LAW,
    "988 imminent-risk policy",
    "a serious and imminent risk, to who can prevent it: location, callback number, nature of the emergency",
    frozenset({Obligation.DOC_GOOD_FAITH, Obligation.LIMIT_FIELDS}),
    Strength.POLICY_DEFAULT,
)
STAYS = deny(
    LAW, CITATION, "neither the caller's agreement nor an imminent risk covers this", strength=Strength.POLICY_DEFAULT
)


def crisis_line(d: Disclosure) -> Finding | None:
    """Anonymous by default: by agreement, or the few facts that save a life."""
    if GOVERNED.isdisjoint(d.labels):
        return None
    if own(d) and d.purpose in OWN_PURPOSES:
        return HOME
    if permits(d, AGREEMENTS):
        return AGREED
    return RISK if _saves_a_life(d) else STAYS


def _saves_a_life(d: Disclosure) -> bool:
    threat = d.context.threat
    if threat is None or d.purpose is not Purpose.THREAT or d.info_class is not InfoClass.LOCATION_CALLBACK:
        return False
    return threat.serious and threat.imminent and threat.recipient_can_prevent and threat.good_faith
