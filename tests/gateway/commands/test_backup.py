"""crosswalk backup and restore: the same records in another folder, or nothing and the reason."""

import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.gateway.commands.running import Running, reachable_folder, run, served, stop


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    folder = reachable_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def backed_up(gateway: Running, sent: dict[str, str], place: Path) -> Path:
    result = gateway.command("backup", place / "records.backup")
    assert result.exit_code == 0, result.stderr
    assert "RPO" in result.stdout
    return place / "records.backup"


def restored(gateway: Running, file: Path, data: Path, key_file: Path | None = None) -> tuple[int, str]:
    result = run("restore", file, "--data", data, "--key-file", key_file or gateway.key_file)
    return result.exit_code, result.stdout + result.stderr


def copied(file: Path, folder: Path) -> Path:
    folder.mkdir()
    shutil.copy(file, folder)
    shutil.copy(f"{file}.keys", folder)
    return folder / file.name


def records(gateway: Running) -> list[tuple[str, bytes]]:
    """Everything the sender may read: the body of each search, and of each record found."""
    headers = {"Authorization": f"Bearer {gateway.token('cityhosp-ehr')}"}
    found = []
    with httpx.Client(base_url=f"{gateway.url}/fhir", headers=headers, timeout=20) as client:
        for kind in ("Patient", "Encounter", "Condition", "ServiceRequest", "Task"):
            bundle = client.get(f"/{kind}").json()
            for entry in bundle.get("entry", []):
                name = f"{kind}/{entry['resource']['id']}"
                found.append((name, client.get(f"/{name}").content))
    return sorted(found)


def test_both_files_are_private_and_neither_shows_a_person(backed_up: Path) -> None:
    for path in (backed_up, Path(f"{backed_up}.keys")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert b"RIVERA" not in path.read_bytes()
    assert sorted(backed_up.parent.glob("*")) == [backed_up, Path(f"{backed_up}.keys")]


def test_a_restore_in_another_folder_serves_the_same_records_and_its_audit_verifies(
    gateway: Running, sent: dict[str, str], place: Path
) -> None:
    file, data = place / "again.backup", place / "again"
    assert gateway.command("backup", file).exit_code == 0
    before = records(gateway)
    assert len(before) > 5
    status, said = restored(gateway, file, data)
    assert status == 0, said
    assert "RTO" in said
    result = run("audit", "verify", "--data", data, "--key-file", gateway.key_file)
    assert result.exit_code == 0, result.stdout + result.stderr
    process, again = served(gateway.folder, data, gateway.key_file)
    try:
        assert records(again) == before
    finally:
        stop(process)


def test_without_the_file_of_keys_nothing_is_restored(gateway: Running, backed_up: Path, place: Path) -> None:
    file = copied(backed_up, place / "no-keys")
    Path(f"{file}.keys").unlink()
    status, said = restored(gateway, file, place / "data-no-keys")
    assert status == 1
    assert "records.backup.keys is not there" in said
    assert not (place / "data-no-keys").exists()


def test_with_another_key_file_nothing_is_restored(gateway: Running, backed_up: Path, place: Path) -> None:
    other = place / "other-key"
    other.write_text("11" * 32)
    other.chmod(0o600)
    status, said = restored(gateway, backed_up, place / "data-other-key", other)
    assert (status, (place / "data-other-key").exists()) == (1, False)
    assert "--key-file" in said


@pytest.mark.parametrize("damaged", ["records.backup", "records.backup.keys"])
def test_a_damaged_file_is_refused_before_anything_is_written(
    gateway: Running, backed_up: Path, place: Path, damaged: str
) -> None:
    file = copied(backed_up, place / f"damaged-{damaged}")
    path = file.with_name(damaged)
    path.write_bytes(path.read_bytes()[:-200] + bytes(200))
    status, said = restored(gateway, file, place / f"data-{damaged}")
    assert (status, (place / f"data-{damaged}").exists()) == (1, False)
    assert "intact pair" in said


def test_a_restore_over_data_is_refused(gateway: Running, backed_up: Path, place: Path) -> None:
    status, said = restored(gateway, backed_up, gateway.data)
    assert status == 1
    assert "new folder" in said
    data = place / "filled"
    assert restored(gateway, backed_up, data)[0] == 0
    status, said = restored(gateway, backed_up, data)
    assert status == 1
    assert "not empty" in said


def test_a_backup_never_overwrites_a_file(gateway: Running, backed_up: Path) -> None:
    before = backed_up.read_bytes()
    result = gateway.command("backup", backed_up)
    assert (result.exit_code, backed_up.read_bytes()) == (1, before)
    assert "exists already" in result.stderr
