"""`crosswalk message` shows what waits and what died, nothing of a person in it, and sends a dead letter again."""

import asyncio
import json
from typing import Any

from click.testing import Result

from tests.gateway.commands.running import run
from tests.gateway.delivery.post_room import PostRoom
from tests.gateway.delivery.receiver import Receiver
from tests.messages import Visit


async def _message(post_room: PostRoom, *words: str) -> Result:
    place = ("--database-url", post_room.house.url, "--key-file", str(post_room.house.template.site.key_file))
    return await asyncio.to_thread(run, "message", *words, *place)


async def _listed(post_room: PostRoom, status: str) -> list[dict[str, Any]]:
    told = await _message(post_room, "list", "--status", status, "--agency", "cityhosp", "--json")
    assert told.exit_code == 0, told.stderr
    found: list[dict[str, Any]] = json.loads(told.stdout)
    return [each for each in found if each["route"] == "hook"]


async def _died(post_room: PostRoom, receiver: Receiver) -> tuple[Visit, str]:
    receiver.answers = [(410, b""), (200, b"")]
    visit = Visit()
    await post_room.answered(await post_room.referred(visit), "accepted")
    await post_room.deliver()
    ((row,),) = (await post_room.rows("hook"),)
    return visit, str(row["id"])


async def test_a_dead_letter_is_listed_and_shown_with_its_reason_and_without_a_person(
    post_room: PostRoom, receiver: Receiver
) -> None:
    visit, delivery = await _died(post_room, receiver)
    (found,) = await _listed(post_room, "dead")
    assert {name: found[name] for name in ("id", "direction", "kind", "agency", "route", "status", "attempts")} == {
        "id": delivery,
        "direction": "out",
        "kind": "delivery",
        "agency": "cityhosp",
        "route": "hook",
        "status": "dead",
        "attempts": 1,
    }
    assert found["reason"] == "the receiver answered 410 Gone"
    told = await _message(post_room, "list", "--status", "dead")
    shown = await _message(post_room, "show", delivery)
    assert (told.exit_code, shown.exit_code) == (0, 0)
    assert "410 Gone" in shown.stdout
    subject = str((await post_room.rows("hook"))[0]["subject"])
    for word in (visit.mrn, visit.family, visit.given, subject):
        assert word not in told.stdout + shown.stdout + json.dumps(found)


async def test_what_waits_is_listed_until_it_is_delivered(post_room: PostRoom, receiver: Receiver) -> None:
    receiver.answers = [(503, b""), (200, b"")]
    await post_room.answered(await post_room.referred(), "accepted")
    assert [(each["attempts"], each["reason"]) for each in await _listed(post_room, "waiting")] == [(0, "")]
    await post_room.deliver()
    (found,) = await _listed(post_room, "waiting")
    assert (found["attempts"], found["reason"]) == (1, "the receiver answered 503")
    await post_room.hurried()
    await post_room.deliver()
    assert await _listed(post_room, "waiting") == await _listed(post_room, "dead") == []


async def test_a_dead_letter_is_sent_again_under_its_id_for_a_reason_on_record(
    post_room: PostRoom, receiver: Receiver
) -> None:
    _, delivery = await _died(post_room, receiver)
    assert (await _message(post_room, "resend", delivery)).exit_code == 2
    assert (await _message(post_room, "resend", delivery, "--reason", " ")).exit_code == 2
    assert (await _message(post_room, "resend", delivery, "--reason", "ticket 12")).exit_code == 0
    again = await _message(post_room, "resend", delivery, "--reason", "ticket 12")
    assert again.exit_code == 1
    assert "is no dead letter" in again.stderr
    await post_room.deliver()
    assert [got.id for got in receiver.got] == [delivery, delivery]
    assert await post_room.rows("hook") == []
    async with post_room.house.owner() as owner:
        rows = await owner.fetch("SELECT custodian, outcome FROM audit WHERE kind = 'resend'")
    assert [tuple(row) for row in rows] == [("cityhosp", "owed again")]


async def test_what_is_not_there_is_said_in_one_line(post_room: PostRoom) -> None:
    nothing = "00000000-0000-4000-8000-000000000000"
    for words in (("show", nothing), ("resend", nothing, "--reason", "ticket 12")):
        told = await _message(post_room, *words)
        assert (told.exit_code, told.stdout, len(told.stderr.strip().splitlines())) == (1, "", 1)
    assert (await _message(post_room, "list", "--status", "dead", "--control-id", "X")).exit_code == 2
    assert (await _message(post_room, "list", "--status", "dead", "--agency", "nowhere")).exit_code == 1
