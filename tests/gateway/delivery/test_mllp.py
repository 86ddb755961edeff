"""Replies by MLLP to a real socket: delivered when, and only when, the reply's own acknowledgement says so."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from adapters.hospital.framing import Framer, frame
from gateway.agencies.model import Route, Transport
from gateway.delivery.mllp import MllpCarrier, address, verdict
from gateway.delivery.parcel import Parcel, Refused, Undelivered
from tests.gateway.delivery.parcels import original, parcel
from tests.messages import Visit

CONTROL = "DDDDDDDD000040008000"
Answer = Callable[[bytes], Sequence[bytes]]


def _ack(code: str, control: str = CONTROL) -> bytes:
    return f"MSH|^~\\&|EHR|CITYHOSP|CROSSWALK|HUB|20260502||ACK|1|P|2.5.1\rMSA|{code}|{control}\r".encode()


@dataclass
class Hospital:
    """A listener that answers each message with frames of the test's choosing."""

    answer: Answer
    got: list[bytes] = field(default_factory=list)
    to: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        framer = Framer()
        while chunk := await reader.read(65536):
            for message in framer.feed(chunk):
                self.got.append(message)
                for each in self.answer(message):
                    writer.write(each)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def _hospital(answer: Answer) -> AsyncIterator[Hospital]:
    made = Hospital(answer)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.to = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield made


def _parcel(to: str) -> Parcel:
    return parcel(to, Route.MLLP, original(Visit().i12(control="C-1"), "hospital", transport=Transport.MLLP))


@pytest.mark.parametrize("code", ["AA", "CA"])
async def test_one_message_is_sent_and_delivered_once_it_is_accepted(code: str) -> None:
    async with _hospital(lambda _: [frame(_ack(code))]) as hospital:
        await MllpCarrier().carry(_parcel(hospital.to))
    (message,) = hospital.got
    assert b"RRI^I12" in message
    assert f"|{CONTROL}|".encode() in message
    assert b"MSA|AA|C-1" in message


@pytest.mark.parametrize("code", ["AE", "AR", "CE", "CR"])
async def test_a_refusal_is_no_delivery_and_names_its_code(code: str) -> None:
    async with _hospital(lambda _: [frame(_ack(code))]) as hospital:
        with pytest.raises(Undelivered, match=f"acknowledged it with {code}"):
            await MllpCarrier().carry(_parcel(hospital.to))


async def test_what_the_receiver_says_is_not_repeated() -> None:
    async with _hospital(lambda _: [frame(_ack("QUILLFEATHER"))]) as hospital:
        with pytest.raises(Undelivered) as raised:
            await MllpCarrier().carry(_parcel(hospital.to))
    assert "QUILLFEATHER" not in str(raised.value)


async def test_a_late_acknowledgement_of_another_message_is_not_taken_for_ours() -> None:
    frames = [frame(_ack("AE", "OTHER")), frame(b"junk"), frame(_ack("AA"))]
    async with _hospital(lambda _: frames) as hospital:
        await MllpCarrier().carry(_parcel(hospital.to))
    async with _hospital(lambda _: [frame(_ack("AA", "OTHER"))]) as hospital:
        with pytest.raises(Undelivered, match=r"did not acknowledge within 0\.3 s"):
            await MllpCarrier(0.3).carry(_parcel(hospital.to))


async def test_a_receiver_that_says_nothing_is_given_up_on() -> None:
    async with _hospital(lambda _: []) as hospital:
        with pytest.raises(Undelivered, match=r"did not acknowledge within 0\.3 s"):
            await MllpCarrier(0.3).carry(_parcel(hospital.to))


async def test_a_receiver_that_is_down_or_hangs_up_or_floods_is_no_delivery() -> None:
    async with _hospital(lambda _: []) as hospital:
        down = hospital.to
    with pytest.raises(Undelivered, match="cannot be reached"):
        await MllpCarrier().carry(_parcel(down))

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.close()

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x0b" + b"x" * 2**21)
        await writer.drain()

    serves: list[Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]] = [hang_up, flood]
    for serve in serves:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            with pytest.raises(Undelivered, match="cannot be reached"):
                await MllpCarrier().carry(_parcel(f"127.0.0.1:{server.sockets[0].getsockname()[1]}"))


@pytest.mark.parametrize(
    "made_by", [None, original(b"{}", "police", "1"), original(b"junk", "hospital"), original(b"", "nobody")]
)
async def test_what_is_no_reply_to_a_message_of_hl7_is_refused_for_good(made_by: object) -> None:
    with pytest.raises(Refused):
        await MllpCarrier().carry(parcel("127.0.0.1:1", Route.MLLP, made_by))  # type: ignore[arg-type]  # of any kind


def test_addresses_are_read_with_brackets_where_they_are_ipv6() -> None:
    assert address("ehr.example:2575") == ("ehr.example", 2575)
    assert address("[::1]:2575") == ("::1", 2575)


@pytest.mark.parametrize("heard", [b"", b"MSH", b"MSH|^~\\&|\r", b"\xff\xfe", b"MSA|AA|1\r"])
def test_what_is_no_acknowledgement_is_none(heard: bytes) -> None:
    assert verdict(heard, "1") is None
