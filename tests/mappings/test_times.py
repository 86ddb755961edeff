"""Times keep the sender's digits and offset; what the calendar does not know is dropped."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings import times
from mappings.times import Time, date, date_time, header_offset, time

EARLIEST = datetime.fromisoformat("1800-01-01")
CHICAGO = ZoneInfo("America/Chicago")


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2015", "2015"),
        ("201502", "2015-02"),
        ("20150208", "2015-02-08"),
        ("20150208113419.4+0110", "2015-02-08T11:34:19.4+01:10"),
        ("201502081134-0330", "2015-02-08T11:34:00-03:30"),
        ("20150208113419.1234+1400", "2015-02-08T11:34:19.1234+14:00"),
        ("2015+0100", "2015"),
    ],
)
def test_precision_and_offset_are_the_senders(sent: str, read: str) -> None:
    assert date_time(sent, CHICAGO) == Time(read)


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "0730",
        "20151301",
        "20150230",
        "2015020824",
        "201502081160",
        "20150208113460",
        "00000000",
        "20150",
        "yesterday",
        "2015-02-08",
        "201502081134+01",
    ],
)
def test_what_is_no_time_is_dropped(sent: str) -> None:
    assert date_time(sent, CHICAGO) == Time("", times.NO_TIME)


def test_an_hour_without_minutes_and_an_impossible_offset_leave_the_date() -> None:
    assert date_time("2015020811", CHICAGO) == Time("2015-02-08", times.NO_MINUTES)
    assert date_time("201502081134+1430", CHICAGO) == Time("2015-02-08", times.NO_OFFSET)
    assert date_time("201502081134+0160", CHICAGO) == Time("2015-02-08", times.NO_OFFSET)


def test_without_offset_the_zone_then_the_header_then_the_date_alone() -> None:
    assert date_time("202601011200", CHICAGO, "+02:00").text == "2026-01-01T12:00:00-06:00"
    assert date_time("202607011200", CHICAGO).text == "2026-07-01T12:00:00-05:00"
    assert date_time("202607011200", None, "+02:00") == Time("2026-07-01T12:00:00+02:00", times.HEADER_OFFSET)
    assert date_time("202607011200", None) == Time("2026-07-01", times.NO_ZONE)
    assert date_time("202607011200", ZoneInfo("Asia/Kolkata")).text.endswith("+05:30")


def test_dates_times_and_header_offsets() -> None:
    assert date("199001020304") == Time("1990-01-02")
    assert date("x").repair == times.NO_TIME
    assert time("073015.25+0100") == Time("07:30:15.25")
    assert [time(sent).text for sent in ("2460", "2400", "0761", "073061", "7")] == [""] * 5
    assert header_offset("20260101120000-0600") == "-06:00"
    assert [header_offset(sent) for sent in ("20260101", "x", "202601011200+9999")] == [""] * 3


@given(st.datetimes(min_value=EARLIEST, timezones=st.just(CHICAGO)))
def test_any_local_time_reads_back_as_the_same_wall_clock(at: datetime) -> None:
    found = date_time(f"{at.year:04}" + at.strftime("%m%d%H%M%S"), CHICAGO)
    assert found.text.startswith(f"{at.year:04}" + at.strftime("-%m-%dT%H:%M:%S"))
