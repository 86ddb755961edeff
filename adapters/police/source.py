"""What a reader makes of one message: its leaves, and the message less its criminal justice information."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.base import ReportLine
from adapters.police.forms import form_of
from adapters.police.leaf import PROTECTED, Kind, Leaf, kind_of
from adapters.police.protected import by_name
from adapters.police.spoken import speaks

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
    told = next((found for each in names if (found := by_name(each))), None)
    return Leaf(name, value, told or kind_for(name, value), place, group)


def kind_for(name: str, value: str) -> Kind:
    """The class of a value of a field, whatever is around it."""
    own, form = kind_of(name), form_of(name)
    if speaks(name, own, value):
        return Kind.JUSTICE
    return own if form is None or form.fits(value) else Kind.MALFORMED
