"""The primitive types of FHIR R4 as tests on JSON values: https://hl7.org/fhir/R4/datatypes.html."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Final

Test = Callable[[Any], bool]

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ZONE = r"(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))"
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?"
_DATE = re.compile(r"(?!0000)\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?", re.ASCII)
_DATETIME = re.compile(
    rf"(?!0000)\d{{4}}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])(?:T{_CLOCK}{_ZONE})?)?)?", re.ASCII
)
_INSTANT = re.compile(rf"(?!0000)\d{{4}}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T{_CLOCK}{_ZONE}", re.ASCII)
_LARGEST: Final = 2**31 - 1


def _text(value: Any) -> bool:
    return type(value) is str and value != "" and (value.isprintable() or _CONTROL.search(value) is None)


def _matching(pattern: str) -> Test:
    fullmatch = re.compile(pattern, re.ASCII).fullmatch
    return lambda value: type(value) is str and fullmatch(value) is not None


def _dated(pattern: re.Pattern[str]) -> Test:
    fullmatch = pattern.fullmatch
    return lambda value: type(value) is str and fullmatch(value) is not None and _in_calendar(value)


def _in_calendar(text: str) -> bool:
    if len(text) < len("2026-01-29"):
        return True
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def _whole(lowest: int) -> Test:
    return lambda value: type(value) is int and lowest <= value <= _LARGEST


def _decimal(value: Any) -> bool:
    return type(value) is int or type(value) is float or isinstance(value, Decimal)


def _base64(value: Any) -> bool:
    return _BASE64(value) and len("".join(value.split())) % 4 == 0


_BASE64: Final = _matching(r"[0-9A-Za-z+/\s]+(?:=\s*){0,2}")
_URI: Final = _matching(r"[^\s\x00-\x1f]+")

PRIMITIVES: Final[dict[str, Test]] = {
    "base64Binary": _base64,
    "boolean": lambda value: value is True or value is False,
    "canonical": _URI,
    "code": _matching(r"[^\s\x00-\x1f]+(?:\s[^\s\x00-\x1f]+)*"),
    "date": _dated(_DATE),
    "dateTime": _dated(_DATETIME),
    "decimal": _decimal,
    "id": _matching(r"[A-Za-z0-9\-.]{1,64}"),
    "instant": _dated(_INSTANT),
    "integer": _whole(-_LARGEST - 1),
    "markdown": _text,
    "oid": _matching(r"urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+"),
    "positiveInt": _whole(1),
    "string": _text,
    "time": _matching(_CLOCK),
    "unsignedInt": _whole(0),
    "uri": _URI,
    "url": _URI,
    "uuid": _matching(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "xhtml": lambda value: _text(value) and value.lstrip().startswith("<div"),
}
"""{primitive type: whether a JSON value is one}."""
