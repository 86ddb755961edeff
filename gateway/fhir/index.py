"""What search finds a resource by: terms (text compared as it is) and moments (intervals of time).

Each names the top-level element that it came from, so that the store can keep it with the part that holds the
element. https://hl7.org/fhir/R4/search.html
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal, NamedTuple

from gateway.fhir.moments import BEGINNING, END, Interval, interval
from gateway.fhir.outcome import Json
from gateway.fhir.parameters import PARAMETERS, Parameter, Path
from gateway.fhir.spelling import (
    LONGEST_PREFIX,
    SHORTEST_PREFIX,
    items,
    normalise,
    personal_dates,
    references,
    text_of,
    texts,
    tokens,
    values_at,
)

TermKind = Literal["token", "reference", "string", "uri"]
Form = Literal["whole", "prefix"]


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


def terms(resource: Json, base: str = "") -> list[Term]:
    """The terms of a resource of a served type, each once; base is our own URL, cut off references."""
    found: list[Term] = []
    for parameter, path in _compiled(resource["resourceType"])[0]:
        element = path.elements[0]
        if element in resource:
            kind: TermKind = "token" if parameter.kind == "date" else parameter.kind
            for value, position in values_at(resource, path.elements):
                for text in _spelt(parameter, path, value, base):
                    found.append(Term(parameter.name, kind, text, parameter.personal, element, position))
                    if kind == "string":
                        found.extend(_prefixes(found[-1]))
    return list(dict.fromkeys(found))


def moments(resource: Json) -> list[Moment]:
    """The clear moments of a resource of a served type, each once."""
    found: list[Moment] = []
    for parameter, path in _compiled(resource["resourceType"])[1]:
        element = path.elements[0]
        if element in resource:
            for value, position in values_at(resource, path.elements):
                spans = _SPANS[path.type](value)
                found.extend(Moment(parameter.name, low, high, element, position) for low, high in spans)
    return list(dict.fromkeys(found))


_Plan = tuple[tuple[Parameter, Path], ...]


@cache
def _compiled(resource_type: str) -> tuple[_Plan, _Plan]:
    """What to look at for terms, and what for moments."""
    table = PARAMETERS.get(resource_type, {}).values()
    pairs = [(parameter, path) for parameter in table for path in parameter.paths]
    return (
        tuple(pair for pair in pairs if not pair[0].sortable),
        tuple(pair for pair in pairs if pair[0].sortable),
    )


def _spelt(parameter: Parameter, path: Path, value: Any, base: str) -> Iterable[str]:
    match parameter.kind:
        case "token":
            return tokens(path, value)
        case "reference":
            return references(path, value, base)
        case "string":
            return filter(None, map(normalise, texts(value)))
        case "date":
            return personal_dates(value)
        case "uri":
            return (value,) if isinstance(value, str) else ()


def _prefixes(whole: Term) -> Iterator[Term]:
    name, kind, value, personal, element, position, _ = whole
    for size in range(SHORTEST_PREFIX, min(len(value), LONGEST_PREFIX) + 1):
        yield Term(name, kind, value[:size], personal, element, position, "prefix")


def _date(value: Any) -> tuple[Interval, ...]:
    found = interval(value) if isinstance(value, str) else None
    return (found,) if found else ()


def _period(value: Any) -> tuple[Interval, ...]:
    start, end = interval(text_of(value, "start")), interval(text_of(value, "end"))
    low, high = start[0] if start else BEGINNING, end[1] if end else END
    return ((low, high),) if (start or end) and low < high else ()


def _timing(value: Any) -> tuple[Interval, ...]:
    """The span from the first event to the last, and the bounds."""
    events = [found for each in items(value, "event") for found in _date(each)]
    span = ((min(low for low, _ in events), max(high for _, high in events)),) if events else ()
    repeat = value.get("repeat") if isinstance(value, dict) else None
    return span + _period(repeat.get("boundsPeriod") if isinstance(repeat, dict) else None)


_SPANS: Final[dict[str, Callable[[Any], tuple[Interval, ...]]]] = {
    "date": _date,
    "dateTime": _date,
    "instant": _date,
    "Period": _period,
    "Timing": _timing,
}
