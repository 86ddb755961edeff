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


async def consents_about(driver: asyncpg.Connection, holder: str) -> list[tuple[str, str, str]]:
    """Every consent about a patient of whom this holder keeps records: its custodian, id and patient.

    The transaction must be bound to every agency.
    """
    rows = await driver.fetch(_CONSENTS, holder)
    return [(row["custodian"], str(row["id"]), str(row["patient"])) for row in rows]


async def parts_held(driver: asyncpg.Connection, holder: str, patient: str) -> list[tuple[str, str, str, int]]:
    """The parts of the records a holder keeps about a patient, roots first: type, id, part, segment."""
    rows = await driver.fetch(
        "SELECT type, id, part, segment FROM part WHERE custodian = $1 AND patient = $2 AND current"
        " AND NOT removed ORDER BY type, id, part",
        *(holder, patient),
    )
    return [(row["type"], str(row["id"]), row["part"], row["segment"]) for row in rows]


_CONSENTS = """
WITH held AS (SELECT DISTINCT ps.patient FROM patient_segment ps JOIN segment s ON s.id = ps.segment
              WHERE s.custodian = $1)
SELECT p.custodian, p.id, p.patient FROM held JOIN part p USING (patient)
WHERE p.type = 'Consent' AND p.part = '' AND p.current AND NOT p.removed
ORDER BY p.recorded, p.id
"""
