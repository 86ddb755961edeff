"""Receivers of the test's own, and a gateway that has the hospital's hooks."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from gateway.delivery.deliver import Deliverer
from tests.gateway.delivery.post_room import PostRoom, opened
from tests.gateway.delivery.receiver import Receiver, receiving
from tests.promises.house import Template


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """The hospital's receiver."""
    with receiving() as made:
        yield made


@pytest.fixture
def second() -> Iterator[Receiver]:
    """Its second one."""
    with receiving() as made:
        yield made


@pytest.fixture
async def post_room(
    template: Template,
    receiver: Receiver,
    second: Receiver,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[PostRoom]:
    """The gateway; its own deliverer is idle. A mark ``content`` says how much the hooks carry."""

    async def idle(_: Deliverer) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Deliverer, "run", idle)
    content = request.param if hasattr(request, "param") else "id-only"
    async with opened(template, [receiver, second], content) as made:
        yield made
