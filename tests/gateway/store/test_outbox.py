"""What is owed is carried out once, in the order of its subject, and set aside when it never succeeds."""

import asyncio
import uuid
from datetime import datetime, timedelta

import asyncpg
import pytest
import pytest_asyncio

from gateway.store import outbox
from gateway.store.outbox import ATTEMPTS_LIMIT, LEASE, LONGEST_PAUSE, Owed, Retries
from tests.gateway.store.opened import AT, HOSPITAL, PROGRAM, Store


def _owed(subject: str = "", due: datetime = AT) -> Owed:
    one, other = str(uuid.uuid4()), str(uuid.uuid4())
    return Owed("news", subject or str(uuid.uuid4()), PROGRAM, "Task", one, HOSPITAL, other, due)


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def empty(store: Store) -> None:
    """Nothing is owed when a test begins."""
    await store.owner.execute("DELETE FROM outbox")


async def _owe(store: Store, *owed: Owed) -> None:
    async with store.database.transaction("receive") as driver:
        await outbox.write(driver, owed)


async def _claim(store: Store, at: datetime = AT, limit: int = 50) -> list[Owed]:
    async with store.database.transaction("receive") as driver:
        return await outbox.claim(driver, at, limit)


def _ids(owed: list[Owed]) -> set[str]:
    return {each.source_id for each in owed}


async def test_what_is_owed_comes_back_as_it_was_written(store: Store) -> None:
    owed = _owed()
    await _owe(store, owed)
    (claimed,) = await _claim(store)
    assert claimed == Owed(**{**_fields(owed), "id": claimed.id})
    assert uuid.UUID(claimed.id)


def _fields(owed: Owed) -> dict[str, object]:
    return {name: getattr(owed, name) for name in Owed.__slots__}


async def test_one_row_of_a_subject_at_a_time_and_the_oldest_first(store: Store) -> None:
    subject = str(uuid.uuid4())
    rows = [_owed(subject) for _ in range(3)]
    await _owe(store, *rows)
    for row in rows:
        (claimed,) = await _claim(store)
        assert claimed.source_id == row.source_id
        assert await _claim(store) == []
        await outbox.done(store.owner, claimed)
    assert await _claim(store) == []


async def test_subjects_do_not_wait_for_each_other(store: Store) -> None:
    rows = [_owed() for _ in range(5)]
    await _owe(store, *rows)
    assert _ids(await _claim(store, limit=2)) | _ids(await _claim(store)) == _ids(rows)


async def test_what_is_not_due_yet_waits_and_holds_what_follows(store: Store) -> None:
    subject = str(uuid.uuid4())
    later, after = _owed(subject, AT + timedelta(seconds=5)), _owed(subject)
    await _owe(store, later, after)
    assert await _claim(store) == []
    assert _ids(await _claim(store, AT + timedelta(seconds=5))) == {later.source_id}


async def test_a_lease_ends_and_the_row_is_claimed_again_under_the_same_id(store: Store) -> None:
    await _owe(store, _owed())
    (first,) = await _claim(store)
    assert await _claim(store, AT + LEASE) == []
    (again,) = await _claim(store, AT + LEASE + timedelta(microseconds=1))
    assert again == first


async def test_two_claimers_at_once_never_get_the_same_row(store: Store) -> None:
    await _owe(store, *(_owed() for _ in range(12)))
    async with store.database.transaction("receive") as one, store.database.transaction("receive") as other:
        mine = await outbox.claim(one, AT, 8)
        theirs = await asyncio.wait_for(outbox.claim(other, AT, 8), 5)
        assert len(mine) == 8
        assert not _ids(mine) & _ids(theirs)
    assert len(_ids(mine) | _ids(theirs)) == 12


async def test_a_second_claimer_does_not_overtake_within_a_subject(store: Store) -> None:
    subject = str(uuid.uuid4())
    await _owe(store, _owed(subject), _owed(subject))
    async with store.database.transaction("receive") as one, store.database.transaction("receive") as other:
        assert len(await outbox.claim(one, AT)) == 1
        assert await asyncio.wait_for(outbox.claim(other, AT), 5) == []


async def test_an_older_row_committed_late_does_not_lose_its_turn_twice(store: Store) -> None:
    """The numbers follow the writing, so within a subject, whose writers are serialised, they follow the commits."""
    subject = str(uuid.uuid4())
    first, second = _owed(subject), _owed(subject)
    await _owe(store, first)
    await _owe(store, second)
    assert _ids(await _claim(store)) == {first.source_id}


async def test_put_off_waits_longer_each_time_and_in_the_end_sets_aside(store: Store) -> None:
    subject, at, pauses = str(uuid.uuid4()), AT, []
    await _owe(store, _owed(subject), _owed(subject))
    for _ in range(ATTEMPTS_LIMIT):
        (claimed,) = await _claim(store, at)
        await outbox.put_off(store.owner, claimed, at, retries=Retries(jitter=0))
        due = await store.owner.fetchval("SELECT due FROM outbox WHERE id = $1", uuid.UUID(claimed.id))
        pauses.append(due - at)
        assert await _claim(store, due - timedelta(microseconds=1)) == [] or len(pauses) == ATTEMPTS_LIMIT
        at = due
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(seconds=1)
    assert pauses[-1] == LONGEST_PAUSE
    assert await store.owner.fetchval("SELECT state FROM outbox WHERE id = $1", uuid.UUID(claimed.id)) == "dead"


async def test_a_dead_row_no_longer_holds_what_follows(store: Store) -> None:
    subject = str(uuid.uuid4())
    dead, after = _owed(subject), _owed(subject)
    await _owe(store, dead, after)
    await store.owner.execute("UPDATE outbox SET state = 'dead' WHERE source_id = $1", dead.source_id)
    assert _ids(await _claim(store)) == {after.source_id}


async def test_owing_wakes_whoever_listens_but_only_after_the_commit(store: Store) -> None:
    heard: list[str] = []
    await store.owner.add_listener("outbox", lambda *told: heard.append(str(told[2])))
    async with store.database.transaction("receive") as driver:
        await outbox.write(driver, [_owed()])
        await asyncio.sleep(0.05)
        assert heard == []
    await asyncio.sleep(0.05)
    assert heard == ["outbox"]
    await store.owner.reset()


async def test_what_is_rolled_back_is_not_owed(store: Store) -> None:
    async def broken() -> None:
        async with store.database.transaction("receive") as driver:
            await outbox.write(driver, [_owed()])
            raise asyncpg.PostgresError

    with pytest.raises(asyncpg.PostgresError):
        await broken()
    assert await _claim(store) == []
