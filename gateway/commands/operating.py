"""The store as the operator's commands reach it: settings, key-encryption key, owner's connection, and who asks."""

import asyncio
import os
import pwd
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import asyncpg

from gateway.agencies.model import Agency, Operator
from gateway.commands.options import settings_of
from gateway.commands.terminal import refuse
from gateway.fhir.outcome import Refusal
from gateway.settings import Settings
from gateway.store.audit import AuditChains, AuditEntry
from gateway.store.embedded import DatabaseUnavailable
from gateway.store.keyring import KeyRing, open_key_ring
from gateway.store.keys import KeyFileFault, read_key_file
from gateway.store.owner import owner_session
from gateway.store.registry import applied
from gateway.store.seal import Unsealable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the gateway's data is, as the options say."""

    data: Path | None = None
    key_file: Path | None = None
    database_url: str | None = None

    @property
    def settings(self) -> Settings:
        """The settings that these options and the environment make."""
        return settings_of(data=self.data, key_file=self.key_file, database_url=self.database_url)


@dataclass(frozen=True, slots=True)
class Store:
    """An open store: the owner's connection, the keys, the agencies in force."""

    driver: asyncpg.Connection = field(repr=False)
    keyring: KeyRing
    agencies: dict[str, Agency] = field(repr=False)
    operator: Operator | None = field(repr=False)

    async def note(self, entry: AuditEntry) -> None:
        """Write an audit row in a transaction of its own, before what it tells of is shown."""
        async with self.driver.transaction():
            await AuditChains().append(self.driver, [(entry, self.keyring[entry.custodian])])


@asynccontextmanager
async def opened_store(settings: Settings) -> AsyncIterator[Store]:
    """The store of a running gateway, or of one that is not running."""
    under = read_key_file(settings.key_file)
    if not settings.database_url and not (settings.data / "postgresql").exists():
        refuse(f"{settings.data} holds no database: name the data folder with --data.")
    async with owner_session(settings) as driver:
        keyring = await open_key_ring(driver, under)
        agencies, operator, _ = await applied(driver)
        yield Store(driver, keyring, agencies, operator)


def carried_out(work: Coroutine[None, None, T]) -> T:
    """The result of the work; what the store may answer instead becomes one line and status 1."""
    try:
        return asyncio.run(work)
    except Refusal as refusal:
        refuse(str(refusal))
    except (KeyFileFault, DatabaseUnavailable, Unsealable) as fault:
        refuse(f"{fault}.".replace("..", "."))
    except asyncpg.UndefinedTableError:
        refuse("The database holds no Crosswalk tables: run `crosswalk serve` on it once, or restore a backup.")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
        refuse(f"The database cannot be used ({type(fault).__name__}: {fault}): run `crosswalk doctor`.")


def operating_user() -> str:
    """The account of the operating system that asks, and for whom sudo was used."""
    name = pwd.getpwuid(os.getuid()).pw_name
    sudo = os.environ.get("SUDO_USER")
    return f"{name} (sudo by {sudo})" if sudo else name
