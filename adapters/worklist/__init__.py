"""The worklist: the table of an agency's referrals that the gateway writes, and takes back on any channel."""

from adapters import reply
from adapters.base import Adapter, Channel, Envelope, Identify, News, ReportLine, Split, Translation, Unreadable
from adapters.worklist import steps
from adapters.worklist.sheet import Entry as Entry
from adapters.worklist.sheet import recognises as recognises
from adapters.worklist.sheet import write as write


class Worklist:
    """The rows of a worklist that came back, as the gateway speaks to every adapter."""

    protected: frozenset[str] = frozenset()

    def parse(self, raw: bytes, channel: Channel) -> Split:
        """The rows that were filled in. Raises Unreadable."""
        return steps.split(raw)

    def envelope(self, message: bytes, channel: Channel) -> Envelope:
        """The step by its own content. Raises Unreadable."""
        return steps.envelope(message)

    def translate(self, message: bytes, channel: Channel, identify: Identify) -> Translation:
        """The step that a row asks for. Raises Unreadable."""
        return steps.translate(message)

    def acknowledge(
        self, message: bytes, channel: Channel, at: str, refusal: Unreadable | None, report: tuple[ReportLine, ...] = ()
    ) -> bytes:
        """What became of the row, as JSON."""
        return reply.acknowledge(at, refusal)

    def write(self, message: bytes, channel: Channel, news: News) -> bytes:
        """Nothing: who moved the Task knows it."""
        return b""


WORKLIST: Adapter = Worklist()
