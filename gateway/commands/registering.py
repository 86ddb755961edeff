"""``crosswalk agency`` with a register behind it: the database of a data folder, started for the moment if need be."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.agencies.apply import Register
from gateway.commands.agency import agency_commands
from gateway.commands.options import settings_of


@asynccontextmanager
async def open_register(data: Path | None, key_file: Path | None, database_url: str | None) -> AsyncIterator[Register]:
    """The register of a running gateway, or of one that is not running."""
    from gateway.store.keys import read_key_file
    from gateway.store.owner import owner_session
    from gateway.store.registry import StoredRegister

    settings = settings_of(data=data, key_file=key_file, database_url=database_url)
    under = read_key_file(settings.key_file)
    async with owner_session(settings) as driver:
        yield StoredRegister(driver, under)


agency_group = agency_commands(open_register)
