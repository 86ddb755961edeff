"""The process an operator starts: the embedded database, migrations, listening sockets, and the workers it watches."""

import asyncio
import ctypes
import multiprocessing
import os
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC
from multiprocessing.process import BaseProcess

import asyncpg
import structlog

from gateway import worker
from gateway.agencies.apply import Change, apply
from gateway.agencies.problems import Problem
from gateway.agencies.reading import read_folder
from gateway.clock import now
from gateway.logs import set_up
from gateway.metrics import ensure_token
from gateway.settings import Settings
from gateway.store.database import migrate, owner_url
from gateway.store.embedded import EmbeddedServer
from gateway.store.keyring import ensure_gateway_key
from gateway.store.keys import read_or_create_key_file
from gateway.store.owner import owner_connection
from gateway.store.registry import StoredRegister, set_laws

log = structlog.get_logger("gateway.supervisor")
LAWS_VERSION = "1"
RESTART_PAUSE = 0.5


class BadAgencies(Exception):
    """The agency files have errors."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


@dataclass(slots=True)
class Supervisor:
    """Runs one gateway until it is told to stop."""

    settings: Settings
    server: EmbeddedServer | None = None
    _workers: list[BaseProcess] = field(default_factory=list)
    _stopping: bool = False

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        under = read_or_create_key_file(self.settings.key_file)
        http, mllp = (
            _listen(self.settings.host, self.settings.port),
            _listen(self.settings.mllp_host, self.settings.mllp_port),
        )
        url = self._database()
        try:
            asyncio.run(prepare(self.settings, url, under))
            for name in (signal.SIGTERM, signal.SIGINT):
                signal.signal(name, self._stop)
            self._workers = [_spawn(self.settings, url, under, http, mllp) for _ in range(self.settings.workers)]
            self._watch(url, under, http, mllp)
        finally:
            self._end_workers()
            if self.server:
                self.server.stop()

    def _database(self) -> str:
        if self.settings.database_url:
            return self.settings.database_url
        self.server = EmbeddedServer(self.settings.data)
        self.server.start()
        return self.server.url

    def _stop(self, *_: object) -> None:
        self._stopping = True
        for each in self._workers:
            each.terminate()

    def _watch(self, url: str, under: bytes, http: socket.socket, mllp: socket.socket) -> None:
        """Start again what ended by itself, the database first."""
        while not self._stopping:
            time.sleep(0.1)
            if self.server and not self.server.alive():
                log.error("database ended", action="starting it again")
                self.server.start()
            for place, each in enumerate(self._workers):
                if not each.is_alive() and not self._stopping:
                    log.error("worker ended", exit_status=each.exitcode)
                    time.sleep(RESTART_PAUSE)
                    self._workers[place] = _spawn(self.settings, url, under, http, mllp)

    def _end_workers(self) -> None:
        for each in self._workers:
            with suppress(Exception):
                each.terminate()
        for each in self._workers:
            each.join(worker.DRAIN_SECONDS + 2)
            if each.is_alive():
                each.kill()


async def prepare(settings: Settings, url: str, under: bytes) -> None:
    """Migrate, make the gateway's key, and put the agency files in force. Raises BadAgencies."""
    settings.data.mkdir(parents=True, exist_ok=True)
    ensure_token(settings.data)
    owner = owner_url(url)
    await migrate(owner, under)
    driver = await owner_connection(url)
    try:
        await ensure_gateway_key(driver, under)
        await set_laws(driver, LAWS_VERSION)
        if settings.agencies:
            await apply_folder(settings, driver, under)
    finally:
        await driver.close()


async def apply_folder(settings: Settings, driver: asyncpg.Connection, under: bytes) -> Change:
    """Put the agency files of the folder in force. Raises BadAgencies."""
    assert settings.agencies is not None  # noqa: S101
    reading = read_folder(settings.agencies, now().astimezone(UTC).date(), settings.mllp_host)
    if reading.errors or reading.operator is None:
        raise BadAgencies(reading.errors)
    return await apply(StoredRegister(driver, under), reading.agencies, reading.operator)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.listen(1024)
    listening.set_inheritable(True)
    return listening


def _spawn(settings: Settings, url: str, under: bytes, http: socket.socket, mllp: socket.socket) -> BaseProcess:
    context = multiprocessing.get_context("fork")
    process = context.Process(target=_work, args=(settings, url, under, http, mllp), name="crosswalk worker")
    process.start()
    return process


def _work(settings: Settings, url: str, under: bytes, http: socket.socket, mllp: socket.socket) -> None:
    """One worker process; it ends with its supervisor."""
    import uvloop

    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, signal.SIG_DFL)
    set_up()
    with suppress(KeyboardInterrupt):
        uvloop.run(worker.serve(settings, url, under, http, mllp))
    os._exit(0)
