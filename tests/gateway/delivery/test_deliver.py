"""Deliveries: to receivers that are down, hang, lie or flap; in order, under stable ids, with their audit rows."""

import asyncio
import time
from datetime import timedelta

import pytest

from gateway.delivery.circuit import Tolerance
from gateway.store.outbox import Retries
from tests.gateway.delivery.post_room import RUN, PostRoom, verified
from tests.gateway.delivery.receiver import Receiver

ERROR = b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"processing"}]}'
WARNING = b'{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"informational"}]}'
AT_ONCE = Retries(attempts=3, first=timedelta(0), longest=timedelta(0), jitter=0)


async def test_news_reaches_the_receiver_signed_once_and_the_row_goes(post_room: PostRoom, receiver: Receiver) -> None:
    patient = await post_room.referred()
    await post_room.answered(patient, "accepted")
    (row,) = await post_room.rows("hook")
    await post_room.deliver()
    (got,) = receiver.got
    verified(got)
    assert (got.path, got.id, got.headers["content-type"]) == ("/hook", str(row["id"]), "application/fhir+json")
    assert await post_room.rows("hook") == []
    assert [(one, outcome) for one, outcome, _ in await post_room.audited(got.id)] == [
        ("cityhosp", "intended"),
        ("cityhosp", "delivered"),
    ]
    intent = (await post_room.audited(got.id))[0][2]
    assert intent["route"] == "hook"
    assert {each["record"].split("/")[0] for each in intent["records"]} >= {"Task", "ServiceRequest", "Patient"}
    assert all(each["because"] for each in intent["records"])


async def test_a_receiver_that_was_down_gets_it_when_it_is_up_under_the_same_id(
    post_room: PostRoom, receiver: Receiver
) -> None:
    patient = await post_room.referred()
    await post_room.answered(patient, "accepted")
    (row,) = await post_room.rows("hook")
    hook = post_room.deliverer.carriers["rest-hook"]  # type: ignore[index]  # a StrEnum's own value
    object.__setattr__(hook, "resolve", _nowhere)
    await post_room.deliver()
    (put_off,) = await post_room.rows("hook")
    assert (put_off["id"], put_off["attempts"], receiver.got) == (row["id"], 1, [])
    assert put_off["reason"] == "the receiver cannot be reached (OSError)"
    object.__setattr__(hook, "resolve", _loopback)
    await post_room.hurried()
    await post_room.deliver()
    assert [got.id for got in receiver.got] == [str(row["id"])]
    assert [outcome for _, outcome, _ in await post_room.audited(str(row["id"]))] == [
        "intended",
        "failed",
        "intended",
        "delivered",
    ]


async def _nowhere(host: str, port: int) -> list[str]:
    raise OSError


async def _loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


@pytest.mark.parametrize(
    ("answer", "taken"),
    [
        ((200, b""), True),
        ((204, b""), True),
        ((200, b"thank you"), True),
        ((200, WARNING), True),
        ((200, ERROR), False),
        ((200, ERROR.replace(b"error", b"fatal")), False),
        ((200, b"x" * 70_000), False),
        ((302, b""), False),
        ((400, b""), False),
        ((500, b""), False),
        ((503, ERROR), False),
    ],
)
async def test_taken_is_a_2xx_without_an_error_in_it(
    post_room: PostRoom, receiver: Receiver, answer: tuple[int, bytes], taken: bool
) -> None:
    receiver.answers = [answer]
    await post_room.answered(await post_room.referred(), "accepted")
    await post_room.deliver()
    rows = await post_room.rows("hook")
    assert len(receiver.got) == 1
    assert [row["attempts"] for row in rows] == ([] if taken else [1])
    assert all(row["reason"].startswith("the receiver answered") for row in rows)


async def test_a_redirect_is_not_followed(post_room: PostRoom, receiver: Receiver, second: Receiver) -> None:
    receiver.answers, receiver.headers = [(307, b"")], {"Location": second.url}
    await post_room.answered(await post_room.referred(), "accepted")
    await post_room.deliver()
    assert {got.headers["host"] for got in second.got} == {second.authority}
    assert len(second.got) == 1, "its own delivery, and nothing that was sent on"


async def test_a_flapping_receiver_gets_it_in_the_end_and_each_attempt_is_the_same_delivery(
    post_room: PostRoom, receiver: Receiver
) -> None:
    receiver.answers = [(500, b""), (500, b""), (200, b"")]
    await post_room.answered(await post_room.referred(), "accepted")
    for _ in range(3):
        await post_room.hurried()
        await post_room.deliver()
    assert len(receiver.got) == 3
    assert len({got.id for got in receiver.got}) == 1
    assert await post_room.rows("hook") == []


async def test_gone_is_a_dead_letter_at_once(post_room: PostRoom, receiver: Receiver) -> None:
    receiver.answers = [(410, b"")]
    await post_room.answered(await post_room.referred(), "accepted")
    await post_room.deliver()
    (row,) = await post_room.rows("hook")
    assert (row["state"], row["reason"]) == ("dead", "the receiver answered 410 Gone")


async def test_a_hanging_receiver_holds_up_nobody_else(
    post_room: PostRoom, receiver: Receiver, second: Receiver
) -> None:
    receiver.hanging = True
    patients = [await post_room.referred() for _ in range(3)]
    for patient in patients:
        await post_room.answered(patient, "accepted")
    begun = time.monotonic()
    delivering = asyncio.create_task(post_room.deliver())
    while len(second.got) < 3:
        assert time.monotonic() - begun < 0.9, "the second receiver waits for the first"
        await asyncio.sleep(0.02)
    news = await post_room.referred()
    await post_room.answered(news, "accepted")
    await delivering
    assert {row["reason"] for row in await post_room.rows("hook")} >= {"the receiver did not answer within 1 s"}


async def test_about_one_person_the_order_is_kept_whatever_fails(post_room: PostRoom, receiver: Receiver) -> None:
    patient = await post_room.referred()
    for status in ("accepted", "in-progress", "completed"):
        await post_room.answered(patient, status)
    owed = [str(row["id"]) for row in await post_room.rows("hook")]
    assert len(owed) == 3
    receiver.answers = [(500, b""), (200, b"")]
    await post_room.deliver()
    assert [got.id for got in receiver.got] == owed[:1]
    await post_room.hurried()
    await post_room.deliver()
    assert [got.id for got in receiver.got] == [owed[0], *owed]


async def test_a_dead_letter_no_longer_holds_what_follows_and_alerts_once(
    post_room: PostRoom, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    patient = await post_room.referred()
    for status in ("accepted", "completed"):
        await post_room.answered(patient, status)
    first, last = [str(row["id"]) for row in await post_room.rows("hook")]
    receiver.answers = [(500, b"")] * 3 + [(200, b"")]
    post_room.deliverer = post_room.new(retries=AT_ONCE)
    await post_room.deliver()
    assert [got.id for got in receiver.got] == [first] * 3 + [last]
    (row,) = await post_room.rows("hook")
    assert (str(row["id"]), row["state"], row["attempts"]) == (first, "dead", 3)
    told = capsys.readouterr()
    assert (told.out + told.err).count("dead letter") - (told.out + told.err).count("no way out") <= 1
    assert patient not in told.out + told.err


async def test_a_worker_killed_between_sending_and_noting_sends_again_under_the_same_id(
    post_room: PostRoom, receiver: Receiver
) -> None:
    receiver.hanging = True
    await post_room.answered(await post_room.referred(), "accepted")
    (row,) = await post_room.rows("hook")
    killed = asyncio.create_task(RUN(post_room.new(carrying=20)))
    await receiver.reached()
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    receiver.hanging = False
    receiver.let_go.set()
    await post_room.deliver()
    assert len(receiver.got) == 1, "the lease of the killed worker still runs"
    await post_room.hurried()
    await post_room.deliver()
    assert [got.id for got in receiver.got] == [str(row["id"])] * 2
    assert [outcome for _, outcome, _ in await post_room.audited(str(row["id"]))] == [
        "intended",
        "intended",
        "delivered",
    ]


async def test_a_receiver_that_keeps_failing_is_left_alone_and_found_again(
    post_room: PostRoom, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(7):
        await post_room.answered(await post_room.referred(), "accepted")
    receiver.answers = [(500, b"")]
    rest = timedelta(milliseconds=400)
    post_room.deliverer = post_room.new(tolerance=Tolerance(at_once=1, failures=5, rest=rest))
    await post_room.deliver()
    assert len(receiver.got) == 5
    await post_room.hurried()
    await post_room.deliver()
    assert len(receiver.got) == 5, "it rests"
    receiver.answers = [(200, b"")]
    await asyncio.sleep(0.5)
    await post_room.hurried()
    await post_room.deliver()
    assert len(receiver.got) == 12
    assert await post_room.rows("hook") == []
    told = capsys.readouterr()
    assert [(told.out + told.err).count(word) for word in ("receiver left alone", "receiver answers again")] == [1, 1]


async def test_a_route_that_the_gateway_does_not_have_waits_as_a_dead_letter_that_says_so(post_room: PostRoom) -> None:
    await post_room.answered(await post_room.referred(), "accepted")
    post_room.deliverer = post_room.new(carriers={})
    await post_room.deliver()
    (row,) = await post_room.rows("hook")
    assert row["state"] == "dead"
    assert row["reason"].startswith("this gateway has no way out by rest-hook")
    assert await post_room.audited(str(row["id"])) == [], "nothing was decided"
