"""Deliveries: each decided as it leaves, its intent on record before the first byte, its outcome after.

A carrier never runs within a transaction. Each retry is decided anew, under the same id, so that what was revoked
meanwhile stays where it is.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import asyncpg
import structlog

from gateway.agencies.model import Route
from gateway.clock import now
from gateway.delivery.circuit import Circuit, Tolerance
from gateway.delivery.dead_letters import alert
from gateway.delivery.due import Due, find
from gateway.delivery.parcel import Carrier, Refused, Undelivered
from gateway.disclose.disclose import Disclose
from gateway.disclose.telling import DELIVER, Told, entries
from gateway.logs import where
from gateway.metrics import DELIVERIES, PAUSED
from gateway.registry import Registry
from gateway.store import outbox
from gateway.store.audit import AuditChains, AuditEntry
from gateway.store.database import Database
from gateway.store.keyring import KeyRing
from gateway.store.outbox import LEASE, Owed, Receiver, Retries

log = structlog.get_logger("gateway.delivery")

POLL_SECONDS = 0.25
CARRYING_SECONDS = 10.0
DECIDING_SECONDS = 10.0
"""With CARRYING_SECONDS well under the lease: nobody else claims a row that is still under way."""


@dataclass(slots=True)
class Deliverer:
    """Carries out the deliveries of one worker; several workers share the outbox, a row goes to one."""

    database: Database = field(repr=False)
    disclose: Disclose
    registry: Registry
    keyring: KeyRing
    chains: AuditChains
    carriers: Mapping[Route, Carrier]
    retries: Retries = field(default_factory=Retries)
    tolerance: Tolerance = field(default_factory=Tolerance)
    lease: timedelta = LEASE
    carrying: float = CARRYING_SECONDS
    slots: int = 16
    _circuits: dict[Receiver, Circuit] = field(default_factory=dict, repr=False)
    _unserved: set[Receiver] = field(default_factory=set, repr=False)
    _running: set[asyncio.Task[None]] = field(default_factory=set, repr=False)
    _freed: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    async def run(self) -> None:
        """Deliver what is due until cancelled: polling is the guarantee."""
        try:
            while True:
                if not await self._begin():
                    await self._wait()
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def deliver_due(self) -> bool:
        """Deliver what is due now, and wait for it; whether there was anything."""
        busy = False
        while await self.begin() or self._running:
            busy = True
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        return busy

    async def begin(self) -> bool:
        """Claim what is due and begin to deliver it; whether there was anything. At most one a receiver at a time."""
        room = self.slots - len(self._running)
        if room <= 0:
            return False
        at = now()
        busy = [receiver for receiver, circuit in self._circuits.items() if circuit.busy(at)]
        async with self.database.transaction("receive") as driver:
            claimed = await outbox.claim_deliveries(driver, at, self.lease, room, busy)
        for owed in claimed:
            self._start(owed)
        return bool(claimed)

    async def _begin(self) -> bool:
        try:
            return await self.begin()
        except Exception as fault:  # noqa: BLE001  # the next round tries again
            log.warning("deliveries wait", **where(fault))
            return False

    async def _wait(self) -> None:
        self._freed.clear()
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._freed.wait()
        except TimeoutError:
            return

    # --- one row

    def _start(self, owed: Owed) -> None:
        circuit = self._circuit(owed)
        circuit.flying += 1
        task = asyncio.create_task(self._carry_out(owed))
        self._running.add(task)

        def ended(task: asyncio.Task[None]) -> None:
            self._running.discard(task)
            circuit.flying -= 1
            self._freed.set()

        task.add_done_callback(ended)

    async def _carry_out(self, owed: Owed) -> None:
        """Decide, carry, settle. What cannot even be settled is claimed again when its lease ends."""
        try:
            await self._attempt(owed)
        except Exception as fault:  # noqa: BLE001  # the lease ends, and the row is claimed again under its id
            log.warning("delivery unsettled", delivery=owed.id, **where(fault))

    async def _attempt(self, owed: Owed) -> None:
        try:
            async with asyncio.timeout(DECIDING_SECONDS):
                async with self.database.transaction("receive") as driver:
                    due = await find(driver, owed, self.registry, self.keyring)
                carrier = self.carriers.get(due.delivery.route) if due else None
                told = await self.disclose.delivery(due.telling) if due and carrier else None
        except Exception as fault:  # noqa: BLE001  # whatever keeps it from being decided, it is tried again
            await self._put_off(owed, f"not decided ({type(fault).__name__})")
            return
        if due is None:
            await self._close(owed, "gone", [])
        elif carrier is None:
            await self._no_way_out(due)
        elif told is None:
            await self._close(owed, "withheld", [])
        else:
            await self._carry(carrier, due, told)

    async def _carry(self, carrier: Carrier, due: Due, told: Told) -> None:
        owed = due.owed
        try:
            async with asyncio.timeout(self.carrying):
                await carrier.carry(due.parcel(told))
        except Exception as fault:  # noqa: BLE001  # one receiver's fault, whatever it is, is its row's alone
            await self._failed(due, told, fault)
            return
        if self._circuit(owed).answered():
            PAUSED.dec()
            log.warning("receiver answers again", agency=owed.target, delivery=owed.route)
        await self._close(owed, "delivered", entries(due.telling, told, "delivered", now()))

    async def _failed(self, due: Due, told: Told, fault: Exception) -> None:
        owed, reason = due.owed, _reason(fault, self.carrying)
        noted = entries(due.telling, told, "failed", now(), reason)
        if isinstance(fault, Refused):
            await self._set_aside(owed, reason, noted)
            return
        if self._circuit(owed).failed(now()):
            PAUSED.inc()
            log.warning("receiver left alone", agency=owed.target, delivery=owed.route, reason=reason)
        await self._put_off(owed, reason, noted)

    def _circuit(self, owed: Owed) -> Circuit:
        return self._circuits.setdefault(owed.receiver, Circuit(self.tolerance))

    # --- what became of it, with its audit rows in one transaction

    async def _close(self, owed: Owed, outcome: str, noted: Sequence[AuditEntry]) -> None:
        noted = noted or [AuditEntry(now(), DELIVER, owed.target, owed.target, outcome, owed.subject, _named(owed))]
        await self._settle(lambda driver: outbox.done(driver, owed), noted)
        _count(owed, outcome)

    async def _put_off(self, owed: Owed, reason: str, noted: Sequence[AuditEntry] = ()) -> None:
        state = "due"

        async def put_off(driver: asyncpg.Connection) -> None:
            nonlocal state
            state = await outbox.put_off(driver, owed, now(), reason, self.retries)

        await self._settle(put_off, noted)
        _count(owed, "failed")
        if state == "dead":
            alert(owed, reason)

    async def _set_aside(self, owed: Owed, reason: str, noted: Sequence[AuditEntry]) -> None:
        await self._settle(lambda driver: outbox.set_aside(driver, owed, now(), reason), noted)
        _count(owed, "failed")
        alert(owed, reason)

    async def _no_way_out(self, due: Due) -> None:
        """Keep it until the operator sets up the route; one alert a receiver is enough."""
        owed, route = due.owed, due.delivery.route
        reason = f"this gateway has no way out by {route}: set it up (docs/deliveries.md), then send it again"
        await self._settle(lambda driver: outbox.set_aside(driver, owed, now(), reason), [])
        _count(owed, "no way out")
        if owed.receiver not in self._unserved:
            self._unserved.add(owed.receiver)
            alert(owed, reason)

    async def _settle(
        self, settle: Callable[[asyncpg.Connection], Awaitable[None]], noted: Sequence[AuditEntry]
    ) -> None:
        known = [(entry, self.keyring[entry.custodian]) for entry in noted if entry.custodian in self.keyring.all]
        async with self.database.connection("receive") as driver:
            async with driver.transaction():
                await settle(driver)
                appended = await self.chains.append(driver, known)
            appended.kept()


def _count(owed: Owed, outcome: str) -> None:
    DELIVERIES.labels(owed.target, outcome).inc()


def _named(owed: Owed) -> dict[str, str]:
    return {"delivery": owed.id, "route": owed.route, "record": f"Task/{owed.target_id}"}


def _reason(fault: Exception, seconds: float) -> str:
    """Why it was not taken, in words that hold nothing of the person or of what the receiver said."""
    if isinstance(fault, Undelivered):
        return str(fault)
    if isinstance(fault, TimeoutError):
        return f"the receiver did not answer within {seconds:g} s"
    return f"the carrier failed ({type(fault).__name__})"
