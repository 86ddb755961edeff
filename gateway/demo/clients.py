"""The agencies' own software: SMART backend clients over HTTP, and an HL7 v2 sender over MLLP.

https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from adapters.hospital.framing import Framer, frame
from gateway.agencies.founding import private_key_file
from gateway.auth.keys import sign_assertion
from gateway.clock import now
from gateway.demo.sandbox import HOST, Sandbox

Json = dict[str, Any]
FHIR = "application/fhir+json"
SCOPE = "system/*.cruds"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
UNLIKE = ("date", "x-request-id")
"""Headers that differ between any two answers."""
REPLY_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, byte for byte."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def json(self) -> Json:
        """The body as JSON."""
        read: Json = json.loads(self.body)
        return read

    @property
    def resources(self) -> list[Json]:
        """The resources of a search Bundle."""
        return [entry["resource"] for entry in self.json.get("entry", ())]

    def bytes_for(self, asked: str = "") -> tuple[object, ...]:
        """Everything a recipient can compare: status, headers and body, with what was asked for blotted out."""
        headers = tuple(sorted((name, value) for name, value in self.headers.items() if name not in UNLIKE))
        body = self.body.replace(asked.encode(), b"?") if asked else self.body
        return self.status, headers, body


@dataclass(frozen=True, slots=True)
class Client:
    """One agency's client with a fresh access token."""

    id: str
    http: httpx.AsyncClient = field(repr=False)
    token: str = field(repr=False)

    async def get(self, path: str) -> Answer:
        """Read or search below the FHIR base."""
        return await self._send("GET", path)

    async def search(self, kind: str, **parameters: str) -> list[Json]:
        """The resources a search finds."""
        return (await self.get(f"{kind}?{httpx.QueryParams(parameters)}")).resources

    async def post(self, resource: Json) -> Answer:
        """Create."""
        return await self._send("POST", resource["resourceType"], resource)

    async def messages(self, body: bytes, channel: str = "") -> Answer:
        """POST /messages: any sector's bytes."""
        headers = {"Authorization": f"Bearer {self.token}"}
        got = await self.http.post(
            f"/messages{f'?channel={channel}' if channel else ''}", content=body, headers=headers
        )
        return Answer(got.status_code, dict(got.headers), got.content)

    async def put(self, resource: Json, etag: str) -> Answer:
        """Update, if nobody else did meanwhile."""
        path = f"{resource['resourceType']}/{resource['id']}"
        return await self._send("PUT", path, resource, {"If-Match": etag})

    async def _send(
        self, method: str, path: str, body: Json | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        content = json.dumps(body).encode() if body else None
        said = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        if content:
            said["Content-Type"] = FHIR
        got = await self.http.request(method, f"/fhir/{path}", content=content, headers=said)
        return Answer(got.status_code, dict(got.headers), got.content)


async def sign_in(place: Sandbox, http: httpx.AsyncClient, client: str) -> Client:
    """A client with its access token. Raises httpx.HTTPStatusError where the gateway refuses it."""
    token_url = f"{place.root}/token"
    private = private_key_file(place.keys, client).read_text()
    form = {
        "grant_type": "client_credentials",
        "scope": SCOPE,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": sign_assertion(private, client, token_url, now()),
    }
    got = (await http.post(token_url, data=form)).raise_for_status()
    return Client(client, http, got.json()["access_token"])


async def send(place: Sandbox, message: bytes) -> str:
    """Send one HL7 v2 message over MLLP; the acknowledgement. Raises TimeoutError, ConnectionError."""
    reader, writer = await asyncio.open_connection(HOST, place.mllp_port)
    try:
        writer.write(frame(message))
        await writer.drain()
        async with asyncio.timeout(REPLY_SECONDS):
            return (await _reply(reader)).decode("latin-1")
    finally:
        writer.close()


async def _reply(reader: asyncio.StreamReader) -> bytes:
    framer = Framer()
    while chunk := await reader.read(65536):
        if replies := framer.feed(chunk):
            return replies[0]
    raise ConnectionError("the gateway closed the connection without an acknowledgement")


def acknowledgement(reply: str) -> str:
    """MSA-1 of an acknowledgement, such as AA or AR."""
    segment = next((each for each in reply.split("\r") if each.startswith("MSA|")), "MSA|")
    return segment.split("|")[1]
