"""What a call type says about the call, with denials, spellings and dates kept as they are."""

from zoneinfo import ZoneInfo

import pytest

from adapters.police.moments import moment
from adapters.police.tags import tags

CHICAGO = ZoneInfo("America/Chicago")


@pytest.mark.parametrize("spelling", ["E D P", "E D.P.", "E.D.P", "E.D.P.", "EDP", "EDP.", "Duty to Warn-E.D.P."])
def test_one_concept_in_many_spellings_is_one_tag(spelling: str) -> None:
    assert tags([spelling]) == ("behavioral-health",)


@pytest.mark.parametrize(
    ("call_type", "expected"),
    [
        ("ASSIST PUBLIC - NO WELFARE CHK OR DV ORDER", ()),
        ("NO VIOLENCE - WELFARE CHECK", ("well-being",)),
        ("Endangering Welfare - 2C:24-4", ()),
        ("INDECENT BEHAVIOR", ()),
        ("--CRISIS COMPLAINT - GENERAL", ("behavioral-health",)),
        ("WELL BEING CHECK", ("well-being",)),
        ("127D_Suicide Attempt Weapon", ("suicidal",)),
        ("BATTERY/DV", ("domestic",)),
        ("FAMILY TROUBL-DV", ("domestic",)),
        ("MEDICAL - NALOXONE", ("overdose",)),
        ("ELDER ABUSE, DOMESTIC", ("domestic", "elder")),
        ("Food delivery", ()),
        ("", ()),
    ],
)
def test_call_types_are_tagged_by_words_and_denials(call_type: str, expected: tuple[str, ...]) -> None:
    assert tags([call_type]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-08T01:30:00", "2026-03-08T01:30:00-06:00"),
        ("2026-03-08T03:30:00", "2026-03-08T03:30:00-05:00"),
        ("2026-03-08T03:30:00Z", "2026-03-08T03:30:00Z"),
        ("2016-01-19T14:27:31.5624303-0500", "2016-01-19T14:27:31.5624303-05:00"),
        ("2026-03-08", "2026-03-08"),
        ("2026-02-30", ""),
        ("2026-03-08T25:00", ""),
        ("03/08/2026", ""),
        ("2026-03-08T01:30:00+19:00", "2026-03-08"),
    ],
)
def test_times_keep_their_offset_or_take_that_of_the_zone(text: str, expected: str) -> None:
    assert moment(text, CHICAGO) == expected


def test_a_time_without_zone_is_a_date() -> None:
    assert moment("2026-03-08T01:30", None) == "2026-03-08"
