"""The acknowledgement of an HL7 v2 message, in the original or the enhanced mode, as the message asks.

Source: HL7 v2.8 chapter 2.9 (acknowledgement rules), 2.14.8 (MSA), 2.14.5 (ERR), tables 0008 and 0357. It names the
place and the kind of a fault and never a value.
"""

import re
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from adapters.base import Channel, Unreadable
from adapters.hospital import header
from adapters.hospital.er7 import Message, Separators, tokenize
from adapters.hospital.normalise import normalise

ERRORS = {
    "structure": ("100", "Segment sequence error"),
    "required": ("101", "Required field missing"),
    "value": ("102", "Data type error"),
    "not-supported": ("200", "Unsupported message type"),
    "version": ("203", "Unsupported version id"),
    "duplicate": ("205", "Duplicate key identifier"),
    "too-long": ("207", "Application internal error"),
    "forbidden": ("207", "Application internal error"),
}
"""OperationOutcome issue types and codes of table 0357."""
COMMIT = frozenset({"AL", "ER", "SU"})
OLD = ("2.1", "2.2", "2.3", "2.3.1", "2.4")
"""Versions whose ERR has one field, code and location in one (HL7 v2.4 chapter 2.16.5)."""
REJECTED = frozenset({"not-supported", "structure", "too-long", "forbidden"})
"""Refusals that sending the same again cannot mend: AR, where the rest are AE."""

_PLACE = re.compile(r"([A-Z][A-Z0-9]{2})(?:\[(\d+)\])?(?:-(\d+)(?:\[(\d+)\])?(?:\.(\d+)(?:\.(\d+))?)?)?")


class Heard(NamedTuple):
    """What could be read of the message that is answered; separators and charset are used in the answer."""

    message: Message | None
    separators: Separators
    charset: str


def acknowledge(raw: bytes, channel: Channel, at: str, refusal: Unreadable | None) -> bytes:
    """The ACK of a message, as bytes without a frame; at is the reply's time, ISO 8601 with offset.

    A message that asks for an accept acknowledgement (MSH-15: AL, ER, SU) is answered CA, CE or CR, others AA, AE
    or AR. A message without MSH-10 is refused even if nothing else was wrong with it.
    """
    heard = _hear(raw, channel)
    control = _said(heard, 10)
    if not control and refusal is None:
        refusal = Unreadable("required", "MSH-10", "required MSH-10: a message has a control id")
    segments = [_header(heard, raw, at), _verdict(heard, control, refusal)]
    if refusal is not None:
        segments.append(_error(heard, refusal))
    return ("\r".join(segments) + "\r").encode(heard.charset, "replace")


def _hear(raw: bytes, channel: Channel) -> Heard:
    try:
        text, codec, _ = normalise(raw, channel)
        message = tokenize(text, codec)
    except Unreadable:
        return _hear_bytes(raw)
    return Heard(message, _complete(message.separators), codec)


def _hear_bytes(raw: bytes) -> Heard:
    """The header of a message whose text cannot be read: enough to say which one is refused."""
    text = raw.lstrip(b"\xef\xbb\xbf\x0b\r\n\t ").decode("ascii", "replace").replace("\ufffd", "?").replace("\n", "\r")
    try:
        message = tokenize(text.split("\r", 1)[0].replace("\x00", ""))
    except Unreadable:
        return Heard(None, Separators(), "ascii")
    return Heard(message, _complete(message.separators), "ascii")


def _complete(found: Separators) -> Separators:
    return Separators(*(mark or usual for mark, usual in zip(found, Separators(), strict=True)))


def _raw(heard: Heard, number: int) -> str:
    return heard.message.segments[0].raw(number) if heard.message else ""


def _said(heard: Heard, number: int, component: int = 1) -> str:
    return header.field(heard.message, number, component) if heard.message else ""


def _header(heard: Heard, raw: bytes, at: str) -> str:
    marks = heard.separators
    event = _said(heard, 9, 2)
    kind = marks.component.join(("ACK", event, "ACK") if event else ("ACK",))
    encoding = _raw(heard, 2) or marks.component + marks.repetition + marks.escape + marks.sub
    fields = ["MSH", encoding, _raw(heard, 5), _raw(heard, 6), _raw(heard, 3), _raw(heard, 4), stamp(at), "", kind]
    fields += [_control(raw, at), _raw(heard, 11) or "P", _raw(heard, 12) or "2.5.1"]
    charset = _raw(heard, 18)
    fields += ["", "", "", "", "", charset] if charset else []
    return marks.field.join(fields)


def stamp(at: str) -> str:
    """An ISO 8601 time with offset as HL7 writes it."""
    moment = datetime.fromisoformat(at)
    return moment.strftime("%Y%m%d%H%M%S%z")


def _control(raw: bytes, at: str) -> str:
    """A control id of the reply's own, the same for the same message and time."""
    return sha256(raw + b"\x00" + at.encode()).hexdigest()[:20].upper()


def _verdict(heard: Heard, control: str, refusal: Unreadable | None) -> str:
    enhanced = _said(heard, 15).upper() in COMMIT
    letter = "A" if refusal is None else "R" if refusal.code in REJECTED else "E"
    return heard.separators.field.join(["MSA", ("C" if enhanced else "A") + letter, _raw(heard, 10) if control else ""])


def _error(heard: Heard, refusal: Unreadable) -> str:
    marks = heard.separators
    version = refusal.place == "MSH-12" and refusal.code == "not-supported"
    code, text = ERRORS["version" if version else refusal.code] if refusal.code in ERRORS else ERRORS["forbidden"]
    place = _location(refusal.place, marks)
    if _said(heard, 12) in OLD:
        where = [*place.split(marks.component)[:3], "", "", ""][:3]
        return marks.field.join(["ERR", marks.component.join([*where, marks.sub.join((code, text, "HL70357"))])])
    coded = marks.component.join((code, text, "HL70357"))
    said = _escape(str(refusal), marks)
    return marks.field.join(["ERR", "", place, coded, "E", "", "", "", said])


def _location(place: str, marks: Separators) -> str:
    found = _PLACE.fullmatch(place)
    if found is None:
        return ""
    segment, position, number, repetition, component, sub = found.groups()
    parts = [segment, position or "1", number or "", repetition or ("1" if number else ""), component or "", sub or ""]
    return marks.component.join(parts).rstrip(marks.component)


def _escape(text: str, marks: Separators) -> str:
    named = zip(marks, "FSRET", strict=True)
    letters = {mark: f"{marks.escape}{letter}{marks.escape}" for mark, letter in named}
    return "".join(letters.get(character, character) for character in text)


def asks_for_reply(raw: bytes, channel: Channel, refusal: Unreadable | None) -> bool:
    """Whether the message asks for an answer to this outcome (MSH-15: AL, NE, ER, SU); original mode always does."""
    accept = _said(_hear(raw, channel), 15).upper()
    if accept in ("ER", "SU"):
        return (accept == "ER") == (refusal is not None)
    return accept != "NE" or _said(_hear(raw, channel), 16).upper() not in ("", "NE")
