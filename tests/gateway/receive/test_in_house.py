"""A referral within a police department: the unit works it, the rest of the department sees its status alone."""

import json

import pytest

from tests.promises.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

RMS, DESK, CRISIS = "riverton-rms", "riverton-social-work", "living-room-system"
NOTE = "Afraid of losing the flat."


def report(case: str, family: str) -> bytes:
    """A crisis call about somebody, referred to the crisis center by name."""
    return json.dumps(
        {
            "ori": "IL0990100", "case_number": case, "version": "1", "reported_at": "2026-05-02T22:40:00-05:00",
            "incident": {"began_at": "2026-05-02T21:15:00", "call_type": ["EDP"]},
            "persons": [{"number": f"P-{case}", "role": "subject", "name": {"family": family, "given": "Alder"},
                         "birth_date": "1988-04-17", "phone": "+1 217 555 0144"}],
            "referral": {"to": "living-room", "need": "crisis support", "urgency": "urgent", "summary": "To talk."},
            "narrative": "Stays here.",
        }
    ).encode()  # fmt: skip


async def tasks_of(house: House, family: str) -> dict[str, dict[str, str]]:
    """The department's Tasks about somebody: the unit's own, and what the patrol keeps of it."""
    patient = (await house.asker(RMS).one(f"Patient?family={family}"))["id"]
    found = await house.asker(RMS).found(f"Task?patient={patient}")
    unit = next(each for each in found if "partOf" in each)
    own = unit["partOf"][0]["reference"]
    return {"unit": unit, "own": next(each for each in found if f"Task/{each['id']}" == own)}


async def test_the_unit_sees_its_referral_and_its_sergeant_no_note_of_it(house: House) -> None:
    answer = await house.asker(RMS).raw("POST", "/messages?channel=web", report("26-900001", "INHOUSE"))
    assert answer.status == 200, answer.body
    found = await tasks_of(house, "INHOUSE")
    path = f"Task/{found['unit']['id']}"
    task = await house.asker(DESK).get(path)
    moved = {**task.json, "status": "accepted", "note": [{"text": NOTE}]}
    assert (await house.asker(DESK).put(path, moved)).status == 200
    assert NOTE.encode() in (await house.asker(DESK).get(path)).body
    sergeant = await house.asker(RMS).get(path)
    assert sergeant.status == 200
    assert NOTE.encode() not in sergeant.body
    for query in (f"Task?_id={found['unit']['id']}", f"{path}/_history"):
        assert NOTE.encode() not in (await house.asker(RMS).get(query)).body
    await house.settled()
    assert (await house.asker(RMS).get(f"Task/{found['own']['id']}")).json["status"] == "accepted"


async def test_the_patrol_moves_no_task_of_the_unit(house: House) -> None:
    await house.asker(RMS).raw("POST", "/messages?channel=web", report("26-900002", "NOTMINE"))
    path = f"Task/{(await tasks_of(house, 'NOTMINE'))['unit']['id']}"
    seen = await house.asker(RMS).get(path)
    answer = await house.asker(RMS).put(path, {**seen.json, "status": "accepted"})
    assert answer.status == 422, answer.body
    assert (await house.asker(DESK).get(path)).json["status"] == "requested"


async def test_a_note_on_a_request_of_the_unit_is_read_by_its_receiver_and_not_by_the_patrol(house: House) -> None:
    desk = house.asker(DESK)
    patient = (await desk.post("Patient", {"resourceType": "Patient", "name": [{"family": "ONWARD"}]})).json["id"]
    request = {
        "resourceType": "ServiceRequest", "status": "active", "intent": "order", "note": [{"text": NOTE}],
        "code": {"text": "talk"}, "subject": {"reference": f"Patient/{patient}"},
    }  # fmt: skip
    made = (await desk.post("ServiceRequest", request)).json["id"]
    owner = {"reference": "Organization/living-room"}
    task = {
        "resourceType": "Task", "status": "requested", "intent": "order", "owner": owner,
        "code": {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]},
        "focus": {"reference": f"ServiceRequest/{made}"}, "for": {"reference": f"Patient/{patient}"},
    }  # fmt: skip
    assert (await desk.post("Task", task)).status == 201
    assert NOTE.encode() in (await house.asker(CRISIS).get(f"ServiceRequest/{made}")).body
    assert NOTE.encode() not in (await house.asker(RMS).get(f"ServiceRequest/{made}")).body


async def test_the_crisis_center_learns_neither_case_number_nor_narrative(house: House) -> None:
    await house.asker(RMS).raw("POST", "/messages?channel=web", report("26-900003", "NOCASE"))
    patient = (await house.asker(RMS).one("Patient?family=NOCASE"))["id"]
    for kind in ("Patient", "ServiceRequest", "Task", "Observation"):
        query = f"{kind}?_id={patient}" if kind == "Patient" else f"{kind}?patient={patient}"
        body = (await house.asker(CRISIS).get(query)).body
        assert b"26-900003" not in body
        assert b"Stays here" not in body
