"""Agency files as applied: kept by the owner, read by every worker."""

from collections.abc import Mapping
from datetime import datetime

import asyncpg
import orjson

from gateway.agencies.apply import Applied, Outdated
from gateway.agencies.apply import Change as AgencyChange
from gateway.agencies.model import Agency, Operator
from gateway.agencies.record import digest, from_json, operator_from_json, to_json
from gateway.clock import now
from gateway.store.keyring import ensure_custodian_key

OPERATOR = "*operator"


async def applied(driver: asyncpg.Connection) -> tuple[dict[str, Agency], Operator | None, dict[str, str]]:
    """The agencies in force by id, the operator, and the digest of each."""
    agencies: dict[str, Agency] = {}
    operator: Operator | None = None
    digests: dict[str, str] = {}
    for row in await driver.fetch("SELECT id, digest, body::text AS body FROM agency"):
        digests[row["id"]] = row["digest"]
        if row["id"] == OPERATOR:
            operator = operator_from_json(orjson.loads(row["body"]))
        else:
            agencies[row["id"]] = from_json(orjson.loads(row["body"]))
    return agencies, operator, digests


async def apply(
    driver: asyncpg.Connection,
    agencies: Mapping[str, Agency],
    operator: Operator | None,
    under: bytes,
    at: datetime,
) -> tuple[list[str], list[str], list[str]]:
    """Put these agencies in force, as the owner; answers which were added, changed and removed.

    Any difference moves the policy version: every decision taken before is void at once.
    """
    async with driver.transaction():
        await driver.execute("SELECT version FROM policy FOR UPDATE")
        _, _, before = await applied(driver)
        wanted: dict[str, Agency | Operator] = dict(agencies)
        if operator is not None:
            wanted[OPERATOR] = operator
            await ensure_custodian_key(driver, operator.id, under)
        for agency in agencies:
            await ensure_custodian_key(driver, agency, under)
        after = {name: digest(value) for name, value in wanted.items()}
        changed = [name for name in after if name in before and before[name] != after[name]]
        added = [name for name in after if name not in before]
        removed = [name for name in before if name not in after]
        for name in (*added, *changed):
            await driver.execute(_PUT, name, after[name], orjson.dumps(to_json(wanted[name])).decode(), at)
        await driver.execute("DELETE FROM agency WHERE id = ANY($1)", removed)
        if added or changed or removed:
            await driver.execute("UPDATE policy SET version = version + 1")
    return added, changed, removed


class StoredRegister:
    """The register of applied agencies, as the owner of the database. One statement of change.before or nothing."""

    def __init__(self, driver: asyncpg.Connection, under: bytes) -> None:
        self._driver = driver
        self._under = under

    async def applied(self) -> Applied:
        """What is in force now."""
        agencies, operator, _ = await applied(self._driver)
        return Applied(tuple(agencies[name] for name in sorted(agencies)), operator)

    async def apply(self, change: AgencyChange) -> None:
        """Put the change in force in one transaction. Raises Outdated."""
        async with self._driver.transaction():
            await self._driver.execute("SELECT version FROM policy FOR UPDATE")
            before = await self.applied()
            if {each.id: digest(each) for each in before.agencies} != {
                each.id: digest(each) for each in change.before.agencies
            }:
                raise Outdated("Other agency files were applied in between; run apply again.")
            after = {each.id: each for each in change.after.agencies}
            await apply(self._driver, after, change.after.operator, self._under, now())


async def set_laws(driver: asyncpg.Connection, laws: str) -> None:
    """Note which version of the laws decides; a new one voids every decision taken before. As the owner."""
    await driver.execute("UPDATE policy SET version = version + 1, laws = $1 WHERE laws <> $1", laws)


_PUT = """
INSERT INTO agency (id, digest, body, applied_at) VALUES ($1, $2, $3::text::jsonb, $4)
ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, body = excluded.body, applied_at = excluded.applied_at
"""
