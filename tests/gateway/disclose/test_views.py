"""A recipient's versions, times and histories follow what it may see and nothing else."""

from typing import Any

from tests.gateway.disclose import asking
from tests.gateway.disclose.asking import BRIDGE, HOSPITAL, LAKESIDE, PROGRAM
from tests.messages import Visit
from tests.promises.house import House
from tests.promises.worlds import HIV, condition, part2_consent, person

HOMELESS = "Z59.0^Homelessness"
Json = dict[str, Any]


async def _handed(house: House) -> tuple[Visit, str, str]:
    """A discharge to the housing agency: the visit, the patient, and the receiver's Task."""
    visit = Visit()
    await house.hospital(visit.a03(diagnosis=HOMELESS))
    patient = await asking.patient_of(house, visit.mrn)
    (task,) = await asking.own_tasks(house, BRIDGE, patient)
    return visit, patient, task.id


async def _all_seen(house: House, client: str) -> dict[str, tuple[str, object, Json]]:
    found = {}
    for kind in ("Patient", "Task", "Encounter", "Condition", "ServiceRequest", "Consent"):
        for view in (await asking.search(house, client, kind, _count=100)).matches:
            found[f"{kind}/{view.id}"] = (view.version, view.last_updated, view.resource)
    return found


async def test_a_hidden_change_moves_nothing_a_recipient_sees_and_a_visible_one_does(house: House) -> None:
    visit, patient, _ = await _handed(house)
    before = await _all_seen(house, BRIDGE)
    own = await asking.read(house, HOSPITAL, "Patient", patient)
    await house.hospital(visit.a08(at="20260306090000-0600", diagnosis=HIV))
    assert await _all_seen(house, BRIDGE) == before
    other = Visit(visit.mrn, family="RENAMED")
    await house.hospital(other.a08(at="20260306100000-0600"))
    after = await asking.read(house, HOSPITAL, "Patient", patient)
    assert own is not None
    assert after is not None
    assert after.version != own.version
    assert after.last_updated > own.last_updated


async def test_recipients_of_different_parts_have_versions_of_their_own_parts(house: House) -> None:
    made = await asking.create(house, LAKESIDE, person("WINTER", "V-1"))
    first = await asking.read(house, LAKESIDE, "Patient", made)
    assert first is not None
    await asking.update(house, LAKESIDE, first, gender="female")
    second = await asking.read(house, LAKESIDE, "Patient", made)
    assert second is not None
    assert second.resource["meta"]["versionId"] == second.version != first.version
    assert second.resource["meta"]["lastUpdated"] == second.last_updated.isoformat(timespec="milliseconds")


async def test_history_has_each_visible_state_once_newest_first(house: House) -> None:
    made = await asking.create(house, LAKESIDE, person("WINTER", "V-2"))
    for gender in ("female", "female", "male", "female"):
        view = await asking.read(house, LAKESIDE, "Patient", made)
        assert view is not None
        await asking.update(house, LAKESIDE, view, gender=gender)
    found = await asking.history(house, LAKESIDE, "Patient", made)
    assert [each.resource["gender"] for each in found] == ["female", "male", "female", "other"]
    assert len({each.version for each in found}) == 4
    assert [each.last_updated for each in found] == sorted((each.last_updated for each in found), reverse=True)
    now = await asking.read(house, LAKESIDE, "Patient", made)
    assert now is not None
    assert (found[0].version, found[0].resource) == (now.version, now.resource)
    session = asking.session(house, LAKESIDE)
    for each in found:
        again = await house.gateway.disclose.vread(session, "Patient", made, each.version, "request")
        assert again.resource == each.resource


async def test_an_item_put_before_others_leaves_no_hole_and_no_double_in_history(house: House) -> None:
    one, two = person("WINTER", "V-3")["identifier"][0], {"system": "urn:x", "value": "2"}
    made = await asking.create(house, LAKESIDE, {**person("WINTER", "V-3"), "identifier": [one]})
    view = await asking.read(house, LAKESIDE, "Patient", made)
    assert view is not None
    await asking.update(house, LAKESIDE, view, identifier=[two, one])
    found = await asking.history(house, LAKESIDE, "Patient", made)
    assert [each.resource["identifier"] for each in found] == [[two, one], [one]]


async def test_what_others_may_not_see_is_absent_in_every_way(house: House) -> None:
    made = await asking.create(house, LAKESIDE, person("WINTER", "V-4"))
    for client in (HOSPITAL, PROGRAM, BRIDGE):
        assert await asking.read(house, client, "Patient", made) is None
        assert await asking.history(house, client, "Patient", made) == []
        page = await asking.search(house, client, "Patient", _id=made, _total="accurate")
        assert (page.matches, page.total) == ((), 0)


async def test_references_to_hidden_records_are_gone_for_others_and_stay_for_their_keeper(house: House) -> None:
    _, patient, task = await _handed(house)
    for view in await asking.tasks_of(house, BRIDGE, patient):
        for reference in _references(view.resource):
            kind, _, record = reference.partition("/")
            assert view.custodian == "bridge-community" or await asking.read(house, BRIDGE, kind, record) is not None
    (own,) = await asking.tasks_of(house, HOSPITAL, patient)
    assert "encounter" in own.resource
    received = await asking.read(house, BRIDGE, "Task", task)
    assert received is not None
    foreign = (await asking.search(house, BRIDGE, "ServiceRequest", _count=100)).matches
    for view in foreign:
        for reference in _references(view.resource):
            kind, _, record = reference.partition("/")
            assert await asking.read(house, BRIDGE, kind, record) is not None, reference


def _references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [each for item in value for each in _references(item)]
    if not isinstance(value, dict):
        return []
    own = [value["reference"]] if isinstance(value.get("reference"), str) else []
    return own + [each for item in value.values() for each in _references(item)]


async def test_what_is_not_shown_is_not_found_by(house: House) -> None:
    """A reference that was taken out of a view must not find the record either."""
    _, patient, _ = await _handed(house)
    hidden = list((await asking.search(house, HOSPITAL, "Encounter", patient=patient)).matches)
    hidden += (await asking.search(house, HOSPITAL, "Condition", patient=patient)).matches
    for record in hidden:
        if await asking.read(house, BRIDGE, record.type, record.id) is None:
            for kind, name in (("ServiceRequest", "encounter"), ("Task", "encounter")):
                found = (await asking.search(house, BRIDGE, kind, **{name: f"{record.type}/{record.id}"})).matches
                for view in found:
                    assert f"{record.type}/{record.id}" in _references(view.resource), (kind, name)


async def test_a_consent_shows_what_was_hidden_and_its_end_hides_it_again(house: House) -> None:
    visit = Visit()
    await house.hospital(visit.a03())
    patient = await asking.patient_of(house, visit.mrn)
    (task,) = await asking.own_tasks(house, PROGRAM, patient)
    assert await asking.read(house, HOSPITAL, "Task", task.id) is None
    consent = await asking.create(house, PROGRAM, part2_consent(patient, "cityhosp"))
    assert await asking.read(house, HOSPITAL, "Task", task.id) is not None
    view = await asking.read(house, PROGRAM, "Consent", consent)
    assert view is not None
    await asking.update(house, PROGRAM, view, status="inactive")
    assert await asking.read(house, HOSPITAL, "Task", task.id) is None


async def test_pages_of_a_search_give_each_match_once(house: House) -> None:
    for number in range(7):
        patient = await asking.create(house, LAKESIDE, person("PAGED", f"P-{number}"))
        made = condition("F32.2") | {"subject": {"reference": f"Patient/{patient}"}}
        await asking.create(house, LAKESIDE, made)
    for parameters in ({"code": "F32.2"}, {"_sort": "_lastUpdated", "code": "F32.2"}):
        whole = await asking.search(house, LAKESIDE, "Condition", **parameters, _total="accurate")
        found, cursor = [], ""
        while True:
            page = await asking.search(house, LAKESIDE, "Condition", **parameters, _count=3, **_after(cursor))
            found += [view.id for view in page.matches]
            if not page.cursor:
                break
            cursor = page.cursor
        assert found == [view.id for view in whole.matches]
        assert whole.total == len(found) == 7
    for exact in ({"family__exact": "PAGED"}, {"family": "pagedxxxxxx"}, {"name": "PAGED"}):
        expected = 0 if "pagedxxxxxx" in exact.values() else 7
        page = await asking.search(house, LAKESIDE, "Patient", **exact, _total="accurate", _count=2)
        assert (page.total, len(page.matches)) == (expected, min(expected, 2))


def _after(cursor: str) -> dict[str, str]:
    return {"_cursor": cursor} if cursor else {}
