"""Dates and times of a referral as FHIR writes them (https://hl7.org/fhir/R4/datatypes.html#dateTime).

A time without offset takes that of the channel's zone; with no zone known only its date is kept.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from mappings.tabular import moment

EARLIEST = 1900
MOST = timedelta(hours=14)


def date_time(text: str, forms: tuple[str, ...], zone: ZoneInfo | None) -> str:
    """A date or dateTime by the first form that fits, else by ISO 8601 with an offset; empty where none does.

    >>> date_time("7/1/2026 09:00", ("%m/%d/%Y %H:%M",), ZoneInfo("America/Chicago"))
    '2026-07-01T09:00:00-05:00'
    >>> date_time("2026-07-01T09:00:00Z", (), None), date_time("soon", (), None)
    ('2026-07-01T09:00:00+00:00', '')
    """
    found, timed = moment(text, forms)
    if found is None:
        found, timed = _with_offset(text), True
    if found is None or found.year < EARLIEST:
        return ""
    local = found if found.tzinfo else found.replace(tzinfo=zone)
    if not timed or not _sayable(local.utcoffset()):
        return found.date().isoformat()
    return local.isoformat(timespec="seconds")


def full_date(text: str, forms: tuple[str, ...]) -> str:
    """A date that says day, month and a year of four figures; empty for anything less.

    >>> full_date("1990-05-02", ("%Y-%m-%d",)), full_date("1990", ("%Y",)), full_date("5/2/90", ("%m/%d/%y",))
    ('1990-05-02', '', '')
    """
    return date_time(text, tuple(form for form in forms if "%Y" in form and "%d" in form), None)[:10]


def _sayable(offset: timedelta | None) -> bool:
    """Whether FHIR can say the offset: whole minutes, at most 14 hours."""
    return offset is not None and not offset % timedelta(minutes=1) and abs(offset) <= MOST


def _with_offset(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else None
