"""Order of arrival changes nothing that event time decides."""

import time
from copy import deepcopy
from datetime import UTC, datetime
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.receive.ordering import Word, merge, stamp

Json = dict[str, Any]
RECEIVED = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
OWN = {"resourceType": "Encounter", "id": "e"}

scalars = st.sampled_from(["a", "b", "c"])
members = st.dictionaries(st.sampled_from(["start", "end"]), scalars, min_size=1, max_size=2)
elements = st.fixed_dictionaries({}, optional={"status": scalars, "text": members, "period": members, "class": scalars})
PATHS = ["status", "text", "period.start", "period.end", "class"]


@st.composite
def words(draw: st.DrawFn) -> list[Word]:
    """Words with a stamp each, no two alike; what a word removes it does not say."""
    stamps = draw(st.lists(st.integers(10, 99), min_size=1, max_size=5, unique=True))
    made = []
    for each in stamps:
        said = draw(elements)
        spoken = {f"period.{name}" for name in said.get("period", {})} | (said.keys() - {"period"})
        removed = draw(st.frozensets(st.sampled_from(PATHS))) - spoken
        made.append(Word({**OWN, **said}, f"{each}|x", removed=removed))
    return made


def _heard(many: list[Word]) -> tuple[Json, dict[str, str]]:
    start: tuple[Json | None, dict[str, str]] = (None, {})
    record, stamps = reduce(lambda kept, word: merge(kept[0], kept[1], word), many, start)
    assert record is not None
    return record, stamps


@given(words(), st.randoms())
def test_every_order_of_arrival_ends_in_the_same_record(many: list[Word], chance: Any) -> None:
    shuffled = list(many)
    chance.shuffle(shuffled)
    assert _heard(shuffled) == _heard(many)


@given(words())
def test_each_element_keeps_its_last_word_by_event_time(many: list[Word]) -> None:
    record, stamps = _heard(many)
    by_time = sorted(many, key=lambda word: word.stamp)
    for path in PATHS:
        last = [word for word in by_time if path in word.removed or _said(word, path) is not None]
        expected = _said(last[-1], path) if last else None
        assert _at(record, path) == expected
        assert stamps.get(path) == (last[-1].stamp if last else None)


def _said(word: Word, path: str) -> Any:
    return _at(word.resource, path)


def _at(record: Json, path: str) -> Any:
    element, _, member = path.partition(".")
    return record.get(element, {}).get(member) if member else record.get(element)


@given(words())
def test_hearing_everything_again_changes_nothing(many: list[Word]) -> None:
    assert _heard([*many, *many]) == _heard(many)


@given(words())
def test_neither_record_nor_stamps_nor_word_is_changed_by_hearing(many: list[Word]) -> None:
    record, stamps = _heard(many[:1])
    before = deepcopy((record, stamps, many))
    merge(record, stamps, many[-1])
    assert (record, stamps, many) == before


def test_of_words_with_equal_stamps_the_one_that_arrives_last_counts() -> None:
    one, other = Word({**OWN, "status": "planned"}, "1|x"), Word({**OWN, "status": "finished"}, "1|x")
    assert _heard([one, other])[0]["status"] == "finished"


def test_equal_times_are_ordered_by_control_id_whatever_arrives_first() -> None:
    one, other = Word({**OWN, "status": "planned"}, "1|A"), Word({**OWN, "status": "finished"}, "1|B")
    assert _heard([one, other]) == _heard([other, one])
    assert _heard([other, one])[0]["status"] == "finished"


def test_what_is_provisional_yields_to_any_real_word_before_or_after() -> None:
    guess = Word({**OWN, "status": "unknown"}, "9|x", provisional=frozenset({"status"}))
    real = Word({**OWN, "status": "planned"}, "1|x")
    assert _heard([guess, real])[0]["status"] == _heard([real, guess])[0]["status"] == "planned"
    assert _heard([guess])[1] == {}


def test_what_is_provisional_does_not_bring_back_what_was_removed() -> None:
    guess = Word({**OWN, "period": {"end": "x"}}, "9|x", provisional=frozenset({"period.end"}))
    gone = Word({**OWN}, "1|x", removed=frozenset({"period.end"}))
    assert "period" not in _heard([gone, guess])[0]
    assert "period" not in _heard([guess, gone])[0]


def test_the_first_of_two_guesses_stays() -> None:
    one, other = (Word({**OWN, "status": each}, "1|x", provisional=frozenset({"status"})) for each in "ab")
    assert _heard([one, other])[0]["status"] == "a"


def test_a_removal_older_than_the_word_it_meets_is_not_heard() -> None:
    said = Word({**OWN, "period": {"end": "x"}}, "5|x")
    gone = Word({**OWN}, "4|x", removed=frozenset({"period.end"}))
    assert _heard([said, gone])[0] == _heard([gone, said])[0] == {**OWN, "period": {"end": "x"}}


def test_the_last_member_removed_takes_its_object_with_it() -> None:
    said = Word({**OWN, "period": {"end": "x"}}, "1|x")
    gone = Word({**OWN}, "2|x", removed=frozenset({"period.end", "hospitalization"}))
    assert _heard([said, gone])[0] == OWN


STAMPS = [
    ("2026-05-02T12:00:00-05:00", "2026-05-02T17:00:00.000000+00:00|C"),
    ("2026-05-02T17:00:00Z", "2026-05-02T17:00:00.000000+00:00|C"),
    ("2026-05-02T17:00:00.25+00:00", "2026-05-02T17:00:00.250000+00:00|C"),
    ("2026-05-02", "2026-05-02T00:00:00.000000+00:00|C"),
    ("", "2026-05-02T12:00:00.000000+00:00|C"),
    ("2026-05", "2026-05-02T12:00:00.000000+00:00|C"),
    ("not a time", "2026-05-02T12:00:00.000000+00:00|C"),
    ("9999-99-99", "2026-05-02T12:00:00.000000+00:00|C"),
    ("0001-01-01T00:00:00+14:00", "2026-05-02T12:00:00.000000+00:00|C"),
    ("9999-12-31T23:59:59-14:00", "2026-05-02T12:00:00.000000+00:00|C"),
]


@pytest.mark.parametrize(("event_time", "expected"), STAMPS)
def test_a_stamp_is_the_event_in_utc_or_the_receipt(event_time: str, expected: str) -> None:
    assert stamp(event_time, RECEIVED, "C") == expected


times = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.timezones())  # noqa: DTZ001


@given(times, times)
def test_stamps_sort_as_the_instants_do(one: datetime, other: datetime) -> None:
    first, second = (stamp(each.isoformat(), RECEIVED, "C") for each in (one, other))
    assert (first < second) is (one.astimezone(UTC) < other.astimezone(UTC))


def test_a_time_without_offset_is_not_read_in_the_machines_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    try:
        assert stamp("2026-05-02T10:00:00", RECEIVED, "C1").startswith("2026-05-02T10:00:00.000000+00:00")
    finally:
        monkeypatch.undo()
        time.tzset()
