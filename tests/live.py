"""A real gateway for tests, started as an operator starts it and killed as machines die.

``Live`` is the process; ``tests.parties`` speaks to it as agencies do; ``tests.messages`` writes what they send.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from gateway.auth.keys import new_key_pair
from gateway.settings import Settings
from gateway.store.owner import owner_session
from tests.parties import Answer, Mllp, Party, mllp

__all__ = ["Answer", "Live", "Mllp", "Party", "Site", "make_site", "mllp", "temporary_folder"]

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
CLIENTS = {
    "cityhosp-ehr": "cityhosp",
    "harbor-recovery-system": "harbor-recovery",
    "lakeside-bh-system": "lakeside-bh",
    "living-room-system": "living-room",
    "bridge-community-system": "bridge-community",
    "riverton-rms": "riverton-rms",
    "riverton-social-work": "riverton-social-work",
    "safe-haven-system": "safe-haven",
    "county-court-system": "county-court",
    "line-988-system": "line-988",
    "riverton-schools-system": "riverton-schools",
}
"""Each client of the sample agencies, and the file its public keys are registered in."""


def free_ports(count: int) -> list[int]:
    """TCP ports of the loopback that nobody holds now."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that the database's account may pass through, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="crosswalk-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Site:
    """A folder with the sample agencies, a key pair for each client, and room for data."""

    folder: Path

    @property
    def agencies(self) -> Path:
        """The agency files."""
        return self.folder / "agencies"

    @property
    def key_file(self) -> Path:
        """The key-encryption key."""
        return self.folder / "key"

    def settings(self, **more: Any) -> Settings:
        """Settings over this folder."""
        given = {"data": self.folder / "data", "key_file": self.key_file, "agencies": self.agencies}
        return Settings(**{**given, **more})

    def private_keys(self, client: str) -> str:
        """The private JWK set of a client."""
        return (self.folder / "private" / f"{client}.jwks").read_text()


def make_site(folder: Path) -> Site:
    """The sample agencies with new keys."""
    shutil.copytree(SAMPLES / "agencies", folder / "agencies", ignore=shutil.ignore_patterns("keys"))
    (folder / "private").mkdir()
    (folder / "agencies" / "keys").mkdir()
    for client, name in CLIENTS.items():
        private, public = new_key_pair()
        (folder / "private" / f"{client}.jwks").write_text(private)
        (folder / "agencies" / "keys" / f"{name}.public.jwks").write_text(public)
    return Site(folder)


@dataclass(slots=True)
class Live:
    """``crosswalk serve`` in a process group of its own, on free ports."""

    site: Site
    workers: int = 1
    database_url: str = ""
    port: int = 0
    mllp_port: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30), repr=False)

    @property
    def root(self) -> str:
        """Where HTTP is served."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What the gateway wrote."""
        return self.site.folder / "serve.log"

    def start(self, seconds: float = 60) -> float:
        """Start and wait until /readyz says so; answers how long it took, in seconds."""
        if not self.port:
            self.port, self.mllp_port = free_ports(2)
        begun = time.monotonic()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )
        while time.monotonic() - begun < seconds:
            if self._process.poll() is not None:
                break
            with suppress(httpx.HTTPError):
                if self._http.get(f"{self.root}/readyz").status_code == 200:
                    return time.monotonic() - begun
            time.sleep(0.03)
        self.kill9()
        raise AssertionError(f"the gateway did not become ready: {self.log.read_text()[-2000:]}")

    def _command(self) -> list[str]:
        site, given = self.site, {"--port": self.port, "--mllp-port": self.mllp_port, "--workers": self.workers}
        paths = {"--data": site.folder / "data", "--key-file": site.key_file, "--agencies": site.agencies}
        url = {"--database-url": self.database_url} if self.database_url else {}
        options = [str(word) for pair in {**paths, **given, **url}.items() for word in pair]
        return [str(Path(sys.executable).with_name("crosswalk")), "serve", *options]

    def stop(self) -> None:
        """As an operator stops it."""
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill9()
        self._process = None

    def close(self) -> None:
        """Stop, and end the HTTP connections."""
        self.stop()
        self._http.close()

    def kill9(self) -> None:
        """kill -9 of supervisor and workers at once; the embedded database is told by their death."""
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
            self._process = None

    def kill9_database(self) -> None:
        """kill -9 of the embedded postmaster and every process of it."""
        pid = int((self.site.folder / "data" / "postgresql" / "postmaster.pid").read_text().split()[0])
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)

    def restart(self) -> float:
        """Start again after stop or kill; seconds until ready."""
        if self._process:
            self.stop()
        return self.start()

    def party(self, client: str) -> Party:
        """A registered client of this gateway."""
        return Party(self._http, client, self.site.private_keys(client), self.root)

    def mllp(self, message: bytes) -> bytes:
        """The reply to one message on a connection of its own."""
        return mllp(self.mllp_port, message)

    @asynccontextmanager
    async def owner(self) -> AsyncIterator[asyncpg.Connection]:
        """The database as its owner."""
        async with owner_session(self.site.settings(database_url=self.database_url)) as driver:
            yield driver
