"""A search whose facts keep changing while it runs still answers, with what may be seen by then."""

import uuid
from typing import Any

import pytest

from gateway.disclose import searching
from tests.messages import Visit
from tests.promises.house import House
from tests.promises.stories import referred
from tests.promises.worlds import HOSPITAL, PROGRAM

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5])
async def test_a_search_answers_however_often_a_fact_turns_under_it(
    house: House, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    patient = await referred(house, Visit())
    held, left = searching._held, [turns]

    async def held_late(*given: Any) -> Any:
        if left[0]:
            left[0] -= 1
            async with house.owner() as owner:
                bump = "UPDATE patient_epoch SET epoch = epoch + 1 WHERE patient = $1"
                await owner.execute(bump, uuid.UUID(patient))
        return await held(*given)

    monkeypatch.setattr(searching, "_held", held_late)
    found = await house.asker(PROGRAM).found(f"Patient?_id={patient}")
    assert [each["id"] for each in found] == [patient]
    assert await house.asker(HOSPITAL).found(f"Patient?_id={patient}")
