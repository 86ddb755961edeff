"""Sealing content at rest: AES-256-GCM under a data key per record version, data keys wrapped by RFC 3394.

The wrapped data key is stored apart from the content: deleting it is deleting the content, in history and
in backups. The identity of what is sealed is the associated data, so that a row moved elsewhere does not open.
"""

import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

KEY_BYTES = 32
NONCE_BYTES = 12
TERM_BYTES = 16


class Unsealable(Exception):
    """The content does not open: the key is gone or wrong, or the row was moved or changed."""


def new_key() -> bytes:
    """A random 256-bit key."""
    return os.urandom(KEY_BYTES)


def wrap(key: bytes, under: bytes) -> bytes:
    """The key wrapped under another (RFC 3394)."""
    return aes_key_wrap(under, key)


def unwrap(wrapped: bytes, under: bytes) -> bytes:
    """The wrapped key. Raises Unsealable."""
    try:
        return aes_key_unwrap(under, wrapped)
    except (InvalidUnwrap, ValueError) as fault:
        raise Unsealable("a wrapped key does not open: is this the key-encryption key it was wrapped with?") from fault


def seal(content: bytes, key: bytes, identity: bytes) -> bytes:
    """Nonce and ciphertext of the content, bound to its identity."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, identity)


def unseal(sealed: bytes, key: bytes, identity: bytes) -> bytes:
    """The content. Raises Unsealable when key, identity or bytes do not belong together."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], identity)
    except (InvalidTag, ValueError) as fault:
        raise Unsealable("sealed content does not open under its key and identity") from fault


def derive(key: bytes, use: str) -> bytes:
    """A key for one use, derived from another (RFC 5869 expand)."""
    return HKDFExpand(SHA256(), KEY_BYTES, use.encode()).derive(key)


def keyed(key: bytes, *words: str) -> bytes:
    """A keyed hash of the words; words cannot run into each other."""
    text = "".join([f"{len(word)}:{word}" for word in words])
    return hmac.digest(key, text.encode(), "sha256")


def keyed_term(key: bytes, parameter: str, value: str) -> bytes:
    """The keyed search term of a string about a person, 16 bytes."""
    return keyed(key, parameter, value)[:TERM_BYTES]


@lru_cache(maxsize=8192)
def clear_term(parameter: str, value: str) -> bytes:
    """The search term of a code without a person, 16 bytes."""
    return hashlib.sha256(f"{parameter}\0{value}".encode()).digest()[:TERM_BYTES]
