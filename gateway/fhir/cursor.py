"""Where the next page begins: an opaque text that only we can make, bound to the search and the party.

It carries nothing but the sort key and id of the last row that the party was given.
"""

import base64
import hashlib
import hmac
from typing import Final

import orjson

from gateway.fhir.outcome import BadRequest
from gateway.fhir.query import Query

Position = tuple[str, ...]
"""The keys of the last row on the page, as text, in sort order; the id comes last."""

MAX_CURSOR: Final = 1_000
_MAC_BYTES: Final = 16


def encode_cursor(key: bytes, query: Query, party: str, position: Position) -> str:
    """The cursor after position, for this query and this party alone."""
    payload = orjson.dumps(position)
    return base64.urlsafe_b64encode(_mac(key, query, party, payload) + payload).rstrip(b"=").decode()


def decode_cursor(key: bytes, query: Query, party: str) -> Position | None:
    """The position in the query's cursor, None without one. Raises BadRequest where it is not of our making."""
    text = query.results.cursor
    if not text:
        return None
    try:
        raw = _unpack(text)
    except ValueError:
        raise _foreign() from None
    mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(key, query, party, payload)):
        raise _foreign()
    return tuple(orjson.loads(payload))


def _unpack(text: str) -> bytes:
    """The bytes of unpadded base64url, in the one spelling that we write."""
    if len(text) > MAX_CURSOR:
        raise ValueError("longer than any cursor")
    raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise ValueError("another spelling of the same bytes")
    return raw


def _mac(key: bytes, query: Query, party: str, payload: bytes) -> bytes:
    context = hashlib.sha256(party.encode()).digest() + query.fingerprint()
    return hmac.digest(key, b"crosswalk-cursor-1" + context + payload, "sha256")[:_MAC_BYTES]


def _foreign() -> BadRequest:
    return BadRequest("This cursor does not belong to this search; begin again without _cursor.", code="value")
