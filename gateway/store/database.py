"""Connections to PostgreSQL, by role: the owner migrates, ``receive`` keeps, ``disclose`` sees only what is granted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gateway.store.seal import derive

Role = Literal["receive", "disclose"]
ROLES: tuple[Role, ...] = ("receive", "disclose")
MIGRATION_LOCK = 0x43726F73
POOL_SIZE = 8


class UnsafeRole(Exception):
    """A serving role may not be superuser, own the tables or bypass row security."""


@dataclass(frozen=True, slots=True)
class Database:
    """The engines of one worker, one per serving role."""

    receive: AsyncEngine
    disclose: AsyncEngine
    owner_url: URL = field(repr=False)

    @asynccontextmanager
    async def transaction(self, role: Role) -> AsyncIterator[asyncpg.Connection]:
        """A transaction as the role, on the driver's own connection; committed when the block ends well."""
        async with self.connection(role) as driver, driver.transaction():
            yield driver

    @asynccontextmanager
    async def connection(self, role: Role) -> AsyncIterator[asyncpg.Connection]:
        """A pooled connection as the role, without a transaction."""
        engine: AsyncEngine = getattr(self, role)
        async with engine.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            if driver is None or driver.is_closed():
                await connection.invalidate()
                driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None  # noqa: S101
            yield driver

    async def close(self) -> None:
        """End every connection."""
        await self.receive.dispose()
        await self.disclose.dispose()


def owner_url(url: str) -> URL:
    """The database URL with the asyncpg driver; ``postgres://`` and ``postgresql://`` are both taken."""
    if url.startswith("postgres://"):
        url = "postgresql://" + url.removeprefix("postgres://")
    return make_url(url).set(drivername="postgresql+asyncpg")


def connect(url: URL, key: bytes, pool_size: int = POOL_SIZE) -> Database:
    """Engines for both serving roles on the owner's database."""
    engines = {role: _engine(role_url(url, role, key), pool_size) for role in ROLES}
    return Database(receive=engines["receive"], disclose=engines["disclose"], owner_url=url)


def role_url(url: URL, role: Role, key: bytes) -> URL:
    """The URL a serving role signs in with."""
    return url.set(username=f"crosswalk_{role}", password=role_password(role, key))


def role_password(role: Role, key: bytes) -> str:
    """The password of a serving role, derived from the key-encryption key."""
    return derive(key, f"database role {role}").hex()


def _engine(url: URL, pool_size: int) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=30,
        pool_pre_ping=False,
        connect_args={"server_settings": {"application_name": "crosswalk"}},
    )


async def migrate(url: URL, key: bytes) -> None:
    """Make the serving roles and bring the schema up to date, under an advisory lock."""
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            for role in ROLES:
                await connection.run_sync(_ensure_role, role, role_password(role, key))
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _ensure_role(connection: Connection, role: Role, password: str) -> None:
    name = f"crosswalk_{role}"
    there = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name}).first()
    verb = "ALTER" if there else "CREATE"
    connection.exec_driver_sql(f"{verb} ROLE {name} LOGIN PASSWORD '{password}'")


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def refuse_unsafe_roles(database: Database) -> None:
    """Refuse to serve as a role that row-level security does not bind. Raises UnsafeRole."""
    for role in ROLES:
        async with database.connection(role) as driver:
            fault = await _fault_of_role(driver)
        if fault:
            raise UnsafeRole(f"the {role} connection signs in as a role that {fault}: give it one that does not")


async def _fault_of_role(driver: asyncpg.Connection) -> str:
    row: Any = await driver.fetchrow(
        """SELECT rolsuper, rolbypassrls,
                  pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = 'part'::regclass), 'member') owns
           FROM pg_roles WHERE rolname = current_user"""
    )
    if row["rolsuper"]:
        return "is a superuser"
    if row["rolbypassrls"]:
        return "bypasses row-level security"
    return "owns the tables" if row["owns"] else ""
