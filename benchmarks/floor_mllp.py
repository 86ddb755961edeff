"""The floor of ingest: our framing and tokenizer, the same rows as the gateway writes, by group commit, and an ACK.

Nothing is translated, checked, labelled, decided or sealed: rows are copies of what the gateway wrote for a message
of the same kind. ``python -m benchmarks.floor_mllp DATABASE_URL PORT``
"""

import asyncio
import sys
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import uvloop

from adapters.hospital.er7 import tokenize
from adapters.hospital.framing import Framer, frame
from benchmarks.copies import Pattern, pattern_of, statement
from gateway.store.owner import owner_connection

GROUP_LIMIT = 64
KINDS = ("ADT^A01", "ADT^A03", "ADT^A04", "ADT^A08")


@dataclass(slots=True)
class Floor:
    """Keeps what is waiting in one statement per commit."""

    sql: asyncpg.Connection
    insert: str
    order: list[tuple[str, str]]
    patterns: dict[str, Pattern]
    waiting: deque[tuple[str, asyncio.Future[None]]] = field(default_factory=deque)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        framer = Framer()
        while chunk := await reader.read(65536):
            for message in framer.feed(chunk):
                writer.write(frame(await self._answer(message)))
        writer.close()

    async def _answer(self, message: bytes) -> bytes:
        tokens = tokenize(message.decode())
        header = message.split(b"\r", 1)[0].split(b"|")
        assert tokens.segments
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(("^".join(header[8].decode().split("^")[:2]), kept))
        self.arrived.set()
        await kept
        return b"MSH|^~\\&|HUB|CROSSWALK|EHR|CITYHOSP|||ACK|1|P|2.5.1\rMSA|AA|" + header[9] + b"\r"

    async def keep(self) -> None:
        """Group commit, for ever."""
        while True:
            await self.arrived.wait()
            self.arrived.clear()
            while self.waiting:
                group = [self.waiting.popleft() for _ in range(min(GROUP_LIMIT, len(self.waiting)))]
                await self.sql.execute(self.insert, *self._columns([kind for kind, _ in group]))
                for _, kept in group:
                    kept.set_result(None)

    def _columns(self, kinds: list[str]) -> list[list[Any]]:
        counts = {kind: kinds.count(kind) for kind in set(kinds)}
        fresh = {kind: self.patterns[kind].fresh(count) for kind, count in counts.items()}
        return [
            [
                value
                for kind, count in counts.items()
                if self.patterns[kind].columns[table]
                for value in self.patterns[kind].copies(count, table, column, fresh[kind])
            ]
            for table, column in self.order
        ]


async def main(url: str, port: int) -> None:
    """Serve until ended."""
    sql = await owner_connection(url)
    insert, order = await statement(sql)
    floor = Floor(sql, insert, order, {kind: await pattern_of(sql, kind) for kind in KINDS})
    server = await asyncio.start_server(floor.serve, "127.0.0.1", port)
    async with server:
        await asyncio.gather(floor.keep(), server.serve_forever())


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
