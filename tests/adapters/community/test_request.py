"""The request, the agreement, and what hand-off rules and senders are told of them."""

import csv
import json

import pytest

from adapters.base import News, Unreadable
from adapters.community import COMMUNITY
from tests.adapters.community.referrals import PLAIN, line, only, resources, told, translate


def test_a_referral_is_an_active_order_under_the_senders_number() -> None:
    found = told(reason="Nothing in the house", referred_to="bridge-community", urgency="High",
                 referral_date="2026-03-01 10:00", referrer_name="Ola Reed", referrer_organization="Hope",
                 referrer_contact="1-9", client_aware="n", contact_police="no")  # fmt: skip
    request = only(found, "ServiceRequest")
    assert (request["status"], request["intent"], request["priority"]) == ("active", "order", "urgent")
    assert request["authoredOn"] == found.envelope.event_time == "2026-03-01T10:00:00-06:00"
    assert request["reasonCode"] == [{"text": "Nothing in the house"}]
    assert request["requester"] == {"display": "Ola Reed, Hope"}
    assert request["performer"] == [{"type": "Organization", "display": "bridge-community"}]
    assert [each["text"] for each in request["note"]] == [
        "The client does not know of this referral.",
        "The referrer can be reached at 1-9.",
        "Tell the police if the client cannot be reached: no.",
    ]
    assert found.number == "R-1"


@pytest.mark.parametrize(
    ("need", "tags", "categories", "marks"),
    [
        ("Food pantry", ("food",), ["food-insecurity"], set()),
        ("DV shelter", ("domestic", "homeless"), ["intimate-partner-violence", "homelessness"], {"SDV"}),
        ("counseling", ("behavioral-health",), [], set()),
        ("Elder abuse", ("elder",), ["elder-abuse"], {"SDV"}),
        ("help after a rape", ("sexual-assault",), [], {"SDV"}),
        ("driving lessons", (), [], set()),
    ],
)
def test_needs_become_categories_tags_and_marks(
    need: str, tags: tuple[str, ...], categories: list[str], marks: set[str]
) -> None:
    found = told(need=need)
    (category,) = only(found, "ServiceRequest")["category"]
    assert [each["code"] for each in category.get("coding", ())] == categories
    assert category["text"] == found.facts["need"][0] == need
    assert found.facts.get("tag", ()) == tags
    assert {mark.code for mark in found.marks} == marks


@pytest.mark.parametrize("fields", [{"reason": "fleeing her home"}, {"protection_order": "applying"}])
def test_a_reason_or_an_order_of_protection_marks_victim_services_too(fields: dict[str, str]) -> None:
    found = told(**fields)
    assert [(mark.path, mark.code) for mark in found.marks] == [(f"/{next(iter(fields))}", "SDV")]


def test_no_order_of_protection_marks_nothing() -> None:
    assert not told(protection_order="N").marks


@pytest.mark.parametrize(
    ("fields", "instruction"),
    [
        ({}, None),
        ({"safe_time": "after 5"}, "Safe to call: after 5."),
        ({"safe_to_leave_message": "Y"}, "A message may be left."),
        ({"safe_to_leave_message": "N"}, "Do not leave a message."),
        ({"safe_to_leave_message": "maybe", "safe_time": "noon"}, "Safe to call: noon. Do not leave a message."),
        ({"need": "DV bed", "safe_phone": "1"}, "Do not leave a message."),
    ],
)
def test_safe_contact_is_said_where_whoever_calls_reads_it(fields: dict[str, str], instruction: str | None) -> None:
    assert only(told(**fields), "ServiceRequest").get("patientInstruction") == instruction


def test_a_consent_waits_for_a_person_to_confirm_it() -> None:
    found = only(told(consent_given="Y", consent_date="2026-03-01", consent_to="safe-haven",
                      consent_until="2026-06-01"), "Consent")  # fmt: skip
    assert found["status"] == "proposed"
    assert found["verification"] == [{"verified": False}]
    assert found["dateTime"] == "2026-03-01"
    assert found["provision"]["type"] == "permit"
    assert found["provision"]["period"] == {"end": "2026-06-01"}
    agency = {"system": "https://crosswalk-gateway.org/fhir/agency", "value": "safe-haven"}
    assert found["provision"]["actor"][0]["reference"] == {"identifier": agency}


def test_a_refusal_is_kept_as_one() -> None:
    found = only(told(consent_given="no", referred_to="safe-haven"), "Consent")
    assert (found["status"], found["provision"]["type"]) == ("rejected", "deny")


@pytest.mark.parametrize("said", [None, "unsure"])
def test_no_clear_answer_is_no_consent(said: str | None) -> None:
    assert not resources(told(consent_given=said, consent_date="2026-03-01"), "Consent")


def test_no_consent_that_a_sender_writes_is_ever_active() -> None:
    every = [told(consent_given=said, action=what) for said in ("y", "n") for what in ("referral", "cancel")]
    assert {only(each, "Consent")["status"] for each in every} == {"proposed", "rejected", "entered-in-error"}


def test_a_referral_that_is_cancelled_is_revoked_and_handed_to_nobody() -> None:
    found = told(action="Withdrawn", referred_to="safe-haven")
    assert only(found, "ServiceRequest")["status"] == "revoked"
    assert only(found, "ServiceRequest")["id"] == only(told(), "ServiceRequest")["id"]
    assert found.facts == {"event": ("CANCEL",), "referral": ("R-1",)}


@pytest.mark.parametrize(
    ("fields", "place", "code"),
    [
        ({"referral_number": None, "client_id": None}, "referral_number", "required"),
        ({"need": None}, "need", "required"),
        ({"client_id": None}, "name", "required"),
        ({"action": "explode"}, "/action", "value"),
        ({"action": "cancel", "referral_number": None}, "referral_number", "required"),
    ],
)
def test_a_referral_that_says_too_little_is_refused_with_its_envelope(
    fields: dict[str, str | None], place: str, code: str
) -> None:
    with pytest.raises(Unreadable) as refused:
        told(**fields)
    assert (refused.value.place, refused.value.code) == (place, code)
    assert refused.value.envelope is not None
    assert refused.value.envelope.kind.startswith("community ")


def test_words_and_dates_that_nobody_knows_are_reported() -> None:
    found = told(urgency="whenever", referral_date="soon", interpreter="?", updated="2026-03-01T10:00:00+14:30")
    for name in ("urgency", "referral_date", "interpreter"):
        assert line(found, f"/{name}")[0] == "unmapped"
    assert found.envelope.event_time == "2026-03-01"


def test_a_time_without_a_known_zone_is_a_date() -> None:
    message = json.dumps({"client_id": "C", "need": "food", "updated": "2026-03-01 10:00"}).encode()
    found = COMMUNITY.envelope(message, type(PLAIN)("a", "b", "community"))
    assert found.event_time == "2026-03-01"


def test_the_same_content_is_the_same_message_and_another_is_not() -> None:
    assert told(reason="a").envelope.control_id == told(reason="a").envelope.control_id
    assert told(reason="a").envelope.control_id != told(reason="b").envelope.control_id
    assert told().envelope.control_id.startswith("R-1#")


def test_replies_say_kept_or_refused_and_nothing_of_the_referral() -> None:
    refusal = Unreadable("value", "row 3", "The row has 3 fields.")
    assert json.loads(COMMUNITY.acknowledge(b"x", PLAIN, "2026-03-01T10:00:00Z", None)) == {
        "status": "kept", "at": "2026-03-01T10:00:00Z",
    }  # fmt: skip
    assert json.loads(COMMUNITY.acknowledge(b"x", PLAIN, "2026-03-01T10:00:00Z", refusal)) == {
        "status": "refused", "place": "row 3", "reason": "The row has 3 fields.", "at": "2026-03-01T10:00:00Z",
    }  # fmt: skip


def test_news_is_a_row_under_the_senders_own_number_and_no_formula() -> None:
    news = News("R-1", "Safe Haven", "accepted", "2026-03-07T09:00:00-06:00", "d-1", "=1+1", "engaged")
    header, row = list(csv.reader(COMMUNITY.write(b"", PLAIN, news).decode().splitlines()))
    assert header == ["referral_number", "receiver", "status", "reason", "detail", "as_of", "delivery"]
    assert row == ["R-1", "Safe Haven", "accepted", "'=1+1", "engaged", "2026-03-07T09:00:00-06:00", "d-1"]


def test_nothing_of_the_referral_shows_when_it_is_printed() -> None:
    found = translate(b'{"referral_number": "R-77", "client_id": "C", "need": "food", "name": "Ada Quill"}')
    assert "Quill" not in repr(found)
    assert "food" not in repr(found)


@pytest.mark.parametrize("to", ["Safe Haven", "-", "safe_haven"])
def test_a_consent_to_whom_no_agency_is_called_so_names_them_in_words(to: str) -> None:
    found = only(told(consent_given="Y", consent_to=to), "Consent")
    assert found["provision"]["actor"][0]["reference"] == {"display": to}
