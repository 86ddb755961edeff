"""A partner's own software that a rest-hook calls: it checks each signature before it reads, and keeps what came."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from gateway.demo.sandbox import HOOK_OF, HOST, Sandbox

Json = dict[str, Any]
OK = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"
BAD = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


@dataclass(slots=True)
class Hooked:
    """Notifications whose signature held, by delivery id, and how many did not."""

    webhook: Webhook = field(repr=False)
    taken: dict[str, Json] = field(default_factory=dict)
    turned_away: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, one answer."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            headers = dict(line.split(": ", 1) for line in head.lower().split("\r\n")[1:] if ": " in line)
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            writer.write(self._answer(_spelled(head), body))
            await writer.drain()
        finally:
            writer.close()

    def _answer(self, headers: dict[str, str], body: bytes) -> bytes:
        try:
            self.webhook.verify(body, headers)
        except WebhookVerificationError:
            self.turned_away += 1
            return BAD
        self.taken[headers["webhook-id"]] = json.loads(body)
        return OK


def _spelled(head: str) -> dict[str, str]:
    """Headers by lower-case name, values as they were sent."""
    pairs = (line.split(":", 1) for line in head.split("\r\n")[1:] if ":" in line)
    return {name.lower(): value.strip() for name, value in pairs}


@asynccontextmanager
async def hooked(place: Sandbox) -> AsyncIterator[Hooked]:
    """The partner's software, listening where its agency file says."""
    secret = (place.secrets / f"{HOOK_OF}.webhook").read_text().strip()
    made = Hooked(Webhook(secret))
    server = await asyncio.start_server(made.serve, HOST, place.hook_port)
    try:
        yield made
    finally:
        server.close()
