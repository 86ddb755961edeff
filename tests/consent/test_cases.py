"""Every section of law that decides is shown by a case, and by a case one fact away that is decided the other way."""

import pytest

from gateway.scenarios import decide_scenarios
from gateway.scenarios.fields import BadRow
from tests.consent.case_files import Case, cases, document, scenario
from tests.consent.sections import Section, answers, near, sections, shown_by

EVERY = list(cases().values())
OTHER_WAY = {"permit": "deny", "deny": "permit"}


@pytest.mark.parametrize("case", EVERY, ids=lambda case: case.id)
def test_the_case_is_decided_as_the_law_says(case: Case) -> None:
    answer = answers()[case.id]
    assert answer["decision"] == case.expect, answer["because"]
    assert set(answer["obligations"]) == case.obligations
    assert answer.get("redact", []) == list(case.redact)


@pytest.mark.parametrize("case", EVERY, ids=lambda case: case.id)
def test_the_case_rests_on_the_sections_it_shows(case: Case) -> None:
    cited = [each["citation"] for each in answers()[case.id]["because"]]
    assert case.shows
    assert [section for section in case.shows if not any(section in citation for citation in cited)] == []


@pytest.mark.parametrize("section", sections(), ids=lambda each: f"{each.module}.{each.name} {each.citation}")
def test_every_section_that_decides_has_a_case_and_a_near_miss(section: Section) -> None:
    shown = [case for case in shown_by(section) if case.expect == section.decides]
    assert shown, "no case shows it"
    misses = [miss for case in shown for miss in near(case) if miss.expect == OTHER_WAY[section.decides]]
    assert misses, f"no case one fact away from {[case.id for case in shown]} is decided the other way"


def test_there_are_sections_of_every_kind_to_show() -> None:
    found = sections()
    assert len(found) > 100
    assert {each.decides for each in found} == {"permit", "deny"}
    assert [each for each in found if not each.functions] == []


def test_twenty_everyday_disclosures_are_permitted() -> None:
    everyday = [case for case in EVERY if case.area == "everyday"]
    assert len([case for case in everyday if case.expect == "permit"]) >= 20
    assert all(case.expect != "deny" for case in everyday)


def test_a_case_says_in_its_title_what_no_other_case_says() -> None:
    titles = [case.title for case in EVERY]
    assert [title for title in titles if titles.count(title) > 1 or not title[0].isupper() or title.endswith(".")] == []


def test_nobody_in_the_cases_lacks_a_name() -> None:
    orgs = document("cast")["organisations"]
    rows = [scenario(case) for case in EVERY]
    assert {row[party]["org"] for row in rows for party in ("actor", "holder")} <= set(orgs)
    assert {row["resource"]["origin"] for row in rows} <= set(orgs)


def test_a_row_that_lacks_a_fact_is_not_decided() -> None:
    row = scenario(EVERY[0])
    del row["actor"]["registered"]
    with pytest.raises(BadRow, match=r"actor\.registered: missing"):
        list(decide_scenarios([row]))
