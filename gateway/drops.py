"""Folders that others may write into: a name there is never a path, no link is followed, and what is written is whole.

Everything is done relative to an open directory (openat(2)), so that nothing swapped meanwhile leads elsewhere.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

INBOX, QUARANTINE, STATUS = "in", "quarantine", "status"
"""Where agencies drop files, below the root; in each of their folders what was refused, and news of what they sent."""
WRITING = ".writing-"
"""How the name of a file begins while it is written."""
FOLDER_MODE = 0o750
FILE_MODE = 0o640

KINDS = {stat.S_IFLNK: "link", stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket", stat.S_IFDIR: "folder"}

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file as it was seen: which one, its size in octets and its time in nanoseconds."""

    inode: int
    size: int
    time: int


def stamp(found: os.stat_result) -> Stamp:
    """The stamp of a file."""
    return Stamp(found.st_ino, found.st_size, found.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class Other:
    """What stands in a folder and is no file: its name, its inode, and what it is, in a word."""

    name: str = field(repr=False)
    inode: int
    kind: str


@dataclass(frozen=True, slots=True)
class Folder:
    """An open directory. Every method raises OSError where the system refuses."""

    descriptor: int

    @contextmanager
    def within(self, name: str) -> Iterator["Folder"]:
        """The directory of this name in it, made if missing. Raises OSError where the name is a link."""
        with suppress(FileExistsError):
            os.mkdir(name, FOLDER_MODE, dir_fd=self.descriptor)
        descriptor = os.open(name, _DIRECTORY, dir_fd=self.descriptor)
        try:
            yield Folder(descriptor)
        finally:
            os.close(descriptor)

    def files(self) -> dict[str, Stamp]:
        """Its regular files by name, the oldest first; links and whatever else stands there are left out."""
        found: list[tuple[str, Stamp]] = []
        with os.scandir(self.descriptor) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    known = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(known.st_mode):
                        found.append((entry.name, stamp(known)))
        return dict(sorted(found, key=lambda each: (each[1].time, each[0])))

    def others(self) -> list[Other]:
        """What stands in it beside regular files; none of it is opened or followed."""
        with os.scandir(self.descriptor) as entries:
            odd = [entry for entry in entries if not entry.is_file(follow_symlinks=False)]
        found: list[Other] = []
        for entry in odd:
            with suppress(FileNotFoundError):
                known = os.stat(entry.name, dir_fd=self.descriptor, follow_symlinks=False)
                found.append(Other(entry.name, known.st_ino, KINDS.get(stat.S_IFMT(known.st_mode), "device")))
        return found

    def stamp(self, name: str) -> Stamp | None:
        """The regular file of this name, None where there is none."""
        with suppress(FileNotFoundError):
            known = os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
            return stamp(known) if stat.S_ISREG(known.st_mode) else None
        return None

    def open(self, name: str) -> int:
        """A descriptor that reads a regular file; the caller closes it."""
        descriptor = os.open(name, _READ, dir_fd=self.descriptor)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
        raise FileNotFoundError(name)

    def read(self, name: str, limit: int) -> bytes | None:
        """The first octets of a file, at most limit; None where there is none."""
        try:
            descriptor = self.open(name)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            return file.read(limit)

    def put(self, name: str, content: bytes, mark: str) -> None:
        """Write a file in place of whatever bears the name; mark tells its temporary file from others'."""
        temporary = self._written(content, mark)
        os.rename(temporary, name, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)
        os.fsync(self.descriptor)

    def add(self, name: str, content: bytes, mark: str) -> bool:
        """Write a file unless the name is taken; whether it was free."""
        temporary = self._written(content, mark)
        try:
            os.link(temporary, name, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor, follow_symlinks=False)
        except FileExistsError:
            return False
        finally:
            os.unlink(temporary, dir_fd=self.descriptor)
        os.fsync(self.descriptor)
        return True

    def move(self, name: str, to: "Folder", new: str) -> None:
        """Rename a file into a folder of the same file system, at once or not at all."""
        os.rename(name, new, src_dir_fd=self.descriptor, dst_dir_fd=to.descriptor)
        os.fsync(to.descriptor)
        os.fsync(self.descriptor)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self.descriptor)
        os.fsync(self.descriptor)

    def _written(self, content: bytes, mark: str) -> str:
        temporary = f"{WRITING}{mark}"
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=self.descriptor)
        descriptor = os.open(temporary, _NEW, FILE_MODE, dir_fd=self.descriptor)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), FILE_MODE)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return temporary


@contextmanager
def opened(root: Path, path: str) -> Iterator[Folder]:
    """The folder at a relative path below root, made if missing; root alone may be a link.

    Raises OSError where a part of the path is a link, ValueError where the path leads out of root.
    """
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts or path.startswith("/"):
        message = "a folder below the gateway's: write a relative path without '..'"
        raise ValueError(message)
    root.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with _below(Folder(descriptor), parts) as found:
            yield found
    finally:
        os.close(descriptor)


@contextmanager
def _below(folder: Folder, parts: list[str]) -> Iterator[Folder]:
    if not parts:
        yield folder
        return
    with folder.within(parts[0]) as inner, _below(inner, parts[1:]) as found:
        yield found
