"""How long a decision holds while the facts are equal: until the earliest date or instant a fact turns on."""

from datetime import date, datetime, timedelta

from consent.parties import ADULT_AT, RECIPIENT_AT, birthday, is_minor
from consent.terms import Disclosure

ONE_DAY = timedelta(days=1)


def valid_until(d: Disclosure) -> datetime | None:
    """The first instant at which equal facts may decide differently; None if none lies ahead."""
    if not d.consents and d.context.accounting is None:
        return d.context.midnight(_next_age(d)) if is_minor(d) else None
    today, now = d.context.today, d.context.now
    days = [day for day in _days(d) if day > today]
    ends = [at for at in _revocations(d) if at > now]
    if days:
        ends.append(d.context.midnight(min(days)))
    return min(ends, default=None)


def _days(d: Disclosure) -> list[date]:
    """The local dates at whose midnight something begins or has ended."""
    days = [_next_age(d)] if is_minor(d) else []
    if d.context.accounting is not None:
        days.append(_day_after(d.context.accounting.suspended_until))
    for consent in d.consents:
        days.append(consent.period_start)
        if consent.period_end is not None:
            days.append(_day_after(consent.period_end))
        if consent.revocable_from is not None:
            days.append(consent.revocable_from)
    return days


def _next_age(d: Disclosure) -> date:
    """The birthday of a minor from which another law holds: of 12 years in Illinois, of 18 everywhere."""
    twelve = birthday(d.patient.birth_date, RECIPIENT_AT)
    return twelve if d.context.today < twelve else birthday(d.patient.birth_date, ADULT_AT)


def _revocations(d: Disclosure) -> list[datetime]:
    return [consent.revoked_at for consent in d.consents if consent.revoked_at is not None]


def _day_after(day: date) -> date:
    """The next day; the last day of the calendar has none and never ends."""
    return day if day == date.max else day + ONE_DAY
