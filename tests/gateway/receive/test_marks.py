"""What a writer marks stays marked; what the gateway derived and showed is not taken for the writer's word."""

from tests.messages import Visit
from tests.parties import Json
from tests.promises.house import House
from tests.promises.worlds import HOSPITAL, LAKESIDE, PROGRAM, condition

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
PSYCHIATRIC = "F32.2^Major depressive disorder"


def marked(resource: Json, *codes: str) -> Json:
    return {**resource, "meta": {"security": [{"system": ACT, "code": code} for code in codes]}}


def codes(resource: Json) -> set[str]:
    return {each["code"] for each in resource.get("meta", {}).get("security", ())}


async def handed(house: House) -> str:
    visit = Visit()
    await house.hospital(visit.a01(diagnosis=PSYCHIATRIC), visit.a03(diagnosis=PSYCHIATRIC))
    return str((await house.asker(HOSPITAL).one(f"Patient?identifier={visit.mrn}"))["id"])


async def test_a_mark_with_the_code_of_a_label_closes_a_new_record(house: House) -> None:
    subject = {"subject": {"reference": f"Patient/{await handed(house)}"}}
    plain = await house.asker(HOSPITAL).post("Condition", {**condition("I10"), **subject})
    assert (await house.asker(LAKESIDE).get(f"Condition/{plain.json['id']}")).status == 200
    for code in ("PSYTHPN", "42CFRPart2"):
        kept = await house.asker(HOSPITAL).post("Condition", marked({**condition("I10"), **subject}, code))
        assert kept.status == 201
        path = kept.headers["location"].rpartition("/fhir/")[2].partition("/_history")[0]
        assert (await house.asker(LAKESIDE).get(path)).status == 404, code


async def test_a_record_that_its_writer_may_not_read_is_kept_and_said_to_be(house: House) -> None:
    note = marked({**condition("I10"), "subject": {"reference": f"Patient/{await handed(house)}"}}, "PSYTHPN")
    kept = await house.asker(HOSPITAL).post("Condition", note)
    assert kept.status == 201
    assert kept.body == b""
    assert "Condition/" in kept.headers["location"]


async def test_a_mark_survives_updates_and_a_derived_label_goes_with_what_it_came_from(house: House) -> None:
    own = house.asker(PROGRAM)
    subject = {"subject": {"reference": f"Patient/{await handed(house)}"}}
    made = (await own.post("Condition", marked({**condition("F11.20"), **subject}, "SDV"))).json
    assert {"SDV", "SUD"} <= codes(made)
    changed = {**made, "code": condition("I10")["code"]}
    after = (await own.put(f"Condition/{made['id']}", changed)).json
    assert "SDV" in codes(after)
    assert "SUD" not in codes(after)
    bare = {name: value for name, value in after.items() if name != "meta"}
    last = (await own.put(f"Condition/{made['id']}", bare)).json
    assert "SDV" not in codes(last), "its writer took the mark away"
    again = (await own.put(f"Condition/{made['id']}", marked(bare, "HIV"))).json
    assert "HIV" in codes(again)
