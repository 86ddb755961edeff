"""The comparison of letters must be able to fail: each leak planted here is noticed by it."""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import gateway.delivery.folder
from consent.laws import called_up
from consent.terms import Decision, Effect
from gateway.delivery.folder import FolderCarrier
from gateway.delivery.news import NewsItem
from gateway.delivery.parcel import Parcel
from gateway.disclose.disclose import Disclose
from gateway.disclose.telling import Told, recipient
from tests.promises.mail import RECIPIENTS
from tests.promises.mail_town import hospital_days, police_days
from tests.promises.mail_worlds import Worlds
from tests.promises.worlds import HOSPITAL, POLICE, SHELTER

Plant = Callable[[pytest.MonkeyPatch], None]


def part_2_sleeps(patch: pytest.MonkeyPatch) -> None:
    """42 CFR Part 2 is never asked."""
    honest = called_up
    patch.setattr("consent.decide.called_up", lambda labels: [f for f in honest(labels) if f.__name__ != "part2"])


def nothing_is_decided(patch: pytest.MonkeyPatch) -> None:
    """News is carried over and sent without being decided; what the letter holds is decided all the same."""

    async def told(self: Disclose, entered: Any, telling: Any) -> Told | None:
        agency, delivery = telling.recipient(entered.snapshot)
        assert recipient(agency, delivery)
        task = await self._reading.view(entered, "Task", telling.task)
        beside = [await self._reading.view(entered, kind, record) for kind, record in telling.beside]
        return Told(entered.snapshot, agency, delivery, task, tuple(beside)) if task else None

    patch.setattr("gateway.delivery.news.decide", lambda facts: Decision(Effect.PERMIT, (), frozenset()))
    patch.setattr(NewsItem, "_sees", lambda *facts: True)
    patch.setattr(Disclose, "_told", told)


def files_are_numbered(patch: pytest.MonkeyPatch) -> None:
    """The name of a file counts what was written for everybody."""
    honest, carry = gateway.delivery.folder.file_name, FolderCarrier.carry
    written: Counter[Path] = Counter()
    numbers: dict[str, int] = {}

    async def counting(self: FolderCarrier, parcel: Parcel) -> None:
        written[self.root] += 1
        numbers[parcel.id] = written[self.root]
        await carry(self, parcel)

    def numbered(parcel: Parcel, content: bytes) -> str:
        return f"{numbers[parcel.id]}-{honest(parcel, content)}"

    patch.setattr(FolderCarrier, "carry", counting)
    patch.setattr("gateway.delivery.folder.file_name", numbered)


PLANTS: dict[Plant, tuple[str, str]] = {
    part_2_sleeps: (HOSPITAL, "letters became"),
    nothing_is_decided: (POLICE, "letters became"),
    files_are_numbered: (SHELTER, "folder out/safe-haven/"),
}
"""Each leak, who notices it, and by what."""


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
async def test_a_planted_leak_is_noticed(plant: Plant, worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    client, by = PLANTS[plant]
    (who,) = [each for each in RECIPIENTS if each.client == client]
    plant(monkeypatch)
    steps = hospital_days() if client == HOSPITAL else police_days()
    await worlds.live_through(who, random.Random(7), steps)  # noqa: S311
    assert by in "\n".join(worlds.differences(who))


@pytest.mark.parametrize("client", [HOSPITAL, POLICE])
async def test_without_a_leak_there_is_nothing_to_notice(client: str, worlds: Worlds) -> None:
    (who,) = [each for each in RECIPIENTS if each.client == client]
    steps = hospital_days() if client == HOSPITAL else police_days()
    await worlds.live_through(who, random.Random(7), steps)  # noqa: S311
    assert worlds.differences(who) == []
