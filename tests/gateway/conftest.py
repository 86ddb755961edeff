"""Gateways and stores in this process on fresh copies of one prepared database, one for each module of tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.gateway.store.opened import Store
from tests.gateway.store.opened import opened as opened_store
from tests.promises.conftest import fixed_clock, open_house, template
from tests.promises.house import House, Template, opened

__all__ = ["fixed_clock", "open_house", "template"]

HERE = Path(__file__).parent
SHARING = tuple(HERE / name for name in ("store", "receive", "disclose"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one module share an event loop, as they share a database."""
    for item in items:
        if item.path.is_relative_to(HERE) and item.path.parent in SHARING and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(template: Template) -> AsyncIterator[House]:
    """One gateway at work for a module: use record numbers of your own."""
    async with opened(template, await template.copy()) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def store(template: Template) -> AsyncIterator[Store]:
    """A store without a gateway for a module: use records of your own."""
    async with opened_store(template) as made:
        yield made
