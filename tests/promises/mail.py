"""What leaves a world by deliveries, as one recipient gets it: requests, HL7 v2 replies, files; ids by their order."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway import worker
from gateway.app import create_app
from gateway.delivery.circuit import Tolerance
from gateway.delivery.deliver import Deliverer
from gateway.delivery.parcel import Carrier, Parcel
from gateway.supervisor import apply_folder
from tests.gateway.delivery.post_room import SECRET
from tests.gateway.delivery.receiver import Got, Receiver
from tests.promises.house import ROOT, House, Template
from tests.promises.worlds import BRIDGE, DESK, HOSPITAL, LIVING_ROOM, POLICE, SHELTER

MOMENTARY = frozenset({"webhook-id", "webhook-timestamp", "webhook-signature"})
"""Headers that name the moment and the delivery; the id is looked for in everything else."""
SECRET_FILE = "every.secret"
HOOK = """
[[deliveries]]
name = "web-hook"
route = "rest-hook"
to = "{url}"
purpose = "{purpose}"
role = "{role}"
content = "full-resource"
secret_file = "every.secret"
{more}
"""
FOLDER = """
[[deliveries]]
name = "box"
route = "folder"
to = "safe-haven"
purpose = "VICTIMSVC"
role = "advocate"
"""
REPLIES = """
[[deliveries]]
name = "replies"
route = "mllp"
to = "{to}"
purpose = "TREAT"
role = "treating-physician"
"""
HOOKS = {
    "cityhosp": ("TREAT", "treating-physician", ""),
    "bridge-community": ("COC", "case-manager", ""),
    "riverton-pd": ("CRIMJUST", "records-system", 'unit = "patrol"'),
}
"""The purpose and role of each agency's new hook; the sample Living Room has one."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets deliveries: a client (who may not know what is hidden from it), its hook, its folders."""

    client: str
    agency: str
    folders: tuple[str, ...]
    hooked: bool = True


RECIPIENTS = (
    Recipient(HOSPITAL, "cityhosp", ("out/cityhosp",)),
    Recipient(LIVING_ROOM, "living-room", ("out/living-room",)),
    Recipient(BRIDGE, "bridge-community", ("out/bridge-community", "in/bridge-community/status")),
    Recipient(POLICE, "riverton-pd", ("in/riverton-pd", "out/riverton-pd/records")),
    Recipient(DESK, "riverton-pd", ("out/riverton-pd/social-work",), hooked=False),
    Recipient(SHELTER, "safe-haven", ("out/safe-haven",), hooked=False),
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One thing that a recipient got: by which way, under which name, and all of it."""

    way: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Noting:
    """A carrier, and the ids that it carried to whom."""

    carrier: Carrier
    carried: list[tuple[str, str]]

    async def carry(self, parcel: Parcel) -> None:
        """Note it and carry it."""
        self.carried.append((parcel.agency.id, parcel.id))
        await self.carrier.carry(parcel)


@dataclass(slots=True)
class Replies:
    """City Hospital's listener: what it got, each acknowledged."""

    to: str = ""
    got: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one message."""
        message = (await reader.readuntil(b"\x1c\r"))[1:-2]
        self.got.append(message)
        control = message.split(b"|")[9]
        writer.write(
            b"\x0bMSH|^~\\&|EHR|CITYHOSP|CROSSWALK|HUB|20260502||ACK|1|P|2.5.1\rMSA|AA|" + control + b"\r\x1c\r"
        )
        await writer.drain()
        writer.close()


@dataclass(slots=True)
class World:
    """A gateway with folders, and the receivers that it shares with another world."""

    house: House
    folders: Path
    receiver: Receiver
    replies: Replies
    carried: list[tuple[str, str]] = field(default_factory=list)
    _seen: dict[str, tuple[int, int]] = field(default_factory=dict)

    async def delivered(self) -> None:
        """Carry the news over, then deliver what is owed; nothing may be left."""
        await self.house.gateway.news.deliver_due()
        await self.house.settled()
        await self.house.gateway.deliverer.deliver_due()
        async with self.house.owner() as owner:
            assert await owner.fetch("SELECT target, route, state, reason FROM outbox") == []

    def collected(self, recipient: Recipient) -> list[Letter]:
        """What the recipient got since this was last asked; the receivers forget everybody's."""
        letters = [_letter(got) for got in self.receiver.got if got.path == f"/{recipient.agency}" and recipient.hooked]
        if recipient.client == HOSPITAL:
            letters += [Letter("mllp", "", each) for each in self.replies.got]
        self.receiver.got.clear()
        self.replies.got.clear()
        return letters + [each for each in self._written() if each.name.startswith(recipient.folders)]

    def _written(self) -> list[Letter]:
        """Files that are new, changed, or only touched, and names that are gone."""
        stats = {str(path.relative_to(self.folders)): path for path in self.folders.rglob("*") if path.is_file()}
        now = {name: (path.stat().st_ino, path.stat().st_mtime_ns) for name, path in stats.items()}
        before, self._seen = self._seen, now
        touched = [name for name in sorted(now) if before.get(name) != now[name]]
        gone = [Letter("gone", name, b"") for name in sorted(before.keys() - now.keys())]
        return [*(Letter("folder", name, stats[name].read_bytes()) for name in touched), *gone]

    def plain(self, letters: list[Letter], recipient: Recipient) -> list[Letter]:
        """The letters with each delivery's id, which is random, replaced by its place among those that appear."""
        text = b"".join(each.content for each in letters)
        ids = [number for agency, number in self.carried if agency == recipient.agency]
        forms = [(each.encode(), each.replace("-", "").upper()[:20].encode()) for each in dict.fromkeys(ids)]
        first = {
            each: min(place for form in each if (place := text.find(form) + 1)) for each in forms if _in(text, each)
        }
        shown = sorted(first, key=lambda each: first[each])
        return [Letter(each.way, each.name, _named(each.content, shown)) for each in letters]


def _letter(got: Got) -> Letter:
    kept = sorted((name, value) for name, value in got.headers.items() if name not in MOMENTARY)
    head = "\n".join(f"{name}: {value}" for name, value in kept)
    return Letter("rest-hook", f"POST {got.path}", f"{head}\n{got.id}\n\n".encode() + got.body)


def _in(text: bytes, forms: tuple[bytes, bytes]) -> bool:
    return any(form in text for form in forms)


def _named(content: bytes, shown: list[tuple[bytes, bytes]]) -> bytes:
    for place, forms in enumerate(shown):
        for form in forms:
            content = content.replace(form, f"<delivery {place}>".encode())
    return content


@asynccontextmanager
async def world(template: Template, folder: Path, receiver: Receiver, replies: Replies) -> AsyncIterator[World]:
    """A gateway on a fresh copy in which every agency has ways out; it delivers when told to."""
    url, folders = await template.copy(), folder / "folders"
    _keep_secret(folder)
    more: Mapping[str, Any] = {"secrets": folder, "folders": folders, "local_receivers": (receiver.authority,)}
    settings = template.site.settings(public_url=ROOT, **more)
    async with worker.opened(settings, url, template.under) as gateway:
        transport = httpx.ASGITransport(create_app(gateway), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, timeout=30) as http:
            made = World(House(template, url, gateway, http), folders, receiver, replies)
            await _put_in_force(made, folder / "agencies")
            carriers = gateway.deliverer.carriers.items()
            gateway.deliverer.tolerance = Tolerance(at_once=1)
            gateway.deliverer.carriers = {route: Noting(each, made.carried) for route, each in carriers}
            yield made


def _keep_secret(folder: Path) -> None:
    folder.mkdir()
    (folder / SECRET_FILE).write_text(SECRET + "\n")


async def _put_in_force(made: World, agencies: Path) -> None:
    site, house = made.house.template.site, made.house
    shutil.copytree(site.agencies, agencies)
    for agency, (purpose, role, more) in HOOKS.items():
        url = f"http://{made.receiver.authority}/{agency}"
        _add(agencies, agency, HOOK.format(url=url, purpose=purpose, role=role, more=more))
    _add(agencies, "cityhosp", REPLIES.format(to=made.replies.to))
    _add(agencies, "safe-haven", FOLDER)
    _point_sample_hook(agencies / "living-room.toml", f"http://{made.receiver.authority}/living-room")
    async with house.owner() as driver:
        await apply_folder(site.settings(agencies=agencies), driver, house.template.under)
    async with house.gateway.database.connection("receive") as driver:
        await house.gateway.registry.refresh(driver)


def _point_sample_hook(file: Path, url: str) -> None:
    text = file.read_text().replace("http://localhost:9099/crosswalk", url)
    file.write_text(text.replace('"living-room.webhook"', f'"{SECRET_FILE}"\ncontent = "full-resource"'))
    assert url in file.read_text()


def _add(agencies: Path, agency: str, text: str) -> None:
    with (agencies / f"{agency}.toml").open("a") as file:
        file.write(text)


def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no gateway deliver by itself."""

    async def run(_: Deliverer) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Deliverer, "run", run)
