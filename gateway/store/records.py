"""Records in parts: what is kept of each version, loaded for its custodian and written a group at a time.

Imported by receive, disclose and the store alone. A part's payload is sealed under the data key of the write that
made it; its identity (custodian, type, id, part, counter) is the associated data.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
import orjson

from gateway.store.columns import columns
from gateway.store.kept import KeptPart, KeptRecord, RecordKey
from gateway.store.keys import CustodianKeys
from gateway.store.seal import new_key, seal, unseal, unwrap, wrap

ROOT = ""


@dataclass(frozen=True, slots=True)
class NewPart:
    """A part to be kept under its next counter; content is JSON bytes, empty with removed.

    shown counts the changes that a reader of this part can tell: a list item's position may move because a hidden
    one came or went, and then only the counter advances. recorded is when shown last advanced.
    """

    name: str
    segment: int
    counter: int
    shown: int
    recorded: datetime
    content: bytes = field(repr=False)
    removed: bool = False


@dataclass(frozen=True, slots=True)
class NewTerm:
    """A search term of a part."""

    part: str
    parameter: str
    term: bytes
    segment: int


@dataclass(frozen=True, slots=True)
class NewMoment:
    """A search date of a part."""

    part: str
    parameter: str
    low: datetime
    high: datetime
    segment: int


@dataclass(frozen=True, slots=True)
class Change:
    """One write to one record: only the parts that changed, with the search terms of those parts."""

    key: RecordKey
    patient: str | None
    parts: tuple[NewPart, ...]
    terms: tuple[NewTerm, ...] = ()
    moments: tuple[NewMoment, ...] = ()
    stamps: Mapping[str, str] | None = None


def identity(key: RecordKey, part: str, counter: int) -> bytes:
    """What a sealed part is bound to."""
    return f"{key.custodian}|{key.type}|{key.id}|{part}|{counter}".encode()


def open_part(row: Mapping[str, Any], keys: CustodianKeys) -> bytes:
    """The payload of a row of ``part`` joined with its wrapped data key."""
    key = RecordKey(row["custodian"], row["type"], str(row["id"]))
    data_key = unwrap(row["wrapped"], keys.wrapping)
    return unseal(row["sealed"], data_key, identity(key, row["part"], row["counter"]))


async def root_segments(driver: asyncpg.Connection, wanted: Sequence[RecordKey]) -> dict[RecordKey, int]:
    """The segments of the roots of these records; absent records are left out."""
    rows = await driver.fetch(_ROOTS, *columns(set(wanted)))
    return {RecordKey(row["custodian"], row["type"], str(row["id"])): row["segment"] for row in rows}


async def load(
    driver: asyncpg.Connection, wanted: Iterable[RecordKey], keys: Mapping[str, CustodianKeys]
) -> dict[RecordKey, KeptRecord]:
    """The current parts and stamps of the records, for their custodian; absent records are left out."""
    named = columns(set(wanted), 3)
    kept: dict[RecordKey, KeptRecord] = {}
    for row in await driver.fetch(_LOAD, *named):
        key = RecordKey(row["custodian"], row["type"], str(row["id"]))
        record = kept.setdefault(key, KeptRecord(patient=_text(row["patient"])))
        content = open_part(row, keys[key.custodian])
        part = KeptPart(
            row["part"], row["counter"], row["shown"], row["segment"], row["recorded"], row["removed"], content
        )
        record.parts[part.name] = part
    for row in await driver.fetch(_LOAD_STAMPS, *named):
        key = RecordKey(row["custodian"], row["type"], str(row["id"]))
        if key in kept:
            kept[key].stamps = orjson.loads(row["stamps"])
    return kept


def _text(value: object) -> str | None:
    return None if value is None else str(value)


async def write(driver: asyncpg.Connection, changes: Sequence[Change], keys: Mapping[str, CustodianKeys]) -> None:
    """Keep the changes, within the running transaction, in a fixed number of statements however many there are."""
    if not changes:
        return
    rows = _Rows()
    for change in changes:
        rows.add(change, keys[change.key.custodian])
    if rows.superseded:
        await driver.execute(_SUPERSEDE, *columns(rows.superseded, 4))
    await driver.execute(
        _KEEP,
        *columns(rows.keys, 3),
        *columns(rows.parts, 13),
        *columns(rows.terms, 8),
        *columns(rows.moments, 9),
        *columns(rows.stamps, 4),
        *columns(sorted(rows.patient_segments), 2),
    )


class _Rows:
    """The rows of one group, by table."""

    def __init__(self) -> None:
        self.keys: list[tuple[Any, ...]] = []
        self.parts: list[tuple[Any, ...]] = []
        self.terms: list[tuple[Any, ...]] = []
        self.moments: list[tuple[Any, ...]] = []
        self.superseded: list[tuple[Any, ...]] = []
        self.stamps: list[tuple[Any, ...]] = []
        self.patient_segments: set[tuple[str, int]] = set()

    def add(self, change: Change, keys: CustodianKeys) -> None:
        owner, patient = tuple(change.key), change.patient
        if change.parts:
            self._add_parts(change, keys)
        for term in change.terms:
            self.terms.append((*owner, term.part, term.parameter, term.term, term.segment, patient))
        for when in change.moments:
            self.moments.append((*owner, when.part, when.parameter, when.low, when.high, when.segment, patient))
        if change.stamps is not None:
            self.stamps.append((*owner, orjson.dumps(change.stamps).decode()))

    def _add_parts(self, change: Change, keys: CustodianKeys) -> None:
        data_key, key_id, group = new_key(), uuid.uuid4(), len(self.keys)
        self.keys.append((change.key.custodian, key_id, wrap(data_key, keys.wrapping)))
        for part in change.parts:
            sealed = seal(part.content, data_key, identity(change.key, part.name, part.counter))
            versions = (part.name, part.counter, part.shown, group)
            facts = (change.patient, part.segment, part.recorded, part.removed)
            self.parts.append((*change.key, *versions, *facts, key_id, sealed))
            if part.counter > 1:
                self.superseded.append((*change.key, part.name))
            if change.patient:
                self.patient_segments.add((change.patient, part.segment))


_LOAD = """
SELECT p.custodian, p.type, p.id, p.part, p.counter, p.shown, p.patient, p.segment, p.recorded, p.removed, p.sealed,
       k.wrapped
FROM unnest($1::text[], $2::text[], $3::uuid[]) AS w (custodian, type, id)
JOIN part p USING (custodian, type, id)
JOIN data_key k ON k.custodian = p.custodian AND k.id = p.key
WHERE p.current
"""

_ROOTS = """
SELECT p.custodian, p.type, p.id, p.segment
FROM unnest($1::text[], $2::text[], $3::uuid[]) AS w (custodian, type, id)
JOIN part p USING (custodian, type, id)
WHERE p.current AND p.part = '' AND NOT p.removed
"""

_LOAD_STAMPS = """
SELECT s.custodian, s.type, s.id, s.stamps::text AS stamps
FROM unnest($1::text[], $2::text[], $3::uuid[]) AS w (custodian, type, id)
JOIN stamp s USING (custodian, type, id)
"""

_SUPERSEDE = """
WITH old AS (SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[]) AS o (custodian, type, id, part)),
     terms AS (DELETE FROM term t USING old o WHERE (t.custodian, t.type, t.id, t.part)
               = (o.custodian, o.type, o.id, o.part)),
     moments AS (DELETE FROM moment m USING old o WHERE (m.custodian, m.type, m.id, m.part)
                 = (o.custodian, o.type, o.id, o.part))
UPDATE part p SET current = false FROM old o
WHERE p.current AND (p.custodian, p.type, p.id, p.part) = (o.custodian, o.type, o.id, o.part)
"""

_KEEP = """
WITH numbered AS (
    SELECT g AS change_group, nextval('change_number') AS change
    FROM generate_series(0, cardinality($1::text[]) - 1) AS g),
keys AS (
    INSERT INTO data_key (custodian, id, wrapped) SELECT * FROM unnest($1::text[], $2::uuid[], $3::bytea[])),
parts AS (
    INSERT INTO part (custodian, type, id, part, counter, shown, change, patient, segment, recorded, removed, key,
                      sealed)
    SELECT n.custodian, n.type, n.id, n.part, n.counter, n.shown, c.change, n.patient, n.segment, n.recorded,
           n.removed, n.key, n.sealed
    FROM unnest($4::text[], $5::text[], $6::uuid[], $7::text[], $8::integer[], $9::integer[], $10::integer[],
                $11::uuid[], $12::integer[], $13::timestamptz[], $14::boolean[], $15::uuid[], $16::bytea[])
         AS n (custodian, type, id, part, counter, shown, change_group, patient, segment, recorded, removed, key,
               sealed)
    JOIN numbered c USING (change_group)),
terms AS (
    INSERT INTO term (custodian, type, id, part, parameter, term, segment, patient)
    SELECT * FROM unnest($17::text[], $18::text[], $19::uuid[], $20::text[], $21::text[], $22::bytea[],
                         $23::integer[], $24::uuid[])),
moments AS (
    INSERT INTO moment (custodian, type, id, part, parameter, low, high, segment, patient)
    SELECT * FROM unnest($25::text[], $26::text[], $27::uuid[], $28::text[], $29::text[], $30::timestamptz[],
                         $31::timestamptz[], $32::integer[], $33::uuid[])),
stamps AS (
    INSERT INTO stamp (custodian, type, id, stamps)
    SELECT custodian, type, id, stamps::jsonb
    FROM unnest($34::text[], $35::text[], $36::uuid[], $37::text[]) AS s (custodian, type, id, stamps)
    ON CONFLICT (custodian, type, id) DO UPDATE SET stamps = excluded.stamps)
INSERT INTO patient_segment (patient, segment) SELECT * FROM unnest($38::uuid[], $39::integer[])
ON CONFLICT DO NOTHING
"""
