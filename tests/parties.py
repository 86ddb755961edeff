"""How agencies speak to a gateway under test: a registered client over HTTP, an HL7 v2 sender over MLLP."""

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from gateway import clock
from gateway.auth.keys import sign_assertion

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response as it came: status, headers with lower-case names, body bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def json(self) -> Json:
        """The body as JSON."""
        found: Json = httpx.Response(self.status, content=self.body).json()
        return found

    @property
    def told(self) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        """All that the caller learns, less the two headers that name the moment and the request."""
        kept = tuple(sorted((k, v) for k, v in self.headers.items() if k not in {"date", "x-request-id"}))
        return self.status, kept, self.body


FHIR = {"Content-Type": "application/fhir+json"}


@dataclass(slots=True)
class Party:
    """One registered client: takes a token when it needs one, then reads and writes under /fhir."""

    http: httpx.Client
    client: str
    private_keys: str = field(repr=False)
    root: str
    scope: str = "system/*.cruds"
    _token: str = field(default="", repr=False)
    _until: float = 0

    @property
    def token(self) -> str:
        """An access token that is still good."""
        if time.monotonic() > self._until:
            self._token, self._until = self.new_token(), time.monotonic() + 240
        return self._token

    def new_token(self) -> str:
        """A fresh access token by SMART backend services."""
        token_url = f"{self.root}/token"
        assertion = sign_assertion(self.private_keys, self.client, token_url, clock.now())
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        form = {"grant_type": "client_credentials", "scope": self.scope, "client_assertion_type": kind}
        answer = self.http.post(token_url, data={**form, "client_assertion": assertion})
        assert answer.status_code == 200, answer.text
        granted: str = answer.json()["access_token"]
        return granted

    def raw(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, **more: Any
    ) -> Answer:
        """Any request, path from the root (``/fhir/...`` where it does not begin with a slash)."""
        url = self.root + (path if path.startswith("/") else f"/fhir/{path}")
        given = {"Authorization": f"Bearer {self.token}", **(FHIR if isinstance(body, dict) else {}), **(headers or {})}
        sent = {"json": body} if isinstance(body, dict) else {"content": body}
        answer = self.http.request(method, url, headers=given, **sent, **more)
        return Answer(answer.status_code, dict(answer.headers), answer.content)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Read, search, history."""
        return self.raw("GET", path, headers=headers)

    def post(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
        """Create."""
        return self.raw("POST", path, body, headers)

    def put(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
        """Update."""
        return self.raw("PUT", path, body, headers)

    def patch(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
        """Merge patch."""
        return self.raw("PATCH", path, body, headers)

    def search(self, query: str) -> list[Json]:
        """The resources that a search matches, its first page; fails where the search does."""
        answer = self.get(query)
        assert answer.status == 200, answer.body
        return [entry["resource"] for entry in answer.json.get("entry", []) if entry["search"]["mode"] == "match"]

    def messages(self, body: bytes, channel: str = "") -> Answer:
        """POST /messages, the inlet for any sector's bytes."""
        return self.raw("POST", "/messages" + (f"?channel={channel}" if channel else ""), body)


@dataclass(slots=True)
class Mllp:
    """A connection that stays open; ``send`` answers the reply without its frame."""

    port: int
    seconds: float = 30
    _socket: socket.socket = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self.port), self.seconds)

    def send(self, message: bytes) -> bytes:
        """One framed message, one reply. Raises ConnectionError where the other side ends."""
        self._socket.sendall(b"\x0b" + message + b"\x1c\r")
        return self.receive()

    def receive(self) -> bytes:
        """The next reply."""
        read = bytearray()
        while not read.endswith(b"\x1c\r"):
            chunk = self._socket.recv(65536)
            if not chunk:
                raise ConnectionError("the gateway ended the connection")
            read += chunk
        return bytes(read[1:-2])

    def close(self) -> None:
        """End the connection."""
        self._socket.close()


def mllp(port: int, message: bytes) -> bytes:
    """The reply to one message on a connection of its own."""
    connection = Mllp(port)
    try:
        return connection.send(message)
    finally:
        connection.close()
