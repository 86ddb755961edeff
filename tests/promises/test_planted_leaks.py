"""The test of promise 4 must be able to fail: each leak planted here is noticed by it."""

import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import consent.decide
from gateway.disclose.disclose import Disclose
from gateway.fhir.outcome import Absent, OutOfScope
from tests.promises.asking import Operation, asking, every_record, resending
from tests.promises.conftest import OpenHouse
from tests.promises.house import FixedClock, House
from tests.promises.test_non_interference import differences, live_through
from tests.promises.worlds import BRIDGE, HOSPITAL, POLICE

Plant = Callable[[pytest.MonkeyPatch, House, House], Awaitable[None]]


async def hidden_is_forbidden(patch: pytest.MonkeyPatch, poor: House, rich: House) -> None:
    """A read of a hidden record says 403 instead of 404."""
    honest = Disclose.read

    async def read(self: Disclose, session: Any, kind: str, record: str, request: str) -> Any:
        try:
            return await honest(self, session, kind, record, request)
        except Absent:
            for house in (poor, rich):
                async with house.owner() as database:
                    mine = house.gateway.disclose is self
                    there = await database.fetchval("SELECT count(*) FROM part WHERE id::text = $1", record)
                    if mine and there:
                        raise OutOfScope("Not for you.") from None
            raise

    patch.setattr(Disclose, "read", read)


async def rows_are_not_secured(patch: pytest.MonkeyPatch, poor: House, rich: House) -> None:
    """Row-level security lets the disclosing role read every row."""
    for house in (poor, rich):
        async with house.owner() as database:
            for table in ("part", "term", "moment"):
                await database.execute(f"DROP POLICY disclosed ON {table}")
                await database.execute(f"CREATE POLICY open ON {table} FOR SELECT TO crosswalk_disclose USING (true)")


async def part_2_sleeps(patch: pytest.MonkeyPatch, poor: House, rich: House) -> None:
    """42 CFR Part 2 is never asked."""
    honest = consent.decide.called_up
    patch.setattr("consent.decide.called_up", lambda labels: [f for f in honest(labels) if f.__name__ != "part2"])


PLANTS: dict[Plant, str] = {hidden_is_forbidden: POLICE, rows_are_not_secured: BRIDGE, part_2_sleeps: HOSPITAL}


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
async def test_a_planted_leak_is_noticed(
    plant: Plant, open_house: OpenHouse, fixed_clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipient, chosen = PLANTS[plant], random.Random(7)  # noqa: S311
    poor, rich = await open_house(), await open_house()
    await live_through(poor, rich, recipient, chosen, fixed_clock)
    await plant(monkeypatch, poor, rich)
    operations: list[tuple[str, Operation]] = asking(await every_record(rich), chosen)
    operations += resending() if recipient == HOSPITAL else []
    assert await differences(poor, rich, recipient, operations[:100], fixed_clock)
