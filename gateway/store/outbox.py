"""The outbox: what is owed to somebody, written in the transaction that makes it due. Rows carry ids, never data."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

LEASE = timedelta(seconds=30)
ATTEMPTS_LIMIT = 12
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Owed:
    """News of a source record owed to a target; order is kept per subject. route names the target's delivery."""

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
    """The first due row of each subject, leased to the caller; others skip it until the lease ends."""
    rows = await driver.fetch(_CLAIM, now, now + LEASE, limit)
    return [_owed(row) for row in rows]


async def done(driver: asyncpg.Connection, owed: Owed) -> None:
    """The row is carried out: it goes, within the transaction of what was done."""
    await driver.execute("DELETE FROM outbox WHERE id = $1", uuid.UUID(owed.id))


async def put_off(driver: asyncpg.Connection, owed: Owed, now: datetime) -> None:
    """Try again after a growing pause; after the last attempt the row is a dead letter."""
    pause = min(FIRST_PAUSE * 2**owed.attempts, LONGEST_PAUSE)
    state = "dead" if owed.attempts + 1 >= ATTEMPTS_LIMIT else "due"
    await driver.execute(
        "UPDATE outbox SET attempts = attempts + 1, due = $2, claimed_until = NULL, state = $3 WHERE id = $1",
        uuid.UUID(owed.id),
        now + pause,
        state,
    )


def _owed(row: asyncpg.Record) -> Owed:
    names = ("kind", "subject", "source", "source_type", "source_id", "target", "target_id", "route")
    words = {name: str(row[name]) for name in names}
    return Owed(**words, due=row["due"], id=str(row["id"]), attempts=row["attempts"])


_CLAIM = """
UPDATE outbox SET claimed_until = $2
WHERE id IN (
    SELECT o.id FROM outbox o
    WHERE o.state = 'due' AND o.due <= $1 AND (o.claimed_until IS NULL OR o.claimed_until < $1)
      AND NOT EXISTS (SELECT FROM outbox e
                      WHERE e.subject = o.subject AND e.state = 'due' AND e.number < o.number)
    ORDER BY o.number LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING *
"""
