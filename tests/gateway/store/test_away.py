"""What counts as a database that is away: also one that dies between two messages of its protocol."""

import asyncpg
import pytest
from asyncpg.exceptions import ConnectionDoesNotExistError

from gateway.store.away import AWAY


@pytest.mark.parametrize("fault", [ConnectionRefusedError, ConnectionDoesNotExistError, asyncpg.InternalClientError])
def test_a_database_that_dies_at_any_moment_is_away(fault: type[Exception]) -> None:
    """The last is how asyncpg ends when the server dies while it waits for the next message."""
    assert issubclass(fault, AWAY)
