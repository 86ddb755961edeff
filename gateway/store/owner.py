"""The database as its owner: for migrations and the operator's commands, never for serving."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from gateway.settings import Settings
from gateway.store.database import owner_url
from gateway.store.embedded import EmbeddedServer


async def owner_connection(url: str) -> asyncpg.Connection:
    """A connection as the owner, outside any pool."""
    plain = owner_url(url).set(drivername="postgresql")
    return await asyncpg.connect(plain.render_as_string(hide_password=False))


@asynccontextmanager
async def owner_session(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the owner: to the named database, or to the embedded one, started if need be."""
    server = None if settings.database_url else EmbeddedServer(settings.data)
    started = server is not None and not server.running()
    if server and started:
        server.start()
    driver = await owner_connection(server.url if server else settings.database_url)
    try:
        yield driver
    finally:
        await driver.close()
        if server and started:
            server.stop()
