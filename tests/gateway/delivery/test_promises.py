"""What is delivered is decided when it leaves; who may not know gets no request at all, and nothing beyond its role."""

import asyncio
import time
from collections.abc import Iterable
from typing import Any

import orjson
import pytest

from gateway.store.audit import AuditChains, verify
from tests.gateway.delivery.post_room import PostRoom
from tests.gateway.delivery.receiver import Receiver
from tests.messages import Visit
from tests.promises.house import House
from tests.promises.stories import consented, revoked
from tests.promises.worlds import HIV, HOSPITAL, PROGRAM

OPIOID = "F11.20^Opioid dependence"


async def _with_consent(post_room: PostRoom) -> tuple[str, str]:
    """A person handed to the program, which may tell the hospital: the patient, and the consent."""
    patient = await post_room.referred(diagnosis=OPIOID)
    consent = await consented(post_room.house, patient)
    await post_room.nothing_owed()
    post_room.receivers[0].got.clear()
    return patient, consent


async def test_what_the_program_does_without_consent_sends_no_request_and_owes_none(
    post_room: PostRoom, receiver: Receiver
) -> None:
    patient = await post_room.referred(diagnosis=OPIOID)
    for status in ("accepted", "in-progress", "completed"):
        await post_room.answered(patient, status, PROGRAM)
    assert await post_room.rows() == []
    await post_room.deliver()
    assert receiver.got == []


async def test_with_consent_the_same_news_is_sent(post_room: PostRoom, receiver: Receiver) -> None:
    patient, _ = await _with_consent(post_room)
    await post_room.answered(patient, "accepted", PROGRAM)
    await post_room.deliver()
    assert len(receiver.got) == 1


async def test_a_revocation_between_queueing_and_sending_stops_it(post_room: PostRoom, receiver: Receiver) -> None:
    patient, consent = await _with_consent(post_room)
    await post_room.answered(patient, "accepted", PROGRAM)
    (row,) = await post_room.rows("hook")
    await revoked(post_room.house, consent)
    await post_room.deliver()
    assert receiver.got == []
    assert await post_room.rows("hook") == []
    assert [(who, outcome) for who, outcome, _ in await post_room.audited(str(row["id"]))] == [("cityhosp", "withheld")]


async def test_a_revocation_between_two_attempts_stops_the_second(post_room: PostRoom, receiver: Receiver) -> None:
    patient, consent = await _with_consent(post_room)
    await post_room.answered(patient, "accepted", PROGRAM)
    receiver.answers = [(500, b""), (200, b"")]
    await post_room.deliver()
    assert len(receiver.got) == 1
    await revoked(post_room.house, consent)
    await post_room.hurried()
    await post_room.deliver()
    assert len(receiver.got) == 1
    assert await post_room.rows("hook") == []


async def test_a_revocation_waits_for_the_intent_that_was_decided_before_it(
    post_room: PostRoom, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The barrier: while a delivery stands between its decision and its audit row, the revocation does not commit."""
    patient, consent = await _with_consent(post_room)
    await post_room.answered(patient, "accepted", PROGRAM)
    reached, released = _barrier(monkeypatch)
    delivering = asyncio.create_task(post_room.deliver())
    await asyncio.wait_for(reached.wait(), 10)
    revoking = asyncio.create_task(revoked(post_room.house, consent))
    await asyncio.wait({revoking}, timeout=0.7)
    waited, sent = not revoking.done(), len(receiver.got)
    released.set()
    await asyncio.gather(delivering, revoking)
    assert (waited, sent, len(receiver.got)) == (True, 0, 1)


def _barrier(patch: pytest.MonkeyPatch) -> tuple[asyncio.Event, asyncio.Event]:
    reached, released = asyncio.Event(), asyncio.Event()
    honest = AuditChains.append

    async def append(chains: AuditChains, driver: Any, entries: Iterable[Any]) -> Any:
        if any(entry.kind == "deliver" for entry, _ in entries) and not reached.is_set():
            reached.set()
            await released.wait()
        return await honest(chains, driver, entries)  # type: ignore[arg-type]  # passes on what it was given

    patch.setattr(AuditChains, "append", append)
    return reached, released


async def test_a_delivery_whose_intent_cannot_be_written_sends_no_byte(
    post_room: PostRoom, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post_room.answered(await post_room.referred(), "accepted")
    honest = AuditChains.append

    async def append(chains: AuditChains, driver: Any, entries: Any) -> Any:
        if any(entry.outcome == "intended" for entry, _ in entries):
            raise OSError
        return await honest(chains, driver, entries)

    monkeypatch.setattr(AuditChains, "append", append)
    await post_room.deliver()
    assert receiver.got == []
    (row,) = await post_room.rows("hook")
    assert (row["attempts"], row["reason"]) == (1, "not decided (OSError)")


async def test_no_carrier_runs_within_a_transaction_and_the_intent_is_committed_first(
    post_room: PostRoom, receiver: Receiver
) -> None:
    receiver.hanging = True
    await post_room.answered(await post_room.referred(), "accepted")
    (row,) = await post_room.rows("hook")
    delivering = asyncio.create_task(post_room.deliver())
    await receiver.reached()
    assert [outcome for _, outcome, _ in await post_room.audited(str(row["id"]))] == ["intended"]
    async with post_room.house.owner() as owner:
        idle = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state ~ 'in transaction'"
        until = time.monotonic() + 0.7  # other tasks' transactions are short; one around the carrier would last
        while await owner.fetchval(idle):
            assert time.monotonic() < until, "a transaction is open while the receiver hangs"
            await asyncio.sleep(0.02)
    receiver.let_go.set()
    await delivering
    async with post_room.house.owner() as owner:
        assert (await verify(owner)).faults == ()


@pytest.mark.parametrize("post_room", ["full-resource"], indirect=True)
async def test_two_worlds_that_differ_in_what_is_hidden_send_the_same_bytes(
    post_room: PostRoom, receiver: Receiver
) -> None:
    """To one hospital person the program did nothing, to the other everything, without consent: both are told alike."""
    bodies = []
    for hidden in (False, True):
        visit = Visit(mrn=f"77000{int(hidden)}")
        patient = await post_room.referred(visit)
        if hidden:
            await post_room.house.hospital(visit.a03(diagnosis=OPIOID, at="20260305150000-0600"))
            await _program_moves(post_room.house, patient)
        await post_room.answered(patient, "accepted")
        await post_room.deliver()
        bodies.append(receiver.got[-1].json)
    assert len(receiver.got) == 2
    one, other = ({entry["resource"]["resourceType"] for entry in each["entry"]} for each in bodies)
    assert one == other == {"Parameters", "Task", "ServiceRequest", "Patient"}
    assert _shape(bodies[0]) == _shape(bodies[1])


async def _program_moves(house: House, patient: str) -> None:
    tasks = await house.asker(PROGRAM).found("Task?_count=200")
    for task in [each for each in tasks if each.get("partOf") and each["for"]["reference"].endswith(patient)]:
        await house.asker(PROGRAM).patch(f"Task/{task['id']}", {"status": "accepted"})


def _shape(body: Any) -> Any:
    """Every element there is, without values that differ between any two people."""
    if isinstance(body, dict):
        return {name: _shape(value) for name, value in body.items()}
    return [_shape(each) for each in body] if isinstance(body, list) else type(body).__name__


@pytest.mark.parametrize("post_room", ["full-resource"], indirect=True)
async def test_a_body_holds_what_the_delivery_s_role_reads_and_nothing_more(
    post_room: PostRoom, receiver: Receiver
) -> None:
    visit = Visit()
    patient = await post_room.referred(visit)
    await post_room.house.hospital(visit.a08(at="20260306090000-0600", diagnosis=HIV))
    await post_room.answered(patient, "accepted")
    await post_room.deliver()
    (got,) = receiver.got
    hospital = post_room.house.asker(HOSPITAL)
    for entry in got.json["entry"][1:]:
        path = entry["fullUrl"].split("/fhir/")[1]
        assert entry["resource"] == (await hospital.get(path)).json
    assert b"B20" not in got.body


@pytest.mark.parametrize(("post_room", "said"), [("empty", 0), ("id-only", 1)], indirect=["post_room"])
async def test_an_empty_or_id_only_body_names_no_person(post_room: PostRoom, receiver: Receiver, said: int) -> None:
    visit = Visit()
    patient = await post_room.referred(visit)
    await post_room.answered(patient, "accepted")
    await post_room.deliver()
    (got,) = receiver.got
    for word in (visit.family, visit.given, visit.mrn, patient, "accepted", "Z59"):
        assert word.encode() not in got.body
    tasks = await post_room.house.asker(HOSPITAL).found("Task?_count=50")
    own = [each["id"] for each in tasks if not each.get("partOf") and each["for"]["reference"].endswith(patient)]
    assert len([one for one in own if one.encode() in got.body]) == said
    assert orjson.loads(got.body)["type"] == "history"
