"""The verbs every adapter speaks, and the words they use.

An adapter turns the bytes of one sector's format into FHIR R4 JSON and writes the acknowledgement that the
format prescribes. It is pure: no clock, no I/O, no database, and it never decides who may see anything.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from mappings.report import Outcome as Outcome
from mappings.report import ReportLine as ReportLine

Json = dict[str, Any]
"""A FHIR resource or Bundle as plain JSON."""

Identify = Callable[[str, str, str], str]
"""(resource type, identifier system, identifier value) -> id, a UUID that only the custodian's key can make."""


@dataclass(frozen=True, slots=True)
class Channel:
    """What an agency file says about one way in.

    zone is the IANA time zone of times that carry no offset, None if unknown; senders lists the
    (application, facility) pairs that may speak here, empty for any of this agency's; authorities maps
    assigning authorities to identifier systems; vocabularies maps local code systems to canonical URLs.
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
    """Who sent what and when, read before anything else; enough to acknowledge and to file the message."""

    kind: str
    control_id: str
    application: str
    facility: str
    version: str
    event_time: str
    processing: str = ""
    raw_kind: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Translation:
    """One message as FHIR.

    bundle is a transaction Bundle whose entries are PUTs under ids made by Identify. subject and visit are the
    ids of its Patient and Encounter. provisional lists elements (``Encounter/<id>.status``) filled in only to
    make the Bundle valid, which must not overwrite what other messages said; removed lists elements that the
    sender deleted explicitly. merges are (retired Patient id, surviving Patient id). facts are what handoff
    rules may test (event, disposition, service, patient_class, location, diagnosis, referred_to, planned, visit,
    referral).
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


class Split(list[bytes]):
    """The single messages found in what arrived, in order, and what the envelope around them said (``report``)."""

    def __init__(self, messages: Iterable[bytes] = (), report: tuple[ReportLine, ...] = ()) -> None:
        super().__init__(messages)
        self.report = report


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

    def parse(self, raw: bytes, channel: Channel) -> list[bytes]:
        """Split what arrived into single messages. Raises Unreadable for what is no message at all."""

    def envelope(self, message: bytes, channel: Channel) -> Envelope:
        """Read who sent it and its control id. Raises Unreadable."""

    def translate(self, message: bytes, channel: Channel, identify: Identify) -> Translation:
        """Read it whole. Raises Unreadable with a reason from a closed list."""

    def acknowledge(self, message: bytes, channel: Channel, at: str, refusal: Unreadable | None) -> bytes:
        """The reply that the format prescribes, empty where none is asked for.

        at is the time of the reply, ISO 8601 with offset.
        """
