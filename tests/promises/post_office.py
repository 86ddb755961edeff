"""A real gateway whose hospital has a rest-hook and whose agencies have folders; and how its worker is killed."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.store.audit import verify
from tests.gateway.delivery.post_room import HOMELESS, HOOK, SECRET
from tests.gateway.delivery.receiver import Receiver, receiving
from tests.live import Live, make_site, temporary_folder
from tests.messages import Visit
from tests.parties import Party
from tests.promises.worlds import BRIDGE

NEWS = "SELECT count(*) FROM outbox WHERE kind = 'news' AND state = 'due'"
DELIVERIES = """
SELECT id::text, subject, route, target, state, attempts FROM outbox
WHERE kind = 'delivery' AND target = $1 AND route = $2 ORDER BY number
"""


@dataclass(slots=True)
class PostOffice:
    """The gateway, its hospital's receiver, and its folders."""

    live: Live
    receiver: Receiver
    folders: Path
    known: set[str] = field(default_factory=set)
    bridge: Party = field(init=False)

    def __post_init__(self) -> None:
        self.bridge = self.live.party(BRIDGE)

    @property
    def out(self) -> Path:
        """What agencies fetch."""
        return self.folders / "out"

    async def discharged(self, count: int) -> None:
        """So many people handed to Bridge."""
        for visit in [Visit() for _ in range(count)]:
            for message in (visit.a01(), visit.a03(diagnosis=HOMELESS)):
                assert b"MSA|AA" in self.live.mllp(message)

    def tasks(self) -> list[str]:
        """The Tasks that Bridge has got since this was last asked."""
        found = {each["id"] for each in self.bridge.search("Task?_count=200") if each.get("partOf")}
        new, self.known = sorted(found - self.known), self.known | found
        return new

    async def moved(self, tasks: list[str], status: str) -> None:
        """Bridge moves its Tasks, and the news reaches the hospital's."""
        for task in tasks:
            assert self.bridge.patch(f"Task/{task}", {"status": status}).status == 200
        await self.until(NEWS, 0, 10)

    async def until(self, count: str, wanted: int, seconds: float) -> None:
        """Wait until a count of rows is as wanted."""
        end = time.monotonic() + seconds
        async with self.live.owner() as owner:
            while (found := await owner.fetchval(count)) != wanted:
                assert time.monotonic() < end, f"{found} after {seconds} s: {count}"
                await asyncio.sleep(0.02)

    async def owed(self, target: str, route: str) -> list[Any]:
        """The deliveries by one route that are owed, oldest first."""
        async with self.live.owner() as owner:
            rows: list[Any] = await owner.fetch(DELIVERIES, target, route)
            return rows

    async def all_delivered(self, *, leases_over: bool) -> None:
        """Wait until nothing is owed; leases_over: as if the time of the dead worker's leases had passed."""
        if leases_over:
            async with self.live.owner() as owner:
                await owner.execute("UPDATE outbox SET claimed_until = NULL")
        await self.until("SELECT count(*) FROM outbox WHERE state = 'due'", 0, 20 if leases_over else 60)
        async with self.live.owner() as owner:
            assert await owner.fetch("SELECT target, route, reason FROM outbox") == []
            assert (await verify(owner)).faults == ()

    def restarted(self, *, whole: bool) -> None:
        """Kill what is left of the gateway where whole, and bring it back; a worker alone comes back by itself."""
        if whole:
            self.live.kill9()
            self.live.start()
        self.bridge = self.live.party(BRIDGE)
        end = time.monotonic() + 20
        while not self._serves():
            assert time.monotonic() < end, "no worker came back"
            time.sleep(0.02)

    def _serves(self) -> bool:
        with suppress(httpx.HTTPError):
            return self.bridge.get("metadata").status == 200
        return False

    def kill(self, *, whole: bool) -> None:
        """kill -9 now: of the supervisor and its worker, or of the worker alone."""
        process = self.live._process  # the fastest way to the process
        assert process
        for each in [process.pid] * whole + workers(process.pid):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)


def workers(supervisor: int) -> list[int]:
    """The worker processes of a supervisor: forks of it, by the same command."""
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    command = Path(f"/proc/{supervisor}/cmdline").read_bytes()
    return [int(each) for each in children if Path(f"/proc/{each}/cmdline").read_bytes() == command]


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """One at work: the hospital's ``hook`` goes to the receiver, every folder of the samples lies in ``folders``."""
    with ExitStack() as stack:
        receiver, folder = stack.enter_context(receiving()), stack.enter_context(temporary_folder())
        site, folders = make_site(folder), folder / "folders"
        (folder / "cityhosp.secret").write_text(SECRET + "\n")
        hook = HOOK.format(name="hook", url=receiver.url, content="full-resource")
        with (site.agencies / "cityhosp.toml").open("a") as file:
            file.write(hook)
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        environment.setenv("CROSSWALK_FOLDERS", str(folders))
        environment.setenv("CROSSWALK_SECRETS", str(folder))
        environment.setenv("CROSSWALK_LOCAL_RECEIVERS", f'["{receiver.authority}"]')
        live = Live(site)
        stack.callback(live.close)
        live.start()
        yield PostOffice(live, receiver, folders)


@dataclass(slots=True)
class Looker:
    """Somebody who polls a folder all the time: every name it saw, and every file that was not whole when seen."""

    folder: Path
    names: set[str] = field(default_factory=set)
    partial: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        """Until stopped."""
        while not self._stop.wait(0.002):
            for path in visible(self.folder):
                self.names.add(str(path.relative_to(self.folder)))
                with suppress(FileNotFoundError):
                    if not whole(path.read_bytes()):
                        self.partial.append(str(path))

    @contextmanager
    def looking(self) -> Iterator["Looker"]:
        """Look while the block runs."""
        thread = threading.Thread(target=self.look)
        thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            thread.join()


def visible(folder: Path) -> list[Path]:
    """The files that somebody who fetches them sees."""
    return [each for each in folder.rglob("*") if each.is_file() and not each.name.startswith(".")]


def whole(content: bytes) -> bool:
    """Whether a reply ends with a segment's end, or a table of one row has both its lines."""
    if content.startswith(b"MSH"):
        return content.endswith(b"\r") and b"\rPID|" in content
    return content.count(b"\n") == 2 and content.endswith(b"\n")
