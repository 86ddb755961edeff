"""A transaction keeps every entry or none, with references between them resolved as R4 says."""

import asyncio
import uuid
from typing import Any

import pytest

from gateway.registry import AGENCY_SYSTEM
from tests.gateway.receive.bundling import bundle, get, ids, patch, post, put, transact
from tests.gateway.receive.referring import request, task
from tests.parties import Answer, Json
from tests.promises.house import House
from tests.promises.worlds import condition, person

LAKESIDE, BRIDGE, HOSPITAL = "lakeside-bh-system", "bridge-community-system", "cityhosp-ehr"
NOWHERE = str(uuid.UUID(int=4 << 76 | 8 << 60 | 4711))


def about(resource: Json, patient: str) -> Json:
    return {**resource, "subject": {"reference": patient}}


def refused(answer: Answer, status: int, place: int | None, text: str) -> None:
    issue = answer.json["issue"][0]
    assert (answer.status, text in issue["diagnostics"]) == (status, True), answer.body
    if place is not None:
        assert issue["expression"][0].startswith(f"Bundle.entry[{place}]"), answer.body


async def kept(house: House) -> dict[str, int]:
    """How much is kept of everything that a write leaves."""
    tables = ("part", "term", "moment", "handoff", "relationship", "outbox")
    async with house.owner() as owner:
        counts = {name: await owner.fetchval(f"SELECT count(*) FROM {name}") for name in tables}  # noqa: S608
        counts["writes"] = await owner.fetchval("SELECT count(*) FROM audit WHERE kind = 'write'")
    return counts


async def test_entries_refer_to_each_other_by_urn(house: House) -> None:
    asker, urn = house.asker(LAKESIDE), f"urn:uuid:{uuid.uuid4()}"
    before = await kept(house)
    answer = await transact(asker, post(about(condition("R10.9"), urn)), post(person("SEDGE", "S-1"), urn))
    made, patient = ids(answer)
    assert answer.json["type"] == "transaction-response"
    assert answer.json["entry"][0]["resource"]["subject"] == {"reference": f"Patient/{patient}"}
    assert [each["response"]["status"] for each in answer.json["entry"]] == ["201", "201"]
    read = await asker.get(f"Condition/{made}")
    said = answer.json["entry"][0]["response"]
    assert (said["etag"], said["location"].rpartition("/")[2]) == (read.headers["etag"], read.headers["etag"][3:-1])
    assert said["lastModified"] == read.json["meta"]["lastUpdated"]
    assert (await kept(house))["writes"] == before["writes"] + 2
    assert [each["id"] for each in await asker.found(f"Condition?patient={patient}")] == [made]


async def test_relative_references_are_read_against_the_entrys_own_full_url(house: House) -> None:
    asker, base = house.asker(LAKESIDE), "http://elsewhere.example/r4"
    answer = await transact(
        asker,
        post(person("SEDGE", "S-2"), f"{base}/Patient/x"),
        post(about(condition("R10.9"), "Patient/x"), f"{base}/Condition/1"),
        post(about(condition("R10.9"), f"{base}/Patient/x"), f"urn:uuid:{uuid.uuid4()}"),
        post(about(condition("R10.9"), "Patient/x"), "http://other.example/Condition/1"),
    )
    patient = ids(answer)[0]
    found = [each["resource"]["subject"]["reference"] for each in answer.json["entry"][1:]]
    assert found == [f"Patient/{patient}", f"Patient/{patient}", "Patient/x"]


async def test_a_conditional_reference_finds_the_callers_own_record(house: House) -> None:
    asker = house.asker(LAKESIDE)
    (patient,) = ids(await transact(asker, post(person("SEDGE", "S-3"))))
    answer = await transact(asker, post(about(condition("R10.9"), "Patient?identifier=S-3")))
    assert answer.json["entry"][0]["resource"]["subject"] == {"reference": f"Patient/{patient}"}
    lost = await transact(asker, post(condition("R10.9")), post(about(condition("R10.9"), "Patient?identifier=S-0")))
    refused(lost, 412, 1, "finds no record of yours")


async def test_what_others_keep_is_found_by_no_condition(house: House) -> None:
    await transact(house.asker(HOSPITAL), post(person("SEDGE", "S-HID")))
    asker = house.asker(BRIDGE)
    tries = [post(about(condition("R10.9"), f"Patient?identifier={each}")) for each in ("S-HID", "S-NONE")]
    first, second = [await transact(asker, each) for each in tries]
    assert first.told == second.told
    made = await transact(asker, post(person("SEDGE", "S-HID"), ifNoneExist="identifier=S-HID"))
    assert made.json["entry"][0]["response"]["status"] == "201"


async def test_a_condition_that_finds_a_record_makes_none_and_leads_references_there(house: House) -> None:
    asker, urn = house.asker(LAKESIDE), f"urn:uuid:{uuid.uuid4()}"
    (patient,) = ids(await transact(asker, post(person("SEDGE", "S-4"))))
    again = post(person("SEDGE", "S-4"), urn, ifNoneExist="identifier=S-4")
    answer = await transact(asker, again, post(about(condition("R10.9"), urn)))
    assert ids(answer)[0] == patient
    assert [each["response"]["status"] for each in answer.json["entry"]] == ["200", "201"]
    assert answer.json["entry"][1]["resource"]["subject"] == {"reference": f"Patient/{patient}"}


async def test_put_and_patch_change_what_the_caller_keeps(house: House) -> None:
    asker = house.asker(LAKESIDE)
    first, second = ids(await transact(asker, post(person("SEDGE", "S-5")), post(person("SEDGE", "S-6"))))
    changed = {**(await asker.get(f"Patient/{first}")).json, "gender": "female"}
    answer = await transact(asker, put(changed), patch(f"Patient/{second}", {"gender": "male"}))
    assert [each["resource"]["gender"] for each in answer.json["entry"]] == ["female", "male"]
    assert [each["response"]["status"] for each in answer.json["entry"]] == ["200", "200"]
    tag = answer.json["entry"][0]["response"]["etag"]
    stale = await transact(asker, put({**changed, "gender": "other"}, ifMatch=tag), put_stale(second, changed))
    refused(stale, 412, 1, "If-Match names another version")
    assert (await asker.get(f"Patient/{first}")).json["gender"] == "female"


def put_stale(record: str, resource: Json) -> Json:
    return put({**resource, "id": record}, ifMatch='W/"0"')


BAD: dict[str, tuple[Json, int, str]] = {
    "invalid": (post({"resourceType": "Condition", "subject": {}}), 422, ""),
    "unknown element": (post({**person("X", "1"), "nonsense": 1}), 422, ""),
    "dangling urn": (post(about(condition("R10.9"), f"urn:uuid:{NOWHERE}")), 422, "no entry has as its fullUrl"),
    "type not served": (post({"resourceType": "Basic", "code": {"text": "x"}}), 422, "not served"),
    "absent": (put({**person("X", "1"), "id": NOWHERE}), 404, "There is no such Patient."),
    "id of the clients own": (put({**person("X", "1"), "id": "abc"}), 404, "There is no such Patient."),
    "conditional update": (
        {"resource": person("X", "1"), "request": {"method": "PUT", "url": "Patient?identifier=1"}},
        400,
        "Conditional updates",
    ),
    "delete": ({"request": {"method": "DELETE", "url": f"Patient/{NOWHERE}"}}, 400, "Nothing is deleted"),
    "read": (get(f"Patient/{NOWHERE}"), 400, "reads in a batch"),
    "no request": ({"resource": person("X", "1")}, 400, "has a request"),
    "another type": ({"resource": person("X", "1"), "request": {"method": "POST", "url": "Task"}}, 400, "request.url"),
    "FHIRPath patch": (
        {"resource": {"resourceType": "Parameters"}, "request": {"method": "PATCH", "url": f"Patient/{NOWHERE}"}},
        404,
        "There is no such Patient.",
    ),
    "illegal referral": (post(task(f"Patient/{NOWHERE}", f"ServiceRequest/{NOWHERE}", "bridge-community")), 422, "own"),
}


@pytest.mark.parametrize("name", BAD)
async def test_one_bad_entry_keeps_all_others_out(house: House, name: str) -> None:
    entry, status, text = BAD[name]
    asker, before = house.asker(LAKESIDE), await kept(house)
    searched = await asker.get("Patient?_total=accurate&_sort=-_lastUpdated")
    answer = await transact(asker, post(person("SEDGE", "S-7")), post(condition("R10.9")), entry)
    refused(answer, status, 2, text)
    assert await kept(house) == before
    assert (await asker.get("Patient?_total=accurate&_sort=-_lastUpdated")).told == searched.told


async def test_what_is_refused_only_while_it_is_kept_keeps_all_others_out(house: House) -> None:
    asker, urn, asked = house.asker(LAKESIDE), f"urn:uuid:{uuid.uuid4()}", f"urn:uuid:{uuid.uuid4()}"
    before = await kept(house)
    answer = await transact(
        asker,
        post(person("SEDGE", "S-8"), urn),
        post(request(urn), asked),
        post(task(urn, asked, "bridge-community")),
        post(task(urn, asked, "harbor-recovery")),
    )
    refused(answer, 422, 3, "referred already")
    assert await kept(house) == before


async def test_the_same_record_or_full_url_twice_is_refused(house: House) -> None:
    asker, urn = house.asker(LAKESIDE), f"urn:uuid:{uuid.uuid4()}"
    twice = await transact(asker, post(person("A", "S-9"), urn), post(person("B", "S-10"), urn))
    refused(twice, 422, 1, "fullUrl already")
    (made,) = ids(await transact(asker, post(person("SEDGE", "S-11"))))
    path = f"Patient/{made}"
    refused(await transact(asker, patch(path, {"gender": "male"}), patch(path, {})), 422, 1, "about this record")
    one = post(person("SEDGE", "S-12"), ifNoneExist="identifier=S-12")
    refused(await transact(asker, one, one), 422, 1, "this condition already")


async def test_hidden_is_absent_in_every_entry(house: House) -> None:
    (hidden,) = ids(await transact(house.asker(HOSPITAL), post(person("SEDGE", "S-13"))))
    asker = house.asker(BRIDGE)
    tries: list[Any] = [
        lambda each: [put({**person("X", "1"), "id": each})],
        lambda each: [put({**person("X", "1"), "id": each}, ifMatch='W/"x"')],
        lambda each: [patch(f"Patient/{each}", {"gender": "male"})],
        lambda each: [post(person("X", "1")), {"request": {"method": "PATCH", "url": f"Patient/{each}"}}],
        lambda each: [post(request(f"Patient/{each}")), post(condition("B20")), get(f"Patient/{each}")],
        lambda each: [post(task(f"Patient/{each}", f"ServiceRequest/{each}", "cityhosp"))],
    ]
    for entries in tries:
        heard = []
        for each in (hidden, NOWHERE):
            told = (await transact(asker, *entries(each))).told
            heard.append((told[0], told[1], told[2].replace(each.encode(), b"ID")))
        assert heard[0] == heard[1], heard


async def test_a_referral_is_made_in_one_transaction(house: House) -> None:
    asker = house.asker(HOSPITAL)
    person_urn, asked, directory = (f"urn:uuid:{uuid.uuid4()}" for _ in range(3))
    organization = {
        "resourceType": "Organization",
        "name": "Bridge",
        "active": True,
        "identifier": [{"system": AGENCY_SYSTEM, "value": "bridge-community"}],
    }
    answer = await transact(
        asker,
        post(task(person_urn, asked, owner={"reference": directory})),
        post(request(person_urn), asked),
        post(person("SEDGE", "S-14"), person_urn),
        post(organization, directory),
    )
    sent, wanted, patient, _ = ids(answer)
    async with house.owner() as owner:
        row = await owner.fetchrow("SELECT *, request::text AS asked FROM handoff WHERE sender_task = $1", sent)
    assert (row["receiver"], row["asked"], str(row["patient"])) == ("bridge-community", wanted, patient)
    theirs = await house.asker(BRIDGE).get(f"Task/{row['receiver_task']}")
    assert theirs.json["partOf"] == [{"reference": f"Task/{sent}"}]
    accepted = await house.asker(BRIDGE).patch(f"Task/{row['receiver_task']}", {"status": "accepted"})
    assert accepted.status == 200
    await house.settled()
    assert (await asker.get(f"Task/{sent}")).json["status"] == "accepted"


async def test_labels_run_along_the_references_of_a_transaction(house: House) -> None:
    asker, urn, asked = house.asker(HOSPITAL), f"urn:uuid:{uuid.uuid4()}", f"urn:uuid:{uuid.uuid4()}"
    coded = {"code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "F11.20"}]}}
    entries = [
        post(task(urn, asked, "bridge-community")),
        post(request(urn, **coded), asked),
        post(person("S", "S-21"), urn),
    ]
    sent = ids(await transact(asker, *entries))[0]
    assert "SUD" in [each["code"] for each in (await asker.get(f"Task/{sent}")).json["meta"]["security"]]
    async with house.owner() as owner:
        labels = await owner.fetchval(
            "SELECT s.labels FROM handoff h JOIN part p ON p.id = h.receiver_task JOIN segment s ON s.id = p.segment"
            " WHERE h.sender_task = $1 AND p.part = ''",
            sent,
        )
    assert "SUD" in labels


async def test_of_two_transactions_with_the_same_if_match_one_wins(house: House) -> None:
    asker = house.asker(LAKESIDE)
    first, second = ids(await transact(asker, post(person("SEDGE", "S-15")), post(person("SEDGE", "S-16"))))
    tags = [(await asker.get(f"Patient/{each}")).headers["etag"] for each in (first, second)]

    def change(gender: str) -> list[Json]:
        pairs = zip((first, second), tags, strict=True)
        return [patch(f"Patient/{each}", {"gender": gender}, ifMatch=tag) for each, tag in pairs]

    await asker.token()
    answers = await asyncio.gather(*(transact(asker, *change(each)) for each in ("male", "female", "other", "unknown")))
    assert sorted(each.status for each in answers) == [200, 412, 412, 412]
    genders = {(await asker.get(f"Patient/{each}")).json["gender"] for each in (first, second)}
    assert len(genders) == 1


async def test_prefer_says_what_is_returned(house: House) -> None:
    asker = house.asker(LAKESIDE)
    minimal = await transact(asker, post(person("SEDGE", "S-17")), prefer="return=minimal")
    assert minimal.json["entry"][0].keys() == {"response"}
    told = await transact(asker, post(person("SEDGE", "S-18")), prefer="return=OperationOutcome")
    assert told.json["entry"][0]["response"]["outcome"]["resourceType"] == "OperationOutcome"


async def test_five_hundred_entries_are_kept_together_and_one_more_is_refused(house: House) -> None:
    asker, urn = house.asker(LAKESIDE), f"urn:uuid:{uuid.uuid4()}"
    many = [post(about(condition("R10.9"), urn)) for _ in range(499)]
    answer = await transact(asker, post(person("SEDGE", "S-19"), urn), *many, prefer="return=minimal")
    patient = ids(answer)[0]
    found = await asker.get(f"Condition?patient={patient}&_summary=count")
    assert (len(answer.json["entry"]), found.json["total"]) == (500, 499)
    refused(
        await transact(asker, post(person("SEDGE", "S-20")), *many, post(condition("B20"))), 413, None, "at most 500"
    )


@pytest.mark.parametrize("kind", ["document", "message", "collection", "history", "searchset"])
async def test_other_bundles_are_refused_by_name(house: House, kind: str) -> None:
    refused(await house.asker(LAKESIDE).post("/fhir", bundle(kind)), 422, None, "transaction or batch")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"resourceType":"Bundle","type":"transaction","entry":[{"a":NaN}]}',
        b'{"resourceType":"Bundle","type":"transaction","type":"batch"}',
        b'{"resourceType":"Bundle","type":"transaction","entry":' + b'[{"x":' * 400 + b"1" + b"}]" * 400 + b"}",
        b'{"resourceType":"Bundle","type":"transaction","entry":{}}',
        b'{"resourceType":"Bundle","type":"transaction","entry":[1]}',
        b'{"resourceType":"Patient"}',
        b'{"resourceType":"Bundle"}',
        b'{"resourceType":"Bundle","type":["transaction"]}',
    ],
)
async def test_a_body_that_is_no_bundle_is_refused(house: House, body: bytes) -> None:
    headers = {"Content-Type": "application/fhir+json"}
    answer = await house.asker(LAKESIDE).raw("POST", "/fhir", body, headers)
    assert answer.status in {400, 422}, answer.body
    assert answer.json["resourceType"] == "OperationOutcome"


async def test_an_empty_transaction_is_answered_by_an_empty_response(house: House) -> None:
    answer = await house.asker(LAKESIDE).post("/fhir", {"resourceType": "Bundle", "type": "transaction"})
    assert (answer.status, answer.json) == (200, {"resourceType": "Bundle", "type": "transaction-response"})


async def test_nobody_sends_a_bundle_without_a_token(house: House) -> None:
    answer = await house.http.post("http://gateway.example/fhir", json=bundle("transaction"))
    assert answer.status_code == 401
