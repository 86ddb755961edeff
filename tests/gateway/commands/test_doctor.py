"""crosswalk doctor finds what would keep a gateway from serving, names the remedy, and passes a sound one."""

import asyncio
import json
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.settings import Settings
from gateway.store.owner import owner_session
from tests.gateway.commands.running import Running, free_port, reachable_folder, run


@pytest.fixture
def ports() -> list[str]:
    return ["--port", str(free_port()), "--mllp-port", str(free_port())]


@pytest.fixture
def folder() -> Iterator[Path]:
    made = reachable_folder()
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def examined(*words: str | Path) -> tuple[int, dict[str, dict]]:
    result = run("doctor", "--json", *words)
    told = json.loads(result.stdout)
    assert told["ok"] is (result.exit_code == 0), result.stderr
    return result.exit_code, {check["name"]: check for check in told["checks"]}


def with_change(gateway: Running, do: str, undo: str, ports: list[str]) -> tuple[int, dict[str, dict]]:
    async def run_on_the_database(statement: str) -> None:
        async with owner_session(Settings(data=gateway.data, database_url="")) as driver:
            await driver.execute(statement)

    asyncio.run(run_on_the_database(do))
    try:
        return examined(*gateway.options, *ports)
    finally:
        asyncio.run(run_on_the_database(undo))


def test_a_sound_gateway_passes_every_check(gateway: Running, sent: dict[str, str]) -> None:
    port = gateway.url.rpartition(":")[2]
    status, checks = examined(*gateway.options, "--port", port, "--mllp-port", str(free_port()))
    assert status == 0, checks
    assert checks["HTTP port"]["found"].endswith("is served")
    sound = {"key file", "data folder", "disk", "MLLP", "HTTP", "database", "clocks", "migrations", "serving roles"}
    assert sound | {"keys", "agencies", "outbox", "audit"} <= set(checks)
    elsewhere = {"disk", "standing", "outbox"}  # this machine, the samples, and deliveries into folders nobody set up
    assert {check["level"] for name, check in checks.items() if name not in elsewhere} == {"ok"}


def test_a_fresh_machine_has_warnings_only_and_nothing_is_made(folder: Path, ports: list[str]) -> None:
    words = ("--data", folder / "data", "--key-file", folder / "key", *ports)
    status, checks = examined(*words)
    assert status == 0
    assert checks["database"]["level"] == checks["data folder"]["level"] == checks["key file"]["level"] == "warning"
    assert list(folder.iterdir()) == []
    assert "3 warnings" in run("doctor", *words).stdout


def test_a_key_file_inside_the_data_folder_is_a_warning(folder: Path, ports: list[str]) -> None:
    key = folder / "data" / "key"
    key.parent.mkdir()
    key.write_text("22" * 32)
    key.chmod(0o600)
    status, checks = examined("--data", key.parent, "--key-file", key, *ports)
    assert (status, checks["key file"]["level"]) == (0, "warning")
    assert "inside the data folder" in checks["key file"]["found"]


@pytest.mark.parametrize(("text", "mode"), [("22" * 32, 0o644), ("short", 0o600)])
def test_a_key_file_that_others_can_read_or_that_holds_no_key_is_an_error(
    folder: Path, ports: list[str], text: str, mode: int
) -> None:
    key = folder / "key"
    key.write_text(text)
    key.chmod(mode)
    status, checks = examined("--data", folder / "data", "--key-file", key, *ports)
    assert (status, checks["key file"]["level"]) == (1, "error")


def test_another_key_file_than_the_data_was_sealed_with_is_an_error(
    gateway: Running, folder: Path, ports: list[str]
) -> None:
    key = folder / "key"
    key.write_text("33" * 32)
    key.chmod(0o600)
    status, checks = examined("--data", gateway.data, "--key-file", key, *ports)
    assert (status, checks["keys"]["level"]) == (1, "error")
    assert "--key-file" in checks["keys"]["remedy"]


def test_a_port_held_by_another_program_is_an_error(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        words = ("--data", folder / "data", "--key-file", folder / "key", "--port", str(taken))
        status, checks = examined(*words, "--mllp-port", str(free_port()))
    assert (status, checks["HTTP port"]["level"]) == (1, "error")
    assert checks["MLLP port"]["level"] == "ok"


def test_plain_protocols_on_the_network_are_warnings(folder: Path, ports: list[str]) -> None:
    words = ("--data", folder / "data", "--key-file", folder / "key", *ports)
    _, checks = examined(*words, "--mllp-host", "0.0.0.0", "--host", "0.0.0.0")  # noqa: S104
    assert checks["MLLP"]["level"] == checks["HTTP"]["level"] == "warning"
    _, checks = examined(*words, "--host", "0.0.0.0", "--public-url", "https://gateway.example")  # noqa: S104
    assert checks["MLLP"]["level"] == checks["HTTP"]["level"] == "ok"


@pytest.mark.parametrize(
    ("do", "undo", "name"),
    [
        ("ALTER ROLE crosswalk_disclose BYPASSRLS", "ALTER ROLE crosswalk_disclose NOBYPASSRLS", "serving roles"),
        (
            "GRANT crosswalk_owner TO crosswalk_receive",
            "REVOKE crosswalk_owner FROM crosswalk_receive",
            "serving roles",
        ),
        (
            "ALTER TABLE part DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE part ENABLE ROW LEVEL SECURITY",
            "serving roles",
        ),
        (
            "UPDATE alembic_version SET version_num = 'x' || version_num",
            "UPDATE alembic_version SET version_num = substr(version_num, 2)",
            "migrations",
        ),
        (
            "UPDATE audit SET outcome = 'x' || outcome WHERE number = 1",
            "UPDATE audit SET outcome = substr(outcome, 2) WHERE number = 1",
            "audit",
        ),
    ],
)
def test_a_fault_of_the_database_is_an_error_with_a_remedy(
    gateway: Running, sent: dict[str, str], ports: list[str], do: str, undo: str, name: str
) -> None:
    status, checks = with_change(gateway, do, undo, ports)
    assert (status, checks[name]["level"]) == (1, "error")
    assert checks[name]["remedy"]


def test_what_was_given_up_in_the_outbox_is_a_warning(gateway: Running, sent: dict[str, str], ports: list[str]) -> None:
    do = """INSERT INTO outbox (id, kind, subject, source, source_type, source_id, target, target_id, due, state)
            VALUES ('00000000-0000-4000-8000-00000000dead', 'news', gen_random_uuid(), 'a', 'Task', gen_random_uuid(),
                    'b', gen_random_uuid(), now(), 'dead')"""
    undo = "DELETE FROM outbox WHERE id = '00000000-0000-4000-8000-00000000dead'"
    status, checks = with_change(gateway, do, undo, ports)
    assert (status, checks["outbox"]["level"]) == (0, "warning")


def test_a_database_elsewhere_that_does_not_answer_is_an_error(folder: Path, ports: list[str]) -> None:
    words = ("--data", folder / "data", "--key-file", folder / "key", *ports)
    status, checks = examined(*words, "--database-url", f"postgresql://nobody@127.0.0.1:{free_port()}/none")
    assert (status, checks["database"]["level"]) == (1, "error")
