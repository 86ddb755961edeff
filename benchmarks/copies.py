"""Rows that a gateway wrote, read back as a pattern: for a floor that writes the same rows, and to fill a store.

A copy has ids of its own and the sealed bytes of its pattern; it does not open, and is never on a page shown.
"""

import itertools
import os
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

OF_PATIENT = ("part", "term", "moment", "patient_segment", "patient_epoch", "relationship", "handoff", "raw_message")
KEYS = " UNION ".join(f"SELECT key FROM {table} WHERE patient = $1" for table in ("part", "raw_message", "audit"))  # noqa: S608
WHERE = {
    **dict.fromkeys(OF_PATIENT, "patient = $1"),
    "audit": "patient = $1 ORDER BY at LIMIT 1",
    "stamp": "id IN (SELECT id FROM part WHERE patient = $1)",
    "data_key": f"id IN ({KEYS})",
}
SHARED = "'status', 'code', 'category', 'intent', 'priority', 'class', 'gender', 'owner', 'requester', 'address-state'"
"""Search parameters whose values a copy has in common with its pattern; the others are a person's own."""

RANDOM = "control"
"""The keyed control id of a message, which must differ from message to message."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """The rows of one message by table: columns of values, where an int in ids points to a new id of the copy."""

    ids: int
    columns: dict[str, dict[str, list[Any]]] = field(repr=False)
    places: dict[str, dict[str, list[int | None]]] = field(repr=False)

    def copies(self, count: int, table: str, column: str, fresh: Sequence[Sequence[uuid.UUID]]) -> list[Any]:
        """The values of one column in so many copies."""
        values, places = self.columns[table][column], self.places[table][column]
        if column == RANDOM:
            return [os.urandom(len(value)) for _ in range(count) for value in values]
        if places and places[0] is not None:
            return [None if place is None else ids[place] for ids in fresh for place in places]
        return values * count

    def fresh(self, count: int) -> list[list[uuid.UUID]]:
        """New ids for so many copies."""
        return [[uuid.UUID(bytes=os.urandom(16)) for _ in range(self.ids)] for _ in range(count)]


async def pattern_of(sql: asyncpg.Connection, kind: str) -> Pattern:
    """What the latest message of a kind made the gateway write. Raises LookupError where there is none."""
    patient = await sql.fetchval(
        "SELECT patient FROM raw_message WHERE kind = $1 AND status = 'kept' ORDER BY received_at DESC LIMIT 1", kind
    )
    if patient is None:
        raise LookupError(f"no {kind} was kept: send one to the gateway first")
    numbers: dict[object, int] = {}
    columns: dict[str, dict[str, list[Any]]] = {}
    places: dict[str, dict[str, list[int | None]]] = {}
    for table, where in WHERE.items():
        rows = await sql.fetch(f"SELECT * FROM {table} WHERE {where}", patient)  # noqa: S608  # names of our own
        columns[table] = {name: [row[name] for row in rows] for name in (rows[0].keys() if rows else ())}
        places[table] = {name: _places(values, numbers) for name, values in columns[table].items()}
    return Pattern(len(numbers), columns, places)


def _places(values: Iterable[object], numbers: dict[object, int]) -> list[int | None]:
    count = itertools.count(len(numbers))
    found: list[int | None] = []
    for value in values:
        if isinstance(value, uuid.UUID) and value not in numbers:
            numbers[value] = next(count)
        found.append(numbers[value] if isinstance(value, uuid.UUID) else None)
    return found


async def statement(sql: asyncpg.Connection) -> tuple[str, list[tuple[str, str]]]:
    """One statement that inserts into every table, and the (table, column) of each parameter in order."""
    parts: list[str] = []
    order: list[tuple[str, str]] = []
    for table in WHERE:
        types = await sql.fetch(_TYPES, table)
        first = len(order) + 1
        order += [(table, row["name"]) for row in types]
        names = ", ".join(f'"{row["name"]}"' for row in types)
        arrays = ", ".join(f"${first + place}::{_wire(row['type'])}[]" for place, row in enumerate(types))
        shown = ", ".join(f'r."{row["name"]}"::{row["type"]}' for row in types)
        parts.append(f"INSERT INTO {table} ({names}) SELECT {shown} FROM unnest({arrays}) AS r ({names})")  # noqa: S608
    ctes = ", ".join(f"w{place} AS ({each})" for place, each in enumerate(parts[:-1]))
    return f"WITH {ctes} {parts[-1]}", order


def _wire(kind: str) -> str:
    return "text" if kind == "jsonb" else kind


async def fill(sql: asyncpg.Connection, records: int) -> None:
    """Copies of a discharge, older than anything else, until the store holds so many records."""
    there = await sql.fetchval("SELECT count(*) FROM part WHERE part = '' AND current")
    patient = await sql.fetchval("SELECT patient FROM handoff ORDER BY recorded DESC LIMIT 1")
    each = await sql.fetchval("SELECT count(*) FROM part WHERE part = '' AND current AND patient = $1", patient)
    copies = max(0, -(-(records - there) // each))
    salt = uuid.uuid4().hex
    for table in ("part", "term", "moment", "patient_segment", "stamp"):
        types = await sql.fetch(_TYPES, table)
        names = ", ".join(f'"{row["name"]}"' for row in types)
        shown = ", ".join(_copied(row["name"], row["type"]) for row in types)
        where = WHERE[table].replace("$1", f"'{patient}'")
        copied = f"SELECT {shown} FROM (SELECT * FROM {table} WHERE {where}) t, generate_series(1, $1::integer) n"  # noqa: S608
        await sql.execute(f"INSERT INTO {table} ({names}) {copied.replace('SALT', salt)}", copies, timeout=7200)
    await sql.execute("VACUUM ANALYZE", timeout=7200)


def _copied(name: str, kind: str) -> str:
    if kind == "uuid" and name != "key":
        return f"md5(t.\"{name}\"::text || n || 'SALT')::uuid"
    if name == "term":
        other = "decode(md5(encode(t.term, 'hex') || n || 'SALT'), 'hex')"
        return f"CASE WHEN t.parameter IN ({SHARED}) THEN t.term ELSE {other} END"
    return f"t.\"{name}\" - interval '1 year' + n * interval '1 second'" if name == "recorded" else f't."{name}"'


_TYPES = """
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type FROM pg_attribute a
WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attidentity = ''
ORDER BY a.attnum
"""
