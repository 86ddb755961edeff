"""The parameters that shape a search's answer: _count, _sort, _include, _total and their like.

https://hl7.org/fhir/R4/search.html#return
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Literal, cast

from gateway.fhir.outcome import BadRequest, NotAcceptable
from gateway.fhir.parameters import INCLUDES, LAST_UPDATED, REVINCLUDES, Parameter, find_parameter

Total = Literal["none", "accurate", "estimate"]

DEFAULT_COUNT: Final = 20
MAX_COUNT: Final = 500
MAX_ELEMENTS: Final = 50

_DIGITS = re.compile(r"[0-9]{1,15}")
_ELEMENT = re.compile(r"[a-z][A-Za-z]{0,40}")
_JSON_FORMATS: Final = frozenset({"json", "application/json", "application/fhir+json", "application/fhir json"})


@dataclass(frozen=True, slots=True)
class Sort:
    """The one sort key: a date parameter that is kept in clear."""

    parameter: Parameter
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Include:
    """A reference parameter of source to follow; target narrows it to one type, empty for all."""

    source: str
    parameter: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Results:
    """What to answer with; count_only asks for the total alone, cursor is still encoded."""

    count: int = DEFAULT_COUNT
    count_only: bool = False
    total: Total = "none"
    sort: Sort | None = None
    includes: tuple[Include, ...] = ()
    revincludes: tuple[Include, ...] = ()
    elements: tuple[str, ...] = ()
    cursor: str = field(default="", repr=False)


def read_result(results: Results, resource_type: str, name: str, value: str) -> Results:
    """results with one more parameter read. Raises BadRequest, or NotAcceptable for _format."""
    return _READERS[name](results, resource_type, value)


def _count(results: Results, _: str, value: str) -> Results:
    if not _DIGITS.fullmatch(value):
        raise BadRequest("_count is a whole number from 0.", code="value")
    count = int(value)
    return replace(results, count=min(count, MAX_COUNT), count_only=results.count_only or count == 0)


def _sort(results: Results, resource_type: str, value: str) -> Results:
    parameter = find_parameter(resource_type, value.removeprefix("-"))
    if results.sort or parameter is None or not parameter.sortable:
        raise BadRequest("_sort takes one date parameter of the type, or _lastUpdated.", code="not-supported")
    return replace(results, sort=Sort(parameter, value.startswith("-")))


def _include(results: Results, resource_type: str, value: str) -> Results:
    include = _inclusion(value, INCLUDES.get(resource_type, frozenset()), "_include")
    return replace(results, includes=(*results.includes, include))


def _revinclude(results: Results, resource_type: str, value: str) -> Results:
    include = _inclusion(value, REVINCLUDES.get(resource_type, frozenset()), "_revinclude")
    if include.target not in {"", resource_type}:
        raise BadRequest("_revinclude names another target than the type searched.", code="value")
    return replace(results, revincludes=(*results.revincludes, include))


def _inclusion(value: str, served: frozenset[str], name: str) -> Include:
    source, _, rest = value.partition(":")
    parameter, _, target = rest.partition(":")
    if f"{source}:{parameter}" not in served or not (target == "" or target.isalpha()):
        known = ", ".join(sorted(served)) or "nothing"
        raise BadRequest(f"{name} takes here: {known}.", code="not-supported")
    return Include(source, parameter, target)


def _total(results: Results, _: str, value: str) -> Results:
    if value not in {"none", "accurate", "estimate"}:
        raise BadRequest("_total is none, accurate or estimate.", code="value")
    return replace(results, total=cast("Total", value))


def _summary(results: Results, _: str, value: str) -> Results:
    if value not in {"count", "false"}:
        raise BadRequest("_summary is count or false here.", code="not-supported")
    return replace(results, count_only=results.count_only or value == "count")


def _elements(results: Results, _: str, value: str) -> Results:
    names = tuple(value.split(","))
    if len(names) > MAX_ELEMENTS or not all(_ELEMENT.fullmatch(name) for name in names):
        raise BadRequest("_elements takes names of top-level elements, with commas between.", code="value")
    return replace(results, elements=names)


def _cursor(results: Results, _: str, value: str) -> Results:
    return replace(results, cursor=value)


def _format(results: Results, _: str, value: str) -> Results:
    if value.split(";")[0].strip() not in _JSON_FORMATS:
        raise NotAcceptable("Searches are answered in application/fhir+json.")
    return results


def _pretty(results: Results, _: str, value: str) -> Results:
    if value not in {"true", "false"}:
        raise BadRequest("_pretty is true or false.", code="value")
    return results


_READERS: Final[dict[str, Callable[[Results, str, str], Results]]] = {
    "_count": _count,
    "_sort": _sort,
    "_include": _include,
    "_revinclude": _revinclude,
    "_total": _total,
    "_summary": _summary,
    "_elements": _elements,
    "_cursor": _cursor,
    "_format": _format,
    "_pretty": _pretty,
}

RESULT_PARAMETERS: Final = frozenset(_READERS)
DEFAULT_SORT: Final = Sort(LAST_UPDATED, descending=True)
"""Newest first, where nothing else was asked for."""
