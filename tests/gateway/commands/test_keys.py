"""crosswalk keys rotate: the same data under a new key; the old one opens nothing more, and a backup keeps its own."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.settings import Settings
from gateway.store.owner import owner_session
from tests.gateway.commands.running import Running, agencies_with_keys, reachable_folder, run, served, stop


@pytest.fixture
def copied(gateway: Running, sent: dict[str, str]) -> Iterator[Path]:
    """A folder with a copy of the gateway's data, which nothing serves."""
    folder = reachable_folder()
    try:
        assert gateway.command("backup", folder / "backup").exit_code == 0
        shutil.copy(gateway.key_file, folder / "key")
        words = ("--data", folder / "data", "--key-file", folder / "key")
        assert run("restore", folder / "backup", *words).exit_code == 0
        agencies_with_keys(folder / "agencies")
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def listed(folder: Path, key: str) -> tuple[int, str]:
    result = run("message", "list", "--data", folder / "data", "--key-file", folder / key, "--json")
    return result.exit_code, result.stdout


def wrapped(folder: Path) -> dict[str, bytes]:
    async def read() -> dict[str, bytes]:
        async with owner_session(Settings(data=folder / "data", database_url="")) as driver:
            rows = await driver.fetch("SELECT custodian, wrapped FROM custodian_key")
            return {row["custodian"]: row["wrapped"] for row in rows}

    return asyncio.run(read())


def rotate(folder: Path, key: str, new: str) -> tuple[int, str]:
    words = ("--data", folder / "data", "--key-file", folder / key, "--new-key-file", folder / new)
    result = run("keys", "rotate", *words)
    return result.exit_code, result.stdout + result.stderr


def test_after_a_rotation_the_new_key_opens_everything_and_the_old_one_nothing(copied: Path) -> None:
    before, keys = listed(copied, "key"), wrapped(copied)
    status, said = rotate(copied, "key", "new")
    assert (status, f"{len(keys) + 1} keys" in said) == (0, True), said
    assert listed(copied, "new") == before
    assert listed(copied, "key")[0] == 1
    assert all(keys[custodian] != now for custodian, now in wrapped(copied).items())
    assert run("audit", "verify", "--data", copied / "data", "--key-file", copied / "new").exit_code == 0
    assert (copied / "new").stat().st_mode & 0o077 == 0


def test_the_gateway_serves_under_the_new_key(copied: Path) -> None:
    assert rotate(copied, "key", "new")[0] == 0
    process, again = served(copied, copied / "data", copied / "new")
    try:
        headers = {"Authorization": f"Bearer {again.token('cityhosp-ehr')}"}
        assert httpx.get(f"{again.url}/fhir/Patient", headers=headers).json()["entry"]
    finally:
        stop(process)


def test_a_rotation_from_the_wrong_key_or_to_the_same_one_changes_nothing(copied: Path) -> None:
    before = wrapped(copied)
    (copied / "wrong").write_text("44" * 32)
    (copied / "wrong").chmod(0o600)
    assert rotate(copied, "wrong", "new")[0] == 1
    assert rotate(copied, "key", "key")[0] == 2
    assert wrapped(copied) == before
