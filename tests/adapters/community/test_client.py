"""The client: what an answer needs, and nothing that tells where a victim can be found."""

import pytest

from tests.adapters.community.referrals import identify, line, only, resources, told

PHONE = {"system": "phone", "value": "217-555-0100"}
HOME = {"address": "1 Elm St", "city": "Riverton", "state": "IL", "postal_code": "62561"}


def test_the_client_is_known_by_the_senders_number_and_never_by_name_and_birth_date() -> None:
    one = told(referral_number="R-1", given_name="Ada", birth_date="1990-01-01")
    other = told(referral_number="R-2", given_name="Ida", birth_date="1991-01-01")
    assert one.subject == other.subject == identify("Patient", "urn:crosswalk:community:client", "C-1")


def test_clients_of_equal_name_without_a_number_are_two() -> None:
    same = {"client_id": None, "name": "Ada Quill", "birth_date": "1990-01-01"}
    assert told(referral_number="R-1", **same).subject != told(referral_number="R-2", **same).subject


def test_names_and_other_names_are_kept() -> None:
    found = only(told(given_name="Ada May", family_name="Quill", name="Ada Quill", aka="Addie; A.Q."), "Patient")
    assert found["name"] == [
        {"family": "Quill", "given": ["Ada", "May"], "text": "Ada Quill"},
        {"use": "nickname", "text": "Addie"},
        {"use": "nickname", "text": "A.Q."},
    ]


@pytest.mark.parametrize("text", ["1990", "36", "1990-02-31", "May 1990", "1066-01-01", "19900101x"])
def test_only_a_full_date_becomes_a_date_of_birth(text: str) -> None:
    found = told(birth_date=text)
    assert "birthDate" not in only(found, "Patient")
    assert line(found, "/birth_date") == ("ignored", "no full date: an age or a year never becomes a date of birth")


def test_an_age_never_becomes_a_date_of_birth() -> None:
    found = told(age=36)
    assert "birthDate" not in only(found, "Patient")
    assert line(found, "/age") == ("ignored", "an age never becomes a date of birth")


@pytest.mark.parametrize(
    ("said", "gender"), [("Woman", "female"), ("m", "male"), ("non-binary", "other"), ("declined", "unknown")]
)
def test_words_for_gender_are_looked_up(said: str, gender: str) -> None:
    assert only(told(gender=said), "Patient")["gender"] == gender


def test_a_word_for_gender_that_is_not_listed_is_reported() -> None:
    found = told(gender="see notes")
    assert "gender" not in only(found, "Patient")
    assert line(found, "/gender")[0] == "unmapped"


def test_language_and_interpreter_are_told() -> None:
    found = only(told(language="Spanish", interpreter="Y"), "Patient")
    assert found["communication"][0]["language"]["coding"][0]["code"] == "es"
    assert found["extension"][0]["valueBoolean"] is True
    assert only(told(language="Mam"), "Patient")["communication"] == [{"language": {"text": "Mam"}}]


def test_an_ordinary_contact_is_told() -> None:
    found = only(told(phone="217-555-0100", email="ada@example.org"), "Patient")
    assert found["telecom"] == [PHONE, {"system": "email", "value": "ada@example.org"}]


def test_where_a_safe_number_is_given_no_other_contact_is_told() -> None:
    found = told(safe_phone="217-555-0100", phone="217-555-0999", email="ada@example.org")
    assert only(found, "Patient")["telecom"] == [PHONE]
    assert line(found, "/phone") == line(found, "/email") == ("ignored", "only the contact that is safe is told")


@pytest.mark.parametrize(
    "fields",
    [
        {"do_not_contact": "yes"},
        {"do_not_contact": "perhaps"},
        {"safe_phone": "none"},
        {"need": "domestic violence shelter"},
        {"need": "DV legal help", "safe_phone": "(217) 555-0199", "referrer_contact": "217-555-0199"},
    ],
)
def test_where_no_contact_is_safe_none_is_told_and_the_request_says_so(fields: dict[str, str]) -> None:
    found = told(phone="217-555-0100", email="a@example.org", safe_time="noon", safe_to_leave_message="Y", **fields)
    assert "telecom" not in only(found, "Patient")
    request = only(found, "ServiceRequest")
    assert request["orderDetail"][0]["coding"][0]["code"] == "contacting-subject-prohibited"
    assert "patientInstruction" not in request


def test_a_victim_is_reached_by_the_safe_number_alone() -> None:
    found = told(need="DV shelter", safe_phone="217-555-0100", phone="217-555-0999", email="a@example.org", **HOME)
    patient = only(found, "Patient")
    assert patient["telecom"] == [PHONE]
    assert "address" not in patient
    assert "orderDetail" not in only(found, "ServiceRequest")


def test_the_referrers_own_contact_never_becomes_the_clients() -> None:
    found = told(phone="(217) 555-0100", referrer_contact="217-555-0100")
    assert "telecom" not in only(found, "Patient")
    assert line(found, "/phone") == ("ignored", "the referrer's own contact, never the client's")


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({}, True),
        ({"address_confidential": "N"}, True),
        ({"address_confidential": "Y"}, False),
        ({"address_confidential": "ask first"}, False),
        ({"need": "stalking"}, False),
        ({"need": "stalking", "safe_phone": "1", "address_confidential": "no"}, True),
        ({"do_not_contact": "Y"}, False),
    ],
)
def test_an_address_is_told_only_where_nothing_speaks_against_it(fields: dict[str, str], shown: bool) -> None:
    found = only(told(**HOME, **fields), "Patient")
    whole = [{"line": ["1 Elm St"], "city": "Riverton", "state": "IL", "postalCode": "62561"}]
    assert found.get("address") == (whole if shown else None)


def test_who_helps_is_a_related_person() -> None:
    found = only(told(helper_name="Ida Quill", helper_relationship="sister", helper_phone="1-2"), "RelatedPerson")
    assert found["name"] == [{"text": "Ida Quill"}]
    assert found["relationship"] == [{"text": "sister"}]
    assert found["telecom"] == [{"system": "phone", "value": "1-2"}]


def test_the_other_party_is_never_in_the_bundle_whatever_column_names_them() -> None:
    found = told(
        perpetrator_name="Gideon Blackthorn", perpetrator_birth_date="1970-01-01", perpetrator_location="5 Oak",
        perpetrator_relationship="ex-husband", helper_name="Blackthorn, Gideon", helper_phone="1-2",
        reason="Blackthorn waits at the door", contact_police="when gideon calls", bail_conditions="no contact",
    )  # fmt: skip
    text = str(found.bundle) + str(found.facts) + str(found.report)
    assert not any(part in text.lower() for part in ("gideon", "blackthorn", "1970", "5 oak", "ex-husband", "1-2"))
    assert not resources(found, "RelatedPerson")
    assert line(found, "/perpetrator_name") == ("ignored", "respondent and victim are never in one Bundle")
    assert line(found, "/reason")[0] == "unmapped"
    assert {mark.code for mark in found.marks} == {"SDV"}


def test_a_family_name_that_both_share_does_not_silence_the_reason() -> None:
    found = told(name="Ada Thorn", perpetrator_name="Gid Thorn", reason="Ms Thorn asks for a bed")
    assert only(found, "ServiceRequest")["reasonCode"] == [{"text": "Ms Thorn asks for a bed"}]


def test_a_helper_without_a_name_is_nobody() -> None:
    found = told(helper_phone="1-2")
    assert not resources(found, "RelatedPerson")
    assert line(found, "/helper_phone") == ("ignored", "belongs to a helper without a name")


@pytest.mark.parametrize("fields", [{"address_confidential": "Y"}, {"address_confidential": "ask first"}])
def test_an_address_told_before_is_taken_back_once_it_is_confidential(fields: dict[str, str]) -> None:
    found = told(phone="217-555-0100", **HOME, **fields)
    assert found.removed == {f"Patient/{found.subject}.address"}


def test_what_was_told_before_of_how_to_reach_the_client_is_taken_back_once_nothing_is_safe() -> None:
    found = told(phone="217-555-0100", do_not_contact="Y", **HOME)
    request = only(found, "ServiceRequest")["id"]
    assert found.removed == {
        f"Patient/{found.subject}.address", f"Patient/{found.subject}.telecom",
        f"ServiceRequest/{request}.patientInstruction",
    }  # fmt: skip


def test_an_ordinary_referral_takes_nothing_back() -> None:
    assert not told(phone="217-555-0100", **HOME).removed
