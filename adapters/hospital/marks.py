"""What the source itself says about sensitivity: MSH-8, PV1-16, PV2-22, PD1-12, DG1-18 and ARV.

Source: HL7 v2.8 chapters 2.14.9.8, 3.4.3.16, 3.4.4.22, 3.4.14 and 6.5.2.18. Labelling is not done here.
"""

from adapters.base import Json, Mark
from adapters.hospital.draft import Draft, reference
from adapters.hospital.er7 import Segment

NOT_SENSITIVE = frozenset({"N", "0"})


def _mark(draft: Draft, segment: Segment, number: int, about: str) -> None:
    for code in draft.values(segment, number, "text", "marks"):
        if code.upper() not in NOT_SENSITIVE:
            draft.marks.append(Mark(f"{segment.label}-{number}", code, about))


def header(draft: Draft) -> None:
    """MSH-8, which speaks of the whole message."""
    _mark(draft, draft.message.segments[0], 8, "")


def protection(draft: Draft, segment: Segment) -> None:
    """PD1-12: the person asked that their data be protected."""
    _mark(draft, segment, 12, reference(draft.patient))


def visit(draft: Draft, segment: Segment) -> None:
    """PV1-16 (VIP) and PV2-22 (the visit is protected)."""
    _mark(draft, segment, 16 if segment.name == "PV1" else 22, reference(draft.encounter))


def diagnosis(draft: Draft, segment: Segment, condition: Json) -> None:
    """DG1-18: the diagnosis is confidential."""
    _mark(draft, segment, 18, reference(condition))


def restriction(draft: Draft, segment: Segment) -> None:
    """ARV: access is restricted, to the person's data before PV1 and to the visit's after it."""
    about = draft.encounter if draft.visited else draft.patient
    draft.fill(segment, {})
    for number in (3, 4):
        _mark(draft, segment, number, reference(about))
