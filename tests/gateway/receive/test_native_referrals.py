"""A referral made natively is the hand-off that a message makes: two Tasks, a party to the care, news both ways."""

from typing import Any

import pytest

from gateway.fhir.outcome import Unprocessable
from gateway.registry import AGENCY_SYSTEM, organization_id
from tests.gateway.disclose import asking
from tests.gateway.disclose.asking import BRIDGE, HOSPITAL, LAKESIDE, PROGRAM
from tests.gateway.receive.referring import referred, request, task
from tests.messages import Visit
from tests.promises.house import House
from tests.promises.worlds import person

Json = dict[str, Any]
RMS, SOCIAL_WORK = "riverton-rms", "riverton-social-work"


async def _rows(house: House, statement: str, *values: object) -> list[Any]:
    async with house.owner() as owner:
        return list(await owner.fetch(statement, *values))


async def _handoff(house: House, sent: str) -> Any:
    (row,) = await _rows(house, "SELECT * FROM handoff WHERE sender_task = $1", sent)
    return row


async def _seen(house: House, client: str, kind: str, record: str) -> Any:
    view = await asking.read(house, client, kind, record)
    assert view is not None
    return view


async def test_a_task_to_another_agency_hands_over(house: House) -> None:
    patient, asked, sent = await referred(house, LAKESIDE, "bridge-community")
    row = await _handoff(house, sent)
    assert (row["custodian"], row["receiver"], str(row["request"])) == ("lakeside-bh", "bridge-community", asked)
    received = await _seen(house, BRIDGE, "Task", str(row["receiver_task"]))
    assert received.custodian == "bridge-community"
    assert received.resource["partOf"] == [{"reference": f"Task/{sent}"}]
    (related,) = await _rows(house, "SELECT * FROM relationship WHERE patient = $1", patient)
    assert (related["holder"], related["org"], related["kind"]) == ("lakeside-bh", "bridge-community", "handoff")
    segments = await _rows(
        house,
        "SELECT DISTINCT s.requester, s.performer FROM part p JOIN segment s ON s.id = p.segment"
        " WHERE p.id = $1 AND p.current",
        asked,
    )
    assert [tuple(each) for each in segments] == [("lakeside-bh", "bridge-community")]


async def test_the_receivers_answer_reaches_the_sender(house: House) -> None:
    _, _, sent = await referred(house, HOSPITAL, "bridge-community")
    task_id = str((await _handoff(house, sent))["receiver_task"])
    await asking.update(house, BRIDGE, await _seen(house, BRIDGE, "Task", task_id), status="accepted")
    await house.settled()
    assert (await _seen(house, HOSPITAL, "Task", sent)).resource["status"] == "accepted"


async def test_a_request_kept_before_is_still_found_by_its_terms(house: House) -> None:
    patient, asked, _ = await referred(house, LAKESIDE, "bridge-community")
    found = await asking.search(house, LAKESIDE, "ServiceRequest", patient=patient, status="active")
    assert [view.id for view in found.matches] == [asked]


async def test_received_is_kept_as_requested(house: House) -> None:
    _, _, sent = await referred(house, LAKESIDE, "bridge-community", status="received")
    kept = (await _seen(house, LAKESIDE, "Task", sent)).resource
    assert (kept["status"], kept["businessStatus"]) == ("requested", {"text": "received"})
    assert kept["requester"] == {"reference": f"Organization/{organization_id('lakeside-bh')}"}
    await _handoff(house, sent)


IDENTIFIED = {"system": AGENCY_SYSTEM, "value": "bridge-community"}
CONTAINED = {"resourceType": "Organization", "id": "o", "name": "Bridge", "identifier": [IDENTIFIED]}


@pytest.mark.parametrize(
    "more",
    [
        {"owner": {"identifier": IDENTIFIED}},
        {"owner": {"reference": "Organization/bridge-community"}},
        {"owner": {"reference": "#o"}, "contained": [CONTAINED]},
    ],
    ids=["identifier", "agency id", "contained"],
)
async def test_the_owner_is_known_by_what_the_directory_says(house: House, more: Json) -> None:
    _, _, sent = await referred(house, LAKESIDE, "", **more)
    assert (await _handoff(house, sent))["receiver"] == "bridge-community"
    kept = (await _seen(house, LAKESIDE, "Task", sent)).resource
    assert kept["owner"]["reference"] == f"Organization/{organization_id('bridge-community')}"
    assert "contained" not in kept


@pytest.mark.parametrize(
    "more",
    [
        {"owner": {"reference": "Organization/0b0b0b0b-0000-8000-8000-000000000000"}},
        {"owner": {"reference": f"Organization/{organization_id('lakeside-bh')}"}},
        {"owner": {"reference": f"Organization/{organization_id('bridge-community')}"}, "status": "draft"},
        {"owner": {"reference": f"Organization/{organization_id('bridge-community')}"}, "intent": "plan"},
        {"owner": {"reference": f"Organization/{organization_id('bridge-community')}"}, "code": {"text": "x"}},
        {},
    ],
    ids=["unknown", "itself", "draft", "plan", "no order to fulfil", "open"],
)
async def test_a_task_that_asks_nobody_known_here_is_kept_and_handed_to_nobody(house: House, more: Json) -> None:
    _, _, sent = await referred(house, LAKESIDE, "", **more)
    assert await _rows(house, "SELECT 1 FROM handoff WHERE sender_task = $1", sent) == []
    assert (await _seen(house, LAKESIDE, "Task", sent)).resource["status"] == more.get("status", "requested")


async def test_a_draft_is_handed_over_when_it_is_requested_and_only_once(house: House) -> None:
    _, _, sent = await referred(house, LAKESIDE, "bridge-community", status="draft")
    await asking.update(house, LAKESIDE, await _seen(house, LAKESIDE, "Task", sent), status="requested")
    await _handoff(house, sent)
    await asking.update(house, LAKESIDE, await _seen(house, LAKESIDE, "Task", sent), description="again")
    await _handoff(house, sent)


async def _refused(house: House, resource: Json, text: str) -> None:
    before = len(await _rows(house, "SELECT 1 FROM part"))
    with pytest.raises(Unprocessable, match=text):
        await asking.create(house, LAKESIDE, resource)
    assert len(await _rows(house, "SELECT 1 FROM part")) == before


async def test_a_referral_that_is_not_the_writers_to_make_is_refused(house: House) -> None:
    patient, asked, _ = await referred(house, LAKESIDE, "bridge-community")
    other, theirs, _ = await referred(house, HOSPITAL, "bridge-community")
    about, focus, owner = f"Patient/{patient}", f"ServiceRequest/{asked}", "bridge-community"
    nobody = "0b0b0b0b-0000-8000-8000-000000000000"
    await _refused(house, task(about, focus, owner), "referred already")
    for each in (theirs, nobody):
        await _refused(house, task(about, f"ServiceRequest/{each}", owner), "ServiceRequest of your own")
    fresh = await asking.create(house, LAKESIDE, request(about))
    for each in (other, nobody):
        await _refused(house, task(f"Patient/{each}", f"ServiceRequest/{fresh}", owner), "Patient of your own")
    named = {"identifier": {"system": AGENCY_SYSTEM, "value": "cityhosp"}}
    carried = {"resourceType": "Organization", "id": "o", "name": "O", "identifier": [named["identifier"]]}
    reference = {"reference": f"Organization/{organization_id('cityhosp')}"}
    for requester, more in ((reference, {}), (named, {}), ({"reference": "#o"}, {"contained": [carried]})):
        spoofed = task(about, f"ServiceRequest/{fresh}", owner, requester=requester, **more)
        await _refused(house, spoofed, "your own agency")


async def test_a_message_makes_a_referral_of_its_own_beside_a_native_one(house: House) -> None:
    visit = Visit()
    await house.hospital(visit.a01())
    patient = await asking.patient_of(house, visit.mrn)
    asked = await asking.create(house, HOSPITAL, request(f"Patient/{patient}"))
    made = task(f"Patient/{patient}", f"ServiceRequest/{asked}", "harbor-recovery")
    native = await _handoff(house, await asking.create(house, HOSPITAL, made))
    await house.hospital(visit.a03())
    rows = await _rows(house, "SELECT * FROM handoff WHERE patient = $1", patient)
    paired = {each[name] for each in rows for name in ("sender_task", "receiver_task")}
    kept = await _rows(house, "SELECT DISTINCT id FROM part WHERE patient = $1 AND type = 'Task'", patient)
    assert len(rows) == 2
    assert {each["id"] for each in kept} == paired
    assert (await _seen(house, HOSPITAL, "ServiceRequest", asked)).resource["code"] == {"text": "food"}
    for each in rows:
        theirs = await _seen(house, PROGRAM, "Task", str(each["receiver_task"]))
        await asking.update(house, PROGRAM, theirs, status="accepted")
    again = await _rows(house, "SELECT * FROM handoff WHERE sender_task = $1", native["sender_task"])
    assert [each["request"] for each in again] == [native["request"]]


# --- units of one agency


async def test_a_units_task_is_moved_by_that_unit_alone(house: House) -> None:
    _, _, sent = await referred(house, RMS, "riverton-pd/social-work")
    row = await _handoff(house, sent)
    assert (row["custodian"], row["receiver"], row["unit"]) == ("riverton-pd", "riverton-pd", "social-work")
    theirs = str(row["receiver_task"])
    view = await asking.read(house, SOCIAL_WORK, "Task", theirs)
    assert view is not None
    with pytest.raises(Unprocessable, match="belongs to the unit social-work"):
        await asking.update(house, RMS, view, status="accepted")
    await asking.update(house, SOCIAL_WORK, view, status="accepted")
    assert (await _seen(house, SOCIAL_WORK, "Task", theirs)).resource["status"] == "accepted"


async def test_a_client_of_the_unit_asked_hands_over_to_nobody(house: House) -> None:
    patient = await asking.create(house, SOCIAL_WORK, person("THISTLE", "T-2"))
    asked = await asking.create(house, SOCIAL_WORK, request(f"Patient/{patient}"))
    made = task(f"Patient/{patient}", f"ServiceRequest/{asked}", "riverton-pd/social-work")
    sent = await asking.create(house, SOCIAL_WORK, made)
    assert await _rows(house, "SELECT 1 FROM handoff WHERE sender_task = $1", sent) == []


async def test_a_social_workers_record_stays_one_whoever_of_the_agency_writes(house: House) -> None:
    patient = await asking.create(house, SOCIAL_WORK, person("THISTLE", "T-3"))
    seen = {"resourceType": "Observation", "status": "final", "code": {"text": "home"}}
    about = {"subject": {"reference": f"Patient/{patient}"}}
    hers = await asking.create(house, SOCIAL_WORK, {**seen, **about})
    plain = await asking.create(house, RMS, {**seen, **about})
    assert "SOCIAL-SERVICE" in await _labels(house, hers)
    assert "SOCIAL-SERVICE" not in await _labels(house, plain)
    assert await asking.read(house, RMS, "Observation", hers) is None
    view = await asking.read(house, SOCIAL_WORK, "Observation", hers)
    assert view is not None
    await asking.update(house, SOCIAL_WORK, view, status="amended")
    assert "SOCIAL-SERVICE" in await _labels(house, hers)


async def _labels(house: House, record: str) -> list[str]:
    (row,) = await _rows(
        house,
        "SELECT s.labels FROM part p JOIN segment s ON s.id = p.segment WHERE p.id = $1 AND p.part = '' AND p.current",
        record,
    )
    return list(row["labels"])


PROFILE = "http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition/SDOHCC-TaskForReferralManagement"


async def test_a_task_that_claims_the_profile_says_why_it_is_rejected(house: House) -> None:
    _, _, sent = await referred(house, HOSPITAL, "bridge-community", meta={"profile": [PROFILE]})
    view = await _seen(house, BRIDGE, "Task", str((await _handoff(house, sent))["receiver_task"]))
    with pytest.raises(Unprocessable, match=r"send statusReason\.text"):
        await asking.update(house, BRIDGE, view, status="rejected")
    await asking.update(house, BRIDGE, view, status="rejected", statusReason={"text": "no beds"})


async def _ended(house: House, ender: Any, status: str) -> tuple[str, str]:
    """A referral of Lakeside to the hospital that one of them ended: the Task of who did, and that of the other."""
    _, _, sent = await referred(house, LAKESIDE, "cityhosp")
    received = str((await _handoff(house, sent))["receiver_task"])
    theirs, others = (received, sent) if ender == HOSPITAL else (sent, received)
    view = await _seen(house, ender, "Task", theirs)
    await asking.update(house, ender, view, status=status, statusReason={"text": "no beds"})
    await house.settled()
    return theirs, others


ENDS = pytest.mark.parametrize(
    ("ender", "other", "status"),
    [(HOSPITAL, LAKESIDE, "rejected"), (HOSPITAL, LAKESIDE, "cancelled"), (LAKESIDE, HOSPITAL, "cancelled")],
)


@ENDS
async def test_who_ended_a_referral_may_correct_its_reason_and_the_other_side_hears(
    house: House, ender: Any, other: Any, status: str
) -> None:
    theirs, others = await _ended(house, ender, status)
    view = await _seen(house, ender, "Task", theirs)
    await asking.update(house, ender, view, statusReason={"text": "no beds for two"})
    await house.settled()
    for client, record in ((ender, theirs), (other, others)):
        seen = (await _seen(house, client, "Task", record)).resource
        assert (seen["status"], seen["statusReason"]) == (status, {"text": "no beds for two"})


@ENDS
@pytest.mark.parametrize("element", ["statusReason", "businessStatus"])
async def test_nobody_puts_words_into_the_mouth_of_who_ended_a_referral(
    house: House, ender: Any, other: Any, status: str, element: str
) -> None:
    theirs, others = await _ended(house, ender, status)
    before = (await _seen(house, ender, "Task", theirs)).resource
    view = await _seen(house, other, "Task", others)
    assert (view.resource["status"], view.resource["statusReason"]) == (status, {"text": "no beds"})
    with pytest.raises(Unprocessable, match="The other side ended this referral"):
        await asking.update(house, other, view, **{element: {"text": "they never answer"}})
    await asking.update(house, other, view, note=[{"text": "they never answer"}])
    await house.settled()
    assert (await _seen(house, other, "Task", others)).resource["statusReason"] == {"text": "no beds"}
    assert (await _seen(house, ender, "Task", theirs)).resource == before


@pytest.mark.parametrize("told", [{"text": "x" * 2001}, {"coding": [{"display": "x\x7f"}]}])
@pytest.mark.parametrize("element", ["statusReason", "businessStatus"])
async def test_a_reason_is_text_and_no_longer_than_a_page(house: House, element: str, told: Json) -> None:
    _, _, sent = await referred(house, HOSPITAL, "bridge-community")
    view = await _seen(house, BRIDGE, "Task", str((await _handoff(house, sent))["receiver_task"]))
    with pytest.raises(Unprocessable, match=r"longer than 2,000|control character") as refused:
        await asking.update(house, BRIDGE, view, status="rejected", **{element: told})
    assert [each.expression for each in refused.value.issues] == [f"Task.{element}"]
    await asking.update(house, BRIDGE, view, status="rejected", **{element: {"text": "x" * 2000}})


@pytest.mark.parametrize(("reason", "status"), [("no\0bed", 400), ("no\x1b[31m", 400), ("x" * 2001, 422), ("x", 200)])
async def test_a_patch_of_a_reason_that_is_no_text_or_too_long_is_refused(
    house: House, reason: str, status: int
) -> None:
    _, _, sent = await referred(house, HOSPITAL, "bridge-community")
    path = f"Task/{(await _handoff(house, sent))['receiver_task']}"
    bridge = house.asker("bridge-community-system")
    before = await bridge.get(path)
    words = {"status": "rejected", "statusReason": {"text": reason}}
    answer = await bridge.patch(path, words, content_type="application/merge-patch+json")
    assert answer.status == status, answer.body
    assert ((await bridge.get(path)).body == before.body) is (status != 200)
