"""The audit is a chain for each connection: whatever is done to its rows afterwards is found."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import orjson
import pytest
import pytest_asyncio

from gateway import clock
from gateway.store.anchors import AnchorKeeper, ExportFault, altered_since_export, forged
from gateway.store.audit import AuditEntry, verify
from gateway.store.seal import unseal, unwrap
from tests.gateway.store.opened import AT, HOSPITAL, Store


def _entry(number: int = 0, **more: object) -> AuditEntry:
    given = {"at": AT + timedelta(seconds=number), "kind": "read", "recipient": "lakeside-bh", "outcome": "disclosed"}
    return AuditEntry(**{"custodian": HOSPITAL, "content": {"number": number}, **given, **more})  # type: ignore[arg-type]


async def _append(store: Store, *entries: AuditEntry) -> None:
    async with store.database.transaction("receive") as driver:
        appended = await store.chains.append(driver, [(each, store.keyring[each.custodian]) for each in entries])
    appended.kept()


@contextlib.asynccontextmanager
async def _altered(store: Store) -> AsyncIterator[asyncpg.Connection]:
    """What is done inside is undone at the end."""
    transaction = store.owner.transaction()
    await transaction.start()
    try:
        yield store.owner
    finally:
        await transaction.rollback()


@pytest_asyncio.fixture(loop_scope="module")
async def chain(store: Store) -> str:
    """A chain with rows in it."""
    for number in range(4):
        await _append(store, _entry(number), _entry(number, patient="00000000-0000-8000-8000-000000000001"))
    return str(await store.owner.fetchval(_LONGEST))


_LONGEST = "SELECT chain FROM audit WHERE kind = 'read' GROUP BY chain ORDER BY count(*) DESC LIMIT 1"


async def test_untouched_chains_verify(store: Store, chain: str) -> None:
    verdict = await verify(store.owner)
    assert verdict.faults == ()
    assert verdict.rows == await store.owner.fetchval("SELECT count(*) FROM audit")


EDITS = [
    "at = at + interval '1 millisecond'",
    "kind = 'write'",
    "custodian = 'harbor-recovery'",
    "recipient = 'nobody'",
    "patient = NULL",
    "outcome = 'withheld'",
    "sealed = set_byte(sealed, 0, 255 - get_byte(sealed, 0))",
    "digest = set_byte(digest, 0, 255 - get_byte(digest, 0))",
    "previous = set_byte(previous, 0, 255 - get_byte(previous, 0))",
    "number = 1000",
]


@pytest.mark.parametrize("edit", EDITS)
async def test_a_row_edited_afterwards_is_named(store: Store, chain: str, edit: str) -> None:
    async with _altered(store) as owner:
        await owner.execute(f"UPDATE audit SET {edit} WHERE chain = $1 AND number = 4", chain)  # noqa: S608
        (fault,) = (await verify(owner)).faults
    assert chain in fault
    assert "row 4" in fault or "row 5" in fault or "1000" in fault


async def test_a_row_taken_out_is_named(store: Store, chain: str) -> None:
    async with _altered(store) as owner:
        await owner.execute("DELETE FROM audit WHERE chain = $1 AND number = 2", chain)
        (fault,) = (await verify(owner)).faults
    assert fault == f"chain {chain} row 3: rows 2 to 2 are missing"


async def test_the_first_row_taken_out_is_named(store: Store, chain: str) -> None:
    async with _altered(store) as owner:
        await owner.execute("DELETE FROM audit WHERE chain = $1 AND number = 1", chain)
        (fault,) = (await verify(owner)).faults
    assert fault.endswith("rows 1 to 1 are missing")


async def test_rows_put_in_another_order_are_named(store: Store, chain: str) -> None:
    async with _altered(store) as owner:
        for old, new in ((2, -2), (3, 2), (-2, 3)):
            await owner.execute("UPDATE audit SET number = $3 WHERE chain = $1 AND number = $2", chain, old, new)
        (fault,) = (await verify(owner)).faults
    assert f"chain {chain} row 2" in fault


async def test_every_broken_chain_is_named_once(store: Store, chain: str) -> None:
    async with _altered(store) as owner:
        await owner.execute("UPDATE audit SET outcome = 'x' WHERE number = 1")
        verdict = await verify(owner)
    assert len(verdict.faults) == verdict.chains


async def test_content_destroyed_with_its_key_breaks_nothing(store: Store, chain: str) -> None:
    async with _altered(store) as owner:
        await owner.execute("DELETE FROM data_key WHERE id IN (SELECT key FROM audit)")
        assert (await verify(owner)).faults == ()


async def test_what_is_sealed_in_a_row_opens_for_its_custodian(store: Store, chain: str) -> None:
    row = await store.owner.fetchrow(
        "SELECT a.*, k.wrapped FROM audit a JOIN data_key k ON k.id = a.key AND k.custodian = a.custodian "
        "WHERE chain = $1 AND number = 7",
        chain,
    )
    key = unwrap(row["wrapped"], store.keyring[HOSPITAL].wrapping)
    assert orjson.loads(unseal(row["sealed"], key, f"audit|{chain}|7".encode())) == {"number": 3}


async def test_a_rollback_does_not_break_the_chain(store: Store) -> None:
    await _append(store, _entry(1))
    with contextlib.suppress(ZeroDivisionError):
        async with store.database.transaction("receive") as driver:
            await store.chains.append(driver, [(_entry(2), store.keyring[HOSPITAL])])
            _ = 1 / 0
    await _append(store, _entry(3), _entry(4))
    await _append(store, _entry(5))
    assert (await verify(store.owner)).faults == ()


async def test_connections_at_once_write_chains_of_their_own(store: Store) -> None:
    async def many(start: int) -> None:
        for number in range(3):
            await _append(store, _entry(start + number))

    before = (await verify(store.owner)).rows
    await asyncio.gather(*(many(100 * each) for each in range(6)))
    verdict = await verify(store.owner)
    assert (verdict.faults, verdict.rows) == ((), before + 18)


async def test_nothing_appended_is_nothing_written(store: Store) -> None:
    before = (await verify(store.owner)).rows
    await _append(store)
    assert (await verify(store.owner)).rows == before


@pytest.mark.parametrize("statement", ["UPDATE audit SET outcome = 'x'", "DELETE FROM audit", "TRUNCATE audit"])
@pytest.mark.parametrize("role", ["receive", "disclose"])
async def test_no_serving_role_can_alter_the_audit(store: Store, role: str, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with store.database.transaction(role) as driver:  # type: ignore[arg-type]
            await driver.execute(statement)


# --- anchors


async def _anchored(store: Store, folder: Path) -> AnchorKeeper:
    keeper = AnchorKeeper(store.database, store.keyring.gateway.anchors, folder)
    await _append(store, _now_entry(), _now_entry())
    await keeper.anchor()
    return keeper


def _now_entry() -> AuditEntry:
    return _entry(at=clock.now())


async def test_rows_cut_off_the_end_are_missed_by_the_anchor(store: Store, tmp_path: Path) -> None:
    await _anchored(store, tmp_path)
    chain = await store.owner.fetchval("SELECT chain FROM audit ORDER BY at DESC, number DESC LIMIT 1")
    async with _altered(store) as owner:
        await owner.execute(
            "DELETE FROM audit WHERE chain = $1 AND number = (SELECT max(number) FROM audit WHERE chain = $1)", chain
        )
        faults = (await verify(owner)).faults
    assert any("is in the anchor of" in fault and "gone from the audit" in fault for fault in faults)


async def test_an_exported_anchor_tells_when_table_and_anchor_were_rewritten(store: Store, tmp_path: Path) -> None:
    keeper = await _anchored(store, tmp_path)
    lines = (tmp_path / "anchors.jsonl").read_bytes().splitlines()
    assert await altered_since_export(store.owner, keeper.seed, lines) == []
    async with _altered(store) as owner:
        await owner.execute("DELETE FROM anchor")
        await owner.execute("DELETE FROM audit")
        faults = await altered_since_export(owner, keeper.seed, lines)
    assert faults
    assert all("is gone from the audit" in fault for fault in faults)


async def test_an_export_signed_by_nobody_is_named(store: Store, tmp_path: Path) -> None:
    await _anchored(store, tmp_path)
    lines = (tmp_path / "anchors.jsonl").read_bytes().splitlines()
    faults = await altered_since_export(store.owner, b"x" * 32, lines)
    assert all("signature is not this gateway's" in fault for fault in faults)
    assert len(faults) == len(lines)


async def test_a_last_line_cut_short_is_passed_over_and_no_other(store: Store, tmp_path: Path) -> None:
    keeper = await _anchored(store, tmp_path)
    line = (tmp_path / "anchors.jsonl").read_bytes().splitlines()[0]
    assert await altered_since_export(store.owner, keeper.seed, [line, line[:20]]) == []
    with pytest.raises(ExportFault, match="line 1"):
        await altered_since_export(store.owner, keeper.seed, [line[:20], line])


async def test_a_forged_anchor_is_named(store: Store, tmp_path: Path) -> None:
    keeper = await _anchored(store, tmp_path)
    assert await forged(store.owner, keeper.seed) == []
    async with _altered(store) as owner:
        await owner.execute("UPDATE anchor SET heads = '{}'::jsonb")
        assert len(await forged(owner, keeper.seed)) >= 1
    assert await forged(store.owner, b"x" * 32) != []
