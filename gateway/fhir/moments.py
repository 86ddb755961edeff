"""FHIR dates as intervals of time: a date stands for all of its instants, to the precision that was written.

https://hl7.org/fhir/R4/search.html#date, https://hl7.org/fhir/R4/datatypes.html#dateTime
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

Interval = tuple[datetime, datetime]
"""Half-open, in UTC: the first instant, and the first one after."""

BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
END: Final = datetime.max.replace(tzinfo=UTC)

_FORM = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,12}))?)?"
    r"(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)


def interval(text: str) -> Interval | None:
    """The instants that a FHIR date, dateTime or instant covers; None if it is none. No offset means UTC."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    try:
        return _bounds(match)
    except ValueError:
        return None
    except OverflowError:
        return None


def _bounds(match: re.Match[str]) -> Interval:
    if match["month"] is None:
        year = int(match["year"])
        return _utc(year), _utc(year + 1) if year < END.year else END
    if match["day"] is None:
        low = _utc(int(match["year"]), int(match["month"]))
        return low, _later(low, timedelta(days=31)).replace(day=1) if low < _utc(9999, 12) else END
    day = _utc(int(match["year"]), int(match["month"]), int(match["day"]))
    if match["hour"] is None:
        return day, _later(day, timedelta(days=1))
    return _instant(day, match)


def _instant(day: datetime, match: re.Match[str]) -> Interval:
    second = int(match["second"] or 0)
    start = day.replace(hour=int(match["hour"]), minute=int(match["minute"]), second=min(second, 59))
    fraction = match["fraction"] or ""
    start = start.replace(microsecond=int(fraction[:6].ljust(6, "0")))
    if second > 60:
        raise ValueError("seconds end at 60, the leap second")
    low = start + timedelta(seconds=second // 60) - _offset(match["zone"])
    return low, _later(low, _precision(match["second"], fraction))


def _precision(second: str | None, fraction: str) -> timedelta:
    if second is None:
        return timedelta(minutes=1)
    return timedelta(microseconds=10 ** (6 - min(len(fraction), 6)))


def _offset(zone: str | None) -> timedelta:
    if zone is None or zone == "Z":
        return timedelta(0)
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if hours > 14 or minutes > 59:
        raise ValueError("offsets end at 14:00")
    return timedelta(hours=hours, minutes=minutes) * (1 if zone[0] == "+" else -1)


def _utc(year: int, month: int = 1, day: int = 1) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


def _later(low: datetime, step: timedelta) -> datetime:
    return low + step if END - low > step else END
