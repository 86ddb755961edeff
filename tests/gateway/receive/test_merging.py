"""A40: what was said of the retired patient is said of the survivor; consents stay where they were given."""

from tests.gateway.disclose import asking
from tests.gateway.disclose.asking import HOSPITAL, PROGRAM
from tests.messages import Visit
from tests.promises.house import House
from tests.promises.worlds import part2_consent


async def _discharged(house: House) -> tuple[Visit, str]:
    visit = Visit()
    await house.hospital(visit.a01(), visit.a03())
    return visit, await asking.patient_of(house, visit.mrn)


async def _about(house: House, client: str, patient: str) -> dict[str, list[str]]:
    found = {}
    for kind in ("Encounter", "Condition", "ServiceRequest", "Task"):
        views = (await asking.search(house, client, kind, patient=f"Patient/{patient}", _count=50)).matches
        found[kind] = sorted(view.id for view in views)
    return found


async def test_records_and_referrals_follow_with_their_references_and_labels(house: House) -> None:
    old, retired = await _discharged(house)
    new, survivor = await _discharged(house)
    before, there = await _about(house, HOSPITAL, retired), await _about(house, HOSPITAL, survivor)
    labels = await _labels(house, before)
    await house.hospital(new.a40(old.mrn))
    after = await _about(house, HOSPITAL, survivor)
    assert after == {kind: sorted(before[kind] + there[kind]) for kind in before}
    assert not any((await _about(house, HOSPITAL, retired)).values())
    assert await _labels(house, before) == labels
    (request,) = before["ServiceRequest"]
    view = await asking.read(house, HOSPITAL, "ServiceRequest", request)
    assert view is not None
    assert view.resource["subject"]["reference"] == f"Patient/{survivor}"


async def _labels(house: House, records: dict[str, list[str]]) -> dict[str, object]:
    found = {}
    for kind, ids in records.items():
        for record in ids:
            view = await asking.read(house, HOSPITAL, kind, record)
            assert view is not None
            found[record] = view.resource["meta"].get("security")
    return found


async def test_later_messages_about_the_retired_speak_of_the_survivor(house: House) -> None:
    old, retired = await _discharged(house)
    new, survivor = await _discharged(house)
    await house.hospital(new.a40(old.mrn))
    await house.hospital(Visit(old.mrn, visit="VLATE" + old.mrn).a01(at="20260308090000-0600"))
    late = (await asking.search(house, HOSPITAL, "Encounter", patient=f"Patient/{survivor}", _count=50)).matches
    assert len(late) == 3
    assert not any((await _about(house, HOSPITAL, retired)).values())


async def test_a_chain_of_merges_ends_at_the_last_survivor(house: House) -> None:
    (a, first), (b, second), (c, third) = [await _discharged(house) for _ in range(3)]
    await house.hospital(b.a40(a.mrn, at="20260307120000-0600"), c.a40(b.mrn, at="20260307130000-0600"))
    await house.hospital(Visit(a.mrn, visit="VLATE" + a.mrn).a01(at="20260308090000-0600"))
    assert len((await _about(house, HOSPITAL, third))["Encounter"]) == 4
    for gone in (first, second):
        assert not any((await _about(house, HOSPITAL, gone)).values())


async def test_a_chain_that_arrives_in_the_other_order_ends_there_too(house: House) -> None:
    (a, first), (b, second), (c, third) = [await _discharged(house) for _ in range(3)]
    await house.hospital(c.a40(b.mrn, at="20260307130000-0600"), b.a40(a.mrn, at="20260307120000-0600"))
    found = {
        name: len((await _about(house, HOSPITAL, each))["Encounter"])
        for name, each in (("first", first), ("second", second), ("third", third))
    }
    assert found == {"first": 0, "second": 0, "third": 3}


async def test_a_consent_given_as_one_person_does_not_speak_for_the_other(house: House) -> None:
    old, retired = await _discharged(house)
    new, survivor = await _discharged(house)
    (task,) = await asking.own_tasks(house, PROGRAM, survivor)
    await asking.create(house, PROGRAM, part2_consent(retired, "cityhosp"))
    assert await asking.read(house, HOSPITAL, "Task", task.id) is None
    await house.hospital(new.a40(old.mrn))
    assert await asking.read(house, HOSPITAL, "Task", task.id) is None


async def test_a_merge_sent_again_changes_nothing(house: House) -> None:
    old, _ = await _discharged(house)
    new, survivor = await _discharged(house)
    await house.hospital(new.a40(old.mrn))
    before = await _about(house, HOSPITAL, survivor)
    versions = await _labels(house, before)
    await house.hospital(new.a40(old.mrn))
    assert await _about(house, HOSPITAL, survivor) == before
    assert await _labels(house, before) == versions
