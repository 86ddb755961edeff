"""Gateways for tests: one shared by the whole run, and a factory for tests that need a store of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.live import Live, Site, make_site, temporary_folder


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """A folder with the sample agencies and a key pair for each client."""
    with temporary_folder() as folder:
        yield make_site(folder)


@pytest.fixture(scope="session")
def gateway(site: Site) -> Iterator[Live]:
    """A running gateway that tests share: use record numbers of your own."""
    live = Live(site)
    live.start()
    yield live
    live.close()


@pytest.fixture
def start_gateway() -> Iterator[Callable[..., Live]]:
    """Starts a gateway with a store of its own; takes the fields of ``Live`` (workers, database_url)."""
    with ExitStack() as stack:

        def start(**given: object) -> Live:
            folder: Path = stack.enter_context(temporary_folder())
            live = Live(make_site(folder), **given)  # type: ignore[arg-type]  # fields of Live
            stack.callback(live.close)
            live.start()
            return live

        yield start
