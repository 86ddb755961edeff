"""A batch answers each entry on its own, exactly as the same request alone would be answered."""

import json
import uuid

from tests.gateway.receive.bundling import at_once, bundle, get, patch, post, put
from tests.parties import Answer, Json
from tests.promises.house import Asker, House
from tests.promises.worlds import condition, person

LAKESIDE, BRIDGE, HOSPITAL = "lakeside-bh-system", "bridge-community-system", "cityhosp-ehr"
NOWHERE = str(uuid.UUID(int=4 << 76 | 8 << 60 | 4711))


async def made(asker: Asker, mrn: str) -> str:
    found: str = (await asker.post("Patient", person("REED", mrn))).json["id"]
    return found


def same(entry: Json, alone: Answer) -> bool:
    """Whether an entry of a response says what the answer to the request alone says."""
    shown = entry.get("resource", entry["response"].get("outcome"))
    return int(entry["response"]["status"]) == alone.status and shown == alone.json


async def test_reads_and_searches_answer_as_they_do_alone(house: House) -> None:
    asker = house.asker(LAKESIDE)
    one = await made(asker, "R-1")
    tag = (await asker.get(f"Patient/{one}")).headers["etag"]
    paths = [
        f"Patient/{one}",
        f"Patient/{one}/_history",
        f"Patient/{one}/_history/{tag[3:-1]}",
        "Patient?identifier=R-1&_total=accurate",
        "Patient?name=REED%20X",
        "Patient?_has:Task:patient:code=x",
        f"Patient/{NOWHERE}",
        "Patient/malformed!",
        "Basic",
        "Task?status=requested&_sort=-_lastUpdated",
        "metadata/x/y/z/w",
    ]
    found = await at_once(asker, *map(get, paths))
    for path, entry in zip(paths, found, strict=True):
        if "!" in path:
            assert entry["response"]["status"] == "400"
            continue
        assert same(entry, await asker.get(path)), (path, entry)
    assert found[0]["response"]["etag"] == tag
    assert found[0]["response"]["lastModified"].startswith(found[0]["resource"]["meta"]["lastUpdated"][:19])


async def test_one_entrys_failure_touches_no_other(house: House) -> None:
    asker = house.asker(LAKESIDE)
    one = await made(asker, "R-2")
    found = await at_once(
        asker,
        post(person("REED", "R-3")),
        post({"resourceType": "Condition"}),
        patch(f"Patient/{one}", {"gender": "female"}),
        put({**person("REED", "R-2"), "id": one}, ifMatch='W/"0"'),
        get(f"Patient/{one}"),
        {"request": {"method": "DELETE", "url": f"Patient/{one}"}},
        {"resource": person("REED", "R-4")},
        post(person("REED", "R-3"), ifNoneExist="identifier=R-3"),
    )
    assert [each["response"]["status"] for each in found] == ["201", "422", "200", "412", "200", "405", "400", "200"]
    assert found[4]["resource"]["gender"] == "female"
    assert found[7]["resource"]["id"] == found[0]["resource"]["id"]


async def test_an_unchanged_record_is_not_sent_again(house: House) -> None:
    asker = house.asker(LAKESIDE)
    one = await made(asker, "R-5")
    tag = (await asker.get(f"Patient/{one}")).headers["etag"]
    (found,) = await at_once(asker, {"request": {"method": "GET", "url": f"Patient/{one}", "ifNoneMatch": tag}})
    assert (found["response"]["status"], found["response"]["etag"], "resource" in found) == ("304", tag, False)


async def test_hidden_is_absent_in_every_entry(house: House) -> None:
    hidden = await made(house.asker(HOSPITAL), "R-6")
    asker, heard = house.asker(BRIDGE), []
    for each in (hidden, NOWHERE):
        path, changed = f"Patient/{each}", {**person("X", "1"), "id": each}
        entries = [
            get(path),
            get(f"{path}/_history"),
            get(f"Patient?_id={each}"),
            put(changed),
            put(changed, ifMatch="*"),
        ]
        entries += [patch(path, {"gender": "male"}), get(f"Condition?patient={each}&_total=accurate")]
        found = json.dumps(await at_once(asker, *entries)).replace(each, "ID")
        heard.append(found)
    assert heard[0] == heard[1]


async def test_scopes_are_asked_for_each_entry(house: House) -> None:
    asker = Asker(house, LAKESIDE, "system/Patient.r")
    one = await made(house.asker(LAKESIDE), "R-7")
    found = await at_once(asker, get(f"Patient/{one}"), get("Condition"), post(condition("R10.9")))
    assert [each["response"]["status"] for each in found] == ["200", "403", "403"]
    denied = await asker.post("/fhir", bundle("transaction", post(person("REED", "R-8"))))
    assert denied.status == 403


async def test_a_batch_takes_five_hundred_entries_and_no_more(house: House) -> None:
    asker = house.asker(LAKESIDE)
    answer = await asker.post("/fhir", bundle("batch", *[get(f"Patient/{NOWHERE}")] * 501))
    assert answer.status == 413
    found = await at_once(asker, *[get(f"Patient/{NOWHERE}")] * 40)
    assert {each["response"]["status"] for each in found} == {"404"}
