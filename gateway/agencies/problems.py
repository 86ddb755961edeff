"""What is wrong with agency files: each problem names the file, the place in it, the fault and the remedy."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

MAX_LISTED = 30


class Level(StrEnum):
    """Errors stop an apply; warnings do not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault; code is stable for programs, place reads as in ``channels[2].adapter``."""

    code: str
    file: str
    place: str
    fault: str
    remedy: str
    level: Level = Level.ERROR

    def __str__(self) -> str:
        """The problem in one line."""
        return f"{self.file}: {self.place}: {self.fault} {self.remedy}"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file, as the path of keys that leads to it."""

    file: str
    path: str = ""

    def key(self, name: str) -> "Place":
        """The place of a key of this table."""
        return Place(self.file, f"{self.path}.{name}" if self.path else name)

    def item(self, index: int) -> "Place":
        """The place of an item of this array, counted from 1 as people count."""
        return Place(self.file, f"{self.path}[{index + 1}]")

    def problem(self, code: str, fault: str, remedy: str) -> Problem:
        """An error at this place."""
        return Problem(code, self.file, self.path or "(whole file)", fault, remedy)

    def warning(self, code: str, fault: str, remedy: str) -> Problem:
        """A warning at this place."""
        return Problem(code, self.file, self.path or "(whole file)", fault, remedy, Level.WARNING)


def nearest(word: str, known: Iterable[str]) -> str:
    """The remedy for a word outside a closed list: the nearest known one, and the whole list when it is short."""
    words = sorted(known)
    close = get_close_matches(word, words, n=1, cutoff=0.5)
    guess = f"Did you mean {close[0]!r}?" if close else ""
    listed = f"Known: {', '.join(words)}." if 0 < len(words) <= MAX_LISTED else ""
    return f"{guess} {listed}".strip()
