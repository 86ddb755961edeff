"""The search in SQL finds what the definition of a match says, over what may be seen: sets, totals, order, pages."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.labels import Arrival
from consent.origins import OriginStatus
from consent.terms import Decision, Effect
from consent.vocabulary import OrgType
from gateway.disclose.viewing import View, Viewer
from gateway.fhir.index import moments
from gateway.fhir.match import matches
from gateway.fhir.moments import BEGINNING, END
from gateway.fhir.parameters import LAST_UPDATED
from gateway.fhir.query import COMPARATORS, Match, Query, parse_query
from gateway.receive.about import patient_of
from gateway.receive.keeping import Draft, Keeper
from gateway.store import grants, records, search, views
from gateway.store.grants import Grant
from gateway.store.kept import RecordKey
from gateway.store.segments import NO_PATIENT
from tests.gateway.store.opened import AT, HOSPITAL, Store
from tests.gateway.store.searches import cases

Json = dict[str, Any]
ORACLE = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
STATUS = OriginStatus(HOSPITAL, OrgType.HOSPITAL, covered_entity=True)
_PARTIES = count(1)


class Trial:
    """Some records in a transaction that is undone at the end, seen by a recipient who was granted some segments."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.keeper = Keeper(store.keyring, store.segments, "http://gateway.example/fhir")
        self.numbers: set[int] = set()

    @property
    def driver(self) -> asyncpg.Connection:
        return self.store.owner

    async def keep(self, resource: Json, at: datetime) -> None:
        key = RecordKey(HOSPITAL, resource["resourceType"], resource["id"])
        arrival = Arrival(STATUS, STATUS, f"{key.type}/{key.id}")
        made = await self.keeper.change(Draft(key, resource, arrival, patient_of(resource)), None, at)
        assert made is not None
        self.numbers |= {part.segment for part in made.parts}
        await records.write(self.driver, [made], self.store.keyring.all)

    async def see(self, visible: set[int]) -> None:
        """Become a recipient who sees these segments."""
        await self.driver.execute("SET LOCAL ROLE crosswalk_disclose")
        party = await grants.party_number(self.driver, "trial", "x", str(next(_PARTIES)))
        await grants.enter(self.driver, party, AT)
        given = [Grant(NO_PATIENT, number, 0, True, None) for number in visible]
        await grants.grant(self.driver, party, await self.driver.fetchval("SELECT version FROM policy"), given)

    async def views(self, resources: list[Json], visible: set[int]) -> dict[str, View]:
        """What that recipient sees of each."""
        segments = await self.store.segments.look_up(self.driver, visible)
        viewer = Viewer(b"k" * 32, segments, dict.fromkeys(visible, Decision(Effect.PERMIT, (), frozenset())))
        kind = resources[0]["resourceType"]
        found = await views.current(self.driver, kind, [each["id"] for each in resources], self.store.keyring.all)
        made = {record: viewer.view(parts) for record, parts in found.items()}
        return {record: view for record, view in made.items() if view is not None}

    async def search(self, query: Query, size: int) -> list[str]:
        """All pages of this size, one after another."""
        found: list[str] = []
        after = None
        while rows := await search.page(self.driver, query, self.store.keyring.all, after, size):
            found += [row.id for row in rows]
            after = (rows[-1].place, rows[-1].id)
        return found


@asynccontextmanager
async def trial(store: Store) -> AsyncIterator[Trial]:
    transaction = store.owner.transaction()
    await transaction.start()
    try:
        yield Trial(store)
    finally:
        await transaction.rollback()


def _checked(query: Query) -> bool:
    """Whether the terms only narrow, and candidates are compared once they are opened."""
    wanted = [one for each in query.clauses if isinstance(each, Match) for one in each.wanted]
    return any(one.starts or one.exactly for one in wanted)


def _place(query: Query, view: View) -> datetime:
    sort = query.results.sort
    if sort is None or sort.parameter is LAST_UPDATED:
        return view.last_updated
    lows = [each.low for each in moments(view.resource) if each.parameter == sort.parameter.name]
    return max(lows, default=BEGINNING) if sort.descending else min(lows, default=END)


async def _agrees(run: Trial, query: Query, seen: dict[str, View]) -> None:
    expected = {record for record, view in seen.items() if matches(query, view.resource)}
    found = await run.search(query, 500)
    assert len(found) == len(set(found))
    assert await search.total(run.driver, query, run.store.keyring.all) == len(found)
    if _checked(query):
        assert expected <= set(found) <= set(seen)
        return
    assert set(found) == expected
    descending = query.results.sort is None or query.results.sort.descending
    if query.results.sort is not None:
        places = [_place(query, seen[record]) for record in found]
        assert places == sorted(places, reverse=descending)
    for size in (1, 2):
        assert await run.search(query, size) == found


@ORACLE
@given(cases())
async def test_a_recipient_of_everything_finds_what_matches(
    store: Store, case: tuple[list[Json], Query, list[timedelta]]
) -> None:
    resources, query, offsets = case
    async with trial(store) as run:
        for resource, offset in zip(resources, offsets, strict=True):
            await run.keep(resource, AT + offset)
        await run.see(run.numbers)
        seen = await run.views(resources, run.numbers)
        assert len(seen) == len(resources)
        await _agrees(run, query, seen)


@ORACLE
@given(cases(), st.data())
async def test_a_recipient_of_some_parts_finds_what_matches_in_what_it_sees(
    store: Store, case: tuple[list[Json], Query, list[timedelta]], data: st.DataObject
) -> None:
    resources, query, offsets = case
    async with trial(store) as run:
        for resource, offset in zip(resources, offsets, strict=True):
            await run.keep(resource, AT + offset)
        visible = {each for each in sorted(run.numbers) if data.draw(st.booleans())}
        await run.see(visible)
        await _agrees(run, query, await run.views(resources, visible))


async def test_who_was_granted_nothing_finds_nothing(store: Store) -> None:
    async with trial(store) as run:
        await run.keep({"resourceType": "Condition", "id": str(uuid.uuid4())}, AT)
        await run.see(set())
        query = parse_query("Condition", [("code:missing", "true")])
        assert await run.search(query, 10) == []
        assert await search.total(run.driver, query, store.keyring.all) == 0


@pytest.mark.parametrize("sort", ["authored-on", "-authored-on", "_lastUpdated", "-_lastUpdated", "period", "-period"])
async def test_records_of_one_moment_and_of_none_page_once_each_in_one_order(store: Store, sort: str) -> None:
    async with trial(store) as run:
        for number in range(12):
            dates = [{"authoredOn": "2026-05-02"}, {"authoredOn": "2026-05"}, {}, {"executionPeriod": {"end": "2026"}}]
            await run.keep({"resourceType": "Task", "id": str(uuid.uuid4()), **dates[number % 4]}, AT)
        await run.see(run.numbers)
        query = parse_query("Task", [("_sort", sort)])
        whole = await run.search(query, 100)
        assert len(set(whole)) == 12
        for size in (1, 3, 5, 12):
            assert await run.search(query, size) == whole


BOUNDS = ["2026-05-02", "2026-05-03", "2026-05-02T23:59:59.999Z", "2026-05-03T00:00:00.000Z", "2026-05-03T00:00:00Z"]


@pytest.mark.parametrize("bound", BOUNDS)
async def test_last_updated_is_compared_as_it_is_shown_to_the_millisecond(store: Store, bound: str) -> None:
    midnight = datetime.fromisoformat("2026-05-03T00:00:00+00:00")
    resources = [{"resourceType": "Condition", "id": str(uuid.uuid4())} for _ in range(4)]
    async with trial(store) as run:
        for resource, microseconds in zip(resources, (-1, 0, 500, 1000), strict=True):
            await run.keep(resource, midnight + timedelta(microseconds=microseconds))
        await run.see(run.numbers)
        seen = await run.views(resources, run.numbers)
        for prefix in COMPARATORS:
            await _agrees(run, parse_query("Condition", [("_lastUpdated", f"{prefix}{bound}")]), seen)


async def test_keys_of_another_custodian_do_not_find_a_person(store: Store) -> None:
    async with trial(store) as run:
        await run.keep({"resourceType": "Patient", "id": str(uuid.uuid4()), "name": [{"family": "Ashgrove"}]}, AT)
        await run.see(run.numbers)
        query = parse_query("Patient", [("family", "ashgrove")])
        assert len(await run.search(query, 10)) == 1
        others = store.keyring.of([each for each in store.keyring.all if each != HOSPITAL])
        assert await search.page(run.driver, query, others, None, 10) == []
        assert await search.page(run.driver, query, {}, None, 10) == []


async def test_a_record_being_written_is_on_no_page_before_its_commit(store: Store) -> None:
    async with trial(store) as run:
        await run.keep({"resourceType": "Condition", "id": str(uuid.uuid4())}, AT)
        count_of = "SELECT count(*) FROM part WHERE type = 'Condition'"
        async with store.database.transaction("disclose") as other:
            assert await asyncio.wait_for(other.fetchval(count_of), 5) == 0
