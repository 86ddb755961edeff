"""Order of events, not of arrival: each element of a translated record keeps the last word by event time.

A message speaks about some elements and is silent about others. What it says is stamped with its event time; a
later arrival that happened earlier changes only what nobody has spoken about since. The result is the same
whatever the order of arrival.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

Json = dict[str, Any]

NEVER = ""
DIVISIBLE = frozenset({"period", "hospitalization"})
"""Objects whose members are spoken about one by one: an admission says when it began, a discharge when it ended."""
FIXED = frozenset({"resourceType", "id", "meta"})


@dataclass(frozen=True, slots=True)
class Word:
    """What one message says about one record: elements given, filled in provisionally, removed; and when."""

    resource: Json
    stamp: str
    provisional: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()


def stamp(event_time: str, received: datetime, control_id: str) -> str:
    """A sortable stamp: the instant in UTC (the time of receipt where the sender gave none), then the control id."""
    return f"{_instant(event_time) or received.astimezone(UTC).isoformat(timespec='microseconds')}|{control_id}"


def _instant(text: str) -> str:
    try:
        if len(text) == len("2026-05-02"):
            return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC).isoformat(
                timespec="microseconds"
            )
        at = datetime.fromisoformat(text)
        aware = at if at.tzinfo else at.replace(tzinfo=UTC)  # never the machine's own zone
        return aware.astimezone(UTC).isoformat(timespec="microseconds")
    except (ValueError, OverflowError):
        return ""


def merge(before: Json | None, stamps: dict[str, str], word: Word) -> tuple[Json, dict[str, str]]:
    """The record and its stamps after a word is heard; neither argument is changed."""
    record: Json = deepcopy(before) if before else {name: word.resource[name] for name in ("resourceType", "id")}
    heard = dict(stamps)
    for path, value in _spoken(word.resource):
        if path in word.provisional:
            if _get(record, path) is None and path not in heard:
                _put(record, path, value)
        elif heard.get(path, NEVER) <= word.stamp:
            _put(record, path, value)
            heard[path] = word.stamp
    for path in word.removed:
        if heard.get(path, NEVER) <= word.stamp:
            _drop(record, path)
            heard[path] = word.stamp
    return record, heard


def _spoken(resource: Json) -> Iterator[tuple[str, Any]]:
    for element, value in resource.items():
        if element in DIVISIBLE and isinstance(value, dict):
            yield from ((f"{element}.{member}", inner) for member, inner in value.items())
        elif element not in FIXED:
            yield element, value


def _get(record: Json, path: str) -> Any:
    element, _, member = path.partition(".")
    value = record.get(element)
    return value.get(member) if member and isinstance(value, dict) else value


def _put(record: Json, path: str, value: Any) -> None:
    element, _, member = path.partition(".")
    if member:
        record.setdefault(element, {})[member] = value
    else:
        record[element] = value


def _drop(record: Json, path: str) -> None:
    element, _, member = path.partition(".")
    if not member:
        record.pop(element, None)
    elif isinstance(record.get(element), dict):
        record[element].pop(member, None)
        if not record[element]:
            del record[element]
