"""A reference into our own base is the record itself, however it is written: labels and patients follow it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.disclose.asking import HOSPITAL
from tests.gateway.receive.bundling import at_once, post, put, transact
from tests.gateway.receive.referring import request, task
from tests.parties import Answer, Json
from tests.promises.house import ROOT, Asker, House
from tests.promises.worlds import condition, person

SUBSTANCE_USE = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "F11.20"}]}
SPELLINGS: dict[str, Callable[[Json], str]] = {
    "relative": lambda each: f"{each['resourceType']}/{each['id']}",
    "absolute": lambda each: f"{ROOT}/fhir/{each['resourceType']}/{each['id']}",
    "versioned": lambda each: f"{each['resourceType']}/{each['id']}/_history/{each['meta']['versionId']}",
    "both": lambda each: f"{ROOT}/fhir/{each['resourceType']}/{each['id']}/_history/{each['meta']['versionId']}",
}


async def _alone(asker: Asker, resource: Json) -> Any:
    return (await asker.post(resource["resourceType"], resource)).json


async def _together(asker: Asker, resource: Json) -> Any:
    return (await transact(asker, post(resource))).json["entry"][0]["resource"]


async def _in_a_batch(asker: Asker, resource: Json) -> Any:
    return (await at_once(asker, post(resource)))[0]["resource"]


async def _updated(asker: Asker, resource: Json) -> Any:
    made = await _alone(asker, {"resourceType": "Task", "status": "draft", "intent": "order"})
    return (await asker.put(f"Task/{made['id']}", {**resource, "id": made["id"]})).json


async def _updated_together(asker: Asker, resource: Json) -> Any:
    made = await _alone(asker, {"resourceType": "Task", "status": "draft", "intent": "order"})
    answer: Answer = await transact(asker, put({**resource, "id": made["id"]}))
    return answer.json["entry"][0]["resource"]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("write", [_alone, _together, _in_a_batch, _updated, _updated_together])
async def test_a_task_is_labelled_by_the_request_however_it_names_it(
    house: House, spelling: str, write: Callable[[Asker, Json], Any]
) -> None:
    asker = house.asker(HOSPITAL)
    patient = await _alone(asker, person("YARROW", "Y-1"))
    asked = await _alone(asker, request(f"Patient/{patient['id']}", code=SUBSTANCE_USE))
    said = SPELLINGS[spelling]
    kept = await write(asker, task(said(patient), said(asked), status="draft"))
    assert "SUD" in {each["code"] for each in kept["meta"]["security"]}
    assert kept["focus"] == {"reference": f"ServiceRequest/{asked['id']}"}


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_a_record_is_about_its_patient_however_it_names_them(house: House, spelling: str) -> None:
    asker = house.asker(HOSPITAL)
    patient = await _alone(asker, person("YARROW", "Y-2"))
    made = await _alone(asker, {**condition("R10.9"), "subject": {"reference": SPELLINGS[spelling](patient)}})
    async with house.owner() as owner:
        about = await owner.fetchval("SELECT patient::text FROM part WHERE id = $1 AND part = ''", made["id"])
    assert about == patient["id"]


async def test_references_elsewhere_stay_as_they_were_sent(house: House) -> None:
    asker = house.asker(HOSPITAL)
    elsewhere = "http://elsewhere.example/fhir/Patient/1/_history/2"
    for write in (_alone, _together):
        kept = await write(asker, {**condition("R10.9"), "subject": {"reference": elsewhere}})
        assert kept["subject"] == {"reference": elsewhere}
