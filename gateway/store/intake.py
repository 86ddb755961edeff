"""Group commit: everything that arrived during the last commit is kept by the next one.

A group holds at most one item per patient, so that every message leaves its own version. An item that fails
fails alone; a group that the database refuses is retried by halves, until only the guilty item is refused.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import asyncpg

from gateway.store import messages, outbox, records, relations
from gateway.store.audit import AuditChains, AuditEntry
from gateway.store.database import Database
from gateway.store.kept import KeptRecord, RecordKey
from gateway.store.keyring import KeyRing
from gateway.store.messages import ControlKey, KeptMessage, RawMessage
from gateway.store.outbox import Owed
from gateway.store.records import Change
from gateway.store.relations import Handoff, Merge, Relationship
from gateway.store.segments import Segments

GROUP_LIMIT = 64


class Stale(Exception):
    """The agencies in force have changed since the item was made: make it again from those in force now."""


class Item(Protocol):
    """What is to be kept: whose it is, what it must read, and what it makes of it."""

    @property
    def custodians(self) -> frozenset[str]:
        """Agencies whose records it may read and write."""

    @property
    def policy(self) -> int | None:
        """The policy version it was made under, None where it reads no agency."""

    @property
    def subjects(self) -> frozenset[str]:
        """Patients it is about: items about the same one never share a group."""

    @property
    def control(self) -> ControlKey | None:
        """The key by which a resent message is recognised."""

    def wants(self, known: "Known") -> Iterable[RecordKey]:
        """The records it reads, given what is known of its subjects."""

    async def apply(self, desk: "Desk") -> Any:
        """Put what is to be kept on the desk; the answer goes to whoever submitted the item."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the group's subjects: where retired patients went, and the referrals about each."""

    survivors: Mapping[str, str]
    handoffs: Mapping[str, list[Handoff]]


@dataclass(slots=True)
class Desk:
    """What one item reads and what it wants kept, within the group's transaction."""

    driver: asyncpg.Connection = field(repr=False)
    known: Known
    kept: Mapping[RecordKey, KeptRecord] = field(repr=False)
    earlier: KeptMessage | None = None
    changes: list[Change] = field(default_factory=list, repr=False)
    audit: list[AuditEntry] = field(default_factory=list)
    raw: list[RawMessage] = field(default_factory=list, repr=False)
    owed: list[Owed] = field(default_factory=list)
    relationships: list[Relationship] = field(default_factory=list)
    handoffs: list[Handoff] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    turned: set[str] = field(default_factory=set)
    """Patients about whom a fact changed that decisions read: what was granted about them is void."""


@dataclass(slots=True)
class _Waiting:
    item: Item
    answer: asyncio.Future[Any]


class Intake:
    """The queue of one worker and the task that empties it."""

    def __init__(self, database: Database, keyring: KeyRing, segments: Segments, chains: AuditChains) -> None:
        self._database = database
        self._keyring = keyring
        self.segments = segments
        self._chains = chains
        self._queue: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    def start(self) -> None:
        """Begin to keep what is submitted."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Keep what is waiting, then end."""
        self._closing = True
        self._arrived.set()
        if self._task:
            await self._task

    async def submit(self, item: Item) -> Any:
        """Keep the item; answers after the commit, or raises what refused it."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(item, answer))
        self._arrived.set()
        return await answer

    @property
    def depth(self) -> int:
        """Items waiting."""
        return len(self._queue)

    async def _run(self) -> None:
        while True:
            if not self._queue:
                if self._closing:
                    return
                self._arrived.clear()
                await self._arrived.wait()
                continue
            await self._keep(self._next_group())

    def _next_group(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        later: list[_Waiting] = []
        busy: set[str] = set()
        while self._queue and len(group) < GROUP_LIMIT:
            waiting = self._queue.popleft()
            subjects = waiting.item.subjects
            (later if subjects & busy else group).append(waiting)
            busy |= subjects
        self._queue.extendleft(reversed(later))
        return group

    async def _keep(self, group: list[_Waiting]) -> None:
        try:
            outcomes = await self._transact([waiting.item for waiting in group])
        except Exception as fault:  # noqa: BLE001  # whatever the database says, each item must get an answer
            await self._halve(group, fault)
            return
        for waiting, outcome in zip(group, outcomes, strict=True):
            _answer(waiting, outcome)

    async def _halve(self, group: list[_Waiting], fault: Exception) -> None:
        if len(group) == 1:
            _answer(group[0], fault)
            return
        middle = len(group) // 2
        await self._keep(group[:middle])
        await self._keep(group[middle:])

    async def _transact(self, items: Sequence[Item]) -> list[Any]:
        async with self._database.connection("receive") as driver:
            async with driver.transaction():
                outcomes, desks = await self._apply(driver, items)
                appended = await self._write(driver, desks)
            if appended:
                appended.kept()
        return outcomes

    async def _apply(self, driver: asyncpg.Connection, items: Sequence[Item]) -> tuple[list[Any], list[Desk]]:
        custodians = frozenset().union(*(item.custodians for item in items))
        subjects = frozenset().union(*(item.subjects for item in items))
        policy = await relations.begin_keeping(driver, custodians, subjects)
        earlier = await messages.earlier(driver, [item.control for item in items if item.control], self._keyring)
        known = await _known(driver, subjects)
        wanted = [key for item in items for key in item.wants(known)]
        kept = await records.load(driver, wanted, self._keyring.of(custodians))
        outcomes: list[Any] = []
        desks: list[Desk] = []
        for item in items:
            desk = Desk(driver, known, kept, earlier.get(item.control) if item.control else None)
            if item.policy not in (None, policy):
                outcomes.append(Stale())
                continue
            try:
                outcomes.append(await item.apply(desk))
                desks.append(desk)
            except asyncpg.PostgresError:
                raise
            except Exception as fault:  # noqa: BLE001  # an item that fails fails alone
                outcomes.append(fault)
        return outcomes, desks

    async def _write(self, driver: asyncpg.Connection, desks: Sequence[Desk]) -> Any:
        keys = self._keyring.all
        await relations.turn(driver, {patient for desk in desks for patient in desk.turned})
        await records.write(driver, [change for desk in desks for change in desk.changes], keys)
        await messages.write(driver, [raw for desk in desks for raw in desk.raw], keys)
        await relations.write(
            driver,
            [each for desk in desks for each in desk.relationships],
            [each for desk in desks for each in desk.handoffs],
            [each for desk in desks for each in desk.merges],
        )
        await outbox.write(driver, [each for desk in desks for each in desk.owed])
        entries = [(entry, keys[entry.custodian]) for desk in desks for entry in desk.audit]
        return await self._chains.append(driver, entries) if entries else None


async def _known(driver: asyncpg.Connection, subjects: Iterable[str]) -> Known:
    survivors = await relations.survivors(driver, subjects)
    handoffs = await relations.handoffs_about(driver, {*subjects, *survivors.values()})
    return Known(survivors, handoffs)


def _answer(waiting: _Waiting, outcome: Any) -> None:
    if waiting.answer.done():
        return
    if isinstance(outcome, Exception):
        waiting.answer.set_exception(outcome)
    else:
        waiting.answer.set_result(outcome)
