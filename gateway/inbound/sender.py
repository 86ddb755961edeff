"""Who speaks on a connection, read from the bytes of the header before anything is decoded."""

import re

from adapters.base import Channel, Unreadable
from adapters.hospital import HOSPITAL
from gateway.clock import iso, now

NOBODY = Channel(agency="", name="", adapter="hospital", zone="UTC")
"""The channel of a message that belongs to no channel: used to acknowledge, never to keep."""

_HEADER = re.compile(rb"MSH([^\w\s])[^\r\n]*")


def sender_of(message: bytes) -> tuple[str, str]:
    """Sending application and facility (MSH-3, MSH-4), as far as the bytes show them."""
    header = _HEADER.search(message)
    if header is None:
        return "", ""
    fields = header[0].split(header[1])
    component = header[0][4:5]
    application, facility = (fields[place].split(component)[0] if len(fields) > place else b"" for place in (2, 3))
    return application.decode("ascii", "replace").strip(), facility.decode("ascii", "replace").strip()


def refusal_reply(text: str, message: bytes = b"", code: str = "forbidden") -> bytes:
    """The acknowledgement of a message that no channel takes."""
    return HOSPITAL.acknowledge(message, NOBODY, iso(now()), Unreadable(code, "MSH-3", text))


def address(peer: object) -> str:
    """The address of a connection's other end; loopback for a Unix socket."""
    return str(peer[0]).removeprefix("::ffff:") if isinstance(peer, tuple) and peer else "127.0.0.1"
