"""The stand: one database of our own, gateways and floors on it, each a process, all ended with the block."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import asyncpg
import httpx
import uvloop

from benchmarks.load import Job, run_load
from gateway import worker
from gateway.store.embedded import EmbeddedServer
from gateway.store.keys import read_key_file, read_or_create_key_file
from gateway.store.owner import owner_connection
from gateway.supervisor import prepare
from gateway.worker import Gateway
from tests.live import Live, Site, free_ports, make_site, temporary_folder

Found = TypeVar("Found")
Work = Callable[[Gateway, asyncpg.Connection], Awaitable[Found]]
"""Something done with a gateway of this process and the database as its owner."""


@dataclass(slots=True)
class Stand:
    """What rows measure on; a gateway with each number of workers is started when first asked for."""

    site: Site
    url: str
    connections: int
    _ends: ExitStack = field(repr=False)
    _gateways: dict[int, Live] = field(default_factory=dict, repr=False)

    def gateway(self, workers: int = 1) -> Live:
        """A running gateway with so many workers, warmed up."""
        if workers not in self._gateways:
            live = Live(self.site, workers=workers, database_url=self.url)
            live.start()
            self._ends.callback(live.close)
            self._gateways[workers] = live
            run_load(Job(live.mllp_port, self.connections, 8 * self.connections * workers))
        return self._gateways[workers]

    def floor(self, module: str) -> int:
        """The port of a floor, started as a process."""
        port = free_ports(1)[0]
        command = [sys.executable, "-m", f"benchmarks.{module}", self.url, str(port)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        self._ends.callback(_end, process)
        wait_for_port(port)
        return port

    def in_process(self, work: Work[Found]) -> Found:
        """Run the work beside a gateway of this process on the same database."""
        return uvloop.run(self._opened(work))

    async def _opened(self, work: Work[Found]) -> Found:
        settings = self.site.settings(database_url=self.url)
        async with worker.opened(settings, self.url, read_key_file(self.site.key_file)) as gateway, self.owner() as sql:
            return await work(gateway, sql)

    @asynccontextmanager
    async def owner(self) -> AsyncIterator[asyncpg.Connection]:
        """The database as its owner, whom row-level security does not bind."""
        connection = await owner_connection(self.url)
        try:
            yield connection
        finally:
            await connection.close()

    def as_owner(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """The rows of one statement."""

        async def ask() -> list[asyncpg.Record]:
            async with self.owner() as sql:
                rows: list[asyncpg.Record] = await sql.fetch(statement, *values)
                return rows

        return asyncio.run(ask())


@contextmanager
def stand(connections: int) -> Iterator[Stand]:
    """A stand in a temporary folder."""
    with temporary_folder() as folder, ExitStack() as ends:
        site = make_site(folder)
        server = EmbeddedServer(site.settings().data)
        server.start()
        ends.callback(server.stop)
        settings = site.settings(database_url=server.url)
        asyncio.run(prepare(settings, server.url, read_or_create_key_file(settings.key_file)))
        yield Stand(site, server.url, connections, ends)


def wait_for_port(port: int, path: str = "/", seconds: float = 30) -> None:
    """Wait until something answers there, HTTP or not. Raises TimeoutError."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            httpx.get(f"http://127.0.0.1:{port}{path}", timeout=1)
        except httpx.ConnectError:
            time.sleep(0.05)
        except httpx.HTTPError:
            return
        else:
            return
    raise TimeoutError(f"nothing answers on port {port}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
