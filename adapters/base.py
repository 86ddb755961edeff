"""The verbs every adapter speaks, and the words they use.

An adapter turns the bytes of one sector's format into FHIR R4 JSON and writes the acknowledgement that the
format prescribes. It is pure: no clock, no I/O, no database, and it never decides who may see anything.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from mappings.report import Outcome as Outcome
from mappings.report import ReportLine as ReportLine
from mappings.tabular import Profile as Profile

Json = dict[str, Any]
"""A FHIR resource or Bundle as plain JSON."""

Identify = Callable[[str, str, str], str]
"""(resource type, identifier system, identifier value) -> id, a UUID that only the custodian's key can make."""


@dataclass(frozen=True, slots=True)
class Channel:
    """What an agency file says about one way in.

    zone is the IANA time zone of times that carry no offset, None if unknown; senders lists the
    (application, facility) pairs that may speak here, empty for any of this agency's; authorities maps
    assigning authorities to identifier systems; vocabularies maps local code systems to canonical URLs; profile says
    how the columns of a table are read, None where the channel takes none.
    """

    agency: str
    name: str
    adapter: str
    zone: str | None = None
    senders: tuple[tuple[str, str], ...] = ()
    authorities: Mapping[str, str] = field(default_factory=dict)
    vocabularies: Mapping[str, str] = field(default_factory=dict)
    charset: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    profile: Profile | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """What the source itself said about sensitivity (DG1-18, PV2-22, ARV, MSH-8, a service unit).

    about is ``Type/id`` of the resource it speaks of, or empty for everything in the message.
    """

    path: str
    code: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sent what and when, read before anything else; enough to acknowledge and to file the message.

    by_content says that the control id is made of all that the message says: the same id is the same message, in
    whatever order or form it is written.
    """

    kind: str
    control_id: str
    application: str
    facility: str
    version: str
    event_time: str
    processing: str = ""
    raw_kind: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    by_content: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """A step that a worklist coming back asks of a referral Task: its new status, and why, as the receiver says it.

    task is the id of the sender's own Task of that referral; status a FHIR task-status; empty elements are left.
    """

    task: str
    status: str
    reason: str = field(default="", repr=False)
    business_status: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """What may be told to the sender of a referral about it; all of it was released.

    number is the sender's own for the case; status a FHIR task-status; at ISO 8601 with offset; delivery the stable
    id of this telling.
    """

    number: str = field(repr=False)
    receiver: str
    status: str
    at: str
    delivery: str
    reason: str = field(default="", repr=False)
    business_status: str = ""


@dataclass(frozen=True, slots=True)
class Translation:
    """One message as FHIR.

    bundle is a transaction Bundle whose entries are PUTs under ids made by Identify. subject and visit are the
    ids of its Patient and Encounter. provisional lists elements (``Encounter/<id>.status``) filled in only to
    make the Bundle valid, which must not overwrite what other messages said; removed lists elements that the
    sender deleted explicitly. merges are (retired Patient id, surviving Patient id). facts are what handoff
    rules may test (event, disposition, service, patient_class, location, diagnosis, referred_to, planned, visit,
    referral, tag, call_type, offense, need).

    number is the sender's own for the case, told back to it in replies and disclosed to nobody. protected names the
    classes in the source that the gateway may hold only on a standing of their own (``CJI``), and without is the
    message less those: what is kept where there is no such standing. moves are the steps of a worklist coming back;
    such a message has no subject and an empty Bundle.
    """

    envelope: Envelope
    bundle: Json = field(repr=False)
    report: tuple[ReportLine, ...]
    subject: str
    visit: str = ""
    marks: tuple[Mark, ...] = ()
    provisional: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    merges: tuple[tuple[str, str], ...] = ()
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    number: str = field(default="", repr=False)
    protected: frozenset[str] = frozenset()
    without: bytes = field(default=b"", repr=False)
    moves: tuple[Move, ...] = ()


class Split(list[bytes]):
    """The single messages found in what arrived, in order, and what the envelope around them said (``report``).

    places names each message for its sender (``row 17``), empty where there is but one.
    """

    def __init__(
        self, messages: Iterable[bytes] = (), report: tuple[ReportLine, ...] = (), places: tuple[str, ...] = ()
    ) -> None:
        super().__init__(messages)
        self.report = report
        self.places = places


class Unreadable(Exception):
    """The bytes cannot be used. The text names the fault, the place and the remedy, never a value of the source.

    code is an OperationOutcome issue type (``structure``, ``required``, ``not-supported``, ``value``,
    ``too-long``, ``forbidden``); place is a path as in ReportLine; envelope is what could be read of it.
    """

    def __init__(self, code: str, place: str, text: str, envelope: Envelope | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.place = place
        self.envelope = envelope


class Adapter(Protocol):
    """What the gateway asks of every adapter."""

    protected: frozenset[str]
    """Classes that its formats may carry and that need a standing of their own (``CJI``)."""

    def parse(self, raw: bytes, channel: Channel) -> Split:
        """Split what arrived into single messages. Raises Unreadable for what is no message at all."""

    def envelope(self, message: bytes, channel: Channel) -> Envelope:
        """Read who sent it and its control id. Raises Unreadable."""

    def translate(self, message: bytes, channel: Channel, identify: Identify) -> Translation:
        """Read it whole. Raises Unreadable with a reason from a closed list."""

    def acknowledge(
        self, message: bytes, channel: Channel, at: str, refusal: Unreadable | None, report: tuple[ReportLine, ...] = ()
    ) -> bytes:
        """The reply that the format prescribes, empty where none is asked for.

        at is the time of the reply, ISO 8601 with offset; report what became of a message that was kept, of which a
        format may tell its sender.
        """

    def write(self, message: bytes, channel: Channel, news: News) -> bytes:
        """News of the referral that this message made, in the format its sender reads; empty where it reads none."""
