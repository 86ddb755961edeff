"""How long a decision holds while the facts are equal: until the earliest date or instant a fact turns on."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from consent.parties import ADULT_AT, birthday
from consent.terms import Consent, Disclosure

ONE_DAY = timedelta(days=1)


def valid_until(d: Disclosure) -> datetime | None:
    """The first instant at which equal facts may decide differently; None if none lies ahead."""
    day = min((day for day in _days(d) if day > d.context.today), default=None)
    midnight = d.context.midnight(day) if day else None
    revocation = min((at for at in _revocations(d) if at > d.context.now), default=None)
    if midnight is None or revocation is None:
        return midnight or revocation
    return min(midnight, revocation)


def _days(d: Disclosure) -> Iterator[date]:
    """The local dates at whose midnight something begins or has ended."""
    yield birthday(d.patient.birth_date, ADULT_AT)
    if d.context.accounting is not None:
        yield _day_after(d.context.accounting.suspended_until)
    for consent in d.consents:
        yield from _consent_days(consent)


def _consent_days(consent: Consent) -> Iterator[date]:
    yield consent.period_start
    if consent.period_end is not None:
        yield _day_after(consent.period_end)
    if consent.revocable_from is not None:
        yield consent.revocable_from


def _revocations(d: Disclosure) -> Iterator[datetime]:
    return (consent.revoked_at for consent in d.consents if consent.revoked_at is not None)


def _day_after(day: date) -> date:
    """The next day; the last day of the calendar has none and never ends."""
    return day if day == date.max else day + ONE_DAY
