"""Watched folders in a folder of the test's own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import orjson
import pytest

from consent.vocabulary import Jurisdiction, OrgType
from gateway.agencies.model import Agency, Channel, Status, Transport
from gateway.inbound.folder import Watcher
from gateway.receive.message import Receipt
from gateway.registry import Registry, Snapshot
from gateway.store.keyring import KeyRing

Answering = Callable[[bytes], list[Receipt]]


def kept(_: bytes) -> list[Receipt]:
    """As of a file with one message that is kept."""
    return [Receipt("kept", "id", b"")]


@dataclass(slots=True)
class Drop:
    """Folders of two agencies, and what was received from them."""

    root: Path
    answer: Answering = kept
    got: list[tuple[str, bytes]] = field(default_factory=list)
    registry: Registry = field(default_factory=lambda: Registry(cast("KeyRing", None)))
    watcher: Watcher = field(init=False)

    def __post_init__(self) -> None:
        self.in_force("one", "two")
        self.watcher = self.another()

    def another(self) -> Watcher:
        """Another worker's watcher of the same folders."""
        return Watcher(self.root, self.registry, self._batch)

    def in_force(self, *names: str) -> None:
        """Agencies with a folder each, their id its name."""
        made = {name: _agency(name) for name in names}
        self.registry.current = Snapshot(self.registry.current.version + 1, made, None, {})

    async def _batch(self, agency: Agency, _: Channel, raw: bytes) -> list[Receipt]:
        self.got.append((agency.id, raw))
        return self.answer(raw)

    def folder(self, name: str = "one") -> Path:
        """An agency's folder."""
        return self.root / "in" / name

    def put(self, name: str, content: bytes = b"content", agency: str = "one") -> Path:
        """Drop a file."""
        self.folder(agency).mkdir(parents=True, exist_ok=True)
        path = self.folder(agency) / name
        path.write_bytes(content)
        return path

    async def looked(self, times: int = 2) -> None:
        """As many looks as a file needs: one to see it, one to see it again."""
        for _ in range(times):
            await self.watcher.look()

    def receipt(self, name: str, agency: str = "one") -> Any:
        """The receipt beside where a file was."""
        return orjson.loads((self.folder(agency) / f"{name}.receipt.json").read_bytes())

    def quarantined(self, agency: str = "one") -> dict[str, bytes]:
        """What lies in quarantine, by its name."""
        return {each.name: each.read_bytes() for each in (self.folder(agency) / "quarantine").iterdir()}

    def names(self, agency: str = "one") -> list[str]:
        """Everything an agency finds in its folder, hidden names left out."""
        return sorted(each.name for each in self.folder(agency).iterdir() if not each.name.startswith("."))


def _agency(name: str) -> Agency:
    channel = Channel("drop", "hospital", Transport.FOLDER, folder=name)
    return Agency(name, name, OrgType.HOSPITAL, Jurisdiction("US-IL"), "UTC", Status(), channels=(channel,))


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    """The folders."""
    return Drop(tmp_path)
