"""A referral that its sender took back: both Tasks end, and what still waits to leave tells of nobody."""

import json
from typing import Any

import pytest

from gateway.agencies.model import Route
from gateway.delivery.parcel import Parcel
from tests.gateway.delivery.post_room import PostRoom
from tests.promises.worlds import BRIDGE, POLICE


class Shelf:
    """A carrier that lays parcels on a shelf."""

    def __init__(self) -> None:
        self.parcels: list[Parcel] = []

    async def carry(self, parcel: Parcel) -> None:
        self.parcels.append(parcel)


def report(number: str, action: str, at: str) -> bytes:
    """A report that names Bridge Community as the partner, or takes itself back."""
    made: dict[str, Any] = {
        "ori": "IL0990100",
        "case_number": number,
        "updated_at": at,
        "action": action,
        "incident": {"began_at": "2026-03-06T21:15:00-06:00", "call_type": "WELFARE CHK"},
        "persons": [
            {"number": f"P-{number}", "role": "subject", "sex": "F", "phone": "+1 217 555 0133",
             "name": {"family": f"Ashgrove{number}", "given": "Una"}}
        ],
        "referral": {"to": "bridge-community", "need": "food", "summary": "Little food in the house."},
    }  # fmt: skip
    return json.dumps(made).encode()


async def tasks(post_room: PostRoom, client: str, patient: str) -> list[Any]:
    return await post_room.house.asker(client).found(f"Task?patient=Patient/{patient}")


@pytest.mark.parametrize("told_before", [False, True], ids=["before it left", "after it left"])
async def test_what_waits_when_a_report_is_taken_back_tells_of_nobody(post_room: PostRoom, told_before: bool) -> None:
    number = f"26-{1 + told_before}"
    sender, shelf = post_room.house.asker(POLICE), Shelf()
    deliverer = post_room.new(carriers={Route.FOLDER: shelf})
    assert (await sender.messages(report(number, "report", "2026-03-06T22:00:00-06:00"))).status == 200
    if told_before:
        await deliverer.deliver_due()
        assert [each.patient is not None for each in shelf.parcels if each.agency.id == "bridge-community"] == [True]
        shelf.parcels.clear()
    patient = (await sender.one(f"Patient?family=Ashgrove{number}"))["id"]
    answer = await sender.messages(report(number, "delete", "2026-03-06T23:00:00-06:00"))
    assert answer.status == 200
    await deliverer.deliver_due()
    await post_room.carried_over()
    await post_room.house.settled()
    await deliverer.deliver_due()
    mine = [each for each in shelf.parcels if each.agency.id == "bridge-community"]
    assert mine
    assert [(each.patient, each.request) for each in mine] == [(None, None)] * len(mine)
    assert mine[-1].task.resource["status"] == "cancelled"
    (theirs,) = [each for each in await tasks(post_room, BRIDGE, patient) if each.get("partOf")]
    assert theirs["status"] == "cancelled"
    own = [each for each in await tasks(post_room, POLICE, patient) if not each.get("partOf")]
    assert {(each["status"], each["statusReason"]["text"]) for each in own} == {
        ("cancelled", "Taken back by its sender")
    }


async def test_a_referral_that_has_ended_stays_as_it_ended(post_room: PostRoom) -> None:
    sender = post_room.house.asker(POLICE)
    assert (await sender.messages(report("26-9", "report", "2026-03-06T22:00:00-06:00"))).status == 200
    patient = (await sender.one("Patient?family=Ashgrove26-9"))["id"]
    for status in ("accepted", "completed"):
        await post_room.answered(patient, status)
    await post_room.house.settled()
    assert (await sender.messages(report("26-9", "delete", "2026-03-06T23:00:00-06:00"))).status == 200
    await post_room.house.settled()
    (theirs,) = [each for each in await tasks(post_room, BRIDGE, patient) if each.get("partOf")]
    assert theirs["status"] == "completed"
