# ruff: noqa: E501  # tables, one case a row
"""What people establish decides: from its confirmation, in its time, for the recipient it names, and nobody else."""

import uuid
from datetime import UTC, datetime

import pytest

from consent.vocabulary import InfoClass
from gateway.circumstances import read
from gateway.consents.establishing import Said, basic_of
from gateway.fhir.outcome import Absent, Unprocessable
from tests.gateway.consents.acting import EMERGENCY, acts, said
from tests.messages import Visit
from tests.promises.house import House
from tests.promises.worlds import HOSPITAL, LAKESIDE, LIVING_ROOM

pytestmark = pytest.mark.asyncio(loop_scope="module")
PSYCHIATRIC = "F32.2^Major depressive disorder"


async def status(house: House, client: str, path: str) -> int:
    return (await house.asker(client).get(path)).status


async def handed_to_lakeside(house: House) -> tuple[str, str]:
    """A patient of the hospital whom Lakeside was handed: the patient, and the path of a diagnosis."""
    visit = Visit()
    await house.hospital(visit.a01(diagnosis=PSYCHIATRIC), visit.a03(diagnosis=PSYCHIATRIC))
    await house.settled()
    patient = await house.asker(HOSPITAL).one(f"Patient?identifier={visit.mrn}")
    found = await house.asker(HOSPITAL).one(f"Condition?code=F32.2&patient={patient['id']}")
    return str(patient["id"]), f"Condition/{found['id']}"


async def test_a_restriction_withholds_from_the_one_it_names_until_it_is_ended(house: House) -> None:
    patient, path = await handed_to_lakeside(house)
    assert await status(house, LAKESIDE, path) == 200
    made = await acts(house).record(
        "cityhosp", said("restriction", patient, "lakeside-bh", kind="agreed"), "tobias-wren"
    )
    assert await status(house, LAKESIDE, path) == 404
    assert await house.asker(LAKESIDE).found(f"Condition?patient={patient}") == []
    assert await status(house, HOSPITAL, path) == 200, "it is about another recipient"
    await acts(house).settle("cityhosp", made, "ended", "tobias-wren")
    assert await status(house, LAKESIDE, path) == 200


async def test_what_a_system_lodges_waits_for_a_person_at_the_holder(house: House) -> None:
    patient, path = await handed_to_lakeside(house)
    assert await status(house, LAKESIDE, path) == 200
    restriction = basic_of(said("restriction", patient, "lakeside-bh", kind="agreed"), "lakeside-bh")
    answer = await house.asker(HOSPITAL).post(f"Patient/{patient}/$circumstance", restriction)
    assert answer.status == 200, answer.body
    assert await status(house, LAKESIDE, path) == 200
    (waiting,) = [each for each in await acts(house).of("cityhosp") if each.patient == patient]
    assert waiting.confirmed_by is None
    with pytest.raises(Absent):
        await acts(house).settle("lakeside-bh", waiting.id, "confirmed", "marisol-brandt")
    await acts(house).settle("cityhosp", waiting.id, "confirmed", "tobias-wren")
    assert await status(house, LAKESIDE, path) == 404


async def test_a_circumstance_coded_in_another_system_too_is_lodged_like_any_other(house: House) -> None:
    patient, path = await handed_to_lakeside(house)
    basic = basic_of(said("restriction", patient, "lakeside-bh", kind="agreed"), "lakeside-bh")
    basic["code"]["coding"].insert(0, {"system": "http://example.org/kinds", "display": "Restriction"})
    answer = await house.asker(HOSPITAL).post(f"Patient/{patient}/$circumstance", basic)
    assert answer.status == 200, answer.body
    (waiting,) = [each for each in await acts(house).of("cityhosp") if each.patient == patient]
    await acts(house).settle("cityhosp", waiting.id, "confirmed", "tobias-wren")
    assert await status(house, LAKESIDE, path) == 404


async def test_nobody_lodges_about_a_patient_whom_they_do_not_see(house: House) -> None:
    patient, _ = await handed_to_lakeside(house)
    basic = basic_of(said("restriction", patient, "lakeside-bh", kind="agreed"), "lakeside-bh")
    for target in (patient, str(uuid.uuid4())):
        answer = await house.asker(LIVING_ROOM).post(f"Patient/{target}/$circumstance", basic)
        assert answer.status == 404
    assert [each for each in await acts(house).of("cityhosp") if each.patient == patient] == []


SOON = datetime(2030, 1, 1, tzinfo=UTC)
BAD = {
    "no such kind": (Said("pardon", "", "cityhosp"), "no such circumstance"),
    "no recipient": (Said("restriction", "", facts={"kind": ["agreed"]}), "recipient is missing"),
    "an emergency without what must be written down": (
        said("emergency", "", "cityhosp", SOON, medical="true", consent_obtainable="false", patient_refused="false"),
        "disclosed-by, nature, received-by",
    ),
    "an emergency without an end": (Said("emergency", "", "cityhosp", facts=EMERGENCY), "until is missing"),
    "a fact of another kind": (said("restriction", "", "cityhosp", kind="agreed", mandate="true"), "no fact of a restriction"),
    "a fact missing": (said("threat", "", "cityhosp", SOON, serious="true", grounds="Said so"), "missing; give the field"),
    "a word outside the list": (said("restriction", "", "cityhosp", kind="forever"), "not a value of RestrictionKind"),
    "a flag that is none": (said("school", "", "cityhosp", SOON, articulable_significant_threat="perhaps", emergency_ongoing="true"), "true or false"),
    "twice the same": (Said("restriction", "", "cityhosp", facts={"kind": ["agreed", "paid-in-full"]}), "kind stands twice"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "reason"), BAD.values(), ids=list(BAD))
async def test_what_cannot_be_relied_on_is_refused_by_name(house: House, given: Said, reason: str) -> None:
    patient, path = await handed_to_lakeside(house)
    with pytest.raises(Unprocessable) as refused:
        await acts(house).record(
            "cityhosp", Said(given.kind, patient, given.recipient, given.starts, given.ends, given.facts), "tobias-wren"
        )
    assert reason in str(refused.value)
    assert await status(house, LAKESIDE, path) == 200


async def test_an_order_with_its_mandate_is_read_with_what_it_covers() -> None:
    basic = basic_of(
        Said(
            "legal-process", "p", facts={"kind": ["court-order"], "covers": ["diagnosis", "lab"], "mandate": ["true"]}
        ),
        "county-court",
    )
    found = read(basic, lambda reference: "county-court" if "Organization/" in reference else None)
    (process,) = found.facts["legal_process"]
    assert (process.mandate, process.covers) == (True, {InfoClass.DIAGNOSIS, InfoClass.LAB})


async def test_every_act_is_on_record_without_what_it_says(house: House) -> None:
    patient, _ = await handed_to_lakeside(house)
    made = await acts(house).record(
        "cityhosp", said("restriction", patient, "lakeside-bh", kind="agreed"), "tobias-wren"
    )
    await acts(house).settle("cityhosp", made, "ended", "tobias-wren")
    async with house.owner() as owner:
        outcomes = await owner.fetch(
            "SELECT outcome FROM audit WHERE kind = 'circumstance' AND patient = $1 ORDER BY at, number",
            uuid.UUID(patient),
        )
        sealed = await owner.fetchval("SELECT sealed FROM circumstance WHERE id = $1", uuid.UUID(made))
    assert [row["outcome"] for row in outcomes] == ["lodged", "confirmed", "ended"]
    assert b"restriction" not in sealed
