"""Messages sent again, under a control id used before, out of order, or about a referral already offered."""

import pytest

from gateway.directory import keep_directory
from tests.gateway.disclose import asking
from tests.gateway.disclose.asking import HOSPITAL
from tests.messages import Visit
from tests.promises.house import House

TABLES = ("part", "raw_message", "handoff", "relationship", "outbox", "term", "moment")
Counts = dict[str, int]


async def _counts(house: House) -> Counts:
    async with house.owner() as owner:
        return {each: await owner.fetchval(f"SELECT count(*) FROM {each}") for each in TABLES}  # noqa: S608


async def test_a_message_sent_again_is_answered_as_before_and_changes_nothing(house: House) -> None:
    message = Visit().a03()
    first = await house.asker(HOSPITAL).messages(message)
    before = await _counts(house)
    again = await house.asker(HOSPITAL).messages(message)
    assert (again.status, again.body) == (first.status, first.body)
    assert await _counts(house) == before


async def test_another_message_under_a_used_control_id_is_refused_and_kept_as_refused(house: House) -> None:
    visit = Visit()
    await house.hospital(visit.a01(control="USED" + visit.mrn))
    before = await _counts(house)
    answer = await house.asker(HOSPITAL).messages(visit.a08(control="USED" + visit.mrn))
    assert b"MSA|AA" not in answer.body
    after = await _counts(house)
    assert after == {**before, "raw_message": before["raw_message"] + 1}
    again = await house.asker(HOSPITAL).messages(visit.a01(control="USED" + visit.mrn))
    assert b"MSA|AA" in again.body


async def test_what_says_nothing_new_writes_no_part(house: House) -> None:
    visit = Visit()
    await house.hospital(visit.a01())
    before = await _counts(house)
    await house.hospital(visit.a01())
    after = await _counts(house)
    assert (after["part"], after["term"], after["moment"]) == (before["part"], before["term"], before["moment"])
    assert after["raw_message"] == before["raw_message"] + 1


async def test_what_changes_one_element_writes_one_version_of_the_parts_that_hold_it(house: House) -> None:
    visit = Visit()
    await house.hospital(visit.a01())
    patient = await asking.patient_of(house, visit.mrn)
    before = await _counts(house)
    await house.hospital(Visit(visit.mrn, phone="5559999").a08())
    async with house.owner() as owner:
        versions = await owner.fetchval("SELECT max(counter) FROM part WHERE id = $1", patient)
    assert versions == 2
    assert (await _counts(house))["part"] == before["part"] + 1 + await _others(house, patient, before)


async def _others(house: House, patient: str, before: Counts) -> int:
    """Versions that the update wrote of other records than the patient."""
    async with house.owner() as owner:
        found: int = await owner.fetchval(
            "SELECT count(*) FROM part WHERE id <> $1 AND change > (SELECT min(change) FROM part WHERE id = $1"
            " AND counter = 2)",
            patient,
        )
    return found


ORDERS = [("a01", "a08", "a03"), ("a03", "a08", "a01"), ("a08", "a01", "a03"), ("a03", "a01", "a08")]


async def test_order_of_arrival_changes_nothing_that_event_time_decides(house: House) -> None:
    ends = []
    for order in ORDERS:
        visit = Visit()
        for name in order:
            await house.hospital(getattr(visit, name)())
        patient = await asking.patient_of(house, visit.mrn)
        (encounter,) = (await asking.search(house, HOSPITAL, "Encounter", patient=f"Patient/{patient}")).matches
        resource = encounter.resource
        ends.append((resource["status"], resource["period"], resource.get("hospitalization"), resource["class"]))
    assert [each for each in ends if each != ends[0]] == []


@pytest.mark.parametrize("first", ["a03", "i12"])
async def test_a_referral_is_offered_once_however_it_is_announced(house: House, first: str) -> None:
    visit = Visit()
    for name in (first, "a03", "i12"):
        await house.hospital(getattr(visit, name)())
    patient = await asking.patient_of(house, visit.mrn)
    async with house.owner() as owner:
        rows = await owner.fetch("SELECT receiver FROM handoff WHERE patient = $1", patient)
    assert [row["receiver"] for row in rows] == ["harbor-recovery"]


async def test_another_stay_is_another_referral(house: House) -> None:
    visit = Visit()
    await house.hospital(visit.a03())
    later = Visit(visit.mrn, visit="VAGAIN" + visit.mrn)
    await house.hospital(later.a03(at="20260405141500-0600", departed="20260405140000-0600"))
    patient = await asking.patient_of(house, visit.mrn)
    async with house.owner() as owner:
        assert await owner.fetchval("SELECT count(*) FROM handoff WHERE patient = $1", patient) == 2


async def test_a_cancelled_discharge_puts_the_request_on_hold_and_a_new_one_makes_it_active(house: House) -> None:
    visit = Visit()
    await house.hospital(visit.a03())
    patient = await asking.patient_of(house, visit.mrn)
    assert await _request(house, patient) == "active"
    await house.hospital(visit.a13())
    assert await _request(house, patient) == "on-hold"
    await house.hospital(visit.a03(at="20260306141500-0600", departed="20260306140000-0600"))
    assert await _request(house, patient) == "active"


async def _request(house: House, patient: str) -> str:
    (found,) = (await asking.search(house, HOSPITAL, "ServiceRequest", patient=f"Patient/{patient}")).matches
    status: str = found.resource["status"]
    return status


async def test_a_discharge_no_rule_matches_is_kept_and_handed_to_nobody(house: House) -> None:
    visit = Visit()
    await house.hospital(visit.a03(diagnosis="S52.5^Fracture"))
    patient = await asking.patient_of(house, visit.mrn)
    async with house.owner() as owner:
        assert await owner.fetchval("SELECT count(*) FROM handoff WHERE patient = $1", patient) == 0


async def test_the_directory_kept_again_writes_nothing(house: House) -> None:
    before = await _counts(house)
    async with house.owner() as owner:
        audited = await owner.fetchval("SELECT count(*) FROM audit WHERE kind = 'directory'")
    await keep_directory(house.gateway.receive, house.gateway.registry.current)
    async with house.owner() as owner:
        assert await owner.fetchval("SELECT count(*) FROM audit WHERE kind = 'directory'") == audited == 1
    assert await _counts(house) == before
    page = await asking.search(house, HOSPITAL, "Organization", _count=100)
    agencies = house.gateway.registry.current.agencies.values()
    assert len(page.matches) == sum(1 + len(agency.units) for agency in agencies)
