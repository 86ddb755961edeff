"""Sealed content opens under its own key and identity, and in no other way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.store import records, seal, views
from gateway.store.grants import Grant, enter, grant, party_number
from gateway.store.seal import Unsealable
from tests.gateway.store.opened import AT, HOSPITAL, Store, change, record_key

KEYS = st.binary(min_size=32, max_size=32)


@given(KEYS, KEYS)
def test_a_wrapped_key_unwraps_under_its_own_wrapper_alone(key: bytes, under: bytes) -> None:
    wrapped = seal.wrap(key, under)
    assert seal.unwrap(wrapped, under) == key
    assert key not in wrapped
    with pytest.raises(Unsealable):
        seal.unwrap(wrapped, bytes(byte ^ 1 for byte in under))


@pytest.mark.parametrize("wrapped", [b"", b"short", bytes(40), bytes(41)])
def test_what_is_no_wrapped_key_does_not_unwrap(wrapped: bytes) -> None:
    with pytest.raises(Unsealable):
        seal.unwrap(wrapped, seal.new_key())


@given(st.binary(), KEYS, st.binary())
def test_sealed_content_opens_under_its_key_and_identity(content: bytes, key: bytes, identity: bytes) -> None:
    sealed = seal.seal(content, key, identity)
    assert seal.unseal(sealed, key, identity) == content
    assert sealed != seal.seal(content, key, identity)


@given(st.binary(), KEYS, st.integers(min_value=0), st.integers(1, 255))
def test_one_changed_byte_keeps_it_shut(content: bytes, key: bytes, place: int, flip: int) -> None:
    sealed = bytearray(seal.seal(content, key, b"here"))
    sealed[place % len(sealed)] ^= flip
    with pytest.raises(Unsealable):
        seal.unseal(bytes(sealed), key, b"here")


@pytest.mark.parametrize("sealed", [b"", b"x" * 11, b"x" * 12, b"x" * 27])
def test_what_is_too_short_does_not_open(sealed: bytes) -> None:
    with pytest.raises(Unsealable):
        seal.unseal(sealed, seal.new_key(), b"")


@given(KEYS, st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_keyed_words_do_not_run_into_each_other(key: bytes, one: list[str], other: list[str]) -> None:
    assert (seal.keyed(key, *one) == seal.keyed(key, *other)) is (one == other)


def test_derived_keys_differ_by_use_and_by_key() -> None:
    made = {seal.derive(key, use) for key in (bytes(32), b"k" * 32) for use in ("one", "two")}
    assert len(made) == 4
    assert {len(each) for each in made} == {32}


def test_a_term_about_a_person_needs_the_key() -> None:
    one, other = seal.keyed_term(b"a" * 32, "name", "ashgrove"), seal.keyed_term(b"b" * 32, "name", "ashgrove")
    assert len({one, other, seal.clear_term("name", "ashgrove")}) == 3
    assert seal.clear_term("a", "b") != seal.clear_term("ab", "")


async def test_a_row_moved_to_another_record_does_not_open(store: Store) -> None:
    segment, mine, other = await store.segment(), record_key(), record_key()
    await store.keep(change(mine, segment, b'{"mine":1}'), change(other, segment, b'{"other":1}'))
    await store.owner.execute(
        "UPDATE part SET (key, sealed) = (SELECT key, sealed FROM part WHERE id = $1) WHERE id = $2", mine.id, other.id
    )
    with pytest.raises(Unsealable):
        await store.load(other)
    kept = await store.load(mine)
    assert kept is not None
    assert kept.parts[""].content == b'{"mine":1}'


@pytest.mark.parametrize(
    ("column", "value"), [("part", "'other'"), ("counter", "7"), ("custodian", "'harbor-recovery'")]
)
async def test_a_row_given_another_place_does_not_open(store: Store, column: str, value: str) -> None:
    key = record_key()
    await store.keep(change(key, await store.segment()))
    await store.owner.execute(f"UPDATE part SET {column} = {value} WHERE id = $1", key.id)  # noqa: S608
    if column == "custodian":
        await store.owner.execute(
            "UPDATE data_key SET custodian = 'harbor-recovery' WHERE id = (SELECT key FROM part WHERE id = $1)", key.id
        )
        key = key._replace(custodian="harbor-recovery")
    with pytest.raises(Unsealable):
        await store.load(key)


async def test_a_deleted_data_key_is_the_content_gone(store: Store) -> None:
    gone, stays, segment = record_key(), record_key(), await store.segment()
    await store.keep(change(gone, segment), change(stays, segment))
    await store.owner.execute("DELETE FROM data_key WHERE id = (SELECT key FROM part WHERE id = $1)", gone.id)
    assert await store.load(gone) is None
    assert await store.load(stays) is not None
    assert await store.owner.fetchval("SELECT count(*) FROM part WHERE id = $1", gone.id) == 1
    async with store.database.transaction("disclose") as driver:
        party, policy = await party_number(driver, HOSPITAL, "x", "TREAT"), await store.policy()
        await enter(driver, party, AT)
        await grant(driver, party, policy, [Grant("00000000-0000-0000-0000-000000000000", segment, 0, True, None)])
        seen = await views.current(driver, "Condition", [gone.id, stays.id], store.keyring.all)
    assert list(seen) == [stays.id]


async def test_no_sealed_word_stands_in_the_tables(store: Store) -> None:
    key = record_key()
    await store.keep(change(key, await store.segment(), b'{"elements":{"note":"marigold"},"items":{}}'))
    dump = await store.owner.fetchval("SELECT string_agg(p::text, '') FROM part p")
    assert b"marigold".hex() not in dump
    assert "marigold" not in dump


def test_reprs_show_no_content_and_no_key(template: object) -> None:
    part = records.NewPart("", 1, 1, 1, AT, b"marigold")
    assert "marigold" not in repr(part)
    assert "marigold" not in repr(change(record_key(), 1, b"marigold"))
