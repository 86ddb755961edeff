"""The answer to a referral, as its sender's system reads it: RRI^I12, return of referral information.

Source: HL7 v2.8 chapters 11.4.2 (RRI^I12), 11.8.1 (RF1), 11.8.3 (PRD), 2.7 (escape sequences), tables 0283 and 0286.
It speaks the sender's own version, separators and character set, and says of the patient what the sender said.
"""

import re
from typing import NamedTuple

from adapters.base import Channel, News
from adapters.hospital import acknowledge, header
from adapters.hospital.er7 import DELETE, Message, Segment, Separators, tokenize
from adapters.hospital.normalise import normalise

PENDING, ACCEPTED, REJECTED, EXPIRED = (
    ("P", "Pending"),
    ("A", "Accepted"),
    ("R", "Rejected"),
    ("E", "Expired"),
)
"""Table 0283; the exact status stands beside it, as the alternate coding."""
STATUSES = {
    "draft": PENDING,
    "requested": PENDING,
    "received": PENDING,
    "accepted": ACCEPTED,
    "ready": ACCEPTED,
    "in-progress": ACCEPTED,
    "on-hold": ACCEPTED,
    "completed": ACCEPTED,
    "rejected": REJECTED,
    "cancelled": EXPIRED,
    "failed": EXPIRED,
    "entered-in-error": EXPIRED,
}
TASK_STATUS = "99FHIRTASKSTATUS"
SHORT_CONTROL = 20
"""Length of MSH-10 before version 2.7 (HL7 v2.6 chapter 2.15.9.10)."""
SINCE_2_6 = frozenset({"2.6", "2.7", "2.7.1", "2.8"})
SINCE_2_7 = SINCE_2_6 - {"2.6"}

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_END = re.compile("\r\n|\r|\n")


class Told(NamedTuple):
    """The message that is answered, and how it was written."""

    message: Message
    charset: str
    version: str


def write(raw: bytes, channel: Channel, news: News) -> bytes:
    """News of the referral that this message made, as one RRI^I12. Raises Unreadable for what is no message."""
    text, codec, _ = normalise(raw, channel)
    message = tokenize(text, codec)
    told = Told(message, codec, header.read(raw, channel).version)
    segments = [_header(told, news), _accepted(told), _referral(told, news), _receiver(told, news), *_persons(told)]
    if news.business_status:
        segments.append(_segment(told, "NTE", {1: "1", 3: leaf(news.business_status, message.separators)}))
    return ("\r".join(segments) + "\r").encode(codec, "replace")


def leaf(text: str, marks: Separators) -> str:
    """A text as one leaf: no character of it separates, ends or deletes anything."""
    if text == DELETE:
        return f"{marks.escape}X2222{marks.escape}" if marks.escape else "''"
    named = {mark: letter for mark, letter in zip(marks, "FSRET", strict=True) if mark}
    plain = _CONTROL.sub(" ", _LINE_END.sub("\n", text))
    return "".join(_character(each, named, marks.escape) for each in plain)


def _character(character: str, named: dict[str, str], escape: str) -> str:
    if character == "\n":
        return f"{escape}.br{escape}" if escape else " "
    if character not in named:
        return character
    return f"{escape}{named[character]}{escape}" if escape else " "


def _header(told: Told, news: News) -> str:
    first, marks = told.message.segments[0], told.message.separators
    kind = ("RRI", "I12") if told.version in ("2.3", "2.3.1") else ("RRI", "I12", "RRI_I12")
    number = news.delivery.replace("-", "").upper()
    fields = {
        3: first.raw(5),
        4: first.raw(6),
        5: first.raw(3),
        6: first.raw(4),
        7: acknowledge.stamp(news.at),
        9: marks.component.join(kind),
        10: leaf(number if told.version in SINCE_2_7 else number[:SHORT_CONTROL], marks),
        11: first.raw(11) or "P",
        12: first.raw(12) or told.version,
        18: first.raw(18),
    }
    highest = max(place for place, raw in fields.items() if raw)
    return marks.field.join(["MSH", first.raw(2), *(fields.get(place, "") for place in range(3, highest + 1))])


def _accepted(told: Told) -> str:
    return _segment(told, "MSA", {1: "AA", 2: told.message.segments[0].raw(10)})


def _referral(told: Told, news: News) -> str:
    """The referral under the number that its sender gave it; for one that a visit made, the visit's message."""
    marks, original = told.message.separators, told.message.first("RF1")
    code, display = STATUSES.get(news.status, PENDING)
    status = (code, display, "HL70283", news.status, "", TASK_STATUS)
    number = original.raw(6) if original else ""
    fields = {
        1: marks.component.join(leaf(each, marks) for each in status),
        6: number or told.message.segments[0].raw(10),
        9: acknowledge.stamp(news.at),
        10: marks.component + leaf(news.reason, marks) if news.reason else "",
    }
    return _segment(told, "RF1", fields)


def _receiver(told: Told, news: News) -> str:
    marks, name = told.message.separators, leaf(news.receiver, told.message.separators)
    role = marks.component.join(("RT", "Referred to Provider", "HL70286"))
    return _segment(told, "PRD", {1: role, 10 if told.version in SINCE_2_6 else 2: name})


def _persons(told: Told) -> list[str]:
    """The patient's numbers and name, and the visit's number, as the sender wrote them."""
    person, visit = told.message.first("PID"), told.message.first("PV1")
    found = [_echo(told, person, "PID", (3, 5))] if person else []
    return [*found, _echo(told, visit, "PV1", (2, 19))] if visit and visit.raw(19) else found


def _echo(told: Told, segment: Segment, name: str, places: tuple[int, ...]) -> str:
    return _segment(told, name, {1: "1", **{place: segment.raw(place) for place in places}})


def _segment(told: Told, name: str, fields: dict[int, str]) -> str:
    mark = told.message.separators.field
    return mark.join([name, *(fields.get(place, "") for place in range(1, max(fields) + 1))]).rstrip(mark)
