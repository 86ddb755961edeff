"""Group commit: whoever is answered is kept, whoever fails fails alone, and a group has one item about a patient."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest_asyncio

from gateway.store.audit import AuditEntry, verify
from gateway.store.intake import GROUP_LIMIT, Desk, Intake, Known, Stale, _Waiting
from gateway.store.kept import RecordKey
from gateway.store.messages import ControlKey
from tests.gateway.store.opened import AT, HOSPITAL, Store, change, record_key


class Guilty(Exception):
    """What an item raises of itself."""


@dataclass
class Note:
    """Keeps one record about a patient; does something before, if told to."""

    segment: int
    patient: str = field(default_factory=lambda: str(uuid.uuid4()))
    key: RecordKey = field(default_factory=record_key)
    first: Callable[[Desk], None] = lambda _: None
    others: frozenset[str] = frozenset()
    under: int | None = None
    seen: int | None = None

    @property
    def custodians(self) -> frozenset[str]:
        return frozenset({HOSPITAL})

    @property
    def policy(self) -> int | None:
        return self.under

    @property
    def subjects(self) -> frozenset[str]:
        return frozenset({self.patient}) | self.others

    @property
    def control(self) -> ControlKey | None:
        return None

    def wants(self, known: Known) -> Iterable[RecordKey]:
        return (self.key,)

    async def apply(self, desk: Desk) -> int:
        self.first(desk)
        kept = desk.kept.get(self.key)
        counter = kept.parts[""].counter + 1 if kept else 1
        desk.changes.append(change(self.key, self.segment, counter=counter, patient=self.patient))
        desk.audit.append(AuditEntry(AT, "write", HOSPITAL, "", "created", self.patient))
        self.seen = counter
        return counter


@pytest_asyncio.fixture(loop_scope="module")
async def intake(store: Store) -> AsyncIterator[Intake]:
    """An intake at work."""
    made = Intake(store.database, store.keyring, store.segments, store.chains)
    made.start()
    yield made
    await made.stop()


async def _number(store: Store) -> int:
    return await store.segment()


async def _kept(store: Store, *items: Note) -> set[str]:
    rows = await store.owner.fetch("SELECT id::text FROM part WHERE id = ANY($1)", [each.key.id for each in items])
    return {row["id"] for row in rows}


async def test_what_is_answered_is_committed_with_its_audit_row(store: Store, intake: Intake) -> None:
    item = Note(await _number(store))
    assert await intake.submit(item) == 1
    assert await _kept(store, item) == {item.key.id}
    assert await store.owner.fetchval("SELECT count(*) FROM audit WHERE patient = $1", item.patient) == 1


async def test_everything_that_waits_is_kept_in_few_transactions(store: Store, intake: Intake) -> None:
    segment = await _number(store)
    items = [Note(segment) for _ in range(40)]
    await asyncio.gather(*map(intake.submit, items))
    assert len(await _kept(store, *items)) == 40
    groups = await store.owner.fetchval(
        "SELECT count(DISTINCT xmin::text) FROM part WHERE id = ANY($1)", [each.key.id for each in items]
    )
    assert groups <= 2
    assert intake.depth == 0


async def test_items_about_one_patient_leave_a_version_each_in_their_order(store: Store, intake: Intake) -> None:
    segment, key, patient = await _number(store), record_key(), str(uuid.uuid4())
    items = [Note(segment, patient, key) for _ in range(6)]
    assert await asyncio.gather(*map(intake.submit, items)) == [1, 2, 3, 4, 5, 6]
    rows = await store.owner.fetch(
        "SELECT counter, current, xmin::text AS tx FROM part WHERE id = $1 ORDER BY 1", key.id
    )
    assert [row["current"] for row in rows] == [False] * 5 + [True]


def test_a_group_holds_one_item_per_patient_and_keeps_the_order(store: Store) -> None:
    intake = Intake(store.database, store.keyring, store.segments, store.chains)
    a, b, c = (str(uuid.uuid4()) for _ in range(3))
    items = [Note(0, a), Note(0, b), Note(0, a), Note(0, c, others=frozenset({a})), Note(0, c), Note(0, b), Note(0)]
    for item in items:
        _put(intake, item)
    groups = []
    while intake.depth:
        groups.append([items.index(each.item) for each in intake._next_group()])
    assert groups == [[0, 1, 6], [2, 5], [3], [4]]


def test_a_group_is_limited(store: Store) -> None:
    intake = Intake(store.database, store.keyring, store.segments, store.chains)
    for _ in range(GROUP_LIMIT + 3):
        _put(intake, Note(0))
    assert len(intake._next_group()) == GROUP_LIMIT
    assert intake.depth == 3


def _put(intake: Intake, item: Note) -> None:
    intake._queue.append(_Waiting(item, None))  # type: ignore[arg-type]  # nobody waits for an answer here


def _fails(_: Desk) -> None:
    raise Guilty


async def test_an_item_that_fails_fails_alone_and_leaves_nothing(store: Store, intake: Intake) -> None:
    segment = await _number(store)
    items = [Note(segment) for _ in range(9)]
    items[4].first = _fails
    answers = await asyncio.gather(*map(intake.submit, items), return_exceptions=True)
    assert [type(each) for each in answers] == [int] * 4 + [Guilty] + [int] * 4
    assert await _kept(store, *items) == {each.key.id for each in items if each is not items[4]}


async def test_an_item_made_under_an_older_policy_is_sent_back_alone(store: Store, intake: Intake) -> None:
    segment, policy = await _number(store), await store.policy()
    items = [Note(segment, under=policy), Note(segment, under=policy - 1), Note(segment)]
    answers = await asyncio.gather(*map(intake.submit, items), return_exceptions=True)
    assert [type(each) for each in answers] == [int, Stale, int]
    assert await _kept(store, *items) == {items[0].key.id, items[2].key.id}


async def test_what_the_database_refuses_is_found_by_halves(store: Store, intake: Intake) -> None:
    segment = await _number(store)
    items = [Note(segment) for _ in range(16)]
    items[3].segment = items[11].segment = 10_000_000
    answers: list[Any] = await asyncio.gather(*map(intake.submit, items), return_exceptions=True)
    guilty = [place for place, each in enumerate(answers) if isinstance(each, asyncpg.ForeignKeyViolationError)]
    assert guilty == [3, 11]
    assert len(await _kept(store, *items)) == 14
    rows = await store.owner.fetchval(
        "SELECT count(*) FROM audit WHERE patient = ANY($1)", [each.patient for each in items]
    )
    assert rows == 14
    assert (await verify(store.owner)).faults == ()


async def test_an_intake_goes_on_after_refusals(store: Store, intake: Intake) -> None:
    segment = await _number(store)
    for first in (_fails, lambda _: None, _fails, lambda _: None):
        await asyncio.gather(intake.submit(Note(segment, first=first)), return_exceptions=True)
    assert await intake.submit(Note(segment)) == 1


async def test_whoever_stops_waiting_does_not_stop_the_others(store: Store, intake: Intake) -> None:
    segment = await _number(store)
    items = [Note(segment) for _ in range(5)]
    waiting = [asyncio.create_task(intake.submit(each)) for each in items]
    await asyncio.sleep(0)
    waiting[2].cancel()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [each for each in answers if not isinstance(each, BaseException)] == [1, 1, 1, 1]
    assert await intake.submit(Note(segment)) == 1


async def test_stopping_keeps_what_waits_and_then_ends(store: Store) -> None:
    intake = Intake(store.database, store.keyring, store.segments, store.chains)
    intake.start()
    segment, patient = await _number(store), str(uuid.uuid4())
    items = [Note(segment, patient) for _ in range(5)]
    waiting = [asyncio.create_task(intake.submit(each)) for each in items]
    await asyncio.sleep(0)
    await intake.stop()
    assert await asyncio.wait_for(asyncio.gather(*waiting), 5) == [1] * 5
    assert len(await _kept(store, *items)) == 5


async def test_two_workers_about_one_patient_wait_for_each_other(store: Store) -> None:
    workers = [Intake(store.database, store.keyring, store.segments, store.chains) for _ in range(2)]
    for each in workers:
        each.start()
    segment, key, patient = await _number(store), record_key(), str(uuid.uuid4())
    items = [Note(segment, patient, key) for _ in range(8)]
    answers = await asyncio.gather(*(workers[n % 2].submit(each) for n, each in enumerate(items)))
    assert sorted(answers) == list(range(1, 9))
    for each in workers:
        await each.stop()
    assert (await verify(store.owner)).faults == ()
