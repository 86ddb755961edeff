"""HL7 v2 over MLLP: one frame, one acknowledgement after the commit, many connections.

HL7 Version 2.5.1 Appendix C; https://www.hl7.org/documentcenter/public/wg/inm/mllp_transport_specification.PDF
"""

import asyncio
import contextlib
import ipaddress
from dataclasses import dataclass, field

import structlog

from adapters.hospital.framing import Framer, TooLong, frame
from gateway.agencies.model import Agency, Transport, for_adapter
from gateway.agencies.model import Channel as AgencyChannel
from gateway.fhir.outcome import Refusal
from gateway.inbound.sender import address, refusal_reply, sender_of
from gateway.logs import where
from gateway.metrics import MESSAGES, MLLP_CONNECTIONS
from gateway.receive.receive import Receive

log = structlog.get_logger("gateway.mllp")

CONNECTIONS_LIMIT = 256
IDLE_SECONDS = 300.0
FRAME_SECONDS = 30.0
CHUNK = 64 * 2**10


@dataclass(slots=True)
class MllpListener:
    """Serves MLLP on sockets it is given."""

    receive: Receive
    idle_seconds: float = IDLE_SECONDS
    frame_seconds: float = FRAME_SECONDS
    _open: set[asyncio.Task[None]] = field(default_factory=set, repr=False)
    _busy: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until either side ends it."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101
        if len(self._open) >= CONNECTIONS_LIMIT:
            log.warning("connection refused", reason="too many connections", limit=CONNECTIONS_LIMIT)
            writer.close()
            return
        self._open.add(task)
        MLLP_CONNECTIONS.inc()
        try:
            await self._converse(reader, writer)
        except (ConnectionError, TimeoutError, asyncio.CancelledError) as end:
            log.info("connection ended", **where(end))
        finally:
            self._open.discard(task)
            MLLP_CONNECTIONS.dec()
            writer.close()
            with contextlib.suppress(Exception):
                await writer.wait_closed()

    async def drain(self) -> None:
        """End idle connections, and the others once what they sent is acknowledged."""
        while self._busy:  # noqa: ASYNC110  # at shutdown alone
            await asyncio.sleep(0.01)
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        splitter, peer = Framer(), address(writer.get_extra_info("peername"))
        while True:
            seconds = self.frame_seconds if splitter.unfinished else self.idle_seconds
            chunk = await asyncio.wait_for(reader.read(CHUNK), seconds)
            if not chunk:
                return
            try:
                frames = splitter.feed(chunk)
            except TooLong as fault:
                log.warning("frame refused", reason="over the limit")
                writer.write(frame(refusal_reply(str(fault))))
                await writer.drain()
                return
            for message in frames:
                await self._answer(message, peer, writer)

    async def _answer(self, message: bytes, peer: str, writer: asyncio.StreamWriter) -> None:
        self._busy += 1
        try:
            for reply in await self._replies(message, peer):
                writer.write(frame(reply))
            await writer.drain()
        finally:
            self._busy -= 1

    async def _replies(self, message: bytes, peer: str) -> list[bytes]:
        found = self._channel(message, peer)
        if found is None:
            MESSAGES.labels("unknown", "turned away").inc()
            log.warning("message turned away", reason="no channel for this sender and peer")
            return [refusal_reply("No channel here takes messages of this sending application and facility.", message)]
        agency, channel = found
        try:
            receipts = await self.receive.batch(agency, for_adapter(agency, channel), message)
        except Refusal as refusal:
            MESSAGES.labels(agency.id, "away").inc()
            return [refusal_reply(str(refusal), message, "exception")]
        except Exception as fault:  # noqa: BLE001  # whatever happens, the sender is told that nothing was kept
            log.error("message failed", agency=agency.id, **where(fault))  # noqa: TRY400  # no PHI in tracebacks
            return [refusal_reply("The gateway failed on this message; nothing was kept.", message, "exception")]
        for receipt in receipts:
            MESSAGES.labels(agency.id, receipt.fate).inc()
        return [receipt.reply for receipt in receipts if receipt.reply]

    def _channel(self, message: bytes, peer: str) -> tuple[Agency, AgencyChannel] | None:
        """The one channel whose sender this is and whose peers include the connection."""
        sender = sender_of(message)
        for agency in self.receive.registry.current.agencies.values():
            for channel in agency.channels:
                if channel.transport is Transport.MLLP and _admits(channel, sender, peer):
                    return agency, channel
        return None


def _admits(channel: AgencyChannel, sender: tuple[str, str], peer: str) -> bool:
    if sender not in {(each.application, each.facility) for each in channel.senders}:
        return False
    if not channel.peers:
        return ipaddress.ip_address(peer).is_loopback
    return any(ipaddress.ip_address(peer) in ipaddress.ip_network(each, strict=False) for each in channel.peers)
