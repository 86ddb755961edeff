"""One worker: every part of the gateway wired together, and the sockets it serves."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog
import uvicorn

from adapters import ADAPTERS
from gateway import clock
from gateway.app import create_app
from gateway.auth.access_token import AccessTokens
from gateway.auth.assertion import Assertions
from gateway.auth.jwks import JwksFetcher
from gateway.consents.people import People
from gateway.delivery.carriers import carriers
from gateway.delivery.deliver import Deliverer
from gateway.delivery.news import NewsBearer
from gateway.directory import keep_directory
from gateway.disclose.disclose import Disclose
from gateway.fhir.interactions.site import Site
from gateway.fhir.native import warm_up
from gateway.inbound.folder import Watcher
from gateway.inbound.inlet import Inlet
from gateway.inbound.mllp import MllpListener
from gateway.receive.keeping import Keeper
from gateway.receive.receive import Receive
from gateway.registry import Registry
from gateway.settings import Settings
from gateway.store.anchors import AnchorKeeper
from gateway.store.assertions import UsedAssertions
from gateway.store.audit import AuditChains
from gateway.store.database import Database, connect, owner_url, refuse_unsafe_roles
from gateway.store.intake import Intake
from gateway.store.keyring import KeyRing, open_key_ring
from gateway.store.segments import Segments

log = structlog.get_logger("gateway.worker")

DRAIN_SECONDS = 8
REGISTRY_SECONDS = 1.0


@dataclass(slots=True)
class Gateway:
    """The parts of one worker."""

    settings: Settings
    database: Database = field(repr=False)
    keyring: KeyRing
    registry: Registry
    intake: Intake
    receive: Receive
    disclose: Disclose
    tokens: AccessTokens
    assertions: Assertions
    news: NewsBearer
    deliverer: Deliverer
    anchors: AnchorKeeper
    ready: bool = False

    @property
    def inlet(self) -> Inlet:
        """Where agencies' bytes enter."""
        return Inlet(self.receive, self.disclose)

    @property
    def site(self) -> Site:
        """What FHIR interactions work with."""
        people = People(self.database, self.receive)
        return Site(self.settings.base, self.tokens, self.receive, self.disclose, people)


@asynccontextmanager
async def opened(settings: Settings, database_url: str, under: bytes) -> AsyncIterator[Gateway]:
    """A gateway at work on this database; its background tasks end with the block."""
    database = connect(owner_url(database_url), under)
    try:
        await refuse_unsafe_roles(database)
        async with database.connection("receive") as driver:
            keyring = await open_key_ring(driver, under)
            registry = Registry(keyring)
            await registry.refresh(driver)
        gateway = wired(settings, database, keyring, registry)
        gateway.intake.start()
        background = [
            asyncio.create_task(gateway.news.run()),
            asyncio.create_task(gateway.deliverer.run()),
            asyncio.create_task(gateway.anchors.run()),
            asyncio.create_task(_follow_registry(gateway)),
            *(asyncio.create_task(each.run()) for each in _watchers(gateway)),
        ]
        try:
            await keep_directory(gateway.receive, gateway.registry.current)
            gateway.ready = True
            yield gateway
        finally:
            gateway.ready = False
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
            await gateway.intake.stop()
    finally:
        await database.close()


def wired(settings: Settings, database: Database, keyring: KeyRing, registry: Registry) -> Gateway:
    """The parts of a worker, none of them at work yet."""
    segments, chains = Segments(database), AuditChains()
    intake = Intake(database, keyring, segments, chains)
    keeper = Keeper(keyring, segments, settings.base)

    async def refresh() -> None:
        async with database.connection("receive") as driver:
            await registry.refresh(driver)

    receive = Receive(intake, registry, keyring, keeper, segments, ADAPTERS, refresh)
    disclose = Disclose(database, registry, keyring, segments, chains)
    token_url = f"{settings.root}/token"
    material = [keyring.gateway.tokens]
    tokens = AccessTokens(material, settings.root, settings.base, registry, clock.now)
    assertions = Assertions(registry, UsedAssertions(database), JwksFetcher(clock.now), token_url, clock.now)
    news = NewsBearer(database, intake, registry, keyring, keeper, segments)
    deliverer = Deliverer(database, disclose, registry, keyring, chains, carriers(settings))
    anchors = AnchorKeeper(database, keyring.gateway.anchors, settings.data)
    return Gateway(
        *(settings, database, keyring, registry, intake, receive, disclose, tokens, assertions, news, deliverer),
        anchors,
    )


def _watchers(gateway: Gateway) -> list[Watcher]:
    """The watcher of the folders, where the settings name any."""
    folders = gateway.settings.folders
    return [Watcher(folders, gateway.registry, gateway.inlet.batch)] if folders else []


async def _follow_registry(gateway: Gateway) -> None:
    """Notice applied agency files within a second even while nobody asks."""
    version = gateway.registry.current.version
    while True:
        await asyncio.sleep(REGISTRY_SECONDS)
        with contextlib.suppress(Exception):
            async with gateway.database.connection("receive") as driver:
                snapshot = await gateway.registry.refresh(driver)
            if snapshot.version != version:
                version = snapshot.version
                await keep_directory(gateway.receive, snapshot)


async def serve(settings: Settings, database_url: str, under: bytes, http: socket.socket, mllp: socket.socket) -> None:
    """Serve HTTP and MLLP on these listening sockets until told to stop; then finish what was begun."""
    warm_up()
    async with opened(settings, database_url, under) as gateway:
        stop = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        listener = MllpListener(gateway.receive)
        mllp_server = await asyncio.start_server(listener.serve, sock=mllp, limit=2**16)
        web = _web_server(gateway)
        serving = asyncio.create_task(web.serve(sockets=[http]))
        log.info("serving", http=settings.root, mllp=mllp.getsockname()[1])
        waiting = asyncio.create_task(stop.wait())
        await asyncio.wait({waiting, serving}, return_when=asyncio.FIRST_COMPLETED)
        gateway.ready = False
        mllp_server.close()
        web.should_exit = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(listener.drain(), serving), DRAIN_SECONDS)
        log.info("stopped")


def _web_server(gateway: Gateway) -> uvicorn.Server:
    config = uvicorn.Config(
        create_app(gateway),
        http="gateway.inbound.http:DeadlineProtocol",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        limit_concurrency=500,
        h11_max_incomplete_event_size=32 * 2**10,
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]  # the worker handles signals
    return server
