"""The way in, at work in a command's own process beside a gateway that may be running on the same store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.commands.operating import Place, operating_user
from gateway.commands.terminal import refuse
from gateway.consents.people import People
from gateway.registry import Registry
from gateway.store.database import connect, owner_url
from gateway.store.keyring import open_key_ring
from gateway.store.keys import read_key_file
from gateway.store.owner import database_at
from gateway.worker import Gateway, wired


@asynccontextmanager
async def at_work(place: Place) -> AsyncIterator[Gateway]:
    """The parts of a worker whose intake runs; nothing is served, nothing delivered."""
    settings = place.settings
    under = read_key_file(settings.key_file)
    if not settings.database_url and not (settings.data / "postgresql").exists():
        refuse(f"{settings.data} holds no database: name the data folder with --data.")
    async with database_at(settings) as url:
        database = connect(owner_url(url), under, pool_size=2)
        try:
            async with database.connection("receive") as driver:
                registry = Registry(await open_key_ring(driver, under))
                await registry.refresh(driver)
                keyring = await open_key_ring(driver, under)
            gateway = wired(settings, database, keyring, registry)
            gateway.intake.start()
            try:
                yield gateway
            finally:
                await gateway.intake.stop()
        finally:
            await database.close()


@asynccontextmanager
async def people(place: Place) -> AsyncIterator[People]:
    """The people of the agencies, at their consents."""
    async with at_work(place) as gateway:
        yield People(gateway.database, gateway.receive, operating_user())
