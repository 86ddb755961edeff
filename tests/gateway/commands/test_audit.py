# ruff: noqa: S608  # the statements alter an audit of the test's own
"""crosswalk audit verify finds every way of altering the audit, and names the first bad row of each broken chain."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.settings import Settings
from gateway.store.anchors import AnchorKeeper
from gateway.store.audit import AuditChains, AuditEntry
from gateway.store.database import connect, migrate, owner_url
from gateway.store.embedded import EmbeddedServer
from gateway.store.keyring import ensure_custodian_key, ensure_gateway_key, open_key_ring
from gateway.store.keys import read_or_create_key_file
from gateway.store.owner import owner_connection, owner_session
from tests.gateway.commands.running import reachable_folder, run

ROWS = 6


class Audited:
    """A data folder with two chains of audit rows, anchored, and the anchors exported."""

    def __init__(self, folder: Path) -> None:
        self.data, self.key_file, self.exported = folder / "data", folder / "key", folder / "kept-elsewhere.jsonl"
        self.server = EmbeddedServer(self.data)
        self.server.start()
        asyncio.run(self._write())
        shutil.copy(self.data / "anchors.jsonl", self.exported)

    async def _write(self) -> None:
        under = read_or_create_key_file(self.key_file)
        await migrate(owner_url(self.server.url), under)
        driver = await owner_connection(self.server.url)
        await ensure_gateway_key(driver, under)
        await ensure_custodian_key(driver, "cityhosp", under)
        ring = await open_key_ring(driver, under)
        for _ in range(2):
            chains = AuditChains()
            for number in range(ROWS):
                entry = AuditEntry(datetime.now(UTC), "read", "cityhosp", "lakeside-bh", "permit", None, {"n": number})  # noqa: TID251
                (await chains.append(driver, [(entry, ring["cityhosp"])])).kept()
        await driver.close()
        database = connect(owner_url(self.server.url), under)
        await AnchorKeeper(database, ring.gateway.anchors, self.data).anchor()
        await database.close()

    def verify(self, *words: str) -> tuple[int, list[str]]:
        result = run("audit", "verify", "--data", self.data, "--key-file", self.key_file, "--json", *words)
        told = json.loads(result.stdout)
        assert told["chains"] >= 1, result.stderr
        return result.exit_code, told["faults"]

    def altered(self, *statements: str) -> tuple[int, list[str]]:
        """What verify says of the altered audit, which is then put right again."""
        return asyncio.run(self._altering(statements))

    async def _altering(self, statements: tuple[str, ...]) -> tuple[int, list[str]]:
        async with owner_session(Settings(data=self.data, database_url="")) as driver:
            await driver.execute("CREATE TABLE was AS TABLE audit; CREATE TABLE anchored AS TABLE anchor")
            try:
                for statement in statements:
                    await driver.execute(statement)
                return await asyncio.to_thread(self.verify, "--anchors", str(self.exported))
            finally:
                await driver.execute("DELETE FROM audit; INSERT INTO audit SELECT * FROM was; DROP TABLE was")
                await driver.execute(
                    "DELETE FROM anchor; INSERT INTO anchor SELECT * FROM anchored; DROP TABLE anchored"
                )


@pytest.fixture(scope="module")
def audited() -> Iterator[Audited]:
    folder = reachable_folder()
    made = Audited(folder)
    try:
        yield made
    finally:
        made.server.stop()
        shutil.rmtree(folder, ignore_errors=True)


ONE = "chain = (SELECT min(chain::text) FROM was)::uuid"


def test_an_audit_as_it_was_written_verifies(audited: Audited) -> None:
    assert audited.verify() == (0, [])
    assert audited.verify("--anchors", str(audited.exported)) == (0, [])
    plain = run("audit", "verify", "--data", audited.data, "--key-file", audited.key_file)
    assert (plain.exit_code, plain.stdout) == (0, f"2 chains, {2 * ROWS} rows, 0 faults\n")


@pytest.mark.parametrize("column", ["kind", "custodian", "recipient", "outcome"])
def test_an_edited_row_is_named(audited: Audited, column: str) -> None:
    status, faults = audited.altered(f"UPDATE audit SET {column} = 'other' WHERE {ONE} AND number = 3")
    assert (status, len(faults)) == (1, 1)
    assert "row 3: was changed" in faults[0]


@pytest.mark.parametrize(
    "change", ["at = at + interval '1 second'", "patient = gen_random_uuid()", "sealed = sealed || '\\x00'::bytea"]
)
def test_edited_times_persons_and_contents_are_named(audited: Audited, change: str) -> None:
    status, faults = audited.altered(f"UPDATE audit SET {change} WHERE {ONE} AND number = 3")
    assert (status, len(faults)) == (1, 1)
    assert "row 3: was changed" in faults[0]


def test_a_deleted_row_is_named(audited: Audited) -> None:
    status, faults = audited.altered(f"DELETE FROM audit WHERE {ONE} AND number = 3")
    assert (status, len(faults)) == (1, 1)
    assert "rows 3 to 3 are missing" in faults[0]


def test_exchanged_rows_are_named(audited: Audited) -> None:
    status, faults = audited.altered(
        f"UPDATE audit SET number = 100 WHERE {ONE} AND number = 3",
        f"UPDATE audit SET number = 3 WHERE {ONE} AND number = 4",
        f"UPDATE audit SET number = 4 WHERE {ONE} AND number = 100",
    )
    assert (status, len(faults)) == (1, 1)
    assert "row 3: does not follow" in faults[0]


def test_a_tail_cut_off_after_an_anchor_is_named(audited: Audited) -> None:
    status, faults = audited.altered(f"DELETE FROM audit WHERE {ONE} AND number > 4")
    assert status == 1
    assert any(f"row {ROWS}: is in the anchor" in fault for fault in faults)


def test_a_tail_and_the_anchors_in_the_database_cut_off_are_found_by_the_exported_anchors(audited: Audited) -> None:
    status, faults = audited.altered(f"DELETE FROM audit WHERE {ONE} AND number > 4", "DELETE FROM anchor")
    assert (status, len(faults)) == (1, 1)
    assert "against the exported anchor" in faults[0]


def test_a_whole_chain_deleted_is_found(audited: Audited) -> None:
    status, faults = audited.altered(f"DELETE FROM audit WHERE {ONE}")
    assert (status, bool(faults)) == (1, True)


def test_a_forged_anchor_is_found(audited: Audited) -> None:
    status, faults = audited.altered("UPDATE anchor SET signature = decode(repeat('00', 64), 'hex')")
    assert status == 1
    assert any("signature" in fault for fault in faults)


def test_each_broken_chain_is_named_once(audited: Audited) -> None:
    status, faults = audited.altered("UPDATE audit SET kind = 'other' WHERE number IN (2, 5)")
    assert (status, len(faults)) == (1, 2)
    assert all("row 2: was changed" in fault for fault in faults)


def test_exported_anchors_with_a_broken_line_are_refused_and_a_torn_last_line_is_passed_over(
    audited: Audited, tmp_path: Path
) -> None:
    torn, broken = tmp_path / "torn.jsonl", tmp_path / "broken.jsonl"
    good = audited.exported.read_bytes()
    torn.write_bytes(good + good[:40])
    assert audited.verify("--anchors", str(torn)) == (0, [])
    broken.write_bytes(b"{}\n" + good)
    words = ("--data", audited.data, "--key-file", audited.key_file, "--anchors", broken)
    result = run("audit", "verify", *words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "line 1" in result.stderr
