"""Which files of a watched folder are whole, and whose turn each is: one worker's at a time, never lost to a kill.

A file that stood still is moved into ``.taken`` and held by flock(2) while it is worked on: when a worker dies, the
system lets go, and any worker takes what it left.
"""

import fcntl
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import quote

from gateway.clock import now
from gateway.drops import QUARANTINE, STATUS, Folder, Other, Stamp, stamp

TAKEN = ".taken"
RECEIPT = ".receipt.json"
UNFINISHED = (".tmp", ".part", ".filepart", "~")
NAME_OCTETS = 160

_CLAIM = re.compile(r"(\d{27})~(.+)")


@dataclass(frozen=True, slots=True)
class Claim:
    """A file this worker holds: the name it was dropped under, a number no other file has, and its open descriptor.

    The name is as plain and shortened write it, so that it may stand in the names of files that the gateway writes.
    """

    name: str = field(repr=False)
    number: str
    descriptor: int
    seen: Stamp

    @property
    def taken_as(self) -> str:
        """Its name among what was taken."""
        return f"{self.number}~{self.name}"

    def read(self) -> bytes:
        """Its content, as long as it was when it was claimed."""
        return os.pread(self.descriptor, self.seen.size, 0)

    def changed(self) -> bool:
        """Whether its sender still wrote to it after it was claimed."""
        return stamp(os.fstat(self.descriptor)) != self.seen


class Looked(NamedTuple):
    """What stands in a folder: whole files by name, how many of them the system would not give, and what is no file."""

    present: Mapping[str, Stamp]
    barred: int
    others: frozenset[Other]


def is_whole(name: str) -> bool:
    """Whether a name is one of a finished file: not hidden, not one that uploads write under, no receipt of ours."""
    return not (name.startswith(".") or name.lower().endswith((*UNFINISHED, RECEIPT)))


def take(folder: Folder, taken: Folder, before: Mapping[str, Stamp]) -> Looked:
    """Move what stood still since before out of its senders' reach; what was there."""
    present = {name: seen for name, seen in folder.files().items() if is_whole(name)}
    barred = 0
    for name in (name for name, seen in present.items() if before.get(name) == seen):
        try:
            with suppress(FileNotFoundError):  # another worker has it
                os.close(folder.open(name))
                folder.move(name, taken, f"{_number()}~{shortened(plain(name))}")
        except PermissionError:
            barred += 1
    return Looked(present, barred, frozenset(filter(_is_dropped, folder.others())))


def waiting(taken: Folder) -> list[str]:
    """What was taken and not finished, in the order in which it was taken."""
    return sorted(name for name in taken.files() if _CLAIM.fullmatch(name))


@contextmanager
def held(taken: Folder, name: str) -> Iterator[Claim | None]:
    """The file for as long as the block lasts, None where another worker holds it or has finished it."""
    found = _CLAIM.fullmatch(name)
    try:
        descriptor = taken.open(name)
    except FileNotFoundError:
        yield None
        return
    try:
        mine = found is not None and _locked(descriptor) and _still(taken, name, descriptor)
        yield Claim(found[2], found[1], descriptor, stamp(os.fstat(descriptor))) if found and mine else None
    finally:
        os.close(descriptor)


def plain(name: str) -> str:
    """A name that may be shown anywhere: what does not print, or is no text in UTF-8, in percent, octet by octet."""
    return "".join(each if each.isprintable() else quote(os.fsencode(each)) for each in name)


def shortened(name: str) -> str:
    """A plain name with room for what is added to it: at most NAME_OCTETS, its end kept."""
    octets = name.encode()
    if len(octets) <= NAME_OCTETS:
        return name
    return b"".join((octets[: NAME_OCTETS - 20], octets[-20:])).decode(errors="ignore")


def _is_dropped(other: Other) -> bool:
    """Whether what is no file was put there by somebody else, under the name of a finished file."""
    ours = other.kind == "folder" and other.name in (QUARANTINE, STATUS)
    return is_whole(other.name) and not ours


def _number() -> str:
    """Unique among the workers of one machine, ascending in time: microseconds, then the process."""
    return f"{now():%Y%m%d%H%M%S%f}{os.getpid() % 10_000_000:07d}"


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _still(taken: Folder, name: str, descriptor: int) -> bool:
    """Whether the name stands for the file that was locked: nobody finished it in between."""
    named = taken.stamp(name)
    return named is not None and named.inode == os.fstat(descriptor).st_ino
