"""Times of a police report as FHIR dates and dateTimes: ISO 8601, the sender's offset and precision kept.

https://hl7.org/fhir/R4/datatypes.html#dateTime. A time without offset takes that of the channel's zone; with no zone
known only its date is kept.
"""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(\.\d{1,9})?)?\s?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
_OFFSET = re.compile(r"[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00")


def moment(text: str, zone: ZoneInfo | None) -> str:
    """A date or dateTime as FHIR writes it, empty for what the calendar does not know.

    >>> moment("2026-07-01 09:00", ZoneInfo("America/Chicago")), moment("2026-07-01T09:00", None), moment("7/1", None)
    ('2026-07-01T09:00:00-05:00', '2026-07-01', '')
    """
    found = _ISO.fullmatch(text.strip())
    if found is None:
        return ""
    day, minute, second, fraction, offset = found.groups()
    try:
        local = datetime.fromisoformat(f"{day}T{minute or '00:00'}:{second or '00'}")
    except ValueError:
        return ""
    if not minute:
        return str(day)
    own = _offset(offset, local, zone)
    return f"{day}T{minute}:{second or '00'}{fraction or ''}{own}" if own else str(day)


def _offset(said: str | None, local: datetime, zone: ZoneInfo | None) -> str:
    if said == "Z":
        return "Z"
    if said:
        written = said if ":" in said else f"{said[:3]}:{said[3:]}"
        return written if _OFFSET.fullmatch(written) else ""
    if zone is None:
        return ""
    minutes = round((local.replace(tzinfo=zone).utcoffset() or timedelta()).total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def full_date(text: str) -> str:
    """A full date that was given, empty for anything less: an age, a year and a range are none.

    >>> full_date("1990-05-02"), full_date("1990"), full_date("36"), full_date("1990-02-31")
    ('1990-05-02', '', '', '')
    """
    found = moment(text, None)
    return found if found[:2] in {"18", "19", "20"} else ""


def years(born: str, at: str) -> int:
    """Full years between two FHIR dates or dateTimes."""
    first, last = date.fromisoformat(born[:10]), date.fromisoformat(at[:10])
    return last.year - first.year - ((last.month, last.day) < (first.month, first.day))
