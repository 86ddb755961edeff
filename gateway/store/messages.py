"""Raw messages: what came in, as it came in, and what was told in reply."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg
import orjson

from gateway.store.columns import columns
from gateway.store.keyring import KeyRing
from gateway.store.keys import CustodianKeys
from gateway.store.seal import keyed, keyed_term, new_key, seal, unseal, unwrap, wrap


class ControlKey(NamedTuple):
    """What names a message for its sender: whose channel, and application, facility and control id, keyed."""

    custodian: str
    channel: str
    control: bytes


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A message as it came in; told is what was answered and reported, as JSON values."""

    custodian: str
    id: str
    channel: str
    kind: str
    status: str
    control: bytes
    body_hash: bytes
    received_at: datetime
    patient: str | None
    body: bytes = field(repr=False)
    told: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """A message kept earlier, opened as far as a resend needs it."""

    id: str
    status: str
    body_hash: bytes
    told: Mapping[str, Any] = field(repr=False)


def control_key(keys: CustodianKeys, channel: str, *words: str) -> ControlKey:
    """The key of a message by its sender's own words for it."""
    return ControlKey(keys.custodian, channel, keyed(keys.terms, "control", *words)[:16])


def body_hash(keys: CustodianKeys, body: bytes) -> bytes:
    """A keyed hash of the bytes, so that a stolen table cannot be tested against a guessed message."""
    return keyed(keys.terms, "body", body.hex())


async def earlier(
    driver: asyncpg.Connection, wanted: Sequence[ControlKey], keyring: KeyRing
) -> dict[ControlKey, KeptMessage]:
    """Messages kept under these keys."""
    if not wanted:
        return {}
    found = {}
    for row in await driver.fetch(_EARLIER, *columns(wanted)):
        key = ControlKey(row["custodian"], row["channel"], row["control"])
        told = opened(row, "told", keyring[row["custodian"]])
        found[key] = KeptMessage(str(row["id"]), row["status"], row["body"], orjson.loads(told))
    return found


async def refused_before(
    driver: asyncpg.Connection, keys: CustodianKeys, channel: str, body: bytes
) -> KeptMessage | None:
    """The same bytes, refused on this channel earlier."""
    row = await driver.fetchrow(_REFUSED, keys.custodian, channel, body)
    if row is None:
        return None
    return KeptMessage(str(row["id"]), row["status"], row["body"], orjson.loads(opened(row, "told", keys)))


def opened(row: Mapping[str, Any], column: str, keys: CustodianKeys) -> bytes:
    """The sealed column of a row of raw_message joined with its wrapped key."""
    key = unwrap(row["wrapped"], keys.wrapping)
    return unseal(row[column], key, _identity(row["custodian"], str(row["id"]), column))


def _identity(custodian: str, message: str, column: str) -> bytes:
    return f"message|{custodian}|{message}|{column}".encode()


async def write(driver: asyncpg.Connection, raw: Sequence[RawMessage], keys: Mapping[str, CustodianKeys]) -> None:
    """Keep the messages within the running transaction."""
    if not raw:
        return
    rows = [_row(each, keys[each.custodian]) for each in raw]
    await driver.execute(_KEEP, *columns(rows))


def _row(raw: RawMessage, keys: CustodianKeys) -> tuple[Any, ...]:
    key, key_id = new_key(), uuid.uuid4()
    sealed = seal(raw.body, key, _identity(raw.custodian, raw.id, "sealed"))
    told = seal(orjson.dumps(raw.told), key, _identity(raw.custodian, raw.id, "told"))
    clear = (raw.custodian, raw.id, raw.channel, raw.kind, raw.status, raw.control, raw.body_hash, raw.patient)
    return (*clear, raw.received_at, key_id, sealed, told, wrap(key, keys.wrapping))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages to list; status and since narrow, limit caps."""

    custodian: str
    status: str | None = None
    since: datetime | None = None
    controls: Iterable[bytes] | None = None
    patients: Iterable[str] | None = None
    limit: int = 50


async def listed(driver: asyncpg.Connection, wanted: Wanted) -> list[asyncpg.Record]:
    """Messages, newest first, with their wrapped keys; nothing is opened."""
    controls = list(wanted.controls) if wanted.controls is not None else None
    patients = list(wanted.patients) if wanted.patients is not None else None
    narrowed = (wanted.custodian, wanted.status, wanted.since, controls, patients, wanted.limit)
    rows: list[asyncpg.Record] = await driver.fetch(_LIST, *narrowed)
    return rows


async def found(driver: asyncpg.Connection, message: str) -> asyncpg.Record | None:
    """The message of this id, wrapped null where its key was destroyed; None where there is no such message."""
    return await driver.fetchrow(_FIND, message)


async def patients_identified(driver: asyncpg.Connection, keys: CustodianKeys, identifier: str) -> list[str]:
    """The agency's patients by an identifier's value (or system|value), and those they were merged into."""
    term = keyed_term(keys.terms, "identifier", identifier)
    return [str(row["id"]) for row in await driver.fetch(_IDENTIFIED, keys.custodian, term)]


_EARLIER = """
SELECT r.custodian, r.channel, r.control, r.id, r.status, r.body, r.told, k.wrapped
FROM unnest($1::text[], $2::text[], $3::bytea[]) AS w (custodian, channel, control)
JOIN raw_message r USING (custodian, channel, control)
JOIN data_key k ON k.custodian = r.custodian AND k.id = r.key
WHERE r.status <> 'refused'
"""

_REFUSED = """
SELECT r.custodian, r.id, r.status, r.body, r.told, k.wrapped
FROM raw_message r JOIN data_key k ON k.custodian = r.custodian AND k.id = r.key
WHERE r.custodian = $1 AND r.channel = $2 AND r.body = $3 AND r.status = 'refused'
ORDER BY r.received_at DESC LIMIT 1
"""

_KEEP = """
WITH rows AS (
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::bytea[],
                         $8::uuid[], $9::timestamptz[], $10::uuid[], $11::bytea[], $12::bytea[], $13::bytea[])
    AS r (custodian, id, channel, kind, status, control, body, patient, received_at, key, sealed, told, wrapped)),
keys AS (INSERT INTO data_key (custodian, id, wrapped) SELECT custodian, key, wrapped FROM rows)
INSERT INTO raw_message (custodian, id, channel, kind, status, control, body, patient, received_at, key, sealed, told)
SELECT custodian, id, channel, kind, status, control, body, patient, received_at, key, sealed, told FROM rows
"""

_LIST = """
SELECT r.*, k.wrapped FROM raw_message r JOIN data_key k ON k.custodian = r.custodian AND k.id = r.key
WHERE r.custodian = $1 AND ($2::text IS NULL OR r.status = $2) AND ($3::timestamptz IS NULL OR r.received_at >= $3)
  AND ($4::bytea[] IS NULL OR r.control = ANY($4)) AND ($5::uuid[] IS NULL OR r.patient = ANY($5))
ORDER BY r.received_at DESC LIMIT $6
"""

_FIND = """
SELECT r.*, k.wrapped FROM raw_message r LEFT JOIN data_key k ON k.custodian = r.custodian AND k.id = r.key
WHERE r.id = $1::uuid
"""

_IDENTIFIED = """
WITH identified AS (
    SELECT id FROM term WHERE custodian = $1 AND type = 'Patient' AND parameter = 'identifier' AND term = $2)
SELECT id FROM identified
UNION SELECT m.survivor FROM merged m JOIN identified i ON m.custodian = $1 AND m.retired = i.id
"""
