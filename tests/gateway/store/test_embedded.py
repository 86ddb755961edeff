"""The embedded server starts, comes back after kill -9, clears what was left behind, and says what is wrong."""

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from gateway.store.embedded import SOCKET_PATH_LIMIT, DatabaseUnavailable, EmbeddedServer
from gateway.store.owner import owner_connection, owner_session
from tests.live import make_site, temporary_folder


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that the database's account can reach."""
    with temporary_folder() as made:
        yield made


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[EmbeddedServer]:
    """A server that tests stop, kill and start again."""
    made = EmbeddedServer(folder / "data")
    made.start()
    yield made
    made.stop()


async def _keeps(url: str, statement: str = "SELECT 1") -> object:
    driver = await owner_connection(url)
    try:
        return await driver.fetchval(statement)
    finally:
        await driver.close()


async def test_it_serves_on_a_socket_that_only_its_account_may_enter(server: EmbeddedServer) -> None:
    assert await _keeps(server.url) == 1
    assert await _keeps(server.url, "SHOW listen_addresses") == ""
    assert server.socket_folder.stat().st_mode & 0o077 == 0
    assert server.cluster.stat().st_mode & 0o077 == 0


async def test_it_is_durable_and_logs_no_statement(server: EmbeddedServer) -> None:
    wanted = {"fsync": "on", "synchronous_commit": "on", "log_statement": "none", "log_min_error_statement": "panic"}
    assert {name: await _keeps(server.url, f"SHOW {name}") for name in wanted} == wanted
    with pytest.raises(asyncpg.PostgresError):
        await _keeps(server.url, "SELECT 'marigold'::integer")
    with pytest.raises(asyncpg.PostgresError):
        await _keeps(server.url, "SELECT marigold")
    log = (server.data / "postgresql.log").read_text()
    assert "SELECT" not in log


async def test_after_kill_9_what_was_committed_is_there(server: EmbeddedServer) -> None:
    await _keeps(server.url, "CREATE TABLE kept AS SELECT 42 AS answer")
    pid = server.pid
    assert pid is not None
    os.killpg(pid, signal.SIGKILL)
    _until(lambda: not server.alive())
    assert not server.running()
    server.start()
    assert server.pid != pid
    assert await _keeps(server.url, "SELECT answer FROM kept") == 42


def _orphan(server: EmbeddedServer) -> int:
    """A server of this folder that nobody looks after."""
    words = [str(server._binary("postgres")), "-D", str(server.cluster), "-k", str(server.socket_folder)]
    command = f"{shlex.join([*words, '-c', 'listen_addresses='])} >/dev/null 2>&1 &"
    account = server.cluster.stat()
    subprocess.run(["sh", "-c", command], check=True, user=account.st_uid, start_new_session=True, cwd="/")
    _until(server.running)
    return int((server.cluster / "postmaster.pid").read_text().split()[0])


async def test_an_orphan_of_the_same_folder_is_cleared(server: EmbeddedServer) -> None:
    server.stop()
    orphan = _orphan(server)
    assert not server.alive()
    server.start()
    assert server.pid != orphan
    assert await _keeps(server.url) == 1


def test_a_pid_file_of_somebody_else_harms_nobody(server: EmbeddedServer) -> None:
    server.stop()
    other = subprocess.Popen(["sleep", "60"])
    try:
        (server.cluster / "postmaster.pid").write_text(f"{other.pid}\n{server.cluster}\n0\n0\n\n\n\n")
        assert not server.running()
        server.start()
        assert other.poll() is None
        assert server.alive()
    finally:
        other.kill()
        other.wait()


def test_a_broken_pid_file_is_no_server(server: EmbeddedServer, folder: Path) -> None:
    lone = EmbeddedServer(folder / "lone")
    lone.cluster.mkdir(parents=True)
    for content in ("", "x", "-5\n", "999999999\n"):
        (lone.cluster / "postmaster.pid").write_text(content)
        assert not lone.running()
    lone.stop()


async def test_an_owners_session_uses_the_server_that_runs_and_leaves_it_running(server: EmbeddedServer) -> None:
    with temporary_folder() as other:
        settings = make_site(other).settings(data=server.data)
        async with owner_session(settings) as driver:
            assert await driver.fetchval("SELECT current_user") == "crosswalk_owner"
    assert server.alive()


def test_the_socket_lies_in_the_data_folder_unless_its_path_is_too_long(folder: Path) -> None:
    assert EmbeddedServer(folder / "data").socket_folder == (folder / "data" / "run").resolve()
    long = folder / ("d" * (SOCKET_PATH_LIMIT + 1))
    moved = EmbeddedServer(long).socket_folder
    assert len(str(moved)) <= SOCKET_PATH_LIMIT
    assert moved != EmbeddedServer(long / "x").socket_folder
    assert moved == EmbeddedServer(long).socket_folder


async def test_a_data_folder_with_a_long_path_serves(folder: Path) -> None:
    server = EmbeddedServer(folder / ("d" * 100))
    server.start()
    try:
        assert await _keeps(server.url) == 1
    finally:
        server.stop()
        with suppress(OSError):
            server.socket_folder.rmdir()


def test_a_cluster_that_does_not_start_is_reported_with_its_log(folder: Path) -> None:
    server = EmbeddedServer(folder / "broken")
    server.cluster.mkdir(parents=True, mode=0o700)
    (server.cluster / "PG_VERSION").write_text("12\n")
    with pytest.raises(DatabaseUnavailable, match=r"postgresql\.log"):
        server.start()
    assert not server.alive()


def test_a_folder_with_foreign_files_is_reported(folder: Path) -> None:
    server = EmbeddedServer(folder / "foreign")
    server.cluster.mkdir(parents=True, mode=0o700)
    (server.cluster / "letter.txt").write_text("not ours")
    with pytest.raises(DatabaseUnavailable, match="initdb failed"):
        server.start()
    assert (server.cluster / "letter.txt").read_text() == "not ours"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the database to another account")
def test_as_root_a_folder_the_account_cannot_reach_is_named_with_the_remedy(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(DatabaseUnavailable, match="choose a --data folder whose parents everybody may pass through"):
        EmbeddedServer(tmp_path / "data").start()


def _until(done: object, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not done():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.05)
