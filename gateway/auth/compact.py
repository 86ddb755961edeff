"""Compact JWS taken apart strictly, before any key is touched: RFC 7515 §7.1, RFC 7519 §7.2.

Stricter than the RFCs where leniency helps only an attacker: canonical base64url without padding, no JSON
member twice, no NaN, bounded length.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

MAX_LENGTH = 16 * 1024
"""Characters of the longest JWS that is looked at."""

_PART = re.compile(r"[A-Za-z0-9_-]+")


class Malformed(ValueError):
    """The text is no compact JWS with a JSON header and JSON claims."""


@dataclass(frozen=True, slots=True)
class Compact:
    """Header and claims of a JWS whose signature nobody has checked yet."""

    header: Mapping[str, object]
    claims: Mapping[str, object] = field(repr=False)


def take_apart(jws: str) -> Compact:
    """Header and claims of a compact JWS; Malformed if it is anything else."""
    parts = jws.split(".") if len(jws) <= MAX_LENGTH else []
    if len(parts) != 3:
        raise Malformed("not three parts within the length limit")
    header, claims, _ = [_octets(part) for part in parts]
    return Compact(read_object(header), read_object(claims))


def read_object(text: bytes | str) -> dict[str, object]:
    """A JSON object read strictly: UTF-8, no member twice, no NaN or Infinity; Malformed otherwise."""
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as problem:
        raise Malformed("not strict JSON") from problem
    if not isinstance(value, dict):
        raise Malformed("not a JSON object")
    return value


def _octets(part: str) -> bytes:
    """Octets of one canonical base64url part; trailing bits that carry nothing must be zero."""
    if not _PART.fullmatch(part):
        raise Malformed("not base64url")
    try:
        octets = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError as problem:
        raise Malformed("not base64url") from problem
    if base64.urlsafe_b64encode(octets).rstrip(b"=").decode() != part:
        raise Malformed("not canonical base64url")
    return octets


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Malformed("a member twice")
    return members


def _no_constant(name: str) -> NoReturn:
    raise Malformed(f"{name} is not JSON")
