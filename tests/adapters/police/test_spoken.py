"""What a text says of criminal justice: caught however it is spelled, and everyday words and names let by."""

import json
import tomllib
import unicodedata
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Translation
from adapters.police.draft import NOT_ITS_FORM
from adapters.police.leaf import Kind, kind_of, load
from adapters.police.spoken import speaks
from tests.adapters.police.reports import resources, told

PHRASES = tomllib.loads((Path(__file__).parent / "phrases.toml").read_text())
SPEAKING, EVERYDAY = (PHRASES[name].strip().splitlines() for name in ("speaking", "everyday"))
CAPITALS = frozenset(
    each
    for each in SPEAKING
    if not speaks("x", Kind.UNKNOWN, each.lower()) or not speaks("x", Kind.UNKNOWN, each.title())
)
"""Phrases that only their capitals tell."""
DISGUISES = {
    "full width": lambda text: "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text),
    "zero width": "\u200b".join,
    "soft hyphens": "\u00ad".join,
    "accents": lambda text: "".join(each + "\u0301" if each.isalpha() else each for each in text),
    "lookalikes": lambda text: text.translate(str.maketrans("aceopxACEOPX", "асеорхАСЕОРХ")),  # noqa: RUF001  # Cyrillic
    "hard blanks": lambda text: text.replace(" ", "\u00a0"),
    "two blanks": lambda text: text.replace(" ", "  "),
    "lines": lambda text: text.replace(" ", "\n"),
    "quoted": lambda text: f"She said '{text}', twice",
    "between": lambda text: f"Calm now ({text}); asks for food",
}
CASES = {"upper": str.upper, "lower": str.lower, "title": str.title, "swapped": str.swapcase}


def summary(text: str) -> Translation:
    return told(referral={"to": "living-room", "need": "housing", "summary": text})


@pytest.mark.parametrize("text", SPEAKING)
def test_a_summary_that_speaks_of_it_is_held_back_and_the_sender_told_where(text: str) -> None:
    found = summary(text)
    assert text not in json.dumps(found.bundle)
    assert "note" not in resources(found, "ServiceRequest")[0]
    assert found.protected == {"CJI"}
    (line,) = [line for line in found.report if line.path == "/referral/summary"]
    assert (line.outcome, "criminal justice information" in line.because) == ("ignored", True)


@pytest.mark.parametrize("text", EVERYDAY)
def test_an_everyday_summary_is_carried(text: str) -> None:
    found = summary(text)
    assert resources(found, "ServiceRequest")[0]["note"] == [{"text": text}]
    assert found.protected == frozenset()


@pytest.mark.parametrize("disguise", DISGUISES)
def test_no_disguise_hides_it_and_none_makes_everyday_words_speak(disguise: str) -> None:
    change = DISGUISES[disguise]
    assert [each for each in SPEAKING if not speaks("referral.summary", Kind.ORDINARY, change(each))] == []
    assert [each for each in EVERYDAY if speaks("referral.summary", Kind.ORDINARY, change(each))] == []


@pytest.mark.parametrize("case", CASES)
def test_it_is_told_in_any_case(case: str) -> None:
    words = [CASES[case](each) for each in SPEAKING if each not in CAPITALS]
    assert len(words) > 150
    assert [each for each in words if not speaks("referral.summary", Kind.ORDINARY, each)] == []


@pytest.mark.parametrize(
    "text",
    ["N.C.I.C.", "N C I C", "n-c-i-c", "N_C_I_C", "N-CIC", "ranNCIC", "NCIChit", "L E A D S", "p a r o l e", "war-rant",
     "proba-\ntion", "rap/sheet", "on_parole", "R.S.O.", "two2warrants", "sex.offender", "criminalhistory"],
)  # fmt: skip
def test_letters_spelled_out_and_words_run_together_or_apart_are_read(text: str) -> None:
    assert speaks("referral.summary", Kind.ORDINARY, text)


CODES = {
    "incident.call_type": ["WARRANT SERVICE", "SUSPICIOUS/WANTED VEH", "SEX OFFENDER REGISTRATION CHECK",
                           "PAROLE VIOLATION", "WARR STOP", "ELECTRONIC MONITORING", "NCIC RECORD"],
    "incident.offense": ["STALKING W/PREV CONVICTION", "FUGITIVE FROM JUSTICE", "VIO BOND/PROTECTIVE ORDER"],
    "incident.disposition": ["ARRESTED ON WARRANT", "TURNED OVER TO PAROLE"],
    "referral.to": ["county-probation", "parole-office"],
    "persons.role": ["wanted person", "parolee"],
}  # fmt: skip
PLAIN_CODES = {
    "incident.call_type": ["HIT & RUN", "UNWANTED PERSON", "DOMESTIC DISTURBANCE", "WELFARE CHECK", "E D.P.",
                           "PRISONER TRANSPORT", "TERRORISTIC THREATS", "CIT", "ASSIST OTHER AGENCY", "DVA"],
    "incident.offense": ["13B", "SIMPLE ASSAULT", "FELONY THEFT", "DUI"],
    "incident.disposition": ["REFERRED", "ARREST MADE", "CLEARED BY ARREST", "REPORT TAKEN", "NO ACTION"],
    "referral.to": ["living-room", "county-court", "jail-reentry-house", "LIVING ROOM"],
    "persons.role": ["arrestee", "suspect", "victim", "Reporting Party"],
}  # fmt: skip


@pytest.mark.parametrize(("table", "expected"), [(CODES, True), (PLAIN_CODES, False)])
def test_codes_are_read_for_wants_supervision_and_systems_alone(table: dict[str, list[str]], *, expected: bool) -> None:
    said = {value: speaks(field, kind_of(field), value) for field, values in table.items() for value in values}
    assert [value for value, found in said.items() if found is not expected] == []


NAMES = {
    "persons.name.family": ["Warrant", "Leads", "LEADS", "Parole", "Bond", "Bail", "Prior", "Hit", "Warrant-Jones",
                            "SMITH III", "Nic Aodha", "Franciczek", "Wantedson", "Wanted"],
    "persons.name.given": ["Sid", "Nic", "Gang", "Cori", "Warrant", "Mary Ann", "J.", "Leads"],
    "persons.name.middle": ["B", "Sid", "Bond"],
    "persons.name.suffix": ["II", "III", "iii", "IV", "Jr", "Jr.", "SR", "3rd"],
    "persons.name.full": ["John Smith III", "SMITH III, JOHN", "Sam Warrant", "WARRANT, SAM", "Maud Leads", "SAM LEADS",
                          "James Bond", "Sid Leads Jr", "Maud (Mo) Fernhollow", "Li Gang", "Ann Parole III"],
    "persons.address.line": ["9 Warrant St", "12 Parole Ave", "12 PAROLE AVE, APT 3", "4 LEADS RD", "400 Old Jail Ln",
                             "1 Prison Rd", "9 Chapel St, Apt 2", "3 Bond Ct", "5 Gang Mills Rd",
                             "77 Warrant Hill Road", "PO Box 12"],
    "persons.address.city": ["Parole", "Riverton", "Warrant", "Gang Mills"],
    "persons.address.state": ["IL", "il", "Illinois"],
    "persons.address.postal_code": ["62561", "62561-1234", "K1A 0B1"],
    "persons.phone": ["217-555-0133", "+1 217 555 0144", "(217) 555-0133", "2175550133", "217.555.0133 ext. 12",
                      "217-555-0133 x12", "cell 217-555-0133", "217-555-0133 (home)", "988"],
    "persons.email": ["petra@mail.example", "p.elm+x@a-b.example", "leads@choir.example"],
    "persons.language": ["en", "es-MX", "EN", "zh-Hant", "spa", "Spanish", "Mixtec", "Haitian Creole", "yue"],
    "persons.race": ["W", "A", "hispanic", "Asian or Pacific Islander", "I"],
    "persons.ethnicity": ["N", "H", "Not Hispanic", "not hispanic or latino"],
}  # fmt: skip
SPEAKING_NAMES = {
    "persons.name.family": ["Fenwick FBI 123456AA9", "Fenwick NCIC", "Fenwick warrant", "FENWICK WANTED", "on parole",
                            "Fenwick (parolee)", "NCIC", "Fenwick - active warrant", "Parole violator"],
    "persons.name.given": ["NCIC hit, warrant out, FBI no 123456AA9", "Sid no 1234567", "Maud III hit"],
    "persons.name.middle": ["NCIC hit", "QH", "rapsheet"],
    "persons.name.suffix": ["NCIC hit", "III hit", "warrant", "LEADS"],
    "persons.name.full": ["Sam Warrant out", "Sam (Warrant)", "Sam warrant", "sam leads hit", "Sam Leads Warrant",
                          "Sam Warrant NCIC", "Maud Fernhollow on parole", "Sam Fenwick WARRANT",
                          "SMITH, JOHN WANTED", "SMITH, JOHN WARRANT",
                          "SAM WANTED", "Sam Wanted", "Warrant"],
    "persons.address.line": ["c/o parole officer, FBI 123456AA9", "9 Chapel St NCIC", "9 Chapel St, warrant out",
                             "on parole Main St", "Riverton County Jail, 100 Main St", "Parole Officer Way 9 NCIC"],
    "persons.address.city": ["Riverton (warrant)", "NCIC", "on parole"],
    "persons.phone": ["217-555-0133 warrant", "NCIC hit", "W123456789", "c/o PO parole 217-555-0133"],
    "persons.email": ["ncic@police.example", "parole.officer@state.example", "x@ncic.example", "on parole"],
    "persons.language": ["LEADS", "III", "NCIC", "on parole"],
    "persons.race": ["NCIC", "warrant"],
    "persons.ethnicity": ["NCIC warrant 123456AA9", "III hit"],
}  # fmt: skip
MALFORMED = {
    "persons.name.suffix": ["Quillfeather", "the younger"],
    "persons.phone": ["call the neighbour", "12", "217-555-0133 or 217-555-0144", "1" * 16, "ask for Maud"],
    "persons.email": ["none", "a@b@c.example", "a@b.example, c@d.example", "Petra <p@x.example>", "p@localhost"],
    "persons.language": ["speaks little", "Klingonish", "xx", "e", "en-", "iii"],
    "persons.race": ["tall", "W, with beard"],
    "persons.ethnicity": ["see notes", "N?"],
    "persons.address.state": ["Upstate", "ZZ", "I"],
    "persons.address.postal_code": ["none", "6256", "625611"],
}


def person(field: str, value: str) -> Translation:
    """A small report whose person has that value in that field."""
    inner: dict[str, object] = {"role": "subject", "name": {"family": "Elmsworth"}}
    *above, last = field.removeprefix("persons.").split(".")
    where = inner
    for name in above:
        where = where.setdefault(name, {})  # type: ignore[assignment]  # a part of a person is an object
    where[last] = value
    if last in {"family", "full"}:
        inner["name"] = {last: value, "given": "Petra"} if last == "family" else {last: value}
    return told(persons=[inner])


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in NAMES.items() for value in values])
def test_everyday_names_addresses_and_numbers_are_carried(field: str, value: str) -> None:
    found = person(field, value)
    assert found.protected == frozenset()
    (line,) = [line for line in found.report if line.path.endswith(field.removeprefix("persons").replace(".", "/"))]
    assert line.outcome == "mapped"


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in SPEAKING_NAMES.items() for value in values]
)
def test_names_addresses_and_numbers_that_speak_of_it_are_held_back(field: str, value: str) -> None:
    assert speaks(field, kind_of(field), value)


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in MALFORMED.items() for value in values]
)
def test_what_is_not_of_the_form_of_its_field_is_not_carried_and_said_by_place_alone(field: str, value: str) -> None:
    found = person(field, value)
    without = told(persons=[{"role": "subject", "name": {"family": "Elmsworth"}}])
    assert (found.bundle, found.facts, found.protected) == (without.bundle, without.facts, frozenset())
    (line,) = [line for line in found.report if "not of the form" in line.because]
    assert line.path == "/persons/0" + field.removeprefix("persons").replace(".", "/")
    assert line.because == NOT_ITS_FORM


def test_a_safe_contact_that_cannot_be_read_makes_the_others_no_safer() -> None:
    for safe in ({"phone": "mother, after six"}, {"email": "ask"}):
        found = told(persons=[{"role": "subject", "name": {"family": "Elmsworth"}, "phone": "217-555-0133",
                               "safe_contact": safe}])  # fmt: skip
        assert "telecom" not in resources(found, "Patient")[0]


def test_a_behaviour_that_names_another_person_is_not_told() -> None:
    other = {"role": "witness", "name": {"family": "Brackwater"}}
    me = {"number": "P1", "role": "subject", "name": {"family": "Elmsworth"}}
    found = told(persons=[me, other], observations=[{"about": "P1", "code": "shouted at Brackwater"}])
    assert resources(found, "Observation") == []


@given(st.text(max_size=60))
def test_any_text_is_read_without_fault_and_the_same_however_it_is_composed(text: str) -> None:
    for field in ("referral.summary", "persons.name.full", "persons.address.line", "persons.email", "ori"):
        said = speaks(field, kind_of(field), text)
        assert said == speaks(field, kind_of(field), unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    "piece", ["a ", "no ", " ", "a.", "-", "1", "hit ", "is wanted ", "FBI ", "a-", "\u200b", "III "]
)
def test_a_long_text_is_read_in_a_time_that_grows_with_it(piece: str) -> None:
    started = perf_counter()
    speaks("referral.summary", Kind.ORDINARY, piece * (100_000 // len(piece)))
    assert perf_counter() - started < 5


def test_the_table_of_phrases_is_as_long_as_it_was_asked_to_be() -> None:
    assert (len(set(SPEAKING)) >= 300, len(set(EVERYDAY)) >= 300) == (True, True)


def test_every_row_has_a_reason_and_its_any_case_patterns_are_in_lower_case() -> None:
    rows = load("protected")["text"]
    assert all(row["because"] for row in rows)
    said = [each for row in rows if not row.get("exact") for each in row["says"]]
    assert [each for each in said if any(c.isupper() and each[i - 1 : i] != "\\" for i, c in enumerate(each))] == []
