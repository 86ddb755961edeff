"""A native write applies to the writer's view, moves a referral only as its side may, and owes what follows."""

from typing import Any

import pytest

from gateway import referral
from gateway.fhir.outcome import Absent, PreconditionFailed, Unprocessable
from tests.gateway.disclose import asking
from tests.gateway.disclose.asking import HOSPITAL, LAKESIDE, PROGRAM
from tests.messages import Visit
from tests.promises.house import House
from tests.promises.worlds import part2_consent, person

Json = dict[str, Any]
WAYS: dict[str, tuple[str, ...]] = {
    "requested": (),
    "accepted": ("accepted",),
    "in-progress": ("accepted", "in-progress"),
    "on-hold": ("accepted", "on-hold"),
    "rejected": ("rejected",),
    "completed": ("accepted", "completed"),
    "failed": ("accepted", "failed"),
    "cancelled": ("cancelled",),
}
"""How a receiver brings its Task into each status."""
EVERY = (*WAYS, "draft", "received", "ready", "entered-in-error")


async def _referred(house: House, **discharge: str) -> tuple[str, str, str]:
    """Patient, sender's Task and receiver's Task of a new referral to the program."""
    visit = Visit()
    await house.hospital(visit.a03(**discharge))
    patient = await asking.patient_of(house, visit.mrn)
    async with house.owner() as owner:
        row = await owner.fetchrow(
            "SELECT sender_task::text, receiver_task::text FROM handoff WHERE patient = $1", patient
        )
    return patient, row[0], row[1]


async def _seen(house: House, client: str, kind: str, record: str) -> Any:
    view = await asking.read(house, client, kind, record)
    assert view is not None
    return view


async def _move(house: House, client: str, task: str, status: str, **more: Any) -> None:
    await asking.update(house, client, await _seen(house, client, "Task", task), status=status, **more)


async def _rows(house: House, statement: str, *values: object) -> list[Any]:
    async with house.owner() as owner:
        return list(await owner.fetch(statement, *values))


@pytest.mark.parametrize("before", WAYS)
async def test_the_receiver_moves_its_task_exactly_as_the_state_machine_says(house: House, before: str) -> None:
    _, _, task = await _referred(house)
    for step in WAYS[before]:
        await _move(house, PROGRAM, task, step)
    for after in EVERY:
        legal = "performer" in referral.MOVES.get(before, {}).get(after, ())
        if after != before and not legal:
            with pytest.raises(Unprocessable):
                await _move(house, PROGRAM, task, after)
    assert (await _seen(house, PROGRAM, "Task", task)).resource["status"] == before


@pytest.mark.parametrize("after", EVERY)
async def test_the_sender_moves_its_task_exactly_as_the_state_machine_says(house: House, after: str) -> None:
    _, task, _ = await _referred(house)
    legal = after in {"requested", "entered-in-error"} or "requester" in referral.MOVES["requested"].get(after, ())
    if legal:
        await _move(house, HOSPITAL, task, after)
    else:
        with pytest.raises(Unprocessable):
            await _move(house, HOSPITAL, task, after)
    assert (await _seen(house, HOSPITAL, "Task", task)).resource["status"] == (after if legal else "requested")


OFFERED = {
    "intent": "plan",
    "authoredOn": "2020-01-01T00:00:00Z",
    "focus": None,
    "for": {"reference": "Patient/0b0b0b0b-0000-8000-8000-000000000000"},
    "owner": {"reference": "Organization/0b0b0b0b-0000-8000-8000-000000000000"},
    "requester": None,
    "basedOn": None,
    "partOf": None,
}


@pytest.mark.parametrize("element", OFFERED)
async def test_what_was_offered_stays_as_it_was_offered(house: House, element: str) -> None:
    _, _, task = await _referred(house)
    with pytest.raises(Unprocessable, match=f"Task.{element} of a referral stays"):
        await _move(house, PROGRAM, task, "accepted", **{element: OFFERED[element]})


async def test_a_write_to_what_changed_since_it_was_read_is_refused(house: House) -> None:
    made = await asking.create(house, LAKESIDE, person("WINTER", "W-1"))
    first = await _seen(house, LAKESIDE, "Patient", made)
    await asking.update(house, LAKESIDE, first, gender="female")
    with pytest.raises(PreconditionFailed):
        await asking.update(house, LAKESIDE, first, gender="male")
    assert (await _seen(house, LAKESIDE, "Patient", made)).resource["gender"] == "female"


async def test_a_write_that_changes_nothing_makes_no_version(house: House) -> None:
    made = await asking.create(house, LAKESIDE, person("WINTER", "W-2"))
    first = await _seen(house, LAKESIDE, "Patient", made)
    await asking.update(house, LAKESIDE, first)
    again = await _seen(house, LAKESIDE, "Patient", made)
    assert (again.version, again.last_updated, again.resource) == (first.version, first.last_updated, first.resource)
    assert len(await asking.history(house, LAKESIDE, "Patient", made)) == 1


async def test_another_agency_cannot_write_what_it_can_read(house: House) -> None:
    _, _, task = await _referred(house)
    made = await asking.create(house, LAKESIDE, person("WINTER", "W-3"))
    view = await _seen(house, LAKESIDE, "Patient", made)
    with pytest.raises(Absent):
        await asking.update(house, PROGRAM, view, gender="male")
    with pytest.raises(Absent):
        await _move(house, PROGRAM, task, "accepted", id=made)
    assert (await _seen(house, LAKESIDE, "Patient", made)).version == view.version


async def test_labels_sent_back_are_not_kept_as_the_writers_own(house: House) -> None:
    made = await asking.create(house, PROGRAM, person("WINTER", "W-4"))
    view = await _seen(house, PROGRAM, "Patient", made)
    assert view.resource["meta"]["security"]
    await asking.update(house, PROGRAM, view, gender="male")
    after = await _seen(house, PROGRAM, "Patient", made)
    assert after.resource["meta"]["security"] == view.resource["meta"]["security"]


async def test_an_answer_owes_the_sender_news_and_makes_it_a_treating_party(house: House) -> None:
    patient, sent, task = await _referred(house)
    epoch = await _epoch(house, patient)
    await _move(house, PROGRAM, task, "accepted")
    assert await _epoch(house, patient) > epoch
    (related,) = await _rows(house, "SELECT * FROM relationship WHERE patient = $1 AND kind = 'accepted'", patient)
    assert (related["holder"], related["org"], str(related["source"])) == ("harbor-recovery", "cityhosp", task)
    await house.settled()
    outcomes = await _rows(house, "SELECT * FROM audit WHERE kind = 'news' AND patient = $1", patient)
    assert [(each["custodian"], each["recipient"]) for each in outcomes] == [("harbor-recovery", "cityhosp")]
    assert (await _seen(house, HOSPITAL, "Task", sent)).type == "Task"


async def test_a_change_that_is_no_news_owes_nothing(house: House) -> None:
    patient, _, task = await _referred(house)
    await _move(house, PROGRAM, task, "requested", description="call first")
    await house.settled()
    assert await _rows(house, "SELECT 1 FROM audit WHERE kind = 'news' AND patient = $1", patient) == []
    assert await _rows(house, "SELECT 1 FROM relationship WHERE patient = $1 AND kind = 'accepted'", patient) == []


async def _epoch(house: House, patient: str) -> int:
    rows = await _rows(house, "SELECT epoch FROM patient_epoch WHERE patient = $1", patient)
    return rows[0]["epoch"] if rows else 0


async def test_a_consent_and_its_revocation_each_void_what_was_decided_and_owe_news(house: House) -> None:
    patient, sent, task = await _referred(house)
    await _move(house, PROGRAM, task, "accepted")
    await house.settled()
    epoch = await _epoch(house, patient)
    made = await asking.create(house, PROGRAM, part2_consent(patient, "cityhosp"))
    assert await _epoch(house, patient) == epoch + 1
    await house.settled()
    assert (await _seen(house, HOSPITAL, "Task", sent)).resource["status"] == "accepted"
    consent = await _seen(house, PROGRAM, "Consent", made)
    await asking.update(house, PROGRAM, consent, status="inactive")
    assert await _epoch(house, patient) == epoch + 2
    await house.settled()
    news = await _rows(house, "SELECT outcome FROM audit WHERE kind = 'news' AND patient = $1 ORDER BY at", patient)
    assert [each["outcome"] for each in news] == ["withheld", "disclosed", "withheld"]


async def test_after_a_revocation_later_news_is_withheld(house: House) -> None:
    patient, sent, task = await _referred(house)
    made = await asking.create(house, PROGRAM, part2_consent(patient, "cityhosp"))
    await _move(house, PROGRAM, task, "accepted")
    await house.settled()
    await asking.update(house, PROGRAM, await _seen(house, PROGRAM, "Consent", made), status="inactive")
    before = await asking.read(house, HOSPITAL, "Task", sent)
    await _move(house, PROGRAM, task, "in-progress")
    await house.settled()
    after = await asking.read(house, HOSPITAL, "Task", sent)
    assert before is not None
    assert after is not None
    assert after.resource["status"] != "in-progress"
    assert after.version == before.version


@pytest.mark.parametrize("moved", ["to another", "to nobody"])
async def test_a_consent_that_leaves_its_patient_is_revoked_for_them(house: House, moved: str) -> None:
    patient, sent, task = await _referred(house)
    other, _, _ = await _referred(house)
    made = await asking.create(house, PROGRAM, part2_consent(patient, "cityhosp"))
    await _move(house, PROGRAM, task, "accepted")
    await house.settled()
    assert (await _seen(house, HOSPITAL, "Task", sent)).resource["status"] == "accepted"
    assert await asking.read(house, HOSPITAL, "Task", task) is not None
    epoch = await _epoch(house, patient)
    left = {"reference": f"Patient/{other}"} if moved == "to another" else None
    await asking.update(house, PROGRAM, await _seen(house, PROGRAM, "Consent", made), patient=left)
    assert await _epoch(house, patient) == epoch + 1
    assert await asking.read(house, HOSPITAL, "Task", task) is None


async def test_a_consent_unchanged_voids_nothing(house: House) -> None:
    patient, _, _ = await _referred(house)
    made = await asking.create(house, PROGRAM, part2_consent(patient, "cityhosp"))
    epoch = await _epoch(house, patient)
    await asking.update(house, PROGRAM, await _seen(house, PROGRAM, "Consent", made))
    assert await _epoch(house, patient) == epoch


# --- news laid over the sender's Task


async def _told(house: House) -> tuple[str, str, str]:
    patient, sent, task = await _referred(house)
    await asking.create(house, PROGRAM, part2_consent(patient, "cityhosp"))
    await _move(house, PROGRAM, task, "accepted", businessStatus={"text": "bed held"})
    await house.settled()
    return patient, sent, task


async def test_the_sender_sees_the_news_over_what_it_sent(house: House) -> None:
    _, sent, _ = await _told(house)
    view = await _seen(house, HOSPITAL, "Task", sent)
    assert (view.resource["status"], view.resource["businessStatus"]) == ("accepted", {"text": "bed held"})


async def test_news_sent_back_stays_news_and_what_differs_becomes_the_senders_own(house: House) -> None:
    _, sent, _ = await _told(house)
    view = await _seen(house, HOSPITAL, "Task", sent)
    await asking.update(house, HOSPITAL, view, description="our own note")
    assert await _parts(house, sent) == {"": "cityhosp", "news": "harbor-recovery"} | await _extra(house, sent)
    after = await _seen(house, HOSPITAL, "Task", sent)
    assert (after.resource["status"], after.resource["description"]) == ("accepted", "our own note")
    await _move(house, HOSPITAL, sent, "cancelled")
    last = await _seen(house, HOSPITAL, "Task", sent)
    assert (last.resource["status"], last.resource["businessStatus"]) == ("cancelled", {"text": "bed held"})


async def _parts(house: House, task: str) -> dict[str, str]:
    rows = await _rows(
        house,
        "SELECT p.part, s.origin FROM part p JOIN segment s ON s.id = p.segment WHERE p.id = $1 AND p.current"
        " AND NOT p.removed",
        task,
    )
    return {row["part"]: row["origin"] for row in rows}


async def _extra(house: House, task: str) -> dict[str, str]:
    return {name: origin for name, origin in (await _parts(house, task)).items() if name not in {"", "news"}}


async def test_later_news_follows_earlier_news_in_order(house: House) -> None:
    _, sent, task = await _told(house)
    for status in ("in-progress", "on-hold", "in-progress", "completed"):
        await _move(house, PROGRAM, task, status)
    await house.settled()
    shown = [each.resource["status"] for each in await asking.history(house, HOSPITAL, "Task", sent)]
    order = [*dict.fromkeys(shown[::-1])]
    assert shown[0] == "completed"
    assert order == [each for each in ("requested", "accepted", "in-progress", "on-hold", "completed") if each in order]
