"""The community adapter: referrals as tables, JSON and web forms, to FHIR R4 and back as status rows."""

from adapters import reply
from adapters.base import Adapter, Channel, Envelope, Identify, News, ReportLine, Split, Translation, Unreadable
from adapters.community import formats, translate
from adapters.community.referral import FIELDS as FIELDS
from adapters.community.referral import RULES


class Community:
    """Referrals of community organizations as the gateway speaks to every adapter."""

    protected: frozenset[str] = frozenset()

    def parse(self, raw: bytes, channel: Channel) -> Split:
        """The single referrals of what arrived. Raises Unreadable for what is no referral at all."""
        return formats.split(raw, channel)

    def envelope(self, message: bytes, channel: Channel) -> Envelope:
        """Which referral it is and when it was made. Raises Unreadable."""
        return translate.envelope(formats.read(message, channel), channel)

    def translate(self, message: bytes, channel: Channel, identify: Identify) -> Translation:
        """The referral as a FHIR transaction about one client. Raises Unreadable."""
        return translate.translate(formats.read(message, channel), channel, identify)

    def acknowledge(
        self, message: bytes, channel: Channel, at: str, refusal: Unreadable | None, report: tuple[ReportLine, ...] = ()
    ) -> bytes:
        """A JSON reply, whatever the format, with what of the referral did not go on."""
        return reply.acknowledge(at, refusal, reply.left_out(report, channel, RULES))

    def write(self, message: bytes, channel: Channel, news: News) -> bytes:
        """News of the referral as a row under the sender's own number."""
        return reply.status(news, "referral_number")


COMMUNITY: Adapter = Community()
