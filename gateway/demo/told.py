"""What the demo tells: chapters of expectations that held or did not, and rows of who sees what and why."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Sight(StrEnum):
    """What a recipient got of a record."""

    SEEN = "seen"
    REDACTED = "redacted"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Expectation:
    """One sentence of the story, and whether it came true; detail says what happened instead."""

    name: str
    held: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What one agency got of one record, the rules that decided it, and how far those rules are reviewed.

    said is the status of a Task as the agency saw it, empty for anything else.
    """

    agency: str
    record: str
    sight: Sight
    said: str
    permitted: bool
    citation: str
    review: str


@dataclass(slots=True)
class Chapter:
    """A part of the story under one heading."""

    title: str
    expectations: list[Expectation] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def expect(self, name: str, *, held: bool, detail: object = "") -> None:
        """Note an expectation; the detail is kept only where it did not hold."""
        self.expectations.append(Expectation(name, held, "" if held else str(detail)))


@dataclass(frozen=True, slots=True)
class Try:
    """A request to repeat by hand: what it shows, as which client, below the FHIR base."""

    shows: str
    client: str
    path: str


def _nobody_listens(_: str) -> None:
    """Told to nobody."""


@dataclass(slots=True)
class Story:
    """Everything that was told; heard is called with the title of each chapter as it begins."""

    heard: Callable[[str], None] = _nobody_listens
    chapters: list[Chapter] = field(default_factory=list)
    tries: list[Try] = field(default_factory=list)
    shown: dict[str, str] = field(default_factory=dict)
    """Files of the day by what they are: what came back, as its reader opens it."""

    def chapter(self, title: str) -> Chapter:
        """Begin a chapter."""
        self.heard(title)
        self.chapters.append(Chapter(title))
        return self.chapters[-1]

    @property
    def expectations(self) -> list[Expectation]:
        """All expectations in order."""
        return [each for chapter in self.chapters for each in chapter.expectations]

    @property
    def rows(self) -> list[Row]:
        """The rows of the table in order, each once."""
        return list(dict.fromkeys(row for chapter in self.chapters for row in chapter.rows))

    @property
    def held(self) -> bool:
        """Whether there were expectations and every one of them held."""
        return bool(self.expectations) and all(each.held for each in self.expectations)

    @property
    def exit_status(self) -> int:
        """0 only if the whole story held."""
        return 0 if self.held else 1

    def as_json(self) -> dict[str, Any]:
        """The story for the page."""
        told = [
            {"title": each.title, "expectations": [asdict(one) for one in each.expectations]} for each in self.chapters
        ]
        return {"held": self.held, "chapters": told, "rows": [asdict(row) for row in self.rows]}
