"""The outbox: what is owed to somebody, written in the transaction that makes it due. Rows carry ids, never data."""

import random
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import asyncpg

from gateway.store.columns import columns

LEASE = timedelta(seconds=30)
ATTEMPTS_LIMIT = 12
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=15)

State = Literal["due", "dead"]
Receiver = tuple[str, str]
"""An agency, and the name of one of its deliveries."""


@dataclass(frozen=True, slots=True)
class Owed:
    """News of a source record owed to a target, or a delivery of the target's own record by one of its routes.

    route names the target's delivery, empty for news. Order is kept per subject, target and route. A delivery whose
    source is another record than its target tells of news that was laid over the target.
    """

    kind: str
    subject: str
    source: str
    source_type: str
    source_id: str
    target: str
    target_id: str
    due: datetime
    id: str = ""
    attempts: int = 0
    route: str = ""

    @property
    def receiver(self) -> Receiver:
        """Whose delivery it is, and which."""
        return self.target, self.route


@dataclass(frozen=True, slots=True)
class Retries:
    """How often to try, and how long to wait in between: twice as long each time, less a chance part (jitter)."""

    attempts: int = ATTEMPTS_LIMIT
    first: timedelta = FIRST_PAUSE
    longest: timedelta = LONGEST_PAUSE
    jitter: float = 0.25

    def pause(self, attempts: int) -> timedelta:
        """How long to wait after so many failed attempts before this one."""
        whole: timedelta = min(self.first * 2 ** min(attempts, 32), self.longest)
        part: float = 1 - self.jitter * random.random()  # noqa: S311  # spreads load, keeps no secret
        return whole * part


async def write(driver: asyncpg.Connection, owed: Sequence[Owed]) -> None:
    """Owe these, within the running transaction, and wake whoever waits."""
    for each in owed:
        await driver.execute(
            "INSERT INTO outbox (id, kind, subject, source, source_type, source_id, target, target_id, due, route)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            uuid.uuid4(),
            *(each.kind, each.subject, each.source, each.source_type, each.source_id, each.target, each.target_id),
            *(each.due, each.route),
        )
    if owed:
        await driver.execute("NOTIFY outbox")


async def claim(driver: asyncpg.Connection, now: datetime, limit: int = 50) -> list[Owed]:
    """The first due news of each subject and target, leased to the caller; others skip it until the lease ends."""
    rows = await driver.fetch(_CLAIM, now, now + LEASE, limit)
    return [_owed(row) for row in rows]


async def claim_deliveries(
    driver: asyncpg.Connection, now: datetime, lease: timedelta, limit: int, busy: Collection[Receiver] = ()
) -> list[Owed]:
    """The first due delivery of each receiver that is not busy, so leased; each keeps the order of its subject."""
    rows = await driver.fetch(_CLAIM_DELIVERIES, now, now + lease, limit, *columns(busy, 2))
    return [_owed(row) for row in rows]


async def done(driver: asyncpg.Connection, owed: Owed) -> None:
    """The row is carried out: it goes, within the transaction of what was done."""
    await driver.execute("DELETE FROM outbox WHERE id = $1", uuid.UUID(owed.id))


async def put_off(
    driver: asyncpg.Connection, owed: Owed, now: datetime, reason: str = "", retries: Retries | None = None
) -> State:
    """Try again after a growing pause; after the last attempt the row is a dead letter. Answers which it is now.

    reason is kept for the operator: nothing about a person in it.
    """
    retries = retries or Retries()
    state: State = "dead" if owed.attempts + 1 >= retries.attempts else "due"
    await driver.execute(_PUT_OFF, uuid.UUID(owed.id), now + retries.pause(owed.attempts), state, reason)
    return state


async def set_aside(driver: asyncpg.Connection, owed: Owed, now: datetime, reason: str) -> None:
    """Make the row a dead letter at once: another attempt would fail like this one."""
    await driver.execute(_PUT_OFF, uuid.UUID(owed.id), now, "dead", reason)


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What is still owed to somebody, for the operator: ids, counts and times alone."""

    owed: Owed
    state: State
    reason: str


async def outstanding(
    driver: asyncpg.Connection, state: State | None, target: str | None, limit: int
) -> list[Outstanding]:
    """What is owed, the newest first; None takes every state, or every target."""
    rows = await driver.fetch(_OUTSTANDING, state, target, limit)
    return [Outstanding(_owed(row), row["state"], row["reason"]) for row in rows]


async def found(driver: asyncpg.Connection, delivery: str) -> Outstanding | None:
    """The row of this id, None where nothing of that id is owed any more."""
    row = await driver.fetchrow("SELECT * FROM outbox WHERE id = $1::uuid", delivery)
    return Outstanding(_owed(row), row["state"], row["reason"]) if row else None


async def revive(driver: asyncpg.Connection, owed: Owed, now: datetime) -> bool:
    """Owe a dead letter again, as if it had never been tried; whether it was dead."""
    told: str = await driver.execute(_REVIVE, uuid.UUID(owed.id), now)
    return told.endswith(" 1")


def _owed(row: asyncpg.Record) -> Owed:
    names = ("kind", "subject", "source", "source_type", "source_id", "target", "target_id", "route")
    words = {name: str(row[name]) for name in names}
    return Owed(**words, due=row["due"], id=str(row["id"]), attempts=row["attempts"])


_CLAIM = """
UPDATE outbox SET claimed_until = $2
WHERE id IN (
    SELECT o.id FROM outbox o
    WHERE o.state = 'due' AND o.kind <> 'delivery' AND o.due <= $1
      AND (o.claimed_until IS NULL OR o.claimed_until < $1)
      AND NOT EXISTS (SELECT FROM outbox e
                      WHERE e.subject = o.subject AND e.target = o.target AND e.route = o.route
                        AND e.state = 'due' AND e.number < o.number)
    ORDER BY o.number LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING *
"""

_CLAIM_DELIVERIES = """
UPDATE outbox SET claimed_until = $2
WHERE id IN (
    SELECT c.id FROM outbox c
    WHERE c.state = 'due' AND c.due <= $1 AND (c.claimed_until IS NULL OR c.claimed_until < $1)
      AND c.id IN (
        SELECT DISTINCT ON (o.target, o.route) o.id FROM outbox o
        WHERE o.state = 'due' AND o.kind = 'delivery' AND o.due <= $1
          AND (o.claimed_until IS NULL OR o.claimed_until < $1)
          AND NOT EXISTS (SELECT FROM unnest($4::text[], $5::text[]) AS b (target, route)
                          WHERE b.target = o.target AND b.route = o.route)
          AND NOT EXISTS (SELECT FROM outbox e
                          WHERE e.subject = o.subject AND e.target = o.target AND e.route = o.route
                            AND e.state = 'due' AND e.number < o.number)
        ORDER BY o.target, o.route, o.number)
    ORDER BY c.number LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING *
"""

_PUT_OFF = """
UPDATE outbox SET attempts = attempts + 1, due = $2, claimed_until = NULL, state = $3, reason = $4 WHERE id = $1
"""

_OUTSTANDING = """
SELECT * FROM outbox WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR target = $2)
ORDER BY number DESC LIMIT $3
"""

_REVIVE = """
UPDATE outbox SET state = 'due', attempts = 0, due = $2, claimed_until = NULL WHERE id = $1 AND state = 'dead'
"""
