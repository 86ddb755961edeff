"""A segment has one number, whoever asks first."""

import asyncio

from gateway.store.segments import Segment, Segments
from tests.gateway.store.opened import HOSPITAL, PROGRAM, Store


def _segments(mark: str) -> list[Segment]:
    return [
        Segment(HOSPITAL, HOSPITAL, (mark,), "condition"),
        Segment(HOSPITAL, PROGRAM, (mark,), "condition"),
        Segment(PROGRAM, HOSPITAL, (mark,), "condition"),
        Segment(HOSPITAL, HOSPITAL, (mark, "SUD"), "condition"),
        Segment(HOSPITAL, HOSPITAL, (mark,), "note"),
        Segment(HOSPITAL, HOSPITAL, (mark,), "condition", "PART2-TPO"),
        Segment(HOSPITAL, HOSPITAL, (mark,), "condition", requester=HOSPITAL),
        Segment(HOSPITAL, HOSPITAL, (mark,), "condition", performer=HOSPITAL),
    ]


async def test_every_column_tells_segments_apart(store: Store) -> None:
    made = _segments("apart")
    await store.segments.intern([*made, *made])
    assert len({store.segments.number(each) for each in made}) == len(made)


async def test_another_worker_gives_the_same_numbers_and_finds_them_again(store: Store) -> None:
    made, other = _segments("again"), Segments(store.database)
    await store.segments.intern(made)
    await other.intern(made)
    numbers = [store.segments.number(each) for each in made]
    assert [other.number(each) for each in made] == numbers
    third = Segments(store.database)
    async with store.database.transaction("receive") as driver:
        assert await third.look_up(driver, [*numbers, 999_999]) == dict(zip(numbers, made, strict=True))
        assert set(numbers[:2]) <= set(await third.of_custodians(driver, [HOSPITAL]))
        assert numbers[2] not in await third.of_custodians(driver, [HOSPITAL])
    assert third.number(made[0]) == numbers[0]


async def test_workers_interning_at_once_agree(store: Store) -> None:
    workers = [Segments(store.database) for _ in range(6)]
    made = _segments("race")
    await asyncio.gather(*(each.intern(made[shift:] + made[:shift]) for shift, each in enumerate(workers)))
    assert len({tuple(each.number(one) for one in made) for each in workers}) == 1
    assert await store.owner.fetchval("SELECT count(*) FROM segment WHERE 'race' = ANY(labels)") == len(made)


async def test_interning_what_another_transaction_has_not_committed_waits_for_it(store: Store) -> None:
    one = Segment(HOSPITAL, HOSPITAL, ("held",), "condition")
    transaction = store.owner.transaction()
    await transaction.start()
    number = await store.owner.fetchval(
        "INSERT INTO segment (custodian, origin, labels, info_class) VALUES ($1, $1, $2, $3) RETURNING id",
        *(HOSPITAL, ["held"], "condition"),
    )
    waiting = asyncio.create_task(store.segments.intern([one]))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await transaction.commit()
    await asyncio.wait_for(waiting, 5)
    assert store.segments.number(one) == number
