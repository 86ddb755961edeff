"""What a recipient may see of records, read under row-level security and opened part by part."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg

from gateway.store.keys import CustodianKeys
from gateway.store.records import open_part


@dataclass(frozen=True, slots=True)
class SeenPart:
    """A part that row-level security lets through, opened. removed parts are kept for the version alone."""

    custodian: str
    type: str
    id: str
    name: str
    segment: int
    shown: int
    change: int
    recorded: datetime
    removed: bool
    patient: str | None
    content: bytes = field(repr=False)


async def current(
    driver: asyncpg.Connection, kind: str, records: Iterable[str], keys: Mapping[str, CustodianKeys]
) -> dict[str, list[SeenPart]]:
    """The visible parts of the current versions, by record id; a record without visible parts is left out."""
    rows = await driver.fetch(_CURRENT, kind, list(records))
    return _by_record(rows, keys)


async def every(
    driver: asyncpg.Connection, kind: str, record: str, keys: Mapping[str, CustodianKeys]
) -> list[SeenPart]:
    """The visible parts of every version of a record, oldest change first."""
    rows = await driver.fetch(_EVERY, kind, record)
    return [_seen(row, keys) for row in rows]


def _by_record(rows: Iterable[asyncpg.Record], keys: Mapping[str, CustodianKeys]) -> dict[str, list[SeenPart]]:
    found: dict[str, list[SeenPart]] = {}
    for row in rows:
        found.setdefault(str(row["id"]), []).append(_seen(row, keys))
    return found


def _seen(row: asyncpg.Record, keys: Mapping[str, CustodianKeys]) -> SeenPart:
    return SeenPart(
        custodian=row["custodian"],
        type=row["type"],
        id=str(row["id"]),
        name=row["part"],
        segment=row["segment"],
        shown=row["shown"],
        change=row["change"],
        recorded=row["recorded"],
        removed=row["removed"],
        patient=str(row["patient"]) if row["patient"] else None,
        content=b"{}" if row["removed"] else open_part(row, keys[row["custodian"]]),
    )


_COLUMNS = """
SELECT p.custodian, p.type, p.id, p.part, p.counter, p.shown, p.change, p.segment, p.recorded, p.removed, p.patient,
       p.sealed, k.wrapped
FROM part p JOIN data_key k ON k.custodian = p.custodian AND k.id = p.key
"""
_CURRENT = f"{_COLUMNS} WHERE p.type = $1 AND p.id = ANY($2) AND p.current"
_EVERY = f"{_COLUMNS} WHERE p.type = $1 AND p.id = $2 ORDER BY p.change, p.part"
