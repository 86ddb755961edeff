"""Reading elements out of FHIR JSON that may be anything: the value of the asked type, or Malformed."""

import re
from collections.abc import Iterator
from datetime import date, datetime

from consent.terms import FhirJson, FhirValue

WHOLE_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
"""FHIR R4 date to the day, and dateTime with its offset (https://hl7.org/fhir/R4/datatypes.html#dateTime)."""


class Malformed(Exception):
    """An element is not what FHIR R4 says it is; the text names the element, never its value."""


def member(node: FhirJson, name: str) -> FhirJson:
    """A child object, empty if absent. Raises Malformed if it is anything else."""
    child = node.get(name, {})
    if isinstance(child, dict):
        return child
    raise Malformed(f"{name} is not an object")


def members(node: FhirJson, name: str) -> Iterator[FhirJson]:
    """The objects of a list element, none if absent. Raises Malformed if it is anything else."""
    children = node.get(name, [])
    if not isinstance(children, list):
        raise Malformed(f"{name} is not a list")
    for child in children:
        if not isinstance(child, dict):
            raise Malformed(f"{name} holds something that is not an object")
        yield child


def text(node: FhirJson, name: str) -> str | None:
    """A string element, None if absent. Raises Malformed if it is empty or anything else."""
    value = node.get(name)
    if value is None or (isinstance(value, str) and value):
        return value
    raise Malformed(f"{name} is not a string")


def day(node: FhirJson, name: str) -> date | None:
    """The whole calendar day of a date or dateTime as written, None if absent. Raises Malformed if not a whole day."""
    value = text(node, name)
    if value is None:
        return None
    try:
        return date.fromisoformat(value) if WHOLE_DAY.fullmatch(value) else _moment(value).date()
    except ValueError:
        raise Malformed(f"{name} is not a whole day") from None


def instant(node: FhirJson, name: str) -> datetime | None:
    """An instant with its offset, None if absent. Raises Malformed if it has none."""
    value = text(node, name)
    if value is None:
        return None
    try:
        return _moment(value)
    except ValueError:
        raise Malformed(f"{name} is not an instant with an offset") from None


def _moment(value: str) -> datetime:
    if not MOMENT.fullmatch(value):
        raise ValueError(value)
    return datetime.fromisoformat(value)


def coding(node: FhirJson) -> tuple[str, str]:
    """The (system, code) of a Coding, empty where absent. Raises Malformed if either is no string."""
    return text(node, "system") or "", text(node, "code") or ""


def concept(node: FhirJson) -> Iterator[tuple[str, str]]:
    """The codings of a CodeableConcept. Raises Malformed."""
    for each in members(node, "coding"):
        yield coding(each)


def extensions(node: FhirJson, url: str) -> Iterator[FhirJson]:
    """The extensions of an element with this URL. Raises Malformed."""
    for each in members(node, "extension"):
        if text(each, "url") == url:
            yield each


def has_modifier(value: FhirValue) -> bool:
    """Whether a modifierExtension stands anywhere inside a value; none is understood."""
    if isinstance(value, list):
        return any(has_modifier(item) for item in value)
    if not isinstance(value, dict):
        return False
    return bool(value.get("modifierExtension")) or any(has_modifier(child) for child in value.values())
