"""The message header: who sent what and when, and whether it is a kind that is translated.

Source: HL7 v2.8 chapter 2.14.9 (MSH), https://www.hl7.eu/HL7v2x/v28/std28/ch02.html.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from adapters.base import Channel, Envelope, ReportLine, Unreadable
from adapters.hospital.er7 import Message, Segment, Separators, leaf, tokenize
from adapters.hospital.normalise import normalise, version
from mappings.account import Account, Setting
from mappings.engine import fill, table, values
from mappings.identifiers import OWN, authority_of
from mappings.parts import Parts, part
from mappings.times import date_time, header_offset
from mappings.transforms import transform

TRANSLATED = ("ADT^A01", "ADT^A03", "ADT^A04", "ADT^A08", "ADT^A13", "ADT^A40", "REF^I12")
VISIT_TIMES = {"ADT^A01": ("PV1", 44), "ADT^A04": ("PV1", 44), "ADT^A03": ("PV1", 45)}
"""The visit's time that is also the event's."""


ACCOUNTED = (
    (3, "authority", "application"),
    (4, "authority", "facility"),
    (9, "message_type", "kind"),
    (10, "text", "control_id"),
    (11, "text", "processing"),
    (12, "text", "version"),
    (15, "text", "extra"),
    (16, "text", "extra"),
    (18, "text", "extra"),
)


class Header(NamedTuple):
    """What a header says but for its time and control id, how it was accounted for, and what of it is left pending."""

    said: Mapping[int, Parts]
    lines: tuple[ReportLine, ...]
    pending: Mapping[str, str]

    def component(self, number: int, component: int = 1) -> str:
        """A component of a field, empty if absent."""
        parts = self.said.get(number)
        return part(parts, component) if parts else ""


class Read(NamedTuple):
    """A message as it is translated: tokens, envelope, version to read by, what is known of the sender, repairs."""

    message: Message
    envelope: Envelope
    version: str
    setting: Setting
    repairs: list[ReportLine]
    header: Header


def read(raw: bytes, channel: Channel) -> Read:
    """Tokenize a message and read its header. Raises Unreadable, with the envelope where it could be read."""
    text, codec, repairs = normalise(raw, channel)
    message = tokenize(text, codec)
    known = header_of(message)
    setting = setting_of(message, known, channel)
    declared = known.component(12)
    envelope = envelope_of(message, known, setting, codec)
    try:
        understood, repair = version(declared)
    except Unreadable as refusal:
        raise Unreadable(refusal.code, refusal.place, str(refusal), envelope) from None
    if repair:
        repairs.append(ReportLine("MSH-12", "repaired", "", repair))
    return Read(message, envelope, understood, setting, repairs, known)


def field(message: Message, number: int, component: int = 1) -> str:
    """A component of the header's field, empty if absent."""
    fields = message.segments[0].fields
    raw = fields[number] if number < len(fields) else ""
    occurrences = message.split(raw) if raw else []
    return part(occurrences[0], component) if occurrences else ""


def header_of(message: Message) -> Header:
    """The header of a message, remembered from the last of its sender: they differ in time and control id alone."""
    fields = list(message.segments[0].fields)
    for number in (7, 10):
        if len(fields) > number and fields[number].isalnum():
            fields[number] = "1"
    return _header(tuple(fields), message.separators)


@lru_cache(maxsize=1024)
def _header(fields: tuple[str, ...], separators: Separators) -> Header:
    message = Message(separators, [], leaf(separators, "utf-8"))
    account = Account(Setting(), split=message.split)
    segment = Segment("MSH", "MSH", list(fields))
    fill(table("hospital/msh"), segment.populated(), {}, account, "MSH")
    for number, use, target in ACCOUNTED:
        if because := account.pending.pop(f"MSH-{number}", ""):
            account.place = f"MSH-{number}"
            values(transform(use), message.split(fields[number]), account, because, f"Envelope.{target}", most=None)
    said = {
        number: split[0] for number, raw in enumerate(fields) if number > 2 and raw and (split := message.split(raw))
    }
    return Header(said, tuple(account.lines), account.pending)


def setting_of(message: Message, known: Header, channel: Channel) -> Setting:
    """What the channel and the header say about the sender: zone, offset, and the system of bare identifiers."""
    named = Account(Setting(authorities=channel.authorities))
    sender = next((uri for number in (4, 3) if (uri := authority_of(known.said.get(number, []), named))), "")
    return Setting(
        zone=ZoneInfo(channel.zone) if channel.zone else None,
        offset=header_offset(message.segments[0].raw(7)),
        authority=sender or f"{OWN}{channel.agency}",
        authorities=channel.authorities,
        vocabularies=channel.vocabularies,
    )


def envelope_of(message: Message, known: Header, setting: Setting, codec: str) -> Envelope:
    """The envelope of a message of any kind."""
    said = known.component
    code, event, structure = said(9), said(9, 2), said(9, 3)
    kind = f"{code}^{event}" if event else code
    return Envelope(
        kind=kind,
        control_id=field(message, 10),
        application=said(3),
        facility=said(4),
        version=said(12),
        event_time=event_time(message, kind, setting),
        processing=said(11),
        raw_kind="^".join(text for text in (code, event, structure) if text),
        extra={"charset": codec, "accept": said(15), "application": said(16)},
    )


def event_time(message: Message, kind: str, setting: Setting) -> str:
    """When it happened: as the sender recorded it (EVN-2), else as the visit says, else when it was sent."""
    for name, number in (("EVN", 2), VISIT_TIMES.get(kind, ("", 0)), ("MSH", 7)):
        segment = message.first(name)
        occurrences = message.occurrences(segment, number) if segment else []
        text = part(occurrences[0], 1) if occurrences else ""
        if text and (found := date_time(text, setting.zone, setting.offset)).text:
            return found.text
    return ""


def refuse_unusable(found: Read) -> None:
    """Raise Unreadable for a kind of message that is not translated (MSH-9) or one without control id (MSH-10)."""
    kind = found.envelope.kind
    if kind not in TRANSLATED:
        named = kind if kind.replace("^", "").isalnum() and len(kind) <= 15 else "this message type"
        text = f"{named} is not translated; supported: {', '.join(TRANSLATED)}"
        raise Unreadable("not-supported", "MSH-9", text, found.envelope)
    if not found.envelope.control_id:
        raise Unreadable("required", "MSH-10", "required MSH-10: a message has a control id", found.envelope)
