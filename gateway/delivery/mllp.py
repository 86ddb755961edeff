"""Deliveries by MLLP: one message on a connection of its own, delivered when its own acknowledgement says so.

HL7 v2.8 chapter 2.9 (acknowledgement) and appendix C (MLLP). The operator's agency file names the receiver, and nothing
else is connected to. There is no TLS yet: use it on a network that is protected otherwise.
"""

import asyncio
import contextlib
from dataclasses import dataclass

from adapters.base import Unreadable
from adapters.hospital.er7 import Message, tokenize
from adapters.hospital.framing import Framer, TooLong, frame
from gateway.delivery.parcel import Parcel, Refused, Undelivered
from gateway.delivery.telling import written

SECONDS = 10.0
LIMIT = 2**20
CHUNK = 64 * 2**10
TAKEN = frozenset({"AA", "CA"})
CODES = frozenset({"AE", "AR", "CE", "CR"})


@dataclass(frozen=True, slots=True)
class MllpCarrier:
    """The carrier of HL7 v2 replies."""

    seconds: float = SECONDS

    async def carry(self, parcel: Parcel) -> None:
        """Send the reply and await its acknowledgement. Raises Undelivered, Refused where there is nothing to send."""
        message = reply_of(parcel)
        try:
            async with asyncio.timeout(self.seconds):
                code = await exchange(*address(parcel.delivery.to), message)
        except TimeoutError:
            raise Undelivered(f"the receiver did not acknowledge within {self.seconds:g} s") from None
        except (OSError, TooLong) as fault:
            raise Undelivered(f"the receiver cannot be reached ({type(fault).__name__})") from None
        if code not in TAKEN:
            raise Undelivered(f"the receiver acknowledged it with {code if code in CODES else 'no code of table 0008'}")


def reply_of(parcel: Parcel) -> bytes:
    """The reply to the referral. Raises Refused where no HL7 v2 message made it."""
    message = written(parcel) if parcel.side == "requester" else b""
    if not message.startswith(b"MSH"):
        fault = "MLLP carries replies to referrals that came as HL7 v2"
        raise Refused(f"{fault}: give this agency a folder or a rest-hook for the others")
    return message


def address(to: str) -> tuple[str, int]:
    """Host and port of ``host:port``; an IPv6 address stands in brackets."""
    host, _, port = to.rpartition(":")
    return host.strip("[]"), int(port)


async def exchange(host: str, port: int, message: bytes) -> str:
    """The code (MSA-1) of this message's own acknowledgement; those of other messages are passed over.

    Raises OSError where the connection fails or ends before, TooLong.
    """
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(frame(message))
        await writer.drain()
        control, framer = _header(message, 10), Framer(LIMIT)
        while chunk := await reader.read(CHUNK):
            for heard in framer.feed(chunk):
                code = verdict(heard, control)
                if code is not None:
                    return code
    finally:
        writer.close()
        with contextlib.suppress(Exception):
            await writer.wait_closed()
    raise ConnectionResetError


def verdict(heard: bytes, control: str) -> str | None:
    """MSA-1 where MSA-2 is the control id of ours, None for what acknowledges another message or none."""
    message = _tokens(heard)
    answer = message.first("MSA") if message else None
    if answer is None or answer.raw(2).strip() != control:
        return None
    return answer.raw(1).strip().upper()


def _header(message: bytes, number: int) -> str:
    found = _tokens(message)
    return found.segments[0].raw(number) if found else ""


def _tokens(message: bytes) -> Message | None:
    try:
        return tokenize(message.decode("latin-1").strip().replace("\r\n", "\r").replace("\n", "\r"))
    except Unreadable:
        return None
