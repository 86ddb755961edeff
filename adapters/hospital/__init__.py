"""The hospital adapter: HL7 v2.3 to 2.8 ADT and REF messages, over MLLP or in files, to FHIR R4 and back as ACK."""

from adapters.base import Adapter, Channel, Envelope, Identify, News, ReportLine, Split, Translation, Unreadable
from adapters.hospital import acknowledge, header, normalise, reply, translate


class Hospital:
    """HL7 v2 as the gateway speaks to every adapter."""

    protected: frozenset[str] = frozenset()

    def parse(self, raw: bytes, channel: Channel) -> Split:
        """The single messages of a frame, file or batch. Raises Unreadable for what is no message at all."""
        return normalise.split(raw)

    def envelope(self, message: bytes, channel: Channel) -> Envelope:
        """Who sent it, what kind it is and its control id. Raises Unreadable."""
        return header.read(message, channel).envelope

    def translate(self, message: bytes, channel: Channel, identify: Identify) -> Translation:
        """The message as a FHIR transaction. Raises Unreadable."""
        return translate.translate(message, channel, identify)

    def acknowledge(
        self, message: bytes, channel: Channel, at: str, refusal: Unreadable | None, report: tuple[ReportLine, ...] = ()
    ) -> bytes:
        """The ACK that the message asks for; empty where it asks for none (MSH-15, MSH-16)."""
        if message and not acknowledge.asks_for_reply(message, channel, refusal):
            return b""
        return acknowledge.acknowledge(message, channel, at, refusal)

    def write(self, message: bytes, channel: Channel, news: News) -> bytes:
        """News of the referral as an RRI^I12. Raises Unreadable."""
        return reply.write(message, channel, news)


HOSPITAL: Adapter = Hospital()
