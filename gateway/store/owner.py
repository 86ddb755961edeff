"""The database as its owner: for migrations and the operator's commands, never for serving."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from gateway.settings import Settings
from gateway.store.database import ROLES, owner_url, role_password
from gateway.store.embedded import EmbeddedServer


async def owner_connection(url: str) -> asyncpg.Connection:
    """A connection as the owner, outside any pool."""
    plain = owner_url(url).set(drivername="postgresql")
    return await asyncpg.connect(plain.render_as_string(hide_password=False))


async def ensure_serving_roles(driver: asyncpg.Connection, key: bytes) -> None:
    """Make the serving roles where they are missing, and give both the passwords of this key-encryption key."""
    for role in ROLES:
        name = f"crosswalk_{role}"
        verb = "ALTER" if await driver.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name) else "CREATE"
        await driver.execute(f"{verb} ROLE {name} LOGIN PASSWORD '{role_password(role, key)}'")


@asynccontextmanager
async def database_at(settings: Settings) -> AsyncIterator[str]:
    """The owner's URL of the named database, or of the embedded one, started if need be and as long as the block."""
    server = None if settings.database_url else EmbeddedServer(settings.data)
    started = server is not None and not server.running()
    if server and started:
        server.start()
    try:
        yield server.url if server else settings.database_url
    finally:
        if server and started:
            server.stop()


@asynccontextmanager
async def owner_session(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the owner: to the named database, or to the embedded one, started if need be."""
    async with database_at(settings) as url:
        driver = await owner_connection(url)
        try:
            yield driver
        finally:
            await driver.close()
