"""Fixtures of the promises: gateways in this process on copies of one prepared database, and a clock set by hand."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import pytest

from tests.gateway.delivery.receiver import Receiver, receiving
from tests.live import Site, make_site, temporary_folder
from tests.promises.house import FixedClock, House, Template, make_template, opened
from tests.promises.mail import idle
from tests.promises.mail_worlds import Worlds, worlds_opened

OpenHouse = Callable[..., Awaitable[House]]


@pytest.fixture(scope="session")
def template() -> Iterator[Template]:
    """The prepared database."""
    with temporary_folder() as folder:
        site: Site = make_site(folder)
        made = make_template(site)
        try:
            asyncio.run(made.prepare())
            yield made
        finally:
            made.server.stop()


@pytest.fixture
async def open_house(template: Template) -> AsyncIterator[OpenHouse]:
    """Opens a gateway on a copy of its own, or on the database of another one's URL, as a second worker."""
    async with AsyncExitStack() as stack:

        async def open_one(url: str = "") -> House:
            return await stack.enter_async_context(opened(template, url or await template.copy()))

        yield open_one


@pytest.fixture
async def house(open_house: OpenHouse) -> House:
    """One gateway in this process."""
    return await open_house()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """An agency's own HTTP server."""
    with receiving() as made:
        yield made


@pytest.fixture
def fixed_clock(monkeypatch: pytest.MonkeyPatch) -> FixedClock:
    """The gateway's clock, set by hand."""
    return FixedClock().install(monkeypatch)


@pytest.fixture
async def worlds(
    template: Template, receiver: Receiver, fixed_clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Worlds]:
    """Two gateways whose letters are compared; they deliver when told to."""
    idle(monkeypatch)
    async with worlds_opened(template, receiver, fixed_clock) as made:
        yield made
