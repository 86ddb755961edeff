"""Promise 1 for what is owed: killed at any moment, each delivery arrives under its id, in order, and none dies."""

import asyncio
import fcntl
import os
import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Any

import pytest

from tests.gateway.delivery.post_room import verified
from tests.gateway.delivery.receiver import Got
from tests.parties import Json
from tests.promises.post_office import Looker, PostOffice, post_office, visible

STATUSES = ("accepted", "in-progress", "completed")
SENT, ANSWERED, QUEUED = "sent, not answered", "answered, outcome not written", "queued"
"""The moments at which the worker is killed."""


@pytest.fixture(scope="module")
def office() -> Iterator[PostOffice]:
    """A post office that these tests share."""
    with post_office() as made:
        yield made


async def held(office: PostOffice, people: int) -> list[Any]:
    """Three deliveries a person owed to the hospital's hook, the first few in the hands of a receiver that hangs."""
    receiver = office.receiver
    receiver.let_go.clear()
    receiver.hanging = True
    receiver.got.clear()
    receiver.answered.clear()
    await office.discharged(people)
    tasks = office.tasks()
    assert len(tasks) == people
    for status in STATUSES:
        await office.moved(tasks, status)
    await receiver.reached(min(people, 4))
    return await office.owed("cityhosp", "hook")


def kill_at(office: PostOffice, moment: str, chosen: random.Random, *, whole: bool) -> None:
    """Kill at this moment, and let the receiver go on."""
    receiver, killed = office.receiver, threading.Event()

    def kill() -> None:
        if not killed.is_set():
            killed.set()
            office.kill(whole=whole)

    if moment == ANSWERED:
        receiver.when_answered = kill
        receiver.let_go.set()
        assert killed.wait(10)
    else:
        if moment == QUEUED:
            receiver.let_go.set()
            time.sleep(chosen.uniform(0.01, 0.12))
        kill()
        receiver.let_go.set()
    receiver.when_answered = lambda: None


async def kill_and_deliver(office: PostOffice, moment: str, seed: int, people: int, *, leases_over: bool = True) -> int:
    """One kill; answers how many deliveries the receiver had answered for that were still owed after it."""
    chosen, whole = random.Random(seed), seed % 2 == 0  # noqa: S311
    owed = await held(office, people)
    assert len(owed) == 3 * people
    kill_at(office, moment, chosen, whole=whole)
    told = set(office.receiver.answered)
    office.restarted(whole=whole)
    left = {row["id"] for row in await office.owed("cityhosp", "hook")}
    assert left, "everything was delivered before the kill: change the moments"
    await office.all_delivered(leases_over=leases_over)
    got = [each for each in office.receiver.got if len(each.body) == int(each.headers["content-length"])]
    assert in_order(got) == expected(owed), (moment, seed)
    alike(got)
    twice = len(got) - len(owed)
    print(f"{moment}, {'gateway' if whole else 'worker'} killed: {len(owed)} owed, {len(left)} left, {twice} twice")  # noqa: T201
    return len(told & left)


def expected(owed: Iterable[Any]) -> dict[str, list[str]]:
    """The ids owed about each person, in order; a person by the first of them."""
    by_subject = defaultdict(list)
    for row in owed:
        by_subject[row["subject"]].append(row["id"])
    return {each[0]: each for each in by_subject.values()}


def in_order(got: Iterable[Got]) -> dict[str, list[str]]:
    """The ids that arrived about each person, in order; what came again before the next counts once."""
    by_task = defaultdict(list)
    for each in got:
        by_task[task(each)["id"]].append(each.id)
    once = [[one for one, _ in groupby(each)] for each in by_task.values()]
    return {each[0]: each for each in once}


def task(got: Got) -> Json:
    """The Task that a notification carries."""
    (found,) = [entry["resource"] for entry in got.json["entry"] if entry["resource"]["resourceType"] == "Task"]
    return dict(found)


def alike(got: Iterable[Got]) -> None:
    """Each is signed; what came twice under an id, of a Task that did not move, is the same but for its moment."""
    bodies: dict[tuple[str, str], Any] = {}
    for each in got:
        verified(each)
        body = {name: value for name, value in each.json.items() if name != "timestamp"}
        assert bodies.setdefault((each.id, task(each)["meta"]["versionId"]), body) == body


async def test_each_notification_arrives_under_its_id_and_in_order_whenever_the_worker_is_killed(
    office: PostOffice,
) -> None:
    await kill_and_deliver(office, SENT, 0, 5)
    await kill_and_deliver(office, QUEUED, 1, 5)
    unwritten = [await kill_and_deliver(office, ANSWERED, seed, 5) for seed in (2, 3)]
    assert any(unwritten), "no kill fell between an answer and its outcome: change the moments"


@pytest.mark.soak
async def test_each_notification_arrives_under_its_id_and_in_order_after_thirty_kills(office: PostOffice) -> None:
    unwritten = 0
    for seed in range(100, 130):
        unwritten += await kill_and_deliver(office, (SENT, ANSWERED, QUEUED)[seed % 3], seed // 3, 6)
    assert unwritten, "no kill fell between an answer and its outcome: change the moments"


@pytest.mark.soak
async def test_what_a_killed_worker_had_under_way_is_delivered_once_its_lease_ends(office: PostOffice) -> None:
    await kill_and_deliver(office, SENT, 1, 5, leases_over=False)


# --- folders


@contextmanager
def locked(office: PostOffice, folder: str) -> Iterator[None]:
    """The folder's lock in other hands: what is delivered there waits."""
    path = office.out / folder
    path.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


async def kill_amid_files(office: PostOffice, seed: int, people: int) -> int:
    """Kill while files are written; answers how many were still owed afterwards."""
    chosen, whole = random.Random(seed), seed % 2 == 0  # noqa: S311
    office.receiver.hanging = False
    before = set(visible(office.out))
    with Looker(office.out).looking() as looker:
        with locked(office, "bridge-community"):
            await office.discharged(people)
            owed = await office.owed("bridge-community", "inbox")
        await asyncio.sleep(chosen.uniform(0, 0.1))
        office.kill(whole=whole)
        office.restarted(whole=whole)
        left = len(await office.owed("bridge-community", "inbox"))
        await office.all_delivered(leases_over=True)
    assert len(owed) == people
    wanted = {office.out / "bridge-community" / f"referral-{task}.csv" for task in office.tasks()}
    assert len(wanted) == people
    assert set(visible(office.out)) - before == wanted
    assert {office.out / each for each in looker.names} <= wanted | before
    assert looker.partial == []
    assert hidden(office) == []
    print(f"{'gateway' if whole else 'worker'} killed: {len(owed)} files owed, {left} left")  # noqa: T201
    return left


def hidden(office: PostOffice) -> list[str]:
    """What was left half written."""
    return [each.name for each in office.out.rglob(".*")]


async def kill_amid_replies(office: PostOffice, seed: int, people: int) -> int:
    """Kill while the news of three moves is written over each other; answers how many were still owed afterwards.

    The hospital finds one reply a referral, the last one.
    """
    chosen, whole = random.Random(seed), seed % 2 == 0  # noqa: S311
    office.receiver.hanging = False
    before = set(visible(office.out / "cityhosp"))
    await office.discharged(people)
    tasks = office.tasks()
    with Looker(office.out).looking() as looker:
        with locked(office, "cityhosp"):
            for status in STATUSES:
                await office.moved(tasks, status)
            owed = await office.owed("cityhosp", "inbox")
        await asyncio.sleep(chosen.uniform(0, 0.1))
        office.kill(whole=whole)
        office.restarted(whole=whole)
        left = len(await office.owed("cityhosp", "inbox"))
        await office.all_delivered(leases_over=True)
    replies = set(visible(office.out / "cityhosp")) - before
    assert len(owed) == 3 * people
    assert len(replies) == people
    last = {rows[-1].replace("-", "").upper()[:20] for rows in expected(owed).values()}
    assert {each.read_bytes().split(b"|")[9].decode() for each in replies} == last
    assert looker.partial == []
    assert hidden(office) == []
    print(f"{'gateway' if whole else 'worker'} killed: {len(owed)} replies owed, {left} left")  # noqa: T201
    return left


async def test_each_file_is_there_once_and_whole_whenever_the_worker_is_killed(office: PostOffice) -> None:
    files = [await kill_amid_files(office, seed, 12) for seed in (0, 1)]
    replies = [await kill_amid_replies(office, seed, 4) for seed in (3,)]
    assert min(max(files), max(replies)), "all files were written before the kill: change the moments"


@pytest.mark.soak
async def test_each_file_is_there_once_and_whole_after_thirty_kills(office: PostOffice) -> None:
    files = [await kill_amid_files(office, seed, 12) for seed in range(100, 120)]
    replies = [await kill_amid_replies(office, seed, 4) for seed in range(200, 210)]
    assert min(max(files), max(replies)), "all files were written before the kill: change the moments"
