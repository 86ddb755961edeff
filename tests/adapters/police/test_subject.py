"""Whom a report refers, and what is told of them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Translation, Unreadable
from adapters.police.moments import full_date
from tests.adapters.police.reports import report, resources, sample, told, translate

VICTIM = {
    "number": "V1", "role": "victim", "name": {"family": "Ashgrove", "given": "Delphine"},
    "phone": "+1 217 555 0151", "address": {"line": "77 Orchard Rd"},
}  # fmt: skip
SUSPECT = {"number": "S1", "role": "suspect", "name": {"family": "Brackwater", "given": "Silas"}}
SUBJECT = {"number": "P1", "role": "subject", "name": {"family": "Elmsworth", "given": "Petra"}}
DOMESTIC = {"call_type": "DOMESTIC DISPUTE", "began_at": "2026-03-06T21:00:00-06:00"}


def person(**more: Any) -> Translation:
    return told(persons=[{**SUBJECT, **more}])


def patient(found: Translation) -> dict[str, Any]:
    (only,) = resources(found, "Patient")
    return only


def family(found: Translation) -> str:
    return str(patient(found)["name"][0]["family"])


@pytest.mark.parametrize("persons", [[VICTIM, SUSPECT], [SUSPECT, VICTIM], [SUSPECT, VICTIM, SUBJECT]])
def test_domestic_violence_is_about_the_victim_alone(persons: list[dict[str, Any]]) -> None:
    found = told(incident=DOMESTIC, persons=persons)
    whole = json.dumps(found.bundle)
    assert family(found) == "Ashgrove"
    assert "Brackwater" not in whole
    assert "Silas" not in whole
    assert [mark.code for mark in found.marks] == ["SDV"]


def test_a_suspect_is_referred_only_where_the_report_says_so_and_then_without_the_victim() -> None:
    found = told(persons=[VICTIM, SUSPECT], referral={"to": "x", "person": "S1"}, incident=DOMESTIC)
    assert family(found) == "Brackwater"
    assert "Ashgrove" not in json.dumps(found.bundle)


@pytest.mark.parametrize(
    "persons",
    [
        [],
        [SUSPECT],
        [{**SUBJECT, "role": "caller"}],
        [{**SUBJECT, "role": "witness"}],
        [{**SUBJECT, "role": "officer"}],
        [{**SUBJECT, "role": "Reporting Party"}],
        [{**SUBJECT, "role": "somebody"}],
    ],
)
def test_a_report_that_names_nobody_to_refer_is_kept_inside(persons: list[dict[str, Any]]) -> None:
    with pytest.raises(Unreadable, match="kept inside"):
        told(persons=persons)


def test_a_report_that_could_refer_two_is_refused() -> None:
    with pytest.raises(Unreadable, match="more than one") as refused:
        told(persons=[SUBJECT, VICTIM])
    assert refused.value.envelope is not None
    assert family(told(persons=[SUBJECT, VICTIM], referral={"person": "V1", "to": "x"})) == "Ashgrove"


def test_where_a_victim_can_be_found_is_told_only_by_a_safe_contact() -> None:
    for incident in (DOMESTIC, {"call_type": "THEFT"}):
        found = patient(told(incident=incident, persons=[VICTIM]))
        assert "address" not in found
        assert "telecom" not in found
    safe = {**VICTIM, "safe_contact": {"phone": "+1 217 555 0177"}}
    assert patient(told(incident=DOMESTIC, persons=[safe]))["telecom"] == [
        {"system": "phone", "value": "+1 217 555 0177"}
    ]


@pytest.mark.parametrize(
    ("incident", "more", "prohibited"),
    [
        (DOMESTIC, {}, True),
        (DOMESTIC, {"safe_contact": {"phone": "217-555-0177"}}, False),
        (DOMESTIC, {"safe_contact": {"phone": "217-555-0177"}, "do_not_contact": True}, True),
        ({"call_type": "EDP"}, {}, False),
        ({"call_type": "EDP"}, {"do_not_contact": "Y"}, True),
        ({"call_type": "EDP"}, {"do_not_contact": False}, False),
    ],
)
def test_a_person_who_must_not_be_contacted_is_marked_so(
    incident: dict[str, Any], more: dict[str, Any], *, prohibited: bool
) -> None:
    found = told(incident=incident, persons=[{**VICTIM, **more}])
    (request,) = resources(found, "ServiceRequest")
    assert ("orderDetail" in request) is prohibited
    assert not (prohibited and "telecom" in patient(found))


@given(
    st.one_of(st.integers(0, 120).map(str), st.sampled_from(["NN", "NB", "BB", "00", "99", "2530", "1988", "1988-04"]))
)
def test_an_age_never_becomes_a_date_of_birth(age: str) -> None:
    found = person(age=age, birth_date=age)
    assert "birthDate" not in patient(found)
    assert full_date(age) == ""


@pytest.mark.parametrize(
    "more",
    [
        {"age": "17"},
        {"age": "NN"},
        {"age": "1517"},
        {"birth_date": "2008-03-07"},
        {"juvenile": True},
        {"juvenile": "H"},
    ],
)
def test_a_juvenile_is_marked_and_handed_to_nobody(more: dict[str, Any]) -> None:
    found = person(**more)
    assert found.facts == {}
    assert [mark.code for mark in found.marks] == ["JUVENILE"]
    assert any("juvenile" in line.because for line in found.report)


@pytest.mark.parametrize(
    "more", [{"age": "18"}, {"age": "00"}, {"age": "99"}, {"birth_date": "2008-03-06"}, {"juvenile": False}]
)
def test_an_adult_is_no_juvenile(more: dict[str, Any]) -> None:
    assert person(**more).facts["referred_to"] == ("living-room",)


def test_every_given_name_is_carried_and_a_third_of_the_name_is_no_return() -> None:
    found = person(name={"family": "Elmsworth", "given": ["Petra", "Ann"], "middle": "B", "suffix": "III"})
    assert patient(found)["name"] == [{"family": "Elmsworth", "given": ["Petra", "Ann", "B"], "suffix": ["III"]}]
    assert found.protected == frozenset()
    tagged = b"</nc:PersonSurName><nc:PersonNameSuffixText>III</nc:PersonNameSuffixText>"
    other = translate(sample("ndex_incident.xml").replace(b"</nc:PersonSurName>", tagged))
    assert (patient(other)["name"][0]["suffix"], other.protected) == (["III"], frozenset())


def test_a_time_that_cannot_be_read_is_said_to_be_left_out() -> None:
    found = told(reported_at="yesterday")
    assert [line.because for line in found.report if line.path == "/reported_at"] == [
        "no date or time that the calendar knows"
    ]


@pytest.mark.parametrize(("code", "gender"), [("M", "male"), ("f", "female"), ("U", "unknown"), ("Q", None)])
def test_sex_is_looked_up_as_recorded(code: str, gender: str | None) -> None:
    found = person(sex=code)
    assert patient(found).get("gender") == gender
    (line,) = [line for line in found.report if line.path.endswith("/sex")]
    assert line.outcome == ("mapped" if gender else "unmapped")


@pytest.mark.parametrize(("code", "categories"), [("W", ["2106-3"]), ("A", []), ("hispanic", []), ("U", ["UNK"])])
def test_a_race_that_has_no_one_category_stays_text(code: str, categories: list[str]) -> None:
    (race,) = patient(person(race=code))["extension"]
    assert [each["valueCoding"]["code"] for each in race["extension"] if "valueCoding" in each] == categories
    assert race["extension"][-1]["url"] == "text"


@pytest.mark.parametrize("text", ["See case 26-000001", "Afraid of Brackwater"])
def test_a_summary_that_names_the_case_or_another_person_does_not_leave(text: str) -> None:
    found = told(persons=[SUBJECT, SUSPECT], referral={"to": "x", "summary": text, "reason": text})
    assert text not in json.dumps(found.bundle)
    assert len([line for line in found.report if "write it without" in line.because]) == 2


def test_behaviours_of_others_are_not_told() -> None:
    seen = [{"about": "S1", "code": "angry"}, {"code": "tearful"}]
    assert resources(told(persons=[SUBJECT, SUSPECT], observations=seen), "Observation") == []
    (only,) = resources(told(observations=seen), "Observation")
    assert only["code"] == {"text": "tearful"}


def test_a_report_taken_back_marks_what_it_made_as_error_and_hands_nothing_on() -> None:
    found = told(action="delete", observations=[{"text": "pacing"}], consent={"given": True})
    made = [each["resource"] for each in found.bundle["entry"]]
    assert {each.get("status") for each in made if each["resourceType"] != "Patient"} == {"entered-in-error"}
    assert found.facts == {"event": ("DELETE",)}
    before = told(observations=[{"text": "pacing"}], consent={"given": True})
    assert {each["id"] for each in made} == {each["resource"]["id"] for each in before.bundle["entry"]}


@pytest.mark.parametrize("name", ["sealed", "expunged"])
def test_a_sealed_report_does_not_enter(name: str) -> None:
    with pytest.raises(Unreadable, match=name):
        told(**{name: True})
    assert told(**{name: False}).bundle["entry"]


def test_a_refusal_to_consent_is_kept_as_one() -> None:
    (consent,) = resources(told(consent={"given": "no", "to": "x"}), "Consent")
    assert (consent["status"], consent["provision"]["type"]) == ("rejected", "deny")


def test_a_report_is_known_by_case_supplement_and_version_or_by_its_content() -> None:
    assert told(supplement="2", version="3").envelope.control_id == "26-000001/2/report/3"
    assert told(updated_at="2026-03-07").envelope.control_id.endswith("/2026-03-07")
    assert told().envelope.control_id == told().envelope.control_id
    assert told().envelope.control_id != person(sex="F").envelope.control_id


@pytest.mark.parametrize("change", [{"ori": None}, {"case_number": None}, {"action": "merge"}])
def test_what_identifies_a_report_is_required(change: dict[str, Any]) -> None:
    with pytest.raises(Unreadable) as refused:
        translate(json.dumps(report(**change)).encode())
    assert refused.value.code in {"required", "value"}
