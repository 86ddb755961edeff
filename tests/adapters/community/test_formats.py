"""Tables, JSON and forms: one referral whatever carried it, every field accounted for, each row on its own."""

import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Channel, Profile, Translation, Unreadable
from adapters.community import COMMUNITY, FIELDS
from tests.adapters.community.referrals import PLAIN, PROFILED, faults, line, only, resources, sample, translate

CONTROLS = "".join(map(chr, (*range(32), 127)))
ANY = st.text(st.characters(codec="utf-8", exclude_characters=CONTROLS), max_size=30)
SAID = {
    "referral_number": "R-1", "client_id": "C-1", "given_name": "Ada", "need": "food", "phone": "555",
    "birth_date": "1990-01-01", "referral_date": "2026-03-01", "consent_given": "yes",
}  # fmt: skip


def table(fields: dict[str, str], delimiter: str = ",") -> bytes:
    quoted = (delimiter.join(f'"{text.replace(chr(34), chr(34) * 2)}"' for text in row) for row in
              (fields, fields.values()))  # fmt: skip
    return "\r\n".join(quoted).encode() + b"\r\n"


def form(fields: dict[str, str]) -> bytes:
    return b"crosswalk-form=1&" + urlencode(fields).encode()


def refused(raw: bytes, channel: Channel = PLAIN) -> Unreadable:
    with pytest.raises(Unreadable) as found:
        every(raw, channel)
    return found.value


def every(raw: bytes, channel: Channel) -> list[Translation]:
    return [translate(message, channel) for message in COMMUNITY.parse(raw, channel)]


def outcomes(raw: bytes, channel: Channel = PLAIN) -> dict[str, Translation | Unreadable]:
    found: dict[str, Translation | Unreadable] = {}
    messages = COMMUNITY.parse(raw, channel)
    for place, message in zip(messages.places, messages, strict=True):
        try:
            found[place] = translate(message, channel)
        except Unreadable as fault:
            found[place] = fault
    return found


def test_a_table_json_and_a_form_of_the_same_words_are_the_same_referral() -> None:
    made = [translate(each) for each in (table(SAID), table(SAID, ";"), json.dumps(SAID).encode(), form(SAID))]
    assert len({json.dumps(each.bundle) for each in made}) == 1
    assert len({each.envelope.control_id for each in made}) == 1
    assert [each.envelope.version for each in made] == ["csv", "csv", "json", "form"]


def test_the_order_of_columns_changes_nothing() -> None:
    turned = dict(reversed(list(SAID.items())))
    assert translate(table(turned)).envelope == translate(table(SAID)).envelope
    assert {each["id"] for each in resources(translate(table(turned)))} == {
        each["id"] for each in resources(translate(table(SAID)))
    }


def test_headers_may_be_written_with_capitals_and_blanks() -> None:
    raw = b"Referral Number,Client-ID,NEED\nR-1,C-1,food\n"
    assert translate(raw).number == "R-1"


def test_a_bad_row_stops_no_other_and_is_named() -> None:
    found = outcomes(sample("referrals.csv"))
    assert list(found) == ["row 2", "row 3", "row 4"]
    bad = found.pop("row 4")
    assert isinstance(bad, Unreadable)
    assert bad.place == "row"
    assert "31 fields and the header 30" in str(bad)
    assert all(isinstance(each, Translation) and not faults(each) for each in found.values())


def test_foreign_headers_are_read_by_the_profile_of_the_channel() -> None:
    found = outcomes(sample("case_export.csv"), PROFILED)
    first, second = found["row 2"], found["row 3"]
    assert isinstance(first, Translation)
    assert isinstance(second, Translation)
    assert only(first, "Patient")["birthDate"] == "1979-02-27"
    assert only(first, "ServiceRequest")["priority"] == "urgent"
    assert only(first, "ServiceRequest")["requester"] == {"display": "Harbor Family Services"}
    assert first.envelope.event_time == "2026-03-09T13:20:00-05:00"
    assert line(first, 'constant "referrer_organization"') == ("mapped", "ServiceRequest.requester")
    assert line(first, 'column "Worker notes"') == ("ignored", "stays in the sender's case file")
    assert {mark.code for mark in first.marks} == {"SDV"}
    assert "Gideon" not in str(first.bundle)
    assert not second.marks
    assert 'column "Worker notes"' in {each.path for each in second.report if each.outcome == "repaired"}


def test_a_column_wins_over_a_constant() -> None:
    profile = Profile(columns={"client_id": "id", "need": "need"}, constants={"need": "food"})
    channel = replace(PLAIN, profile=profile)
    assert translate(b"id,need\n1,housing\n", channel).facts["need"] == ("housing",)
    assert translate(b"id,need\n1,\n", channel).facts["need"] == ("food",)


@pytest.mark.parametrize(
    ("profile", "place"),
    [
        (Profile(columns={"clientid": "id"}), "profile"),
        (Profile(columns={"client_id": "id"}, constants={"x": "1"}), "profile"),
        (Profile(columns={"client_id": "ID"}), 'column "ID"'),
    ],
)
def test_a_profile_that_does_not_fit_is_refused_by_name(profile: Profile, place: str) -> None:
    found = refused(b"id,need\n1,food\n", replace(PLAIN, profile=profile))
    assert (found.code, found.place) == ("not-supported", place)


def test_columns_without_a_field_are_reported_by_their_header() -> None:
    found = translate(b"client_id,need,Shoe Size\n1,food,44\n")
    assert line(found, 'column "Shoe Size"') == ("unmapped", "no mapping row")


def test_a_formula_stays_text_and_is_reported_by_its_column() -> None:
    found = translate(b'client_id,need,reason,phone\n1,food,"=HYPERLINK(""http://192.0.2.1"")",+1 217 555 0100\n')
    assert only(found, "ServiceRequest")["reasonCode"] == [{"text": '=HYPERLINK("http://192.0.2.1")'}]
    assert [each.path for each in found.report if each.outcome == "repaired"] == ['column "reason"']


def test_a_declared_character_set_is_read_and_an_undeclared_one_refused() -> None:
    raw = "client_id,need,family_name\n1,food,Muñoz\n".encode("cp1252")
    assert only(translate(raw, replace(PLAIN, charset="cp1252")), "Patient")["name"] == [{"family": "Muñoz"}]
    found = refused(raw)
    assert found.place == 'column "family_name"'
    assert 'charset = "cp1252"' in str(found)


def test_referrals_in_json_are_each_on_their_own() -> None:
    found = outcomes(sample("referrals.json"))
    assert list(found) == ["referral 1", "referral 2"]
    first, second = found.values()
    assert isinstance(first, Translation)
    assert isinstance(second, Translation)
    assert not faults(first) + faults(second)
    assert {each["resourceType"] for each in resources(first)} == {
        "Patient", "ServiceRequest", "Consent", "RelatedPerson",
    }  # fmt: skip
    assert second.facts["event"] == ("CANCEL",)


def test_one_bad_referral_in_a_list_stops_no_other() -> None:
    found = list(outcomes(b'[{"client_id": 1, "need": "food"}, 7, {"client_id": 2}]').values())
    assert [isinstance(each, Translation) for each in found] == [True, False, False]


def test_lists_of_texts_are_one_field_and_nested_objects_none() -> None:
    raw = b'{"client_id": 1, "need": "food", "phone": ["1", " ", "2"], "children": [{"name": "x"}], "email": {}, "age": null}'  # noqa: E501
    found = translate(raw)
    assert [each["value"] for each in only(found, "Patient")["telecom"]] == ["1", "2"]
    assert line(found, "/children") == ("unmapped", "no mapping row")
    assert "/email" not in {each.path for each in found.report}


def test_a_form_is_read_and_what_it_does_not_have_is_reported() -> None:
    (message,) = COMMUNITY.parse(sample("form.txt"), PLAIN)
    assert not faults(translate(message))
    found = translate(form(SAID | {"shoe_size": "44"}))
    assert line(found, "a field that the form does not have") == ("unmapped", "no mapping row")


@given(st.dictionaries(st.sampled_from(FIELDS), ANY, min_size=1))
def test_every_field_is_accounted_for_once_and_what_is_made_is_valid(fields: dict[str, str]) -> None:
    message = json.dumps(fields | {"referral_number": "R-1", "client_id": "C-1", "need": "DV", "action": ""}).encode()
    found = translate(message)
    said = [name for name, text in json.loads(message).items() if text.strip()]
    told = [each.path for each in found.report if each.outcome != "repaired"]
    assert sorted(told) == sorted(f"/{name}" for name in said)
    assert not faults(found)


@given(st.dictionaries(st.sampled_from(FIELDS), ANY.filter(str.strip), min_size=1))
def test_the_three_formats_agree_on_any_words(fields: dict[str, str]) -> None:
    fields = {name: " ".join(text.split()) for name, text in fields.items()} | {"client_id": "1", "need": "food"}
    fields["action"] = "referral"
    made = []
    for raw in (json.dumps(fields).encode(), form(fields), table(fields)):
        try:
            made.append((translate(raw).bundle, translate(raw).marks == ()))
        except Unreadable as fault:
            made.append(fault.code)
    assert made[0] == made[1] == made[2]
