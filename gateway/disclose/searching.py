"""A search within one disclosing transaction: decide the candidates, find, hold, and show only what still stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.disclose.deciding import Entered
from gateway.disclose.reading import Reading
from gateway.disclose.viewing import View
from gateway.fhir.cursor import decode_cursor, encode_cursor
from gateway.fhir.index import terms
from gateway.fhir.match import matches
from gateway.fhir.outcome import BadRequest, Json
from gateway.fhir.query import Match, Query, parse_query
from gateway.fhir.results import Include
from gateway.store import grants, search
from gateway.store.kept import is_id
from gateway.store.search import Found

CANDIDATES = 500
"""At most so many candidates are opened where the index alone cannot tell."""
INCLUDED = 500


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a search: matches and what they include, the total where asked for, the cursor of the next page."""

    matches: tuple[View, ...]
    included: tuple[View, ...]
    total: int | None
    cursor: str


NOTHING = Page((), (), None, "")


async def page(reading: Reading, entered: Entered, query: Query) -> Page | None:
    """The page, or None where a revocation came between finding and holding: then everything is decided again."""
    await reading.decisions.of_own(entered)
    await reading.decisions.of_related(entered)
    if any(isinstance(each, Match) and any(one.starts or one.exactly for one in each.wanted) for each in query.clauses):
        return await _checked(reading, entered, query)
    driver, keys = entered.driver, reading.keyring.all
    total = await search.total(driver, query, keys) if _counts(query) else None
    if query.results.count_only:
        return Page((), (), total, "")
    rows = await search.page(driver, query, keys, _position(reading, entered, query), query.results.count + 1)
    shown = rows[: query.results.count]
    found = await _held(reading, entered, query, shown)
    if found is None:
        return None
    cursor = _cursor(reading, entered, query, shown[-1]) if len(rows) > len(shown) else ""
    return Page(tuple(found), tuple(await _included(reading, entered, query, found)), total, cursor)


async def _checked(reading: Reading, entered: Entered, query: Query) -> Page | None:
    """A search whose terms only narrow: candidates are opened and compared, so many and no more."""
    after = _position(reading, entered, query)
    rows = await search.page(entered.driver, query, reading.keyring.all, after, CANDIDATES + 1)
    if len(rows) > CANDIDATES:
        raise BadRequest("The search finds too many candidates to compare; add another parameter.", code="too-costly")
    found = await _held(reading, entered, query, rows)
    if found is None:
        return None
    places = {row.id: row for row in rows}
    fitting = [view for view in found if matches(query, view.resource)]
    total = len(fitting) if _counts(query) and after is None else None
    if query.results.count_only:
        return Page((), (), total, "")
    shown = fitting[: query.results.count]
    cursor = _cursor(reading, entered, query, places[shown[-1].id]) if len(fitting) > len(shown) else ""
    return Page(tuple(shown), tuple(await _included(reading, entered, query, shown)), total, cursor)


async def _held(reading: Reading, entered: Entered, query: Query, rows: Sequence[Found]) -> list[View] | None:
    """The views of these rows with revocations held off; None where one of them is gone by now."""
    epochs = await grants.hold(entered.driver, [row.patient for row in rows if row.patient])
    if entered.insisting:
        for patient in sorted(epochs):
            await reading.decisions.of_related(entered, patient)
    found = await reading.views(entered, query.resource_type, [row.id for row in rows], epochs)
    return found if len(found) == len(rows) else None


async def _included(reading: Reading, entered: Entered, query: Query, found: Sequence[View]) -> list[View]:
    already = {f"{view.type}/{view.id}" for view in found}
    wanted: dict[str, None] = {}
    for include in query.results.includes:
        for view in found:
            wanted.update(dict.fromkeys(_pointed_at(view.resource, include)))
    included = await _opened(reading, entered, [each for each in wanted if each not in already])
    for include in query.results.revincludes:
        included += await _pointing_at(reading, entered, include, [*already])
    return list({f"{view.type}/{view.id}": view for view in included}.values())[:INCLUDED]


async def _opened(reading: Reading, entered: Entered, wanted: Iterable[str]) -> list[View]:
    found = []
    for reference in wanted:
        kind, _, record = reference.partition("/")
        view = await reading.view(entered, kind, record) if is_id(record) else None
        if view is not None:
            found.append(view)
    return found


async def _pointing_at(reading: Reading, entered: Entered, include: Include, targets: list[str]) -> list[View]:
    """Visible records of the source type that refer to one of these."""
    if not targets:
        return []
    query = parse_query(include.source, [(include.parameter, ",".join(targets[:200]))])
    rows = await search.page(entered.driver, query, reading.keyring.all, None, INCLUDED)
    return await _held(reading, entered, query, rows) or []


def _pointed_at(resource: Json, include: Include) -> Iterable[str]:
    start = f"{include.target}/" if include.target else ""
    for term in terms(resource):
        typed = term.parameter == include.parameter and term.kind == "reference" and "/" in term.value
        if typed and term.value.startswith(start):
            yield term.value


def _counts(query: Query) -> bool:
    return query.results.count_only or query.results.total != "none"


def _position(reading: Reading, entered: Entered, query: Query) -> tuple[datetime, str] | None:
    cursor = decode_cursor(reading.keyring.gateway.cursors, query, entered.who.key[0])
    return (datetime.fromisoformat(cursor[0]), cursor[1]) if cursor else None


def _cursor(reading: Reading, entered: Entered, query: Query, last: Found) -> str:
    place = (last.place.isoformat(), last.id)
    return encode_cursor(reading.keyring.gateway.cursors, query, entered.who.key[0], place)
