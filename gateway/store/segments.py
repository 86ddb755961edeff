"""Segments: what a decision needs to know of a part, interned to an integer."""

from collections.abc import Iterable
from dataclasses import dataclass

import asyncpg

from gateway.store.database import Database

NO_PATIENT = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Segment:
    """Labels, origin and information class of a part, and who asked whom in the referral it belongs to."""

    custodian: str
    origin: str
    labels: tuple[str, ...]
    info_class: str
    received_under: str = ""
    requester: str = ""
    performer: str = ""


class Segments:
    """The interned segments of one worker; numbers never change, so a cache never goes stale."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._numbers: dict[Segment, int] = {}
        self._segments: dict[int, Segment] = {}

    async def intern(self, segments: Iterable[Segment]) -> None:
        """Give every segment a number, in a transaction of their own."""
        missing = [segment for segment in set(segments) if segment not in self._numbers]
        if not missing:
            return
        numbers = {}
        async with self._database.transaction("receive") as driver:
            for segment in sorted(missing, key=_columns):  # in one order, so that workers never wait for each other
                columns = _columns(segment)
                numbers[segment] = await driver.fetchval(_INTERN, *columns) or await driver.fetchval(_INTERN, *columns)
        for segment, number in numbers.items():
            self._remember(number, segment)

    def number(self, segment: Segment) -> int:
        """The number of an interned segment."""
        return self._numbers[segment]

    async def look_up(self, driver: asyncpg.Connection, numbers: Iterable[int]) -> dict[int, Segment]:
        """The segments with these numbers."""
        wanted = set(numbers)
        missing = [number for number in wanted if number not in self._segments]
        if missing:
            for row in await driver.fetch("SELECT * FROM segment WHERE id = ANY($1)", missing):
                self._remember(row["id"], _segment(row))
        return {number: self._segments[number] for number in wanted if number in self._segments}

    async def of_custodians(self, driver: asyncpg.Connection, custodians: Iterable[str]) -> dict[int, Segment]:
        """All segments of what these custodians hold."""
        rows = await driver.fetch("SELECT id FROM segment WHERE custodian = ANY($1)", list(custodians))
        return await self.look_up(driver, [row["id"] for row in rows])

    def _remember(self, number: int, segment: Segment) -> None:
        self._numbers[segment] = number
        self._segments[number] = segment


_INTERN = """
WITH made AS (
    INSERT INTO segment (custodian, origin, labels, info_class, received_under, requester, performer)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING id)
SELECT id FROM made
UNION ALL
SELECT id FROM segment WHERE (custodian, origin, labels, info_class, received_under, requester, performer)
    = ($1, $2, $3, $4, $5, $6, $7)
LIMIT 1
"""
"""Finds nothing where another transaction made the row while this statement waited for it: then ask again."""


def _columns(segment: Segment) -> tuple[object, ...]:
    return (
        segment.custodian,
        segment.origin,
        list(segment.labels),
        segment.info_class,
        segment.received_under,
        segment.requester,
        segment.performer,
    )


def _segment(row: asyncpg.Record) -> Segment:
    return Segment(
        row["custodian"],
        row["origin"],
        tuple(row["labels"]),
        row["info_class"],
        row["received_under"],
        row["requester"],
        row["performer"],
    )
