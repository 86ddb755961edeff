"""Reads plain tables (TOML or JSON) into frozen dataclasses, closed world, and writes them back.

The fields and types of the dataclass are the whole grammar: an unknown key, a missing one or a value of another type
is a Problem with its place. A trailing underscore in a field name (``from_``) is not part of the key.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from types import UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from gateway.agencies.problems import Place, Problem, nearest

T = TypeVar("T")
MAX_TEXT = 2000
MAX_NUMBER = 10_000_000


class Misfit(Exception):
    """A value does not have the shape its place asks for; the problems are already noted."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads values and notes every problem it meets in problems."""

    problems: list[Problem]

    def table(self, shape: type[T], raw: object, at: Place) -> T | None:
        """A dataclass from a table, or None when something it cannot do without is missing or wrong."""
        try:
            return self._table(shape, raw, at)
        except Misfit:
            return None

    def _table(self, shape: type[T], raw: object, at: Place) -> T:
        if not isinstance(raw, Mapping):
            raise self._misfit(at, "wrong-type", "is not a table.", "Write it as a table.")
        known = {key_of(each): each for each in fields(cast("Any", shape))}
        for key in raw:
            if key not in known:
                self._note(at.key(str(key)), "unknown-key", "is not a known key.", nearest(str(key), known))
        hints = get_type_hints(shape)
        values = {each.name: self._field(each, key, hints[each.name], raw, at) for key, each in known.items()}
        missing = [name for name, value in values.items() if value is MISSING]
        if missing:
            raise Misfit
        return shape(**values)

    def _field(self, each: Field[Any], key: str, hint: Any, raw: Mapping[str, object], at: Place) -> Any:
        fallback = _fallback(each)
        if key not in raw:
            if fallback is MISSING:
                self._note(at.key(key), "missing-key", "is missing.", f"Add {key} = ….")
            return fallback
        try:
            return self._value(hint, raw[key], at.key(key))
        except Misfit:
            return fallback

    def _value(self, hint: Any, raw: object, at: Place) -> Any:
        if is_dataclass(hint):
            return self._table(hint if isinstance(hint, type) else type(hint), raw, at)
        origin = get_origin(hint)
        if origin is tuple:
            return self._array(get_args(hint)[0], raw, at)
        if origin is UnionType:
            return None if raw is None else self._value(get_args(hint)[0], raw, at)
        if origin is not None:
            return self._mapping(get_args(hint)[1], raw, at)
        return self._scalar(hint, raw, at)

    def _array(self, hint: Any, raw: object, at: Place) -> tuple[Any, ...]:
        if not isinstance(raw, list | tuple):
            raise self._misfit(at, "wrong-type", "is not a list.", "Write it in square brackets.")
        items = []
        for index, item in enumerate(raw):
            try:
                items.append(self._value(hint, item, at.item(index)))
            except Misfit:
                continue
        return tuple(items)

    def _mapping(self, hint: Any, raw: object, at: Place) -> dict[str, Any]:
        if not isinstance(raw, Mapping):
            raise self._misfit(at, "wrong-type", "is not a table.", "Write it as { key = value }.")
        return {self._scalar(str, key, at): self._value(hint, value, at.key(str(key))) for key, value in raw.items()}

    def _scalar(self, hint: Any, raw: object, at: Place) -> Any:
        if hint is date:
            return self._date(raw, at)
        if issubclass(hint, StrEnum):
            return self._word(hint, raw, at)
        if type(raw) is not hint:
            name = {str: "text in quotes", bool: "true or false", int: "a whole number"}[hint]
            raise self._misfit(at, "wrong-type", f"is not {name}.", f"Write {name}.")
        if isinstance(raw, str) and (len(raw) > MAX_TEXT or not raw.isprintable()):
            remedy = f"Keep it below {MAX_TEXT} characters on one line."
            raise self._misfit(at, "wrong-type", "is too long or holds control characters.", remedy)
        if isinstance(raw, int) and abs(raw) > MAX_NUMBER:
            raise self._misfit(at, "wrong-type", "is out of range.", f"Keep it below {MAX_NUMBER}.")
        return raw

    def _word(self, words: type[StrEnum], raw: object, at: Place) -> StrEnum:
        if isinstance(raw, str) and raw in {word.value for word in words}:
            return words(raw)
        fault = f"{raw[:60]!r} is not in the vocabulary." if isinstance(raw, str) else "is not a word in quotes."
        raise self._misfit(at, "unknown-word", fault, nearest(str(raw)[:60], [word.value for word in words]))

    def _date(self, raw: object, at: Place) -> date:
        if isinstance(raw, date) and not isinstance(raw, datetime):
            return raw
        try:
            return date.fromisoformat(raw if isinstance(raw, str) else "")
        except ValueError:
            raise self._misfit(at, "wrong-type", "is not a date.", "Write it as 2026-01-31.") from None

    def _misfit(self, at: Place, code: str, fault: str, remedy: str) -> Misfit:
        self._note(at, code, fault, remedy)
        return Misfit()

    def _note(self, at: Place, code: str, fault: str, remedy: str) -> None:
        self.problems.append(at.problem(code, fault, remedy))


def plain(value: object) -> Any:
    """The JSON form of a value of the model: tables, lists, strings, numbers; defaults are left out of tables."""
    if is_dataclass(value):
        return {key_of(each): plain(getattr(value, each.name)) for each in _stated(value)}
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, StrEnum) else value


def key_of(each: Field[Any]) -> str:
    """The key under which a field is written."""
    return each.name.rstrip("_")


def _stated(value: Any) -> list[Field[Any]]:
    return [each for each in fields(value) if getattr(value, each.name) != _fallback(each)]


def _fallback(each: Field[Any]) -> object:
    return each.default_factory() if each.default_factory is not MISSING else each.default
