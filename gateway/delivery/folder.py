"""Deliveries into folders: a status file where the sender dropped its case, else a file in the agency's outbox.

A file is written whole or not at all, and not again where it says the same already: who polls a folder by the time of
its files is told once.
"""

import asyncio
import csv
import fcntl
import io
import string
import time
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import orjson

from adapters.worklist import write
from gateway.agencies.model import Transport
from gateway.delivery.parcel import Parcel, Undelivered
from gateway.delivery.telling import entry, news, written
from gateway.drops import INBOX, STATUS, WRITING, Folder, opened

OUTBOX = "out"
PATIENCE_SECONDS = 5.0
LOCKED_SECONDS = 0.02
NAME_OCTETS = 120
READ_LIMIT = 2**20
KEY = "receiver"
"""The column of a status table that tells the rows of one case apart."""

_SAFE = frozenset((string.ascii_letters + string.digits + "._-").encode())


@dataclass(frozen=True, slots=True)
class FolderCarrier:
    """The carrier of deliveries by folder. root is the folder of settings.folders.

    patience is how many seconds a folder may be locked by somebody else; no thread waits meanwhile.
    """

    root: Path
    patience: float = PATIENCE_SECONDS
    _swept: set[str] = field(default_factory=set, repr=False)

    async def carry(self, parcel: Parcel) -> None:
        """Write the file. Raises Undelivered where the folder cannot be written to."""
        until = time.monotonic() + self.patience
        try:
            while not await asyncio.to_thread(self._written, parcel):
                if time.monotonic() > until:
                    raise Undelivered("its folder is locked by somebody else")
                await asyncio.sleep(LOCKED_SECONDS)
        except (OSError, ValueError) as fault:
            raise Undelivered(f"its folder cannot be written to ({type(fault).__name__})") from None

    def _written(self, parcel: Parcel) -> bool:
        """Write it; False while somebody else has locked the folder."""
        content = _content(parcel)
        with opened(self.root, place(parcel)) as folder:
            if not _locked(folder):
                return False
            self._sweep(folder, place(parcel))
            keep(folder, file_name(parcel, content), content, parcel.id)
            return True

    def _sweep(self, folder: Folder, path: str) -> None:
        """Remove what killed workers left half written, once a folder: who holds its lock writes there alone."""
        if path not in self._swept:
            for name in [each for each in folder.files() if each.startswith(WRITING)]:
                folder.remove(name)
            self._swept.add(path)


def _locked(folder: Folder) -> bool:
    try:
        fcntl.flock(folder.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def place(parcel: Parcel) -> str:
    """The folder that a parcel goes to, below the root: beside where its sender dropped it, else its outbox."""
    channel = parcel.original.channel if parcel.original else None
    if parcel.side == "requester" and channel and channel.transport is Transport.FOLDER:
        return f"{INBOX}/{channel.folder}/{STATUS}"
    return f"{OUTBOX}/{parcel.delivery.to}"


def file_name(parcel: Parcel, content: bytes) -> str:
    """The file of a case, by the sender's number; formats that hold one referral alone get a file for each."""
    if parcel.side == "performer":
        return f"referral-{parcel.task.id}.csv"
    case = parcel.original.number if parcel.original else ""
    suffix = suffix_of(content)
    if not case:
        return f"{parcel.task.id}{suffix}"
    return encoded(case, suffix if suffix == ".csv" else f".{parcel.task.id}{suffix}")


def suffix_of(content: bytes) -> str:
    """The suffix by which a file is known for what it holds."""
    if content.startswith(b"MSH"):
        return ".hl7"
    return ".json" if content[:1] in (b"{", b"[") else ".csv"


def encoded(name: str, suffix: str) -> str:
    """A sender's own number as a file name: other octets than letters, digits, ``._-`` in percent; never hidden."""
    made = "".join(chr(each) if each in _SAFE else f"%{each:02X}" for each in name.encode("utf-8", "replace"))
    made = f"%2E{made[1:]}" if made.startswith(".") else made
    room = NAME_OCTETS - len(suffix)
    if len(made) > room:
        made = f"{made[: room - 17]}-{sha256(name.encode('utf-8', 'replace')).hexdigest()[:16]}"
    return made + suffix


def keep(folder: Folder, name: str, content: bytes, mark: str) -> None:
    """Write a file, a table with the rows of other receivers that it holds already; nothing where nothing changes."""
    before = folder.read(name, READ_LIMIT)
    after = merged(before, content) if before and name.endswith(".csv") else content
    if after != before:
        folder.put(name, after, mark)


def merged(before: bytes, new: bytes) -> bytes:
    """A status table with the new rows in place of those of the same receiver; the new one alone if they differ."""
    old_head, *old_rows = _rows(before) or [[]]
    head, *rows = _rows(new) or [[]]
    if head != old_head or KEY not in head:
        return new
    column = head.index(KEY)
    known = {row[column]: row for row in old_rows if len(row) == len(head)}
    known |= {row[column]: row for row in rows}
    made = io.StringIO(newline="")
    csv.writer(made).writerows([head, *known.values()])
    return made.getvalue().encode()


def _content(parcel: Parcel) -> bytes:
    if parcel.side == "requester":
        return written(parcel) or _plain(parcel)
    request, patient = (each.resource if each else None for each in (parcel.request, parcel.patient))
    return write([entry(parcel.task.resource, request, patient, parcel.counterpart)])


def _rows(table: bytes) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(table.decode(), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return []


def _plain(parcel: Parcel) -> bytes:
    """News for a sender whose referral came as FHIR."""
    told = news(parcel)
    fields = {
        "task": parcel.task.id,
        "receiver": told.receiver,
        "status": told.status,
        "reason": told.reason,
        "detail": told.business_status,
        "as_of": told.at,
        "delivery": told.delivery,
    }
    return orjson.dumps(fields, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
