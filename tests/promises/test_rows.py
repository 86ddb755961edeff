"""Row-level security: a forgotten filter shows nothing, and no unsafe role serves (decision 13)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from gateway import clock
from gateway.store import grants
from gateway.store.database import UnsafeRole
from tests.messages import Visit
from tests.promises.conftest import OpenHouse
from tests.promises.house import House
from tests.promises.stories import charted, referred
from tests.promises.worlds import HOSPITAL, POLICE, PROGRAM

COUNTS = ("SELECT count(*) FROM part", "SELECT count(*) FROM term", "SELECT count(*) FROM moment")
ROWS = (
    "SELECT custodian, id::text FROM part",
    "SELECT custodian, id::text FROM term",
    "SELECT custodian, id::text FROM moment",
)


@asynccontextmanager
async def as_party(house: House, agency: str) -> AsyncIterator[asyncpg.Connection]:
    """The disclosing role bound to whatever recipient of this agency has asked before."""
    async with house.owner() as owner:
        number = await owner.fetchval("SELECT id FROM party WHERE agency = $1", agency)
    async with house.gateway.database.transaction("disclose") as driver:
        await grants.enter(driver, number, clock.now())
        yield driver


async def test_without_a_recipient_the_disclosing_role_sees_no_row(house: House) -> None:
    await charted(house, await referred(house, Visit()))
    async with house.owner() as owner:
        for query in COUNTS:
            assert await owner.fetchval(query) > 0
    for setting in ("", "SET LOCAL crosswalk.party = ''", "SET LOCAL crosswalk.party = '-1'"):
        async with house.gateway.database.transaction("disclose") as driver:
            await driver.execute(setting or "SELECT 1")
            for query in ROWS:
                assert await driver.fetch(query) == [], (query, setting)


async def test_a_query_that_forgets_its_filter_shows_granted_rows_alone(house: House) -> None:
    path = await charted(house, await referred(house, Visit()))
    for client in (HOSPITAL, PROGRAM, POLICE):
        await house.asker(client).get("Condition")
        await house.asker(client).get(path)
    seen = {}
    for agency in ("cityhosp", "harbor-recovery", "riverton-pd"):
        async with as_party(house, agency) as driver:
            rows = [row for query in ROWS for row in await driver.fetch(query)]
            seen[agency] = {(row["custodian"], row["id"]) for row in rows}
    assert {custodian for custodian, _ in seen["cityhosp"]} <= {"cityhosp", "tri-county-exchange"}
    assert {custodian for custodian, _ in seen["riverton-pd"]} <= {"riverton-pd", "tri-county-exchange"}
    assert ("harbor-recovery", path.split("/")[1]) in seen["harbor-recovery"]


async def test_the_disclosing_role_can_neither_write_records_nor_read_messages(house: House) -> None:
    for statement in ("DELETE FROM part", "UPDATE part SET removed = true", "SELECT * FROM raw_message",
                      "UPDATE audit SET outcome = 'x'", "DELETE FROM audit", "SET ROLE crosswalk_owner"):  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with house.gateway.database.transaction("disclose") as driver:
                await driver.execute(statement)


@pytest.mark.parametrize("role", ["crosswalk_receive", "crosswalk_disclose"])
@pytest.mark.parametrize(
    ("make", "undo"),
    [
        ("ALTER ROLE {} SUPERUSER", "ALTER ROLE {} NOSUPERUSER"),
        ("ALTER ROLE {} BYPASSRLS", "ALTER ROLE {} NOBYPASSRLS"),
        ("GRANT crosswalk_owner TO {}", "REVOKE crosswalk_owner FROM {}"),
    ],
)
async def test_start_up_refuses_an_unsafe_serving_role(
    role: str, make: str, undo: str, house: House, open_house: OpenHouse
) -> None:
    async with house.owner() as owner:
        await owner.execute(make.format(role))
        try:
            with pytest.raises(UnsafeRole):
                await open_house(house.url)
        finally:
            await owner.execute(undo.format(role))
