"""Consents lodged by another agency that a named person at the holder has confirmed, each for one version of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import asyncpg


class Lodged(NamedTuple):
    """Whose records a consent opens, in whose custody it lies, and its id."""

    holder: str
    custodian: str
    consent: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Who confirmed it, and for which version (``part:counter``, sorted)."""

    counters: str
    person: str = field(repr=False)


async def of(driver: asyncpg.Connection, consents: Iterable[str]) -> dict[Lodged, Confirmation]:
    """The confirmations of these consents."""
    rows = await driver.fetch("SELECT * FROM consent_confirmed WHERE consent = ANY($1)", list(consents))
    return {
        Lodged(row["holder"], row["custodian"], str(row["consent"])): Confirmation(row["counters"], row["person"])
        for row in rows
    }


async def confirm(driver: asyncpg.Connection, lodged: Lodged, confirmed: Confirmation, at: datetime) -> None:
    """Keep that this version was confirmed, within the running transaction."""
    await driver.execute(
        "INSERT INTO consent_confirmed (holder, custodian, consent, counters, person, at)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (holder, custodian, consent)"
        " DO UPDATE SET counters = excluded.counters, person = excluded.person, at = excluded.at",
        *lodged,
        *(confirmed.counters, confirmed.person, at),
    )


async def withdraw(driver: asyncpg.Connection, lodged: Lodged) -> None:
    """The holder relies on it no more, within the running transaction."""
    await driver.execute("DELETE FROM consent_confirmed WHERE holder = $1 AND custodian = $2 AND consent = $3", *lodged)


def version(counters: Iterable[tuple[str, int]]) -> str:
    """One version of a consent, by the counters of its parts."""
    return ",".join(f"{part}:{counter}" for part, counter in sorted(counters))


async def consents_kept(driver: asyncpg.Connection, custodians: Iterable[str]) -> list[tuple[str, str, str, datetime]]:
    """Every consent these agencies keep: custodian, id, patient, and since when it stands as it does."""
    rows = await driver.fetch(
        "SELECT custodian, id, patient, recorded FROM part WHERE type = 'Consent' AND part = '' AND current"
        " AND NOT removed AND custodian = ANY($1) AND patient IS NOT NULL ORDER BY recorded",
        list(custodians),
    )
    return [(row["custodian"], str(row["id"]), str(row["patient"]), row["recorded"]) for row in rows]


async def segments_held(driver: asyncpg.Connection, holder: str, patient: str) -> list[tuple[str, str, int]]:
    """The records a holder keeps about a patient, each with the segments of its parts: type, id, segment."""
    rows = await driver.fetch(
        "SELECT DISTINCT type, id, segment FROM part WHERE custodian = $1 AND patient = $2 AND current"
        " AND NOT removed ORDER BY type, id, segment",
        *(holder, patient),
    )
    return [(row["type"], str(row["id"]), row["segment"]) for row in rows]
