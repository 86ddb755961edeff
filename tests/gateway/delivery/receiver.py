"""A real HTTP server of an agency, on a port of its own, that answers as it is told and keeps what it got."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Got:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


def _nothing() -> None:
    """What happens once an answer is written, unless a test says otherwise."""


@dataclass(slots=True)
class Receiver:
    """What it answers next (status and body, or its last answer again), whether it hangs, what it got and answered."""

    port: int = 0
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    got: list[Got] = field(default_factory=list)
    hanging: bool = False
    let_go: threading.Event = field(default_factory=threading.Event)
    answered: list[str] = field(default_factory=list)
    when_answered: Callable[[], None] = _nothing

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def reached(self, times: int = 1) -> None:
        """Wait until it got so many requests."""
        async with asyncio.timeout(10):
            while len(self.got) < times:  # noqa: ASYNC110  # it is filled by another thread
                await asyncio.sleep(0.01)

    def answer(self) -> tuple[int, bytes]:
        if not self.answers:
            return 200, b""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver at work."""
    receiver = Receiver()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got = Got(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            receiver.got.append(got)
            if receiver.hanging:
                receiver.let_go.wait(30)
            status, told = receiver.answer()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(told)), **receiver.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told)
            receiver.answered.append(got.headers.get("webhook-id", ""))
            receiver.when_answered()

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    server.daemon_threads = True
    server.handle_error = lambda request, address: None  # type: ignore[method-assign, assignment]  # hung up on purpose
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.let_go.set()
        server.shutdown()
        thread.join(5)
        server.server_close()
