"""The keys: the key-encryption key in a file of its own, and the keys it wraps (the gateway's, one per agency).

The key-encryption key lies outside the data folder, so that a copied data folder shows no person.
"""

import os
import uuid
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from gateway.store.seal import KEY_BYTES, derive, keyed, new_key

KEY_MODE = 0o600


class KeyFileFault(Exception):
    """The key file is missing, readable by others, or not a key; the text says which and what to do."""


def read_or_create_key_file(path: Path) -> bytes:
    """The key-encryption key in the file (64 hex digits), made with mode 0600 where there is none."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, KEY_MODE)
    except FileExistsError:
        return read_key_file(path)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, mode=0o700)
        return read_or_create_key_file(path)
    key = new_key()
    with os.fdopen(descriptor, "w") as file:
        file.write(key.hex() + "\n")
    return key


def read_key_file(path: Path) -> bytes:
    """The key-encryption key in the file. Raises KeyFileFault."""
    if not path.exists():
        raise KeyFileFault(f"key file {path} is missing: give the one this data was sealed with (--key-file)")
    if path.stat().st_mode & 0o077:
        raise KeyFileFault(f"key file {path} can be read by others: chmod 600 {path}")
    try:
        key = bytes.fromhex(path.read_text().strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyFileFault(f"key file {path} does not hold 64 hex digits: restore it from where it is kept")
    return key


@dataclass(frozen=True)
class CustodianKeys:
    """What is derived from one agency's key: wrapping of its data keys, search terms, record ids."""

    custodian: str
    key: bytes = field(repr=False)

    @cached_property
    def wrapping(self) -> bytes:
        """Wraps the data keys of this agency's records."""
        return derive(self.key, "data keys")

    @cached_property
    def terms(self) -> bytes:
        """Keys the search terms of this agency's records."""
        return derive(self.key, "search terms")

    @cached_property
    def _ids(self) -> bytes:
        return derive(self.key, "record ids")

    def identify(self, kind: str, system: str, value: str) -> str:
        """The id of what the sender calls system|value: a keyed hash shaped as a UUID, never across custodians."""
        return _uuid(keyed(self._ids, self.custodian, kind, system, value))


@dataclass(frozen=True)
class GatewayKeys:
    """What is derived from the gateway's own key."""

    key: bytes = field(repr=False)

    @cached_property
    def tokens(self) -> bytes:
        """Signs access tokens."""
        return derive(self.key, "access tokens")

    @cached_property
    def versions(self) -> bytes:
        """Keys the version ids that recipients see."""
        return derive(self.key, "view versions")

    @cached_property
    def cursors(self) -> bytes:
        """Keys the paging cursors."""
        return derive(self.key, "paging cursors")

    @cached_property
    def anchors(self) -> bytes:
        """Signs the anchors of the audit chains (an Ed25519 seed)."""
        return derive(self.key, "audit anchors")


def _uuid(digest: bytes) -> str:
    number = int.from_bytes(digest[:16], "big")
    number = number & ~(0xF000 << 64) | (8 << 76)  # version 8: custom (RFC 9562, section 5.8)
    number = number & ~(0xC000 << 48) | (0x8000 << 48)
    return str(uuid.UUID(int=number))


DOCUMENTED_TEST_KEYS = CustodianKeys("test", b"crosswalk translate without store"[:KEY_BYTES])
"""Keys of ``crosswalk translate``, which has no store; documented in docs/getting-started.md, never used to keep."""
