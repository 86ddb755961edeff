"""What is written is loaded again: parts, counters, stamps and tombstones, and only the newest of each."""

import uuid
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from gateway.store import records, views
from gateway.store.grants import Grant, enter, grant, party_number
from gateway.store.kept import KeptPart, RecordKey
from gateway.store.records import Change, NewPart
from gateway.store.seal import clear_term
from gateway.store.segments import NO_PATIENT
from tests.gateway.store.opened import AT, HOSPITAL, PROGRAM, Store, change, record_key


async def test_a_record_is_loaded_as_it_was_written(store: Store) -> None:
    one, other, key, patient = (
        await store.segment(),
        await store.segment(HOSPITAL, "SUD"),
        record_key(),
        str(uuid.uuid4()),
    )
    parts = (NewPart("", one, 1, 1, AT, b"root"), NewPart("note+SUD", other, 3, 2, AT + timedelta(1), b"note"))
    await store.keep(Change(key, patient, parts, stamps={"status": "1|x"}))
    kept = await store.load(key)
    assert kept is not None
    assert (kept.patient, kept.stamps) == (patient, {"status": "1|x"})
    assert kept.parts == {
        "": KeptPart("", 1, 1, one, AT, False, b"root"),
        "note+SUD": KeptPart("note+SUD", 3, 2, other, AT + timedelta(1), False, b"note"),
    }


async def test_what_was_never_written_is_left_out(store: Store) -> None:
    assert await store.load(record_key()) is None
    async with store.keeping() as driver:
        assert await records.load(driver, [], store.keyring.all) == {}


async def test_the_newest_version_counts_and_the_older_ones_stay(store: Store) -> None:
    segment, key = await store.segment(), record_key()
    for counter in (1, 2, 3):
        await store.keep(change(key, segment, f"version {counter}".encode(), counter))
    kept = await store.load(key)
    assert kept is not None
    assert (kept.parts[""].counter, kept.parts[""].content) == (3, b"version 3")
    assert [part.content for part in await _every(store, key, segment)] == [b"version 1", b"version 2", b"version 3"]


async def _every(store: Store, key: RecordKey, segment: int) -> list[views.SeenPart]:
    async with store.database.transaction("disclose") as driver:
        party = await party_number(driver, HOSPITAL, "x", "TREAT")
        await enter(driver, party, AT)
        await grant(driver, party, await store.policy(), [Grant(NO_PATIENT, segment, 0, True, None)])
        return await views.every(driver, key.type, key.id, store.keyring.all)


async def test_a_removed_part_is_a_tombstone_that_can_come_back(store: Store) -> None:
    segment, key = await store.segment(), record_key()
    await store.keep(change(key, segment), change(key, segment, b"note", part="note"))
    await store.keep(change(key, segment, b"{}", 2, part="note", removed=True))
    kept = await store.load(key)
    assert kept is not None
    assert (kept.parts["note"].removed, kept.parts["note"].counter, kept.parts[""].removed) == (True, 2, False)
    await store.keep(change(key, segment, b"again", 3, part="note"))
    kept = await store.load(key)
    assert kept is not None
    assert (kept.parts["note"].removed, kept.parts["note"].content) == (False, b"again")


async def test_a_counter_is_never_used_twice(store: Store) -> None:
    segment, key = await store.segment(), record_key()
    await store.keep(change(key, segment))
    with pytest.raises(asyncpg.UniqueViolationError):
        await store.keep(change(key, segment))


async def test_one_id_in_two_custodies_is_two_records(store: Store) -> None:
    mine = record_key(HOSPITAL)
    theirs = mine._replace(custodian=PROGRAM)
    await store.keep(change(mine, await store.segment(HOSPITAL), b"mine"))
    await store.keep(change(theirs, await store.segment(PROGRAM), b"theirs"))
    for key, content in ((mine, b"mine"), (theirs, b"theirs")):
        kept = await store.load(key)
        assert kept is not None
        assert kept.parts[""].content == content


async def test_terms_and_moments_of_a_part_go_with_its_version_and_no_others(store: Store) -> None:
    segment, key = await store.segment(), record_key()
    root = change(key, segment, terms=[("code", clear_term("code", "old"))], moments=[("date", AT, AT)])
    note = change(key, segment, part="note", terms=[("code", clear_term("code", "note"))])
    await store.keep(root, note)
    await store.keep(change(key, segment, counter=2, terms=[("code", clear_term("code", "new"))]))
    rows = await store.owner.fetch("SELECT part, term FROM term WHERE id = $1 ORDER BY part", key.id)
    assert [(row["part"], row["term"]) for row in rows] == [
        ("", clear_term("code", "new")), ("note", clear_term("code", "note")),
    ]  # fmt: skip
    assert await store.owner.fetchval("SELECT count(*) FROM moment WHERE id = $1", key.id) == 0


async def test_stamps_alone_may_be_written(store: Store) -> None:
    segment, key = await store.segment(), record_key()
    await store.keep(change(key, segment, stamps={"a": "1"}))
    await store.keep(replace(change(key, segment), parts=(), stamps={"a": "2", "b": "2"}))
    kept = await store.load(key)
    assert kept is not None
    assert (kept.stamps, kept.parts[""].counter) == ({"a": "2", "b": "2"}, 1)


async def test_each_write_has_a_change_number_and_a_data_key_of_its_own(store: Store) -> None:
    segment, one, other = await store.segment(), record_key(), record_key()
    await store.keep(change(one, segment), change(other, segment))
    rows = await store.owner.fetch("SELECT change, key FROM part WHERE id = ANY($1)", [one.id, other.id])
    assert len({row["change"] for row in rows}) == len({row["key"] for row in rows}) == 2


async def test_a_patients_segments_are_noted(store: Store) -> None:
    segment, patient = await store.segment(), str(uuid.uuid4())
    await store.keep(change(record_key(), segment, patient=patient), change(record_key(), segment, patient=patient))
    rows = await store.owner.fetch("SELECT segment FROM patient_segment WHERE patient = $1", patient)
    assert [row["segment"] for row in rows] == [segment]


async def test_nothing_written_is_nothing_done(store: Store) -> None:
    async with store.keeping() as driver:
        await records.write(driver, [], store.keyring.all)
