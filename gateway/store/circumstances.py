"""Circumstances at rest: sealed under their holder's key, read by decisions once a person there confirmed them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
import orjson

from gateway.store.keyring import KeyRing
from gateway.store.keys import CustodianKeys
from gateway.store.seal import new_key, seal, unseal, unwrap, wrap

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lodged:
    """A circumstance as it was lodged, and who confirmed it; content is the Basic."""

    id: str
    holder: str
    patient: str = field(repr=False)
    lodged_by: str
    lodged_at: datetime
    content: Json = field(repr=False)
    confirmed_by: str | None = field(default=None, repr=False)
    ended_at: datetime | None = None


async def lodge(driver: asyncpg.Connection, lodged: Lodged, keys: CustodianKeys) -> None:
    """Keep it within the running transaction, under the holder's key."""
    key = new_key()
    sealed = seal(orjson.dumps(lodged.content), key, _identity(lodged.holder, lodged.id, lodged.patient))
    await driver.execute(
        "INSERT INTO circumstance (id, holder, patient, lodged_by, lodged_at, sealed, wrapped)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        *(lodged.id, lodged.holder, lodged.patient, lodged.lodged_by, lodged.lodged_at),
        *(sealed, wrap(key, keys.wrapping)),
    )


async def confirm(driver: asyncpg.Connection, circumstance: str, person: str, at: datetime) -> None:
    """Decisions read it from this transaction on."""
    await driver.execute(
        "UPDATE circumstance SET confirmed_by = $2, confirmed_at = $3 WHERE id = $1", circumstance, person, at
    )


async def end(driver: asyncpg.Connection, circumstance: str, person: str, at: datetime) -> None:
    """No decision reads it from this transaction on."""
    await driver.execute("UPDATE circumstance SET ended_by = $2, ended_at = $3 WHERE id = $1", circumstance, person, at)


async def standing(driver: asyncpg.Connection, patient: str, keyring: KeyRing) -> list[Lodged]:
    """Those confirmed and not ended about a patient, whoever holds the records, oldest first."""
    rows = await driver.fetch(
        "SELECT * FROM circumstance WHERE patient = $1 AND confirmed_at IS NOT NULL AND ended_at IS NULL"
        " ORDER BY confirmed_at, id",
        patient,
    )
    return [_opened(row, keyring) for row in rows]


async def of_holder(driver: asyncpg.Connection, holder: str, keyring: KeyRing) -> list[Lodged]:
    """Those about a holder's records that nobody has ended, oldest first."""
    rows = await driver.fetch(
        "SELECT * FROM circumstance WHERE holder = $1 AND ended_at IS NULL ORDER BY lodged_at, id", holder
    )
    return [_opened(row, keyring) for row in rows]


async def found(driver: asyncpg.Connection, circumstance: str, keyring: KeyRing) -> Lodged | None:
    """The circumstance of this id, locked until the transaction ends; None for none."""
    row = await driver.fetchrow("SELECT * FROM circumstance WHERE id = $1 FOR UPDATE", circumstance)
    return _opened(row, keyring) if row else None


def _opened(row: Mapping[str, Any], keyring: KeyRing) -> Lodged:
    holder, number, patient = row["holder"], str(row["id"]), str(row["patient"])
    key = unwrap(row["wrapped"], keyring[holder].wrapping)
    content = orjson.loads(unseal(row["sealed"], key, _identity(holder, number, patient)))
    by = row["lodged_by"], row["lodged_at"]
    return Lodged(number, holder, patient, *by, content, row["confirmed_by"], row["ended_at"])


def _identity(holder: str, circumstance: str, patient: str) -> bytes:
    return f"circumstance|{holder}|{circumstance}|{patient}".encode()
