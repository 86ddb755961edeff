"""Times of HL7 v2 as FHIR dates and dateTimes, keeping the sender's offset and precision.

Source: HL7 v2.8 chapter 2A (DTM, DT, TM), https://hl7.org/fhir/R4/datatypes.html#dateTime. A time without
offset takes the offset of its place's time zone; with no zone known, only the date is kept.
"""

import re
from calendar import monthrange
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

_DTM = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\.\d{1,6}))?)?)?)?)?)?([+-]\d{4})?", re.ASCII
)
_TM = re.compile(r"(\d\d)(\d\d)(?:(\d\d)(\.\d{1,6})?)?(?:[+-]\d{4})?", re.ASCII)

EARLIEST = 1800
"""Nobody spoken of is older: an earlier year is a time of day in a date's place (``0730``), or a slip."""

NO_TIME = "no time that the calendar knows"
NO_ZONE = "no offset and no time zone known: date only"
NO_MINUTES = "an hour without minutes, which FHIR cannot say: date only"
HEADER_OFFSET = "no offset: the message header's offset is used"
NO_OFFSET = "an offset that FHIR cannot say"


class Time(NamedTuple):
    """A FHIR date or dateTime, empty if there was none to read, and what had to be done to it."""

    text: str
    repair: str = ""


def date_time(text: str, zone: ZoneInfo | None, offset: str = "") -> Time:
    """A DTM as a FHIR dateTime.

    >>> date_time("20150208113419.4+0110", None)
    Time(text='2015-02-08T11:34:19.4+01:10', repair='')
    >>> date_time("202607010900", ZoneInfo("America/Chicago")).text
    '2026-07-01T09:00:00-05:00'
    >>> date_time("20260701090000", None).repair
    'no offset and no time zone known: date only'
    """
    text = text.strip()
    return _recent(text, zone, offset) if len(text) > len("YYYYMMDD") else _read(text, zone, offset)


def _read(text: str, zone: ZoneInfo | None, offset: str) -> Time:
    found = _DTM.fullmatch(text)
    if found is None:
        return Time("", NO_TIME)
    year, month, day, hour, minute, second, fraction, own = found.groups()
    if not _on_calendar(int(year), month, day):
        return Time("", NO_TIME)
    date = f"{year}-{month}-{day}" if day else f"{year}-{month}" if month else year
    if hour is None:
        return Time(date)
    if not (int(hour) < 24 and int(minute or 0) < 60 and int(second or 0) < 60):
        return Time("", NO_TIME)
    if minute is None:
        return Time(date, NO_MINUTES)
    return _with_offset(f"{date}T{hour}:{minute}:{second or '00'}{fraction or ''}", own, zone, offset)


def date(text: str) -> Time:
    """The date of a DT or DTM, with the precision it has.

    >>> date("199005"), date("19900231").repair
    (Time(text='1990-05', repair=''), 'no time that the calendar knows')
    """
    found = date_time(text, None)
    return Time("", found.repair) if not found.text else Time(found.text.partition("T")[0])


def time(text: str) -> Time:
    """A TM as a FHIR time, its offset left out as FHIR has none.

    >>> time("0730")
    Time(text='07:30:00', repair='')
    """
    found = _TM.fullmatch(text.strip())
    if found is None or int(found[1]) > 23 or int(found[2]) > 59 or int(found[3] or 0) > 59:
        return Time("", NO_TIME)
    return Time(f"{found[1]}:{found[2]}:{found[3] or '00'}{found[4] or ''}")


def header_offset(text: str) -> str:
    """The offset that a message header's time carries, as FHIR writes it; empty if none.

    >>> header_offset("20260101120000-0600")
    '-06:00'
    """
    found = _DTM.fullmatch(text.strip())
    return _colon(found[8]) if found and found[8] else ""


def _on_calendar(year: int, month: str | None, day: str | None) -> bool:
    if year < EARLIEST:
        return False
    if month is None:
        return True
    return 1 <= int(month) <= 12 and (day is None or 1 <= int(day) <= monthrange(year, int(month))[1])


def _with_offset(text: str, own: str | None, zone: ZoneInfo | None, header: str) -> Time:
    if own:
        offset = _colon(own)
        return Time(text + offset) if offset else Time(text.partition("T")[0], NO_OFFSET)
    if zone is not None:
        return Time(text + _zone_offset(text[:16], zone))
    if header:
        return Time(text + header, HEADER_OFFSET)
    return Time(text.partition("T")[0], NO_ZONE)


def _colon(offset: str) -> str:
    hours, minutes = int(offset[1:3]), int(offset[3:5])
    return f"{offset[:3]}:{offset[3:]}" if (hours < 14 and minutes < 60) or (hours, minutes) == (14, 0) else ""


_recent = lru_cache(maxsize=4096)(_read)
"""Times of day come several times in a message and from message to message; dates, of birth too, are not kept."""


@lru_cache(maxsize=4096)
def _zone_offset(local: str, zone: ZoneInfo) -> str:
    offset = datetime.fromisoformat(local).replace(tzinfo=zone).utcoffset() or timedelta()
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
