"""What became of each populated field of a source: mapped, ignored with a reason, unmapped, or repaired."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["mapped", "ignored", "unmapped", "repaired"]


@dataclass(frozen=True, slots=True)
class ReportLine:
    """What became of one populated field of the source; never its value.

    path is written as the format's readers write it (``PV1-45``, ``PID[1]-3[2].4``); target is the FHIR
    element it went to; because names the mapping row, the reason for ignoring it, or the repair.
    """

    path: str
    outcome: Outcome
    target: str = ""
    because: str = ""
