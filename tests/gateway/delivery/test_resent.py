"""A dead letter that is sent again, however often: the same id, and the same bytes as long as nothing moved."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.agencies.model import Route
from gateway.delivery.folder import FolderCarrier
from tests.gateway.commands.running import run
from tests.gateway.delivery.post_room import PostRoom, verified
from tests.gateway.delivery.receiver import Receiver
from tests.promises.stories import consented, revoked
from tests.promises.worlds import PROGRAM

TIMES = 4


async def _resent(post_room: PostRoom, delivery: str) -> None:
    place = ("--database-url", post_room.house.url, "--key-file", str(post_room.house.template.site.key_file))
    words = ("message", "resend", delivery, "--reason", "ticket 12", *place)
    told = await asyncio.to_thread(run, *words)
    assert told.exit_code == 0, told.stderr


async def _dead(post_room: PostRoom, route: str) -> str:
    (row,) = await post_room.rows(route)
    assert row["state"] == "dead"
    return str(row["id"])


@pytest.mark.parametrize("post_room", ["empty", "id-only", "full-resource"], indirect=True)
async def test_a_dead_letter_sent_again_and_again_is_the_same_but_for_its_moment(
    post_room: PostRoom, receiver: Receiver
) -> None:
    receiver.answers = [*[(410, b"")] * TIMES, (200, b"")]
    await post_room.answered(await post_room.referred(), "accepted")
    await post_room.deliver()
    for _ in range(TIMES):
        await _resent(post_room, await _dead(post_room, "hook"))
        await post_room.deliver()
    assert await post_room.rows("hook") == []
    assert len(receiver.got) == TIMES + 1
    for each in receiver.got:
        verified(each)
    assert len({each.id for each in receiver.got}) == 1
    assert len({_but_for_its_moment(each.body, each.json["timestamp"]) for each in receiver.got}) == 1


def _but_for_its_moment(body: bytes, sent: str) -> bytes:
    assert body.count(sent.encode()) == 1
    return body.replace(sent.encode(), b"")


async def test_a_file_that_had_no_way_out_is_written_once_however_often_it_is_sent_again(
    post_room: PostRoom, tmp_path: Path
) -> None:
    await post_room.answered(await post_room.referred(), "accepted")
    for _ in range(TIMES):
        await post_room.deliver()
        delivery = await _dead(post_room, "inbox")
        await _resent(post_room, delivery)
    seen = []
    for fails in (True, True, False):
        post_room.deliverer = post_room.new(carriers={Route.FOLDER: _Folder(FolderCarrier(tmp_path), fails)})
        await post_room.hurried()
        await post_room.deliver()
        seen.append(_files(tmp_path))
    assert await post_room.rows("inbox") == []
    ((name, _, content),) = seen[0]
    assert seen == [seen[0]] * 3
    assert name.endswith(".hl7")
    assert delivery.replace("-", "").upper()[:20].encode() in content


class _Folder:
    """The carrier of folders, killed right after it wrote its file as often as wanted."""

    def __init__(self, carrier: FolderCarrier, fails: Any) -> None:
        self.carrier, self.fails = carrier, fails

    async def carry(self, parcel: Any) -> None:
        await self.carrier.carry(parcel)
        if self.fails:
            raise OSError


def _files(root: Path) -> list[tuple[str, int, bytes]]:
    found = (each for each in root.rglob("*") if each.is_file())
    return [(each.name, each.stat().st_mtime_ns, each.read_bytes()) for each in found]


async def test_what_was_revoked_meanwhile_is_not_sent_again(post_room: PostRoom, receiver: Receiver) -> None:
    patient = await post_room.referred(diagnosis="F11.20^Opioid dependence")
    consent = await consented(post_room.house, patient)
    await post_room.nothing_owed()
    receiver.answers = [(410, b""), (200, b"")]
    receiver.got.clear()
    await post_room.answered(patient, "accepted", PROGRAM)
    await post_room.deliver()
    delivery = await _dead(post_room, "hook")
    await revoked(post_room.house, consent)
    await _resent(post_room, delivery)
    await post_room.deliver()
    assert [each.id for each in receiver.got] == [delivery]
    assert await post_room.rows("hook") == []
    assert [outcome for _, outcome, _ in await post_room.audited(delivery)][-1] == "withheld"
