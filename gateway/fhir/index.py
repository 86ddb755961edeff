"""What search finds a resource by: terms (text compared as it is) and moments (intervals of time).

Each names the top-level element that it came from, so that the store can keep it with the part that holds the
element. https://hl7.org/fhir/R4/search.html
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal, NamedTuple

from gateway.fhir.moments import BEGINNING, END, interval
from gateway.fhir.outcome import Json
from gateway.fhir.parameters import PARAMETERS, Parameter, Path

TermKind = Literal["token", "reference", "string", "uri"]
Form = Literal["whole", "prefix"]

SHORTEST_PREFIX: Final = 3
LONGEST_PREFIX: Final = 8

_NAME_PARTS: Final = ("text", "family", "given", "prefix", "suffix")
_ADDRESS_PARTS: Final = ("text", "line", "city", "district", "state", "postalCode", "country")
_RELATIVE = re.compile(r"([A-Z][A-Za-z]{1,40})/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?")


class Term(NamedTuple):
    """A value of a parameter, in the one spelling that queries use too.

    element and position tell where it stands (``identifier``, 0; None where the element does not repeat).
    personal values must be keyed before they are stored. form is prefix for the 3 to 8 first characters of a string.
    """

    parameter: str
    kind: TermKind
    value: str
    personal: bool
    element: str
    position: int | None = None
    form: Form = "whole"

    def __repr__(self) -> str:
        return f"Term({self.parameter}, {self.kind}, {self.element}, {self.position}, {self.form})"


class Moment(NamedTuple):
    """An interval of a date parameter in UTC: low is inside, high is the first instant outside."""

    parameter: str
    low: datetime
    high: datetime
    element: str
    position: int | None = None

    def __repr__(self) -> str:
        return f"Moment({self.parameter}, {self.element}, {self.position})"


class _Found(NamedTuple):
    value: Any
    element: str
    position: int | None


def terms(resource: Json, base: str = "") -> list[Term]:
    """The terms of a resource of a served type, each once; base is our own URL, cut off references."""
    found: dict[Term, None] = {}
    for parameter, path in _compiled(resource["resourceType"]):
        if path.elements[0] in resource and not parameter.sortable:
            for each in _walk(resource, path.elements):
                found.update(dict.fromkeys(_terms_of(parameter, path, each, base)))
    return list(found)


def moments(resource: Json) -> list[Moment]:
    """The clear moments of a resource of a served type, each once."""
    found: dict[Moment, None] = {}
    for parameter, path in _compiled(resource["resourceType"]):
        if path.elements[0] in resource and parameter.sortable:
            for each in _walk(resource, path.elements):
                for low, high in _MOMENTS.get(path.type, _no_moments)(each.value):
                    found[Moment(parameter.name, low, high, each.element, each.position)] = None
    return list(found)


@cache
def _compiled(resource_type: str) -> tuple[tuple[Parameter, Path], ...]:
    parameters = PARAMETERS.get(resource_type, {}).values()
    return tuple((parameter, path) for parameter in parameters for path in parameter.paths)


def _walk(resource: Json, elements: tuple[str, ...]) -> Iterator[_Found]:
    """Every value at the path, with the place of its top-level element."""
    top = resource.get(elements[0])
    if isinstance(top, list):
        for index, item in enumerate(top):
            for value in _below(item, elements[1:]):
                yield _Found(value, elements[0], index)
    elif top is not None:
        for value in _below(top, elements[1:]):
            yield _Found(value, elements[0], None)


def _below(node: Any, elements: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(node, list):
        for item in node:
            yield from _below(item, elements)
    elif not elements:
        if node is not None:
            yield node
    elif isinstance(node, dict):
        yield from _below(node.get(elements[0]), elements[1:])


def _terms_of(parameter: Parameter, path: Path, found: _Found, base: str) -> Iterator[Term]:
    """The terms of one value."""
    kind: TermKind = "token" if parameter.kind == "date" else parameter.kind
    for value in _values(parameter, path, found.value, base):
        yield Term(parameter.name, kind, value, parameter.personal, found.element, found.position)
        if kind == "string":
            for size in range(SHORTEST_PREFIX, min(len(value), LONGEST_PREFIX) + 1):
                yield Term(
                    parameter.name, kind, value[:size], parameter.personal, found.element, found.position, "prefix"
                )


def _values(parameter: Parameter, path: Path, value: Any, base: str) -> Iterator[str]:
    match parameter.kind:
        case "token":
            yield from _tokens(path, value)
        case "reference":
            yield from _references(path, value, base)
        case "string":
            yield from _strings(value)
        case "date":
            yield from personal_dates(value)
        case "uri":
            yield from (value,) if isinstance(value, str) else ()


def token_forms(system: str, code: str) -> tuple[str, ...]:
    """What a token is found by: ``system|code``, ``code`` and ``system|``; ``|code`` where it has no system."""
    s, c = _escape(system), _escape(code)
    if not code:
        return (f"{s}|",) if system else ()
    return (f"{s}|{c}", c, f"{s}|") if system else (f"|{c}", c)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")


def _tokens(path: Path, value: Any) -> Iterator[str]:
    if isinstance(value, bool):
        yield from token_forms("", "true" if value else "false")
    elif isinstance(value, str):
        yield from token_forms(path.system, value)
    elif isinstance(value, dict):
        for system, code in _codings(path, value):
            yield from token_forms(system, code)


def _codings(path: Path, value: Json) -> Iterator[tuple[str, str]]:
    match path.type:
        case "Coding":
            yield _text(value, "system"), _text(value, "code")
        case "CodeableConcept":
            for coding in _items(value, "coding"):
                yield _text(coding, "system"), _text(coding, "code")
        case "Identifier":
            yield _text(value, "system"), _text(value, "value")
        case "ContactPoint" if path.where in ("", value.get("system")):
            yield _text(value, "system"), _text(value, "value")


def _text(node: Json | None, name: str) -> str:
    value = node.get(name) if isinstance(node, dict) else None
    return value if isinstance(value, str) else ""


def _items(node: Any, name: str) -> list[Any]:
    value = node.get(name) if isinstance(node, dict) else None
    return value if isinstance(value, list) else []


def _references(path: Path, value: Any, base: str) -> Iterator[str]:
    text = _text(value, "reference") if isinstance(value, dict) else value
    if not isinstance(text, str) or not text or text.startswith("#"):
        return
    if path.type == "canonical":
        yield from dict.fromkeys((text, text.split("|", 1)[0]))
        return
    typed = relative(text, base)
    if path.only and not typed.startswith(f"{path.only}/"):
        return
    yield typed
    if _RELATIVE.fullmatch(typed):
        yield typed.split("/", 1)[1]


def relative(reference: str, base: str) -> str:
    """``Type/id`` of a reference into our own base, without its version; any other reference as it is."""
    local = reference.removeprefix(f"{base.rstrip('/')}/") if base else reference
    match = _RELATIVE.fullmatch(local)
    return f"{match[1]}/{match[2]}" if match else reference


def normalise(text: str) -> str:
    """Text as strings are compared: no case, no accents, single spaces."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    folded = unicodedata.normalize("NFKD", plain.casefold())
    return " ".join("".join(c for c in folded if not unicodedata.combining(c)).split())


def _strings(value: Any) -> Iterator[str]:
    for part in texts(value):
        if plain := normalise(part):
            yield plain


def texts(value: Any) -> Iterator[str]:
    """The searchable texts of a string, a HumanName or an Address, as written."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name in dict.fromkeys(_NAME_PARTS + _ADDRESS_PARTS):
            part = value.get(name)
            yield from (each for each in (part if isinstance(part, list) else (part,)) if isinstance(each, str))


def values_at(resource: Json, parameter: Parameter) -> Iterator[Any]:
    """Every value that a parameter finds in a resource, as written."""
    for path in parameter.paths:
        for each in _walk(resource, path.elements):
            yield each.value


def personal_dates(value: Any) -> Iterator[str]:
    """A person's date as tokens: the day, the month and the year, as far as they are known."""
    if isinstance(value, str) and interval(value):
        day = value[:10]
        yield from dict.fromkeys((day, day[:7], day[:4]))


def _no_moments(_: Any) -> Iterator[tuple[datetime, datetime]]:
    return iter(())


def _dates(value: Any) -> Iterator[tuple[datetime, datetime]]:
    if isinstance(value, str) and (found := interval(value)):
        yield found


def _period(value: Any) -> Iterator[tuple[datetime, datetime]]:
    start, end = interval(_text(value, "start")), interval(_text(value, "end"))
    if start or end:
        low, high = start[0] if start else BEGINNING, end[1] if end else END
        if low < high:
            yield low, high


def _timing(value: Any) -> Iterator[tuple[datetime, datetime]]:
    """The span from the first event to the last, or the bounds."""
    events = [found for text in _items(value, "event") if isinstance(text, str) and (found := interval(text))]
    if events:
        yield min(low for low, _ in events), max(high for _, high in events)
    repeat = value.get("repeat") if isinstance(value, dict) else None
    yield from _period(repeat.get("boundsPeriod") if isinstance(repeat, dict) else None)


_MOMENTS: Final[dict[str, Callable[[Any], Iterator[tuple[datetime, datetime]]]]] = {
    "date": _dates,
    "dateTime": _dates,
    "instant": _dates,
    "Period": _period,
    "Timing": _timing,
}
