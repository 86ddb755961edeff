"""A parsed search as one SQL statement over what the recipient may see.

Row-level security filters parts, terms and moments alike: a hidden element can neither match nor be counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from gateway.fhir.parameters import ID, LAST_UPDATED
from gateway.fhir.query import Clause, Comparison, During, Match, Missing, Query
from gateway.fhir.results import Sort
from gateway.parts import NEWS
from gateway.store.keys import CustodianKeys
from gateway.store.seal import clear_term, keyed_term

_DIALECT = postgresql.asyncpg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped

_uuid, _when = postgresql.UUID(as_uuid=False), sa.DateTime(timezone=True)
part = sa.table(
    "part",
    sa.column("custodian", sa.Text),
    sa.column("type", sa.Text),
    sa.column("id", _uuid),
    sa.column("part", sa.Text),
    sa.column("patient", _uuid),
    sa.column("recorded", _when),
    sa.column("current", sa.Boolean),
    sa.column("removed", sa.Boolean),
)
term = sa.table(
    "term",
    sa.column("custodian", sa.Text),
    sa.column("type", sa.Text),
    sa.column("id", _uuid),
    sa.column("part", sa.Text),
    sa.column("parameter", sa.Text),
    sa.column("term", sa.LargeBinary),
)
moment = sa.table(
    "moment",
    sa.column("type", sa.Text),
    sa.column("id", _uuid),
    sa.column("part", sa.Text),
    sa.column("parameter", sa.Text),
    sa.column("low", _when),
    sa.column("high", _when),
)

_root = part.alias("root")


@dataclass(frozen=True, slots=True)
class Found:
    """A record on a page: its id, its patient and its place in the sort order."""

    id: str
    patient: str | None
    place: datetime


async def page(
    driver: asyncpg.Connection,
    query: Query,
    keys: Mapping[str, CustodianKeys],
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[Found]:
    """The next visible records of the search, in its sort order."""
    place, descending = _place(query.results.sort)
    statement = sa.select(_root.c.id, _root.c.patient, place.label("place")).where(*_where(query, keys))
    if after:
        position = sa.tuple_(place, _root.c.id)
        bound = sa.tuple_(sa.literal(after[0], _when), sa.literal(after[1], _uuid))
        statement = statement.where(position < bound if descending else position > bound)
    order = (place.desc(), _root.c.id.desc()) if descending else (place, _root.c.id)
    rows = await _fetch(driver, statement.order_by(*order).limit(limit))
    return [Found(str(row["id"]), str(row["patient"]) if row["patient"] else None, row["place"]) for row in rows]


async def total(driver: asyncpg.Connection, query: Query, keys: Mapping[str, CustodianKeys]) -> int:
    """How many visible records the search finds."""
    rows = await _fetch(driver, sa.select(sa.func.count()).select_from(_root).where(*_where(query, keys)))
    count: int = rows[0][0]
    return count


async def _fetch(driver: asyncpg.Connection, statement: sa.Select[Any]) -> list[asyncpg.Record]:
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    values = [compiled.params[name] for name in compiled.positiontup or ()]
    rows: list[asyncpg.Record] = await driver.fetch(str(compiled), *values)
    return rows


def _where(query: Query, keys: Mapping[str, CustodianKeys]) -> Sequence[sa.ColumnElement[bool]]:
    mine = (_root.c.type == query.resource_type, _root.c.part == "", _root.c.current, sa.not_(_root.c.removed))
    return (*mine, *(_clause(each, keys) for each in query.clauses))


def _clause(clause: Clause, keys: Mapping[str, CustodianKeys]) -> sa.ColumnElement[bool]:
    match clause:
        case Match(parameter, wanted, _) if parameter is ID:
            return sa.cast(_root.c.id, sa.Text).in_([each.value for each in wanted])
        case Match():
            return _match(clause, keys)
        case During(parameter, comparisons) if parameter is LAST_UPDATED:
            changed = sa.func.date_trunc("milliseconds", _last_changed())
            return sa.or_(*(_compares(each, changed, changed + sa.text("interval '1 ms'")) for each in comparisons))
        case During():
            return _during(clause)
        case Missing(parameter, missing):
            found = _any_of(parameter.name, dated=parameter.sortable)
            return sa.not_(found) if missing else found


def _match(clause: Match, keys: Mapping[str, CustodianKeys]) -> sa.ColumnElement[bool]:
    names = {
        f"{clause.parameter.name}:prefix" if each.form == "prefix" else clause.parameter.name: each.form
        for each in clause.wanted
    }
    alternatives = [_terms(clause, name, form, keys) for name, form in names.items()]
    found = sa.exists(sa.select(1).select_from(term).where(*_of_root(term), sa.or_(*alternatives)))
    return sa.not_(found) if clause.negated else found


def _terms(clause: Match, name: str, form: str, keys: Mapping[str, CustodianKeys]) -> sa.ColumnElement[bool]:
    values = [each.value for each in clause.wanted if each.form == form]
    if not clause.parameter.personal:
        return sa.and_(term.c.parameter == name, term.c.term.in_([clear_term(name, value) for value in values]))
    keyed = [
        sa.and_(term.c.custodian == custodian, term.c.term.in_([keyed_term(of.terms, name, each) for each in values]))
        for custodian, of in keys.items()
    ]
    return sa.and_(term.c.parameter == name, sa.or_(sa.false(), *keyed))


def _during(clause: During) -> sa.ColumnElement[bool]:
    alternatives = sa.or_(*(_compares(each, moment.c.low, moment.c.high) for each in clause.comparisons))
    named = moment.c.parameter == clause.parameter.name
    return sa.exists(sa.select(1).select_from(moment).where(*_of_root(moment), named, alternatives))


def _any_of(name: str, *, dated: bool) -> sa.ColumnElement[bool]:
    table = moment if dated else term
    return sa.exists(sa.select(1).select_from(table).where(*_of_root(table), table.c.parameter == name))


def _of_root(table: sa.TableClause) -> tuple[sa.ColumnElement[bool], ...]:
    """Rows of the record that no visible news overrides: whoever sees the news does not find what it replaced."""
    news = table.alias("news")
    overridden = sa.exists(
        sa.select(1)
        .select_from(news)
        .where(news.c.type == table.c.type, news.c.id == table.c.id)
        .where(news.c.part == NEWS, news.c.parameter == table.c.parameter)
        .correlate(table)
    )
    return table.c.type == _root.c.type, table.c.id == _root.c.id, sa.or_(table.c.part == NEWS, sa.not_(overridden))


def _compares(
    comparison: Comparison, low: sa.ColumnElement[datetime], high: sa.ColumnElement[datetime]
) -> sa.ColumnElement[bool]:
    begin, end = sa.literal(comparison.low, _when), sa.literal(comparison.high, _when)
    equal = sa.and_(low >= begin, high <= end)
    match comparison.comparator:
        case "eq":
            return equal
        case "ne":
            return sa.not_(equal)
        case "gt":
            return high > end
        case "lt":
            return low < begin
        case "ge":
            return sa.or_(high > end, equal)
        case "le":
            return sa.or_(low < begin, equal)
        case "sa":
            return low >= end
        case "eb":
            return high <= begin


def _last_changed() -> sa.ColumnElement[datetime]:
    """The latest visible change of a record: what a hidden part does is not seen here either."""
    seen = part.alias("seen")
    latest = sa.select(sa.func.max(seen.c.recorded)).where(
        seen.c.type == _root.c.type, seen.c.id == _root.c.id, seen.c.current
    )
    return latest.scalar_subquery()


def _place(sort: Sort | None) -> tuple[sa.ColumnElement[datetime], bool]:
    if sort is None:
        return _root.c.recorded, True
    if sort.parameter is LAST_UPDATED:
        return _last_changed(), sort.descending
    edge = sa.func.max(moment.c.low) if sort.descending else sa.func.min(moment.c.low)
    named = moment.c.parameter == sort.parameter.name
    first = sa.select(edge).select_from(moment).where(*_of_root(moment), named).scalar_subquery()
    none = sa.literal(_LAST if not sort.descending else _FIRST, _when)
    return sa.func.coalesce(first, none), sort.descending


_FIRST = datetime.fromisoformat("0001-01-01T00:00:00+00:00")
_LAST = datetime.fromisoformat("9999-12-31T00:00:00+00:00")
