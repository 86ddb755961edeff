"""What a reader makes of one message: its leaves, and the message less its criminal justice information."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.base import ReportLine
from adapters.police.leaf import PROTECTED, Kind, Leaf, kind_of
from adapters.police.protected import by_name, speaks

SEALED_NAMES = ("sealed", "expunge")


@dataclass(frozen=True, slots=True)
class Source:
    """One message as leaves in the order of the source; without is empty where nothing is protected."""

    version: str
    leaves: tuple[Leaf, ...] = field(repr=False)
    without: bytes = field(default=b"", repr=False)
    repairs: tuple[ReportLine, ...] = ()

    def open(self) -> tuple[Leaf, ...]:
        """The leaves from which everything is made: those that are no criminal justice information."""
        return tuple(leaf for leaf in self.leaves if leaf.kind not in PROTECTED)


def classed(name: str, value: str, place: str, group: str = "", names: Sequence[str] = ()) -> Leaf:
    """A leaf with its class: by the names that the source gives it and what is around it, by its text, by its field."""
    kind = next((found for each in names if (found := by_name(each))), None)
    own = kind_of(name)
    if kind is None:
        kind = Kind.JUSTICE if speaks(name, own, value) else own
    return Leaf(name, value, kind, place, group)
