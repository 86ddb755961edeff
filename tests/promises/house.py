"""Gateways opened in this process, where a fault can be planted and a moment held, on copies of one prepared database.

Copies carry the same keys, so two of them give the same ids and versions to the same events.
"""

import asyncio
import itertools
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy import make_url

from gateway import clock, worker
from gateway.app import create_app
from gateway.auth.keys import sign_assertion
from gateway.settings import Settings
from gateway.store.embedded import EmbeddedServer
from gateway.store.keys import read_or_create_key_file
from gateway.store.owner import owner_connection
from gateway.supervisor import prepare
from gateway.worker import Gateway
from tests.live import Site
from tests.parties import FHIR, Answer, Json

_NAMES = itertools.count(1)
ROOT = "http://gateway.example"


@dataclass(frozen=True, slots=True)
class Template:
    """A database server of the tests' own, and a prepared database that is copied for each gateway."""

    site: Site
    server: EmbeddedServer
    under: bytes = field(repr=False)

    def url(self, name: str) -> str:
        """The owner's URL of a database on this server."""
        return make_url(self.server.url).set(database=name).render_as_string(hide_password=False)

    def settings(self) -> Settings:
        """Settings of every gateway on it."""
        return self.site.settings(public_url=ROOT)

    async def prepare(self) -> None:
        """Migrate, apply the sample agencies, keep their directory; nothing stays connected."""
        await self._administer("CREATE DATABASE template")
        await prepare(self.settings(), self.url("template"), self.under)
        async with worker.opened(self.settings(), self.url("template"), self.under):
            pass

    async def copy(self) -> str:
        """The URL of a new copy."""
        name = f"copy{next(_NAMES)}"
        await self._administer(f"CREATE DATABASE {name} TEMPLATE template")
        return self.url(name)

    async def _administer(self, statement: str) -> None:
        driver = await owner_connection(self.server.url)
        try:
            await driver.execute(statement)
        finally:
            await driver.close()


def make_template(site: Site) -> Template:
    """The server of a site, started; call ``prepare`` once, and ``server.stop`` at the end."""
    server = EmbeddedServer(site.folder / "shared-data")
    server.start()
    return Template(site, server, read_or_create_key_file(site.key_file))


@dataclass(slots=True)
class Asker:
    """One registered client of a gateway in this process."""

    house: "House"
    client: str
    scope: str = "system/*.cruds"
    _token: str = field(default="", repr=False)
    _until: float = 0

    async def token(self) -> str:
        """An access token that is still good on the gateway's clock."""
        present = clock.now().timestamp()
        if not self._until - 240 <= present < self._until:
            self._token, self._until = await self._new_token(), present + 240
        return self._token

    async def _new_token(self) -> str:
        token_url = f"{ROOT}/token"
        keys = self.house.template.site.private_keys(self.client)
        form = {
            "grant_type": "client_credentials",
            "scope": self.scope,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": sign_assertion(keys, self.client, token_url, clock.now()),
        }
        answer = await self.house.http.post(token_url, data=form)
        assert answer.status_code == 200, answer.text
        granted: str = answer.json()["access_token"]
        return granted

    async def raw(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Any request; path from the root, or under /fhir where it does not begin with a slash."""
        url = ROOT + (path if path.startswith("/") else f"/fhir/{path}")
        given = {"Authorization": f"Bearer {await self.token()}", **(FHIR if isinstance(body, dict) else {})}
        sent = {"json": body} if isinstance(body, dict) else {"content": body}
        answer = await self.house.http.request(method, url, headers={**given, **(headers or {})}, **sent)
        return Answer(answer.status_code, dict(answer.headers), answer.content)

    async def get(self, path: str, **headers: str) -> Answer:
        """Read, search or history; headers by name with underscores, as if_none_match."""
        return await self.raw("GET", path, headers=_named(headers))

    async def post(self, path: str, body: Any, **headers: str) -> Answer:
        """Create."""
        return await self.raw("POST", path, body, _named(headers))

    async def put(self, path: str, body: Any, **headers: str) -> Answer:
        """Update."""
        return await self.raw("PUT", path, body, _named(headers))

    async def patch(self, path: str, body: Any, **headers: str) -> Answer:
        """Merge patch."""
        return await self.raw("PATCH", path, body, _named(headers))

    async def messages(self, body: bytes) -> Answer:
        """POST /messages."""
        return await self.raw("POST", "/messages", body)

    async def found(self, query: str) -> list[Json]:
        """The matches on the first page of a search."""
        answer = await self.get(query)
        assert answer.status == 200, answer.body
        return [entry["resource"] for entry in answer.json.get("entry", []) if entry["search"]["mode"] == "match"]

    async def one(self, query: str) -> Json:
        """The only match of a search."""
        (resource,) = await self.found(query)
        return resource


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass(slots=True)
class House:
    """One gateway at work in this process."""

    template: Template
    url: str
    gateway: Gateway
    http: httpx.AsyncClient
    _askers: dict[str, Asker] = field(default_factory=dict)

    def asker(self, client: str) -> Asker:
        """A registered client."""
        return self._askers.setdefault(client, Asker(self, client))

    async def hospital(self, *sent: bytes) -> None:
        """Messages of City Hospital, each of which must be accepted."""
        for message in sent:
            answer = await self.asker("cityhosp-ehr").messages(message)
            assert b"MSA|AA" in answer.body, answer.body

    async def settled(self, seconds: float = 10) -> None:
        """Wait until no news is owed to anybody; deliveries wait for receivers that may never answer."""
        until = time.monotonic() + seconds
        async with self.gateway.database.connection("receive") as database:
            while await database.fetchval("SELECT count(*) FROM outbox WHERE state = 'due' AND kind = 'news'"):
                assert time.monotonic() < until, "the outbox does not empty"
                await asyncio.sleep(0.02)

    @asynccontextmanager
    async def owner(self) -> AsyncIterator[asyncpg.Connection]:
        """The database as its owner."""
        driver = await owner_connection(self.url)
        try:
            yield driver
        finally:
            await driver.close()


@asynccontextmanager
async def opened(template: Template, url: str) -> AsyncIterator[House]:
    """A gateway on this database, reached without sockets."""
    async with worker.opened(template.settings(), url, template.under) as gateway:
        transport = httpx.ASGITransport(create_app(gateway), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, timeout=30) as http:
            yield House(template, url, gateway, http)


@dataclass(slots=True)
class FixedClock:
    """The time everywhere in the gateway, moved by hand; also makes the ids of created records repeat."""

    at: datetime = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    _made: Any = field(default_factory=itertools.count)

    def now(self, zone: Any = UTC) -> datetime:
        """In place of ``datetime.now``."""
        return self.at.astimezone(zone)

    def step(self, seconds: float = 1) -> None:
        """Let time pass; ids made in the new moment begin anew."""
        self.at += timedelta(seconds=seconds)
        self._made = itertools.count()

    def again(self) -> None:
        """Ids begin anew in the same moment."""
        self._made = itertools.count()

    def uuid4(self) -> uuid.UUID:
        """In place of ``uuid.uuid4`` for new records."""
        return uuid.uuid5(uuid.NAMESPACE_URL, f"{self.at.isoformat()} {next(self._made)}")

    def UUID(self, text: str) -> uuid.UUID:  # noqa: N802  # stands in for the module uuid
        """As ``uuid.UUID``."""
        return uuid.UUID(text)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> "FixedClock":
        """Put it in place for one test."""
        monkeypatch.setattr("gateway.clock.datetime", self)
        for made in ("receive.receive", "receive.offering", "fhir.interactions.transaction"):
            monkeypatch.setattr(f"gateway.{made}.uuid", self)
        return self
