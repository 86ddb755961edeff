"""Laws named by a label but not built: they deny everybody but the organisation that holds the record."""

from consent.findings import allow, deny
from consent.parties import OWN_PURPOSES, own
from consent.terms import Disclosure, Duty, Finding, Jurisdiction, Label, Purpose, Strength

LAW = "law not built"
AT_HOME = OWN_PURPOSES | {Purpose.VICTIMSVC}
CITATIONS = {
    Label.VAWA: "34 USC 12291(b)(2), 28 CFR 94.115",
    Label.SHELTER_LOCATION: "34 USC 12291(a), (b)(2)",
    Label.FERPA: "34 CFR 99.30-99.36",
    Label.IL_MHDDCA: "740 ILCS 110",
    Label.PERSONAL_NOTES: "740 ILCS 110/2, 110/3(b)",
    Label.CRISIS988: "988 network confidentiality policy",
}
GOVERNED = frozenset(CITATIONS)
HOME = {
    label: allow(LAW, citation, "the organisation that holds the record reads it", strength=Strength.POLICY_DEFAULT)
    for label, citation in CITATIONS.items()
}
AWAY = {
    label: deny(
        LAW, citation, "this law is not built: nobody but the holder reads the record", strength=Strength.POLICY_DEFAULT
    )
    for label, citation in CITATIONS.items()
}


def unbuilt(d: Disclosure) -> Finding | None:
    """The strictest reading of the laws that are not built, one citation each."""
    if GOVERNED.isdisjoint(d.labels):
        return None
    governing = [label for label in CITATIONS if label in d.labels and _governs(d, label)]
    if not governing:
        return None
    home = own(d) and d.purpose in AT_HOME
    refusing = [label for label in governing if not home or not _may_read(d, label)]
    return AWAY[refusing[0]] if refusing else HOME[governing[0]]


def _governs(d: Disclosure, label: Label) -> bool:
    """45 CFR 160.203(b): the Illinois act governs where the record's origin is Illinois."""
    return label is not Label.IL_MHDDCA or d.context.jurisdiction is Jurisdiction.US_IL


def _may_read(d: Disclosure, label: Label) -> bool:
    """740 ILCS 110/3(b): personal notes are their writer's alone."""
    return label is not Label.PERSONAL_NOTES or Duty.ORIGINATOR_OF_NOTES in d.actor.duties
