"""Start to ready with the embedded database, and what an idle worker holds of memory."""

import time
from contextlib import suppress
from pathlib import Path

from benchmarks.row import Row, Scale
from tests.live import Live, make_site, temporary_folder

SETTLE_SECONDS = 2.0


def starting(_: Scale) -> list[Row]:
    """Seconds from the command to /readyz, in a new folder and again; resident memory of the worker."""
    with temporary_folder() as folder:
        live = Live(make_site(folder))
        try:
            first = live.start()
            again = live.restart()
            time.sleep(SETTLE_SECONDS)
            memory = max(map(_resident, _workers(_pid(live))), default=0) / 2**20
        finally:
            live.close()
    told = f"{first:.1f} s with a new database, {again:.1f} s with one that is there"
    return [
        Row("start to ready, s", first, 5, {"ours": told}, below=True),
        Row("idle worker, MB", memory, 200, {"ours": f"{memory:.0f} MB resident"}, below=True),
    ]


def _pid(live: Live) -> int:
    process = live._process  # the harness of our own tests
    assert process is not None
    return process.pid


def _workers(supervisor: int) -> list[int]:
    """The children that are no PostgreSQL."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError, ValueError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == supervisor and b"postgres" not in (folder / "cmdline").read_bytes().split(b"\0")[0]:
                found.append(int(folder.name))
    return found


def _resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096
