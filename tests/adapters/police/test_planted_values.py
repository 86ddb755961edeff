"""Criminal justice information as the value of any field that a reader knows: out comes what comes out without it."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.base import Channel, Profile, Translation, Unreadable
from adapters.police import POLICE, translate
from adapters.police.forms import reading_of
from adapters.police.leaf import PROTECTED, kinds, load
from tests.adapters.police import planting
from tests.adapters.police.planting import OTHERS, PLANTED, STEERING
from tests.adapters.police.reports import CHANNEL, WEB, identify, report, sample
from tests.adapters.police.test_protected import same

WHOLE = json.dumps(
    report(
        supplement="1", version="2", cad_number="C-1", narrative="Calm.",
        persons=[{
            "number": "P1", "role": "subject", "name": {"family": "Elmsworth", "given": "Petra", "suffix": "III"},
            "birth_date": "1980-01-02", "sex": "F", "race": "W", "ethnicity": "N", "language": "Spanish",
            "phone": ["217-555-0133"], "email": "petra@mail.example",
            "address": {"line": "9 Warrant St", "city": "Parole", "state": "IL", "postal_code": "62561"},
        }],
        observations=[{"about": "P1", "code": "tearful"}],
        referral={"to": "living-room", "person": "P1", "need": "housing", "reason": "third call", "summary": "Rent."},
        consent={"given": True, "to": "The Living Room", "at": "2026-03-06"},
    )
).encode()  # fmt: skip
TEXTS = [PLANTED, "on parole", "rap-sheet shows two", "LEADS hit", "N\u200bCIC", "two outstanding warrants"]


def outcome(message: bytes, channel: Channel = WEB) -> Translation | Unreadable:
    try:
        return POLICE.translate(message, channel, identify)
    except Unreadable as refused:
        return refused


def alike(first: Translation | Unreadable, second: Translation | Unreadable) -> None:
    if isinstance(first, Unreadable) or isinstance(second, Unreadable):
        assert (type(first), str(first)) == (type(second), str(second))
    else:
        same(first, second)


def held_back(message: bytes, bare: bytes, channel: Channel, text: str) -> None:
    """The message becomes what it is without; what is kept of it says nothing either."""
    found, left = outcome(message, channel), outcome(bare, channel)
    alike(found, left)
    if isinstance(found, Translation):
        assert found.protected == {"CJI"}
        assert text.encode() not in found.without
        assert json.dumps(text)[1:-1].encode() not in found.without
        alike(found, outcome(found.without, channel))


@pytest.mark.parametrize("field", OTHERS)
@pytest.mark.parametrize("text", TEXTS)
def test_a_json_value_that_speaks_of_it_is_as_if_absent(field: str, text: str) -> None:
    held_back(planting.with_value(WHOLE, [field], text), planting.without_value(WHOLE, [field]), WEB, text)


@settings(max_examples=100, deadline=None)
@given(
    st.sets(st.sampled_from(OTHERS), min_size=1),
    st.sampled_from(TEXTS),
    st.sampled_from(["", "Maud, ", "217-555-0133 "]),
)
def test_any_fields_together_with_and_without_something_before_it(fields: set[str], text: str, before: str) -> None:
    planted = planting.with_value(WHOLE, fields, before + text)
    held_back(planted, planting.without_value(WHOLE, fields), WEB, text)


@pytest.mark.parametrize("field", STEERING)
def test_what_says_how_a_person_is_protected_is_refused_by_its_place(field: str) -> None:
    found = outcome(planting.with_value(WHOLE, [field]))
    assert isinstance(found, Unreadable)
    assert (found.code, "neither read nor left out" in str(found)) == ("value", True)
    assert found.place.replace("/0/", "/").strip("/").replace("/", ".") == field
    assert "NCIC" not in str(found)


def test_a_call_type_of_domestic_violence_is_refused_and_another_left_out() -> None:
    found = outcome(planting.with_value(WHOLE, ["incident.call_type"], "DOMESTIC W/ WARRANT"))
    assert isinstance(found, Unreadable)
    assert found.place == "/incident/call_type"
    other = outcome(planting.with_value(WHOLE, ["incident.call_type"], "WARRANT SERVICE"))
    assert isinstance(other, Translation)
    assert "call_type" not in other.facts


COLUMNS = {name.replace("persons.", "person.").replace("observations.", "observation."): name for name in kinds()}
TABLE = replace(CHANNEL, profile=Profile(columns=COLUMNS))
FILLED = {
    "ori": "IL0990100", "case_number": "26-1", "persons.role": "subject", "persons.name.family": "Elmsworth",
    "persons.name.given": "Petra", "persons.phone": "217-555-0133", "incident.call_type": "EDP;WELFARE",
    "persons.address.line": "9 Chapel St", "referral.to": "living-room", "referral.need": "food",
    "observations.code": "tearful", "consent.given": "yes", "consent.to": "The Living Room",
}  # fmt: skip
ROW = f"{','.join(COLUMNS.values())}\r\n{','.join(FILLED.get(name, '') for name in COLUMNS.values())}\r\n".encode()


@pytest.mark.parametrize("field", OTHERS)
def test_a_cell_that_speaks_of_it_is_as_if_empty(field: str) -> None:
    text = PLANTED.replace(";", ",")
    held_back(planting.cells(ROW, {field: text}), planting.cells(ROW, {field: ""}), TABLE, text)


@pytest.mark.parametrize("field", STEERING)
def test_a_cell_that_says_how_a_person_is_protected_is_refused(field: str) -> None:
    found = outcome(planting.cells(ROW, {field: PLANTED}), TABLE)
    assert isinstance(found, Unreadable)
    assert found.place == f'column "{field}"'


def test_one_of_several_values_in_a_cell_is_cut_alone() -> None:
    found = outcome(planting.cells(ROW, {"incident.call_type": "EDP;NCIC hit; WELFARE"}), TABLE)
    assert isinstance(found, Translation)
    assert found.facts["call_type"] == ("EDP", "WELFARE")
    assert b"EDP;; WELFARE" in found.without
    alike(found, outcome(found.without, TABLE))


def test_a_column_is_cut_whatever_the_character_set_of_its_name() -> None:
    raw = planting.cells(ROW, {}).replace(b"persons.email", "Größe".encode())
    channel = replace(CHANNEL, profile=Profile(columns=COLUMNS | {"person.email": "Größe"}))
    held_back(planting.cells(raw, {"Größe": PLANTED}), raw, channel, PLANTED)


INCIDENT = sample("ndex_incident.xml")


@pytest.mark.parametrize(("where", "path", "field"), planting.paths())
def test_an_element_that_speaks_of_it_is_as_if_absent(where: str, path: str, field: str) -> None:
    planted = planting.in_incident(INCIDENT, [(where, path)])
    if field in STEERING:
        found = outcome(planted)
        assert isinstance(found, Unreadable)
        assert "neither read nor left out" in str(found)
    else:
        held_back(planted, INCIDENT, WEB, PLANTED)


def test_an_attribute_that_speaks_of_it_is_cut() -> None:
    planted = INCIDENT.replace(b"<lexs:Digest>", b'<lexs:Digest note="NCIC hit">')
    held_back(planted, INCIDENT, WEB, "NCIC hit")


@pytest.mark.parametrize("remark", [b"<!-- ran him: NCIC hit -->", b"<?note NCIC hit ?>"])
@pytest.mark.parametrize("before", [b"<lexspd:doPublish", b"<lexs:Digest>", b"mere</nc:PersonSurName>"])
def test_a_remark_that_speaks_of_it_is_cut(remark: bytes, before: bytes) -> None:
    held_back(INCIDENT.replace(before, remark + before, 1), INCIDENT, WEB, "NCIC hit")


def test_the_list_of_fields_and_readings_is_of_fields_that_are() -> None:
    rows = load("forms")
    named = [name for row in rows["strict"].values() if isinstance(row, dict) for name in row["fields"]]
    named += [name for names in rows["reading"].values() for name in names]
    assert set(named) | set(STEERING) <= set(kinds()) | {"activity.kind"}
    assert reading_of("a.field.of.tomorrow") == "text"


def test_nothing_of_a_report_of_values_is_left_open_by_any_reader() -> None:
    planted = planting.with_value(WHOLE, OTHERS)
    leaves = translate._read(planted, WEB).leaves
    assert {leaf.name for leaf in leaves if leaf.kind in PROTECTED} == set(OTHERS)
