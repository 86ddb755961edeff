"""What the database says of itself: version, schema, roles, clock, and what waits in the outbox; as the owner."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import asyncpg
from alembic.script import ScriptDirectory

from gateway.store.database import ROLES

GUARDED = ("part", "term", "moment", "raw_message")
"""Tables that row-level security guards."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The outbox: rows due and since when, rows given up."""

    due: int
    oldest: datetime | None
    dead: int


async def version(driver: asyncpg.Connection) -> int:
    """The major version of PostgreSQL."""
    number: str = await driver.fetchval("SHOW server_version_num")
    return int(number) // 10_000


async def clock(driver: asyncpg.Connection) -> datetime:
    """What time it is for the database."""
    moment: datetime = await driver.fetchval("SELECT clock_timestamp()")
    return moment


async def revision(driver: asyncpg.Connection) -> str:
    """The migration that the schema is at, empty before the first."""
    if await driver.fetchval("SELECT to_regclass('alembic_version') IS NULL"):
        return ""
    return await driver.fetchval("SELECT version_num FROM alembic_version") or ""


def head() -> str:
    """The last migration of this version of Crosswalk."""
    return ScriptDirectory(str(Path(__file__).parent / "migrations")).get_current_head() or ""


async def unsafe_roles(driver: asyncpg.Connection) -> list[str]:
    """Why a serving role is not bound by row-level security, a line each; empty when all are."""
    faults = []
    for role in ROLES:
        name = f"crosswalk_{role}"
        row = await driver.fetchrow(_ROLE, name)
        if row is None:
            faults.append(f"{name} does not exist")
        elif row["rolsuper"] or row["rolbypassrls"] or row["owns"]:
            what = (
                "is a superuser" if row["rolsuper"] else "owns the tables" if row["owns"] else "bypasses row security"
            )
            faults.append(f"{name} {what}")
    return faults


async def unguarded_tables(driver: asyncpg.Connection) -> list[str]:
    """Tables of persons' data that row-level security does not guard."""
    rows = await driver.fetch("SELECT relname FROM pg_class WHERE relname = ANY($1) AND relrowsecurity", list(GUARDED))
    return sorted(set(GUARDED) - {row["relname"] for row in rows})


async def durable(driver: asyncpg.Connection) -> bool:
    """Whether a commit is on disk before it is acknowledged."""
    settings = [await driver.fetchval(f"SHOW {name}") for name in ("fsync", "full_page_writes")]
    commit = await driver.fetchval("SHOW synchronous_commit")
    return settings == ["on", "on"] and commit != "off"


async def waiting(driver: asyncpg.Connection) -> Waiting:
    """What the outbox holds."""
    row = await driver.fetchrow(_WAITING)
    return Waiting(row["due"], row["oldest"], row["dead"])


async def audit_rows(driver: asyncpg.Connection, limit: int) -> int:
    """How many rows the audit has, counted up to the limit."""
    counted: int = await driver.fetchval("SELECT count(*) FROM (SELECT FROM audit LIMIT $1) AS counted", limit)
    return counted


_ROLE = """
SELECT rolsuper, rolbypassrls,
       pg_has_role(oid, (SELECT relowner FROM pg_class WHERE oid = 'part'::regclass), 'member') AS owns
FROM pg_roles WHERE rolname = $1
"""

_WAITING = """
SELECT count(*) FILTER (WHERE state = 'due') AS due, count(*) FILTER (WHERE state = 'dead') AS dead,
       min(due) FILTER (WHERE state = 'due') AS oldest
FROM outbox
"""
