"""A cursor over one JSON row that knows where it stands, so that a bad value names its row and field."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import TypeVar

Word = TypeVar("Word", bound=Enum)
FEW = 16
"""So many words of a vocabulary are told in a refusal."""


class BadRow(ValueError):
    """A row that cannot be read: the message names row, field and remedy, never a value about a person."""


@dataclass(frozen=True, slots=True)
class Field:
    """A JSON value and the path that leads to it, such as ``row 3: actor.org_type``."""

    path: str
    value: object

    def bad(self, remedy: str) -> BadRow:
        """The error to raise for this field."""
        return BadRow(f"{self.path}: {remedy}")

    def __getitem__(self, key: str) -> "Field":
        """The member ``key``; raises BadRow where it is missing."""
        members = self._members()
        if key not in members:
            raise self._at(key, None).bad("missing; give the field")
        return self._at(key, members[key])

    def get(self, key: str) -> "Field | None":
        """The member ``key``, or None where it is absent or null."""
        value = self._members().get(key)
        return None if value is None else self._at(key, value)

    def _at(self, key: str, value: object) -> "Field":
        joint = "." if ":" in self.path else ": "
        return Field(f"{self.path}{joint}{key}", value)

    def _members(self) -> dict[str, object]:
        if not isinstance(self.value, dict):
            raise self.bad("not an object; give one")
        return self.value

    def only(self, known: frozenset[str]) -> None:
        """Raise BadRow for a member outside the closed list: a fact that cannot be read must not pass unseen."""
        for key in self._members():
            if key not in known:
                raise self._at(key, None).bad("unknown field; remove it or extend the vocabulary")

    def __iter__(self) -> Iterator["Field"]:
        if not isinstance(self.value, list):
            raise self.bad("not an array; give one")
        return (Field(f"{self.path}[{number}]", item) for number, item in enumerate(self.value))

    def text(self) -> str:
        """The string here."""
        if not isinstance(self.value, str):
            raise self.bad("not a string; give one")
        return self.value

    def flag(self) -> bool:
        """The boolean here."""
        if not isinstance(self.value, bool):
            raise self.bad("not true or false; give one of them")
        return self.value

    def number(self) -> int:
        """The non-negative integer here."""
        if isinstance(self.value, bool) or not isinstance(self.value, int) or self.value < 0:
            raise self.bad("not a non-negative integer; give one")
        return self.value

    def day(self) -> date:
        """The date here, as YYYY-MM-DD."""
        try:
            return date.fromisoformat(self.text())
        except ValueError:
            raise self.bad("not a date; write YYYY-MM-DD") from None

    def instant(self) -> datetime:
        """The instant here, with its UTC offset."""
        try:
            at = datetime.fromisoformat(self.text())
        except ValueError:
            raise self.bad("not an instant; write YYYY-MM-DDThh:mm:ss+hh:mm") from None
        if at.utcoffset() is None:
            raise self.bad("an instant without UTC offset; add it")
        return at

    def word(self, vocabulary: type[Word]) -> Word:
        """The member of a closed vocabulary here."""
        try:
            return vocabulary(self.text())
        except ValueError:
            known = "one of the closed list" if len(vocabulary) > FEW else f"one of {', '.join(map(str, vocabulary))}"
            raise self.bad(f"not a value of {vocabulary.__name__}; use {known}") from None

    def words(self, vocabulary: type[Word]) -> frozenset[Word]:
        """The set of members of a closed vocabulary here."""
        return frozenset(item.word(vocabulary) for item in self)
