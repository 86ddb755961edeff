"""Watched folders: a file dropped into an agency's folder is received like any message, and answered beside it.

What a sender uploads under another name (``.part``, ``.tmp``, hidden) and then renames is taken whole in any case; what
is written in place is taken once it stood still from one look to the next. Nothing is removed before its receipt is
on the disk, and messages that come twice change nothing: a worker may be killed at any moment.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from adapters.worklist.sheet import separator
from gateway.agencies.model import Agency, Channel, Transport
from gateway.clock import now
from gateway.drops import INBOX, QUARANTINE, Folder, Other, Stamp, opened
from gateway.fhir.outcome import Unavailable
from gateway.inbound import claims, receipts
from gateway.inbound.claims import TAKEN, Claim
from gateway.inbound.receipts import Outcome
from gateway.logs import where
from gateway.metrics import MESSAGES
from gateway.receive.message import Receipt
from gateway.registry import Registry

log = structlog.get_logger("gateway.folder")

POLL_SECONDS = 0.5
AWAY_SECONDS = 2.0
SIZE_LIMIT = 20 * 2**20
ATTEMPTS = 3

TOO_LONG = f"The file is larger than {SIZE_LIMIT // 2**20} MB: drop it in smaller files."
FAILED = "The gateway failed on this file; tell its operator the time and the folder, and drop it again when asked."

Batch = Callable[[Agency, Channel, bytes], Awaitable[list[Receipt]]]
"""Receives what a file holds; raises Unavailable while nothing can be kept."""


@dataclass(slots=True)
class Watched:
    """One watched folder, as this worker last saw it."""

    agency: Agency
    channel: Channel
    seen: Mapping[str, Stamp] = field(default_factory=dict, repr=False)
    failures: dict[str, int] = field(default_factory=dict, repr=False)
    others: frozenset[Other] = field(default=frozenset(), repr=False)
    barred: int = 0
    fault: str = ""


@dataclass(slots=True)
class Watcher:
    """Watches the folder of every channel in force; several workers share them, a file goes to one.

    root is the folder of settings.folders; batch takes each file's bytes.
    """

    root: Path
    registry: Registry
    batch: Batch
    poll: float = POLL_SECONDS
    _watched: dict[tuple[str, str], Watched] = field(default_factory=dict, repr=False)
    _busy: dict[tuple[str, str], asyncio.Task[None]] = field(default_factory=dict, repr=False)

    async def run(self) -> None:
        """Watch until cancelled; each folder at its own pace."""
        try:
            while True:
                self._begin()
                await asyncio.sleep(self.poll)
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def look(self) -> None:
        """Look into every folder once, and finish what is found."""
        self._begin()
        await asyncio.gather(*self._busy.values())

    def _begin(self) -> None:
        self._busy = {key: task for key, task in self._busy.items() if not task.done()}
        for key, watched in self._in_force().items():
            if key not in self._busy:
                self._busy[key] = asyncio.create_task(self._look(watched))

    def _in_force(self) -> Mapping[tuple[str, str], Watched]:
        """The folders of the agencies in force, with what is remembered of each."""
        found: dict[tuple[str, str], Watched] = {}
        for agency in self.registry.current.agencies.values():
            for channel in agency.channels:
                if channel.transport is Transport.FOLDER:
                    key = (agency.id, channel.folder)
                    found[key] = watched = self._watched.get(key) or Watched(agency, channel)
                    watched.agency, watched.channel = agency, channel
        self._watched = found
        return found

    async def _look(self, watched: Watched) -> None:
        """Take what is whole and receive it; a fault of this folder is logged once, and is no other folder's."""
        try:
            with opened(self.root / INBOX, watched.channel.folder) as folder, folder.within(TAKEN) as taken:
                self._saw(watched, await asyncio.to_thread(claims.take, folder, taken, watched.seen))
                for name in claims.waiting(taken):
                    await self._one(watched, folder, taken, name)
            watched.fault = ""
        except Unavailable:
            await asyncio.sleep(AWAY_SECONDS)
        except Exception as fault:  # noqa: BLE001  # whatever it is, the next look tries again
            self._complain(watched, fault)

    async def _one(self, watched: Watched, folder: Folder, taken: Folder, name: str) -> None:
        with claims.held(taken, name) as claim:
            if claim is None:
                return
            if claim.seen.size > SIZE_LIMIT:
                await asyncio.to_thread(_refuse_unread, folder, taken, claim)
            else:
                raw = await asyncio.to_thread(claim.read)
                said = await self._received(watched, claim, raw)
                if said is None or claim.changed():
                    return
                await asyncio.to_thread(_finish, watched.channel, folder, taken, claim, raw, said)
                watched.failures.pop(claim.number, None)
            log.info("file taken", agency=watched.agency.id, channel=watched.channel.name, file=claim.number)

    async def _received(self, watched: Watched, claim: Claim, raw: bytes) -> Outcome | None:
        """What became of the file's messages; None where the gateway failed on it, to be tried again."""
        agency = watched.agency
        try:
            found = await self.batch(agency, watched.channel, raw)
        except Unavailable:
            MESSAGES.labels(agency.id, "away").inc()
            raise
        except Exception as fault:  # noqa: BLE001  # a file the gateway fails on must not stop the ones behind it
            self._complain(watched, fault)
            failures = watched.failures[claim.number] = watched.failures.get(claim.number, 0) + 1
            return Outcome({"refused": 1}, [("", FAILED)]) if failures >= ATTEMPTS else None
        for each in found:
            MESSAGES.labels(agency.id, each.fate).inc()
        return receipts.outcome(found)

    def _saw(self, watched: Watched, looked: claims.Looked) -> None:
        """Remember what stands there; what may not or will not be taken is told of once, without its name."""
        known = {"agency": watched.agency.id, "channel": watched.channel.name}
        if looked.barred not in (0, watched.barred):
            remedy = "let the gateway's account read them and write to their folder"
            log.warning("files cannot be taken", files=looked.barred, remedy=remedy, **known)
        for kind, entries in Counter(each.kind for each in looked.others - watched.others).items():
            remedy = "only files in the folder itself are taken: drop the file itself there"
            log.warning("no file, left alone", kind=kind, entries=entries, remedy=remedy, **known)
        watched.seen, watched.barred, watched.others = looked.present, looked.barred, looked.others

    def _complain(self, watched: Watched, fault: Exception) -> None:
        said = where(fault)
        if repr(said) != watched.fault:
            watched.fault = repr(said)
            log.error("folder failed", agency=watched.agency.id, channel=watched.channel.name, **said)


def _finish(channel: Channel, folder: Folder, taken: Folder, claim: Claim, raw: bytes, said: Outcome) -> None:
    """Quarantine, then receipt, then away with the file: killed in between, the same happens again."""
    if said.refused:
        delimiter = separator(raw) or (channel.profile.delimiter if channel.profile else ",")
        rows = receipts.refused_rows(raw, delimiter, channel.charset or "utf-8", said)
        said = receipts.quarantine(folder, claim, raw if rows is None else rows, said, reasons_beside=rows is None)
    receipts.issue(folder, claim, receipts.receipt(claim, raw, now(), said))
    taken.remove(claim.taken_as)


def _refuse_unread(folder: Folder, taken: Folder, claim: Claim) -> None:
    """A file that is too large is moved, not copied: under its number, where nothing else can be."""
    name = receipts.numbered(claim.name, claim)
    said = Outcome({"refused": 1}, [("", TOO_LONG)], f"{QUARANTINE}/{name}")
    with folder.within(QUARANTINE) as kept:
        said = receipts.explain(kept, claim, name, said)
        receipts.issue(folder, claim, receipts.receipt(claim, None, now(), said))
        taken.move(claim.taken_as, kept, name)
