"""Serving roles that row-level security does not bind are refused; migrating twice, or at once, is migrating."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import create_async_engine

from gateway.store import records
from gateway.store.database import (
    Database,
    UnsafeRole,
    connect,
    migrate,
    owner_url,
    refuse_unsafe_roles,
    role_password,
)
from gateway.store.owner import owner_connection
from tests.gateway.store.opened import HOSPITAL, PROGRAM, Store, change, record_key
from tests.promises.house import Template

CATALOGUE = """
SELECT string_agg(t, E'\n' ORDER BY t) FROM (
    SELECT format('%s.%s %s %s', table_name, column_name, data_type, is_nullable) AS t
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT format('%s %s %s', grantee, table_name, privilege_type)
    FROM information_schema.role_table_grants WHERE grantee LIKE 'crosswalk_%' AND grantee <> 'crosswalk_owner'
    UNION ALL SELECT format('%s %s %s', tablename, policyname, qual) FROM pg_policies) x
"""


@pytest_asyncio.fixture(loop_scope="module")
async def empty(template: Template) -> AsyncIterator[str]:
    """The URL of a database with nothing in it."""
    driver = await owner_connection(template.server.url)
    await driver.execute("CREATE DATABASE empty")
    yield template.url("empty")
    await driver.execute("DROP DATABASE empty WITH (FORCE)")
    await driver.close()


async def test_migrating_again_changes_nothing_and_at_once_harms_nothing(empty: str, template: Template) -> None:
    url = owner_url(empty)
    await asyncio.gather(*(migrate(url, template.under) for _ in range(3)))
    driver = await owner_connection(empty)
    try:
        first = await driver.fetchval(CATALOGUE)
        await migrate(url, template.under)
        assert await driver.fetchval(CATALOGUE) == first
        assert await driver.fetchval("SELECT count(*) FROM alembic_version") == 1
    finally:
        await driver.close()
    database = connect(url, template.under)
    await refuse_unsafe_roles(database)
    await database.close()


async def test_the_serving_roles_are_safe(store: Store) -> None:
    await refuse_unsafe_roles(store.database)


@pytest.mark.parametrize(
    ("grant", "fault", "revoke"),
    [
        ("ALTER ROLE {} SUPERUSER", "is a superuser", "ALTER ROLE {} NOSUPERUSER"),
        ("ALTER ROLE {} BYPASSRLS", "bypasses row-level security", "ALTER ROLE {} NOBYPASSRLS"),
        ("GRANT crosswalk_owner TO {}", "owns the tables", "REVOKE crosswalk_owner FROM {}"),
    ],
)
@pytest.mark.parametrize("role", ["receive", "disclose"])
async def test_a_role_that_row_security_does_not_bind_is_refused(
    store: Store, role: str, grant: str, fault: str, revoke: str
) -> None:
    await store.owner.execute(grant.format(f"crosswalk_{role}"))
    try:
        with pytest.raises(UnsafeRole, match=f"the {role} connection signs in as a role that {fault}"):
            await refuse_unsafe_roles(store.database)
    finally:
        await store.owner.execute(revoke.format(f"crosswalk_{role}"))
    await refuse_unsafe_roles(store.database)


async def test_the_owner_itself_is_refused(store: Store) -> None:
    engine = create_async_engine(owner_url(store.url))
    try:
        with pytest.raises(UnsafeRole, match="the disclose connection signs in as a role that is a superuser"):
            await refuse_unsafe_roles(replace(store.database, disclose=engine))
    finally:
        await engine.dispose()


@pytest.mark.parametrize("url", ["postgres://u:p@h:1/d?x=y", "postgresql://u:p@h:1/d?x=y"])
def test_both_spellings_of_a_url_are_taken(url: str) -> None:
    made = owner_url(url)
    assert made.drivername == "postgresql+asyncpg"
    assert (made.username, made.host, made.port, made.database) == ("u", "h", 1, "d")


def test_a_role_has_a_password_of_its_own_under_each_key() -> None:
    made = {role_password(role, key) for role in ("receive", "disclose") for key in (b"a" * 32, b"b" * 32)}
    assert len(made) == 4


def test_a_database_shows_no_password(store: Store) -> None:
    assert role_password("receive", store.under) not in repr(store.database)


# --- a forgotten filter shows nothing


@pytest.mark.parametrize("table", ["part", "term", "moment"])
async def test_disclose_sees_nothing_until_it_is_bound_to_a_recipient(store: Store, table: str) -> None:
    async with store.database.transaction("disclose") as driver:
        assert await driver.fetchval(f"SELECT count(*) FROM {table}") == 0  # noqa: S608


FORBIDDEN = {
    "disclose": ["SELECT * FROM raw_message", "SELECT * FROM stamp", "SELECT * FROM audit", "DELETE FROM part",
                 "INSERT INTO relationship VALUES ('a', 'b', gen_random_uuid(), 'c', gen_random_uuid(), now())",
                 "UPDATE policy SET version = 0", "SELECT * FROM outbox", "UPDATE patient_epoch SET epoch = 0"],
    "receive": ["SELECT * FROM granted", "INSERT INTO granted SELECT * FROM granted", "DELETE FROM part",
                "UPDATE policy SET version = 0", "UPDATE agency SET body = '{}'", "DELETE FROM data_key",
                "UPDATE custodian_key SET wrapped = ''", "DELETE FROM raw_message", "DELETE FROM patient_epoch"],
}  # fmt: skip


@pytest.mark.parametrize(("role", "statement"), [(role, each) for role, all_ in FORBIDDEN.items() for each in all_])
async def test_a_role_can_do_no_more_than_its_work(store: Store, role: str, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with store.database.transaction(role) as driver:  # type: ignore[arg-type]
            await driver.execute(statement)


async def test_receive_reads_and_writes_only_for_the_custodians_it_is_bound_to(store: Store) -> None:
    key = record_key(HOSPITAL)
    made = change(key, await store.segment())
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with store.keeping(PROGRAM) as driver:
            await records.write(driver, [made], store.keyring.all)
    await store.keep(made)
    count = "SELECT count(*) FROM part WHERE id = $1"
    async with store.keeping(PROGRAM) as driver:
        assert await driver.fetchval(count, key.id) == 0
    async with store.keeping(HOSPITAL) as driver:
        assert await driver.fetchval(count, key.id) == 1
    async with store.database.transaction("receive") as driver:
        assert await driver.fetchval(count, key.id) == 0


async def test_a_connection_that_ended_is_replaced(store: Store) -> None:
    database: Database = store.database
    async with database.connection("receive") as driver:
        pid = await driver.fetchval("SELECT pg_backend_pid()")
    await store.owner.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'crosswalk_receive'"
        " AND datname = current_database()"
    )
    await asyncio.sleep(0.1)
    async with database.transaction("receive") as driver:
        assert await driver.fetchval("SELECT pg_backend_pid()") != pid
