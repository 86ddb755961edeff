"""The key file, the keys under it, and the ids that come of them."""

import os
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.store.keyring import ensure_custodian_key, ensure_gateway_key, open_key_ring
from gateway.store.keys import (
    DOCUMENTED_TEST_KEYS,
    CustodianKeys,
    GatewayKeys,
    KeyFileFault,
    read_key_file,
    read_or_create_key_file,
)
from gateway.store.seal import Unsealable
from tests.gateway.store.opened import HOSPITAL, PROGRAM, Store

WORDS = st.text(max_size=12)


def test_a_new_key_file_is_its_owners_alone_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "key"
    key = read_or_create_key_file(path)
    assert len(key) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0
    assert read_or_create_key_file(path) == key == read_key_file(path)


def test_a_new_key_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        read_or_create_key_file(tmp_path / "key")
    finally:
        os.umask(before)
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyFileFault, match=f"{tmp_path}/none is missing"):
        read_key_file(tmp_path / "none")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o601, 0o666])
def test_a_key_file_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    read_or_create_key_file(tmp_path / "key")
    (tmp_path / "key").chmod(mode)
    with pytest.raises(KeyFileFault, match="chmod 600"):
        read_or_create_key_file(tmp_path / "key")


@pytest.mark.parametrize("content", ["", "zz" * 32, "ab" * 31, "ab" * 33, "not a key", "ab" * 16])
def test_a_file_that_holds_no_key_is_refused_without_showing_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.touch(0o600)
    path.write_text(content)
    with pytest.raises(KeyFileFault, match="does not hold 64 hex digits") as refused:
        read_key_file(path)
    assert not content or content not in str(refused.value)


@pytest.mark.parametrize("content", [b"\xff\xfe" * 16, bytes(32)])
def test_a_binary_file_is_refused_as_no_key(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.touch(0o600)
    path.write_bytes(content)
    with pytest.raises(KeyFileFault, match="does not hold 64 hex digits"):
        read_key_file(path)


@given(st.binary(min_size=32, max_size=32), WORDS, WORDS, WORDS)
def test_ids_are_uuids_of_our_own_kind_and_repeat(key: bytes, kind: str, system: str, value: str) -> None:
    keys = CustodianKeys("one", key)
    made = uuid.UUID(keys.identify(kind, system, value))
    assert (made.version, made.variant) == (8, uuid.RFC_4122)
    assert str(made) == keys.identify(kind, system, value)


@given(st.binary(min_size=32, max_size=32), WORDS, WORDS, WORDS)
def test_two_custodians_never_give_one_id_even_under_one_key(key: bytes, kind: str, system: str, value: str) -> None:
    ids = {CustodianKeys(custodian, key).identify(kind, system, value) for custodian in ("one", "two", "")}
    assert len(ids) == 3


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=2, max_size=20, unique=True))
def test_different_words_give_different_ids(words: list[tuple[str, str, str]]) -> None:
    assert len({DOCUMENTED_TEST_KEYS.identify(*each) for each in words}) == len(words)


def test_every_use_has_a_key_of_its_own_and_none_shows() -> None:
    keys, own = GatewayKeys(b"g" * 32), CustodianKeys("one", b"g" * 32)
    made = {keys.tokens, keys.versions, keys.cursors, keys.anchors, own.wrapping, own.terms, keys.key}
    assert len(made) == 7
    assert "ggg" not in repr(keys) + repr(own)


async def test_the_ring_holds_every_applied_agency_and_shows_no_key(store: Store) -> None:
    assert {HOSPITAL, PROGRAM} <= set(store.keyring.all)
    assert store.keyring[HOSPITAL].key != store.keyring[PROGRAM].key
    assert set(store.keyring.of([HOSPITAL])) == {HOSPITAL}
    assert repr(store.keyring) == f"KeyRing({len(store.keyring.all)} agencies)"
    with pytest.raises(KeyError):
        store.keyring.of(["nobody"])


async def test_a_ring_does_not_open_under_another_key(store: Store) -> None:
    with pytest.raises(Unsealable, match="key-encryption key"):
        await open_key_ring(store.owner, b"x" * 32)


async def test_keys_once_made_stay(store: Store) -> None:
    before = await store.owner.fetch("SELECT custodian, wrapped FROM custodian_key ORDER BY 1")
    await ensure_gateway_key(store.owner, store.under)
    await ensure_custodian_key(store.owner, HOSPITAL, store.under)
    assert await store.owner.fetch("SELECT custodian, wrapped FROM custodian_key ORDER BY 1") == before
    ring = await open_key_ring(store.owner, store.under)
    assert ring.gateway.key == store.keyring.gateway.key


async def test_an_agency_applied_later_enters_the_ring(store: Store) -> None:
    assert "newcomer" not in store.keyring.all
    await ensure_custodian_key(store.owner, "newcomer", store.under)
    await store.keyring.refresh(store.owner)
    assert len(store.keyring["newcomer"].key) == 32
