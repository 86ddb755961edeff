"""Decisions are remembered for exactly the facts they were taken on, and stand only once they are committed."""

import asyncio

import pytest

from gateway.fhir.outcome import Refusal
from tests.gateway.disclose import asking
from tests.gateway.disclose.asking import HOSPITAL, LIVING_ROOM, PROGRAM
from tests.messages import Visit
from tests.promises.house import House

HOMELESS = "Z59.0^Homelessness"


async def test_the_first_reads_of_many_at_once_all_succeed(house: House) -> None:
    visit = Visit()
    await house.hospital(visit.a03(diagnosis=HOMELESS))
    patient = await asking.patient_of(house, visit.mrn)
    (task,) = await asking.tasks_of(house, HOSPITAL, patient)
    found = await asyncio.gather(*(asking.read(house, HOSPITAL, "Task", task.id) for _ in range(8)))
    assert all(found)


async def test_the_first_reads_of_a_new_recipient_at_once_all_succeed(house: House) -> None:
    visit = Visit()
    await house.hospital(visit.a03())
    async with house.owner() as owner:
        task = str(await owner.fetchval("SELECT receiver_task FROM handoff ORDER BY recorded DESC LIMIT 1"))
    found = await asyncio.gather(*(asking.read(house, PROGRAM, "Task", task) for _ in range(8)))
    assert all(found)


async def test_a_first_request_that_is_rolled_back_leaves_the_recipient_well(house: House) -> None:
    with pytest.raises(Refusal):
        await asking.search(house, LIVING_ROOM, "Task", _cursor="not ours")
    made = await asking.create(house, LIVING_ROOM, {"resourceType": "Patient", "gender": "other"})
    assert await asking.read(house, LIVING_ROOM, "Patient", made) is not None
