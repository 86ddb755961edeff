"""A search as data: what was asked for, in the one spelling that the index uses, or a refusal.

Served: tokens (:not), strings (:exact), references (:Type), uris, dates (eq ne gt lt ge le sa eb; a person's dates
by equality alone), :missing on all of them, ``,`` for or, repetition for and. Refused with 400: chains, _has, other
modifiers, ``ap``, and what narrows a search but is not served. https://hl7.org/fhir/R4/search.html
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal
from urllib.parse import urlencode

from gateway.fhir.index import Form
from gateway.fhir.moments import interval
from gateway.fhir.outcome import BadRequest
from gateway.fhir.parameters import ID, LAST_UPDATED, Parameter, find_parameter
from gateway.fhir.results import RESULT_PARAMETERS, Results, read_result
from gateway.fhir.spelling import LONGEST_PREFIX, SHORTEST_PREFIX, normalise, personal_dates, relative, token_forms

Handling = Literal["lenient", "strict"]
Comparator = Literal["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"]

MAX_PARAMETERS: Final = 60
MAX_ALTERNATIVES: Final = 200
MAX_NAME: Final = 80
MAX_VALUE: Final = 16_000
COMPARATORS: Final[tuple[Comparator, ...]] = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb")
MODIFIERS: Final = {
    "token": frozenset({"not", "missing"}),
    "string": frozenset({"exact", "missing"}),
    "reference": frozenset({"missing"}),
    "date": frozenset({"missing"}),
    "uri": frozenset({"missing"}),
}

_NARROWING: Final = frozenset({"_filter", "_query", "_list", "_text", "_content", "_has", "_in", "_type"})
_UNSAFE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_PIECE = re.compile(r"\\.?|[^\\,]+|,", re.DOTALL)
_BAR = re.compile(r"((?:[^\\|]|\\.)*)\|(.*)", re.DOTALL)
_ESCAPED = re.compile(r"\\([,|$\\])")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_TYPE = re.compile(r"[A-Z][A-Za-z]{1,40}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One term to look up: value and form as the index spells them.

    Where the term alone is not enough, candidates are checked after unsealing: starts is the normalised text that
    a value must begin with, exactly the text that it must be.
    """

    value: str = field(repr=False)
    form: Form = "whole"
    starts: str = field(default="", repr=False)
    exactly: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Match:
    """Some term of the parameter is among those wanted; none of them is where negated."""

    parameter: Parameter
    wanted: tuple[Wanted, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """A date prefix and the interval that was written, UTC, high being the first instant outside.

    A target [l, h) fulfils eq: low <= l and h <= high; ne: not eq; gt: h > high; lt: l < low; ge: gt or eq;
    le: lt or eq; sa: l >= high; eb: h <= low.
    """

    comparator: Comparator
    low: datetime = field(repr=False)
    high: datetime = field(repr=False)


@dataclass(frozen=True, slots=True)
class During:
    """Some moment of the parameter fulfils one of the comparisons."""

    parameter: Parameter
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """The parameter finds nothing in the resource (missing), or something (not missing)."""

    parameter: Parameter
    missing: bool


Clause = Match | During | Missing


@dataclass(frozen=True, slots=True)
class Query:
    """A search that can be answered: every clause must hold.

    used are the parameters that count, as sent, for the self link; ignored the names of those that were not known.
    """

    resource_type: str
    clauses: tuple[Clause, ...]
    results: Results
    used: tuple[tuple[str, str], ...] = field(repr=False)
    ignored: tuple[str, ...] = field(default=(), repr=False)

    def link(self, base: str, cursor: str = "") -> str:
        """The URL of this search: ``self`` as it is, ``next`` with a cursor."""
        pairs = [*self.used, ("_cursor", cursor)] if cursor else self.used
        query = urlencode(pairs, safe="/:,|")
        return f"{base.rstrip('/')}/{self.resource_type}{'?' if query else ''}{query}"

    def fingerprint(self) -> bytes:
        """A digest of what is searched and how it is sorted, whatever the page; a cursor is bound to it."""
        kept = sorted(pair for pair in self.used if not pair[0].startswith("_") or pair[0] in _BOUND)
        return hashlib.sha256(repr((self.resource_type, kept)).encode()).digest()


_BOUND: Final = frozenset({"_id", "_lastUpdated", "_sort"})


def parse_query(
    resource_type: str, pairs: Iterable[tuple[str, str]], *, handling: Handling = "lenient", base: str = ""
) -> Query:
    """The search that name and value pairs ask for. base is our own URL. Raises BadRequest, NotAcceptable."""
    clauses: list[Clause] = []
    used: list[tuple[str, str]] = []
    ignored: list[str] = []
    results = Results()
    for name, value in _within_limits(pairs):
        if name in RESULT_PARAMETERS:
            results = read_result(results, resource_type, name, value)
        elif clause := _clause(resource_type, name, value, base):
            clauses.append(clause)
        elif handling == "strict":
            raise BadRequest("The search names a parameter that is unknown here or has no value.", code="not-supported")
        else:
            ignored.append(name)
            continue
        if name != "_cursor":
            used.append((name, value))
    return Query(resource_type, tuple(clauses), results, tuple(used), tuple(ignored))


def _within_limits(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    found = list(pairs)
    if len(found) > MAX_PARAMETERS:
        raise BadRequest(f"A search takes at most {MAX_PARAMETERS} parameters.", code="too-costly")
    for name, value in found:
        if len(name) > MAX_NAME or len(value) > MAX_VALUE:
            raise BadRequest("A search parameter is too long; send fewer values at once.", code="too-long")
        if _UNSAFE.search(name) or _UNSAFE.search(value):
            raise BadRequest("A search parameter has a control character or broken text.", code="value")
    return found


def _clause(resource_type: str, name: str, value: str, base: str) -> Clause | None:
    """The clause of one pair; None for a parameter that is not known, or has no value."""
    code, colon, modifier = name.partition(":")
    if "." in name or code in _NARROWING:
        raise BadRequest("Chained searches, _has and filter expressions are not supported.", code="not-supported")
    parameter = find_parameter(resource_type, code)
    if parameter is None or not value:
        return None
    if colon and not _takes(parameter, modifier):
        raise BadRequest(f"The parameter {code} does not take this modifier.", code="not-supported")
    if modifier == "missing":
        return _missing(parameter, value)
    alternatives = _split(value)
    if parameter.kind == "date" and not parameter.personal:
        return During(parameter, tuple(_comparison(parameter, each) for each in alternatives))
    wanted = tuple(_wanted(parameter, modifier, each, base) for each in alternatives)
    return Match(parameter, wanted, negated=modifier == "not")


def _takes(parameter: Parameter, modifier: str) -> bool:
    if parameter in (ID, LAST_UPDATED):
        return False
    if parameter.kind == "reference" and _TYPE.fullmatch(modifier):
        return parameter.target in ("", modifier)
    return modifier in MODIFIERS[parameter.kind]


def _missing(parameter: Parameter, value: str) -> Missing:
    if value not in {"true", "false"}:
        raise BadRequest(f"{parameter.name}:missing is true or false.", code="value")
    return Missing(parameter, missing=value == "true")


def _split(value: str) -> list[str]:
    """The alternatives between unescaped commas, still escaped; empty ones are refused."""
    found = [""]
    for piece in _PIECE.findall(value):
        if piece == ",":
            found.append("")
        else:
            found[-1] += piece
    if "" in found:
        raise BadRequest("A search parameter has an empty alternative; remove the extra comma.", code="value")
    if len(found) > MAX_ALTERNATIVES:
        raise BadRequest(f"A search parameter takes at most {MAX_ALTERNATIVES} alternatives.", code="too-costly")
    return found


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


def _wanted(parameter: Parameter, modifier: str, text: str, base: str) -> Wanted:
    if parameter is ID:
        return _id(text)
    match parameter.kind:
        case "token":
            return Wanted(_token(parameter, text))
        case "string":
            return _string(parameter, _plain(text), modifier)
        case "reference":
            return Wanted(_reference(parameter, modifier, _plain(text), base))
        case "date":
            return Wanted(_personal_date(parameter, text))
        case "uri":
            return Wanted(_plain(text))


def _id(text: str) -> Wanted:
    if not _ID.fullmatch(text):
        raise BadRequest("An _id is 1 to 64 letters, digits, - or dots.", code="value")
    return Wanted(text)


def _token(parameter: Parameter, text: str) -> str:
    """``code``, ``system|code``, ``|code`` or ``system|`` in the index's spelling."""
    match = _BAR.fullmatch(text)
    if match is None:
        return token_forms("", _plain(text))[1]
    forms = token_forms(_plain(match[1]), _plain(match[2]))
    if not forms:
        raise BadRequest(f"The parameter {parameter.name} has neither system nor code.", code="value")
    return forms[0]


def _string(parameter: Parameter, text: str, modifier: str) -> Wanted:
    plain = normalise(text)
    if modifier == "exact" and plain:
        return Wanted(plain, exactly=text)
    if len(plain) < SHORTEST_PREFIX:
        raise BadRequest(
            f"The parameter {parameter.name} needs {SHORTEST_PREFIX} letters, or :exact.", code="too-costly"
        )
    return Wanted(plain[:LONGEST_PREFIX], "prefix", starts=plain if len(plain) > LONGEST_PREFIX else "")


def _reference(parameter: Parameter, modifier: str, text: str, base: str) -> str:
    if parameter.paths[0].type == "canonical":
        return text
    named = modifier or parameter.target
    return f"{named}/{text}" if named and _ID.fullmatch(text) else relative(text, base)


def _personal_date(parameter: Parameter, text: str) -> str:
    day = text.removeprefix("eq")
    if len(day) > len("2026-01-01") or interval(day) is None:
        raise BadRequest(
            f"The parameter {parameter.name} takes a day, a month or a year, without prefix.", code="not-supported"
        )
    return personal_dates(day)[0]


def _comparison(parameter: Parameter, text: str) -> Comparison:
    comparator = next((each for each in COMPARATORS if text.startswith(each)), None)
    found = interval((text[2:] if comparator else text).replace(" ", "+"))
    if found is None:
        raise BadRequest(
            f"The parameter {parameter.name} takes a date after one of {', '.join(COMPARATORS)}.", code="value"
        )
    return Comparison(comparator or "eq", *found)
