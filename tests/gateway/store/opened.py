"""A store opened without the gateway around it: no intake runs, nothing empties the outbox."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import asyncpg

from gateway.store import records
from gateway.store.audit import AuditChains
from gateway.store.database import Database, connect, owner_url
from gateway.store.kept import RecordKey
from gateway.store.keyring import KeyRing, open_key_ring
from gateway.store.owner import owner_connection
from gateway.store.records import Change, NewMoment, NewPart, NewTerm
from gateway.store.relations import begin_keeping
from gateway.store.segments import Segment, Segments
from tests.promises.house import Template

HOSPITAL, PROGRAM = "cityhosp", "harbor-recovery"
AT = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)


@dataclass(slots=True)
class Store:
    """One store, its keys, and a connection as the owner."""

    url: str
    under: bytes = field(repr=False)
    database: Database
    keyring: KeyRing
    segments: Segments
    chains: AuditChains
    owner: asyncpg.Connection = field(repr=False)

    async def segment(self, custodian: str = HOSPITAL, *labels: str, info_class: str = "condition") -> int:
        """The number of a segment."""
        made = Segment(custodian, custodian, labels, info_class)
        await self.segments.intern([made])
        return self.segments.number(made)

    @asynccontextmanager
    async def keeping(self, *custodians: str) -> AsyncIterator[asyncpg.Connection]:
        """A transaction as ``receive``, bound to these custodians."""
        async with self.database.transaction("receive") as driver:
            await begin_keeping(driver, custodians or (HOSPITAL,), ())
            yield driver

    async def keep(self, *changes: Change) -> None:
        """Write these in a transaction of their own."""
        async with self.keeping(*{change.key.custodian for change in changes}) as driver:
            await records.write(driver, changes, self.keyring.all)

    async def policy(self) -> int:
        """The policy version in force."""
        version: int = await self.owner.fetchval("SELECT version FROM policy")
        return version

    async def load(self, key: RecordKey) -> records.KeptRecord | None:
        """What is kept of a record."""
        async with self.keeping(key.custodian) as driver:
            return (await records.load(driver, [key], self.keyring.all)).get(key)


@asynccontextmanager
async def opened(template: Template) -> AsyncIterator[Store]:
    """A store on a fresh copy of the prepared database."""
    url = await template.copy()
    database = connect(owner_url(url), template.under)
    owner = await owner_connection(url)
    try:
        async with database.connection("receive") as driver:
            keyring = await open_key_ring(driver, template.under)
        yield Store(url, template.under, database, keyring, Segments(database), AuditChains(), owner)
    finally:
        await owner.close()
        await database.close()


def record_key(custodian: str = HOSPITAL, kind: str = "Condition") -> RecordKey:
    """A record nobody has kept yet."""
    return RecordKey(custodian, kind, str(uuid.uuid4()))


def change(
    key: RecordKey,
    segment: int,
    content: bytes = b'{"elements":{},"items":{}}',
    counter: int = 1,
    patient: str | None = None,
    at: datetime = AT,
    part: str = "",
    **more: object,
) -> Change:
    """One version of one part; terms and moments of it as given, with their part and segment filled in."""
    made = NewPart(part, segment, counter, counter, at, content, removed=bool(more.get("removed")))
    terms = tuple(NewTerm(part, name, value, segment) for name, value in more.get("terms", ()))  # type: ignore[attr-defined]
    moments = tuple(NewMoment(part, *each, segment) for each in more.get("moments", ()))  # type: ignore[attr-defined]
    return Change(key, patient, (made,), terms, moments, more.get("stamps"))  # type: ignore[arg-type]
