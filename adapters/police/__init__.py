"""The police adapter: JSON reports, tables of records systems and N-DEx incidents, to FHIR R4 and back."""

from adapters import reply
from adapters.base import Adapter, Channel, Envelope, Identify, News, ReportLine, Split, Translation, Unreadable
from adapters.police import draft, formats, report, table, translate


class Police:
    """Police reports as the gateway speaks to every adapter."""

    protected: frozenset[str] = frozenset({"CJI"})

    def parse(self, raw: bytes, channel: Channel) -> Split:
        """The single reports of what arrived. Raises Unreadable for what is no report at all."""
        found = formats.recognise(raw, channel.options.get("format", ""))
        if found == "json":
            return report.split(raw)
        return Split([raw]) if found == "xml" else table.split(raw, channel)

    def envelope(self, message: bytes, channel: Channel) -> Envelope:
        """Which report it is, from whom and when. Raises Unreadable."""
        return translate.envelope(message, channel)

    def translate(self, message: bytes, channel: Channel, identify: Identify) -> Translation:
        """The report as a FHIR transaction about one person. Raises Unreadable."""
        return translate.translate(message, channel, identify)

    def acknowledge(
        self, message: bytes, channel: Channel, at: str, refusal: Unreadable | None, report: tuple[ReportLine, ...] = ()
    ) -> bytes:
        """A JSON reply, whatever the format, with what of the report did not go on."""
        return reply.acknowledge(at, refusal, reply.left_out(report, channel, draft.rules()))

    def write(self, message: bytes, channel: Channel, news: News) -> bytes:
        """News of the referral as a row under the sender's own case number."""
        return reply.status(news, "case_number")


POLICE: Adapter = Police()
