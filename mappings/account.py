"""The account of one message: every populated field is entered once, as mapped, ignored, unmapped or repaired."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from zoneinfo import ZoneInfo

from mappings.parts import Parts
from mappings.report import Outcome, ReportLine


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known about the sender before reading.

    zone is its time zone; offset (``-06:00``) is the message header's, for times with none of their own and no
    zone; authority is the identifier system of identifiers that name no authority; authorities and vocabularies
    map the sender's names to URIs.
    """

    zone: ZoneInfo | None = None
    offset: str = ""
    authority: str = ""
    authorities: Mapping[str, str] = field(default_factory=dict)
    vocabularies: Mapping[str, str] = field(default_factory=dict)


def one_text(raw: str) -> list[Parts]:
    """A raw field of a source without repetitions and components."""
    return [[raw.strip()]]


@dataclass(slots=True)
class Account:
    """Where the reading stands and what was entered so far; one per message, never shared.

    simple says that the present value has one component, which the report then calls by the field's name; split
    cuts a raw field into its occurrences; pending are the fields left to typed Python, and why.
    """

    setting: Setting
    lines: list[ReportLine] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    pending: dict[str, str] = field(default_factory=dict)
    split: Callable[[str], list[Parts]] = one_text
    place: str = ""
    simple: bool = False

    def enter(self, outcome: Outcome, because: str, target: str = "", path: str = "") -> None:
        """One line for the present place, or for the path given."""
        self.lines.append(line(path or self.place, outcome, target, because))

    def drop(self, component: int, because: str, sub: int = 0) -> None:
        """Say that a component of the present value could not be carried over; 0 means the whole value."""
        self.lines.append(_part(self.place, self._named(component), sub, "unmapped", because))

    def repair(self, because: str, component: int = 0) -> None:
        """Say that the present value was carried over changed."""
        self.lines.append(_part(self.place, self._named(component), 0, "repaired", because))

    def _named(self, component: int) -> int:
        return 0 if self.simple and component == 1 else component


@lru_cache(maxsize=16_384)
def line(path: str, outcome: Outcome, target: str, because: str) -> ReportLine:
    """A report line; equal ones are one object, since a busy sender repeats them by the million."""
    return ReportLine(path, outcome, target, because)


@lru_cache(maxsize=16_384)
def _part(place: str, component: int, sub: int, outcome: Outcome, because: str) -> ReportLine:
    path = f"{place}.{component}" if component else place
    return ReportLine(f"{path}.{sub}" if sub else path, outcome, "", because)
