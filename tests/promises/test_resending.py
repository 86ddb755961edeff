"""Promise 8: resending changes nothing; the order of arrival changes nothing that event time decides."""

import asyncio
import difflib
import itertools
import json
import random
import re
from collections.abc import Sequence

import pytest

from tests.messages import Visit
from tests.parties import Json
from tests.promises.conftest import OpenHouse
from tests.promises.house import FixedClock, House
from tests.promises.worlds import HOSPITAL, PROGRAM

KINDS = ("Patient", "Encounter", "Condition", "ServiceRequest", "Task", "RelatedPerson", "Coverage", "Practitioner")
ABOUT = ("Patient", "Encounter", "Condition", "ServiceRequest", "Task")
TRIPLES = [
    ("A01", "A03", "A13"),
    ("A01", "REF", "A03"),
    ("A01", "A03", "A40"),
]
UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
OPIOID = "F11.20^Opioid dependence, uncomplicated"


async def kept(house: House, client: str = HOSPITAL) -> dict[str, list[Json]]:
    """Every record that a client finds, whole."""
    found = {kind: await house.asker(client).found(f"{kind}?_count=100") for kind in KINDS}
    return {kind: sorted(each, key=lambda record: str(record["id"])) for kind, each in found.items()}


async def test_ten_resends_leave_one_of_each_and_no_new_version(house: House) -> None:
    visit = Visit()
    sent = [visit.a01(control="R1"), visit.a08(control="R2", diagnosis=OPIOID), visit.a03(control="R3")]
    await house.hospital(*sent)
    await house.settled()
    before = {client: await kept(house, client) for client in (HOSPITAL, PROGRAM)}
    assert {kind: len(before[HOSPITAL][kind]) for kind in ("Patient", "Encounter", "ServiceRequest", "Task")} == {
        "Patient": 1,
        "Encounter": 1,
        "ServiceRequest": 1,
        "Task": 1,
    }
    for _ in range(10):
        await house.hospital(*sent)
    await house.settled()
    assert {client: await kept(house, client) for client in (HOSPITAL, PROGRAM)} == before


async def test_ten_resends_under_new_control_ids_leave_one_of_each_and_no_new_version(house: House) -> None:
    visit = Visit()
    await house.hospital(visit.a01(), visit.a03())
    await house.settled()
    before = {client: await kept(house, client) for client in (HOSPITAL, PROGRAM)}
    for _ in range(10):
        await house.hospital(visit.a01(), visit.a03())
    await house.settled()
    after = {client: await kept(house, client) for client in (HOSPITAL, PROGRAM)}
    assert "\n".join(map(str, changes(before, after))) == ""


def changes(before: dict[str, dict[str, list[Json]]], after: dict[str, dict[str, list[Json]]]) -> list[object]:
    """The records that were added, lost or written again, and by which elements."""
    return [
        (client, kind, {name: (one.get(name), other.get(name)) for name in one if one.get(name) != other.get(name)})
        for client, found in before.items()
        for kind in found
        for one, other in itertools.zip_longest(found[kind], after[client][kind], fillvalue={})
        if one != other
    ]


async def test_a_resent_message_is_answered_as_before_and_another_body_is_refused(house: House) -> None:
    visit, hospital = Visit(), house.asker(HOSPITAL)
    first, again = [(await hospital.messages(visit.a01(control="S1"))).body for _ in range(2)]
    assert first == again
    other = (await hospital.messages(visit.a08(control="S1"))).body
    assert b"MSA|AE" in other or b"MSA|AR" in other
    assert (await hospital.one(f"Patient?identifier={visit.mrn}"))["name"][0]["family"] == visit.family


async def test_resends_race_each_other_to_one_record_of_each(house: House, open_house: OpenHouse) -> None:
    other, visit = await open_house(house.url), Visit()
    sent = [visit.a01(control="Q1"), visit.a03(control="Q2")] * 6
    answers = await asyncio.gather(
        *((house, other)[n % 2].asker(HOSPITAL).messages(each) for n, each in enumerate(sent))
    )
    assert all(b"MSA|AA" in each.body for each in answers)
    await house.settled()
    found = await kept(house)
    assert {len(found[kind]) for kind in ("Patient", "Encounter", "ServiceRequest", "Task")} == {1}


def stay(visit: Visit) -> dict[str, bytes]:
    """One stay told by six messages with fixed event times."""
    renamed = Visit(visit.mrn, "QUILLFEATHER-NOVAK", visit.given, visit.visit, phone="5550199")
    return {
        "A01": visit.a01(at="20260302081500-0600", control=f"P1-{visit.mrn}"),
        "A08": visit.a08(at="20260303090000-0600", control=f"P2-{visit.mrn}", diagnosis="R10.9^Pain"),
        "A08 later": renamed.a08(at="20260304090000-0600", control=f"P3-{visit.mrn}", diagnosis=OPIOID),
        "A03": renamed.a03(at="20260305141500-0600", control=f"P4-{visit.mrn}"),
        "A13": renamed.a13(at="20260305160000-0600", control=f"P5-{visit.mrn}"),
        "REF": renamed.i12(at="20260305100000-0600", control=f"P6-{visit.mrn}"),
        "A40": renamed.a40(f"R{visit.mrn}", at="20260307120000-0600", control=f"P7-{visit.mrn}"),
    }


async def told_by(house: House, visit: Visit) -> list[str]:
    """What hospital and program hold about the visit's patient: without meta, ids by what they stand for."""
    patient = await house.asker(HOSPITAL).one(f"Patient?identifier={visit.mrn}")
    records = {}
    for client in (HOSPITAL, PROGRAM):
        for kind in ABOUT:
            query = f"{kind}?_id={patient['id']}" if kind == "Patient" else f"{kind}?patient={patient['id']}"
            for each in await house.asker(client).found(query):
                whole = {name: value for name, value in each.items() if name not in {"meta", "restriction"}}
                text = json.dumps(whole, sort_keys=True).replace(visit.mrn, "MRN")
                records[f"{client} {kind}/{each['id']}"] = text
    return named_by_place(records)


def named_by_place(records: dict[str, str]) -> list[str]:
    """The records in an order that no id decides, each id replaced by its record's place in that order."""
    ordered = sorted(records, key=lambda key: (key.rpartition("/")[0], UUID.sub("-", records[key])))
    places = {key.rpartition("/")[2]: f"#{place}" for place, key in enumerate(ordered)}
    return [UUID.sub(lambda found: places.get(found[0], "#?"), f"{key} {records[key]}") for key in ordered]


async def state_after(house: House, visit: Visit, order: Sequence[str]) -> list[str]:
    """What is held once the visit's messages have arrived in this order."""
    messages = stay(visit)
    for name in order:
        await house.hospital(messages[name])
    await house.settled()
    return await told_by(house, visit)


async def in_every_order(house: House, orders: Sequence[Sequence[str]]) -> list[str]:
    """The orders of arrival that end otherwise than the first one, which is that of the events, and how."""
    expected = await state_after(house, Visit(), orders[0])
    assert len(expected) >= 3
    faults = []
    for order in orders[1:]:
        found = await state_after(house, Visit(), order)
        if found != expected:
            faults.append(f"arrived: {', '.join(order)}\n" + "\n".join(difflib.ndiff(expected, found)))
    return faults


async def test_four_messages_of_a_stay_may_arrive_in_any_order(house: House, fixed_clock: FixedClock) -> None:
    faults = await in_every_order(house, list(itertools.permutations(("A01", "A08", "A08 later", "A03"))))
    assert not faults, f"{len(faults)} differ:\n" + "\n".join(faults[:2])


@pytest.mark.parametrize("names", TRIPLES, ids=lambda names: " ".join(names))  # noqa: PLW0108  # pytest must not read a built-in
async def test_three_messages_of_a_stay_may_arrive_in_any_order(
    names: tuple[str, ...], house: House, fixed_clock: FixedClock
) -> None:
    faults = await in_every_order(house, list(itertools.permutations(names)))
    assert not faults, f"{len(faults)} differ:\n" + "\n".join(faults[:2])


async def test_seven_messages_of_a_stay_may_arrive_in_any_order(house: House, fixed_clock: FixedClock) -> None:
    names = ["A01", "A08", "A08 later", "REF", "A03", "A13", "A40"]
    chosen = random.Random(8)  # noqa: S311
    faults = await in_every_order(house, [names, *(chosen.sample(names, len(names)) for _ in range(12))])
    assert not faults, f"{len(faults)} differ:\n" + "\n".join(faults[:2])
