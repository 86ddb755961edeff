"""FHIR dates as intervals."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir.moments import BEGINNING, END, interval


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2026", at(2026, 1, 1), at(2027, 1, 1)),
        ("2026-12", at(2026, 12, 1), at(2027, 1, 1)),
        ("2026-02", at(2026, 2, 1), at(2026, 3, 1)),
        ("2024-02-29", at(2024, 2, 29), at(2024, 3, 1)),
        ("2026-05-02T17:00", at(2026, 5, 2, 17), at(2026, 5, 2, 17, 1)),
        ("2026-05-02T17:00:05Z", at(2026, 5, 2, 17, 0, 5), at(2026, 5, 2, 17, 0, 6)),
        ("2026-05-02T17:00:05-05:00", at(2026, 5, 2, 22, 0, 5), at(2026, 5, 2, 22, 0, 6)),
        ("2026-05-02T17:00:05.5+05:30", at(2026, 5, 2, 11, 30, 5, 500000), at(2026, 5, 2, 11, 30, 5, 600000)),
        ("2026-05-02T17:00:05.1234567Z", at(2026, 5, 2, 17, 0, 5, 123456), at(2026, 5, 2, 17, 0, 5, 123457)),
        ("2016-12-31T23:59:60Z", at(2017, 1, 1), at(2017, 1, 1, 0, 0, 1)),
        ("9999", at(9999, 1, 1), END),
        ("9999-12", at(9999, 12, 1), END),
        ("9999-12-31", at(9999, 12, 31), END),
        ("0001-01-01", BEGINNING, at(1, 1, 2)),
    ],
)
def test_a_date_covers_its_precision(text, low, high):
    assert interval(text) == (low, high)


@pytest.mark.parametrize(
    "text",
    ["", "26", "2026-13", "2026-02-30", "2026-1-1", "0000", "2026-05-02T", "2026-05-02T17", "2026-05-02T24:00:00Z",
     "2026-05-02T17:00:61Z", "2026-05-02T17:00:00+15:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-01:00",
     "٢٠٢٦", "2026-05-02 17:00:00", "2026-05-02T17:00:00Z\n"],
)  # fmt: skip
def test_what_is_no_date_has_no_interval(text):
    assert interval(text) is None


@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)))  # noqa: DTZ001
def test_an_instant_lies_in_the_interval_of_each_of_its_spellings(moment):
    moment = moment.replace(tzinfo=UTC)
    for text in (f"{moment:%Y}".zfill(4), moment.isoformat()[:7], moment.isoformat()[:10], moment.isoformat()):
        low, high = interval(text)
        assert low <= moment < high


@given(st.text(max_size=40))
def test_any_text_gives_an_interval_or_none(text):
    found = interval(text)
    assert found is None or found[1] - found[0] > timedelta(0)
