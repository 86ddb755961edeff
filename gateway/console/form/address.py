"""The address of a referral form: a token that names a channel until it expires, signed by the gateway.

The token is base64url of version, expiry (seconds since 1970), agency, NUL, channel, then HMAC-SHA256 of these. Whoever
holds it may send a referral in the agency's name, and see nothing.
"""

import base64
import binascii
import hmac
import struct
from datetime import UTC, datetime

from gateway.agencies.model import Agency, Channel, Transport
from gateway.registry import Snapshot
from gateway.store.seal import derive

ADAPTER = "community"
VERSION = 1
MAX_LENGTH = 200
"""Characters of the longest token."""
MAC_BYTES = 32
_HEAD = struct.Struct(">BI")


class TooLong(ValueError):
    """Agency and channel have names that no token holds."""


def form_key(gateway: bytes) -> bytes:
    """The key that signs addresses of forms, derived from the gateway's own."""
    return derive(gateway, "referral form addresses")


def sign(key: bytes, agency: str, channel: str, until: datetime) -> str:
    """The token of a channel's form, good until this instant. Raises TooLong."""
    said = _HEAD.pack(VERSION, int(until.timestamp())) + f"{agency}\0{channel}".encode()
    token = base64.urlsafe_b64encode(said + _mac(key, said)).rstrip(b"=").decode()
    if len(token) > MAX_LENGTH:
        raise TooLong(f"The names of agency and channel make an address over {MAX_LENGTH} characters: shorten them.")
    return token


def check(key: bytes, token: str, at: datetime) -> tuple[str, str, datetime] | None:
    """Agency, channel and expiry of a token that is ours and in force at this instant, else None."""
    octets = _octets(token)
    said, mac = octets[:-MAC_BYTES], octets[-MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(key, said)) or len(said) <= _HEAD.size or said[0] != VERSION:
        return None
    until = datetime.fromtimestamp(_HEAD.unpack_from(said)[1], UTC)
    agency, _, channel = said[_HEAD.size :].decode().partition("\0")
    return (agency, channel, until) if at < until else None


def takes_forms(channel: Channel) -> bool:
    """Whether a form may enter by this channel."""
    return channel.transport is Transport.HTTP and channel.adapter == ADAPTER


def found(snapshot: Snapshot, agency: str, channel: str) -> tuple[Agency, Channel] | None:
    """The agency and channel in force that a token names; None where one is gone or takes no forms."""
    known = snapshot.agencies.get(agency)
    channels = known.channels if known else ()
    mine = next((each for each in channels if each.name == channel and takes_forms(each)), None)
    return (known, mine) if known and mine else None


def _mac(key: bytes, said: bytes) -> bytes:
    return hmac.digest(key, said, "sha256")


def _octets(token: str) -> bytes:
    """The octets of canonical base64url without padding, none for anything else."""
    try:
        octets = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)) if len(token) <= MAX_LENGTH else b""
    except (ValueError, binascii.Error):
        return b""
    return octets if base64.urlsafe_b64encode(octets).rstrip(b"=").decode() == token else b""
