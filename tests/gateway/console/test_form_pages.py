"""The referral form as a page: labelled, linked, without script, and never trusting what was entered."""

from datetime import UTC, date, datetime
from urllib.parse import parse_qs, urlencode

import pytest

from adapters.community.referral import FIELDS
from gateway.agencies.reading import read_folder
from gateway.console.form import filled, pages
from gateway.console.form.questions import QUESTIONS, receivers
from gateway.fhir.outcome import BadRequest
from gateway.registry import Snapshot
from tests.gateway.console.seen import Seen
from tests.live import SAMPLES

TODAY = date(2026, 5, 2)
AGENCIES = {each.id: each for each in read_folder(SAMPLES / "agencies", TODAY).agencies}
BRIDGE = AGENCIES["bridge-community"]
CHOICE = receivers(BRIDGE, Snapshot(1, AGENCIES, None, {}))
EVIL = ["<script>alert(1)</script>", "\"' onfocus=alert(1) x='", "javascript:alert(1)", "</textarea><b>", "{{ 7*7 }}"]
GOOD = {
    "referrer_name": "Samir Holloway",
    "referrer_contact": "desk@bridge.example",
    "given_name": "Tess",
    "birth_date": "5/2/1990",
    "do_not_contact": "no",
    "safe_phone": "555-0100",
    "safe_to_leave_message": "no",
    "referred_to": "safe-haven",
    "need": "a bed tonight",
    "urgency": "asap",
    "client_aware": "yes",
    "consent_given": "yes",
    "consent_date": "2026-05-01",
}


def form(**answers: str) -> filled.Filled:
    return filled.Filled("0" * 24, answers)


def seen(answers: dict[str, str]) -> Seen:
    made = form(**answers)
    return Seen(bytes(pages.asked(BRIDGE, CHOICE, made, filled.faults(made, CHOICE, TODAY)).body).decode())


def test_every_question_is_a_field_that_the_adapter_knows() -> None:
    assert set(QUESTIONS) <= set(FIELDS)


def test_only_receivers_whose_rules_name_them_may_be_chosen() -> None:
    assert {"safe-haven": "Safe Haven", "living-room": AGENCIES["living-room"].name} == CHOICE
    assert receivers(AGENCIES["safe-haven"], Snapshot(1, AGENCIES, None, {})) == {}


@pytest.mark.parametrize("answers", [{}, GOOD, dict.fromkeys(QUESTIONS, EVIL[0])])
def test_the_page_is_whole_and_every_input_has_a_label(answers: dict[str, str]) -> None:
    page = seen(answers)
    ids = [given["id"] for _, given in page.tags if "id" in given]
    assert page.open == []
    assert len(ids) == len(set(ids))
    labelled = {each["for"] for each in page.all("label")}
    asked = [*page.all("input"), *page.all("textarea")]
    assert {each["id"] for each in asked if each.get("type") != "hidden"} == labelled
    described = {word for _, given in page.tags for word in str(given.get("aria-describedby", "")).split()}
    assert described <= set(ids)
    assert {str(each["href"])[1:] for each in page.all("a")} <= set(ids)
    assert len(page.all("h1")) == 1
    assert not page.all("script") + page.all("style")
    assert not any(name == "style" or name.startswith("on") for _, given in page.tags for name in given)


def test_what_is_missing_is_listed_on_top_and_marked_at_the_field() -> None:
    page = seen({})
    wrong = filled.faults(form(), CHOICE, TODAY)
    assert [str(each["href"]) for each in page.all("a")][1:] == [f"#f-{name}" for name in wrong]
    assert [given.get("role") for given in page.all("div")].count("alert") == 1
    assert sum(given.get("aria-invalid") == "true" for _, given in page.tags) == len(wrong)


@pytest.mark.parametrize("evil", EVIL)
def test_what_was_entered_comes_back_as_text_alone(evil: str) -> None:
    plain, page = seen({}), seen(dict.fromkeys(QUESTIONS, evil))
    assert {name for name, _ in page.tags} == {name for name, _ in plain.tags}
    kept = [each["value"] for each in page.all("input") if each.get("type") == "text"]
    assert kept == [evil] * len(kept)


def test_a_good_form_has_no_fault_and_becomes_the_adapter_s_bytes() -> None:
    assert filled.faults(form(**GOOD), CHOICE, TODAY) == {}
    raw = filled.written(form(**GOOD))
    assert raw.startswith(b"crosswalk-form=1&")
    sent = {name: each for name, (each,) in parse_qs(raw.decode()).items()}
    assert sent["birth_date"] == "1990-05-02"
    assert sent["referral_number"] == "web-" + "0" * 24
    assert filled.written(form(**GOOD)) == raw


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("birth_date", "5/2/2027"),
        ("birth_date", "soon"),
        ("birth_date", "5/2/1790"),
        ("age", "-1"),
        ("age", "121"),
        ("urgency", "now"),
        ("referred_to", "cityhosp"),
        ("safe_phone", "none"),
        ("need", "a\nb"),
        ("given_name", "a\rSet-Cookie: x"),
        ("given_name", "a\x00"),
        ("reason", "x" * 4001),
        ("consent_until", "5/1/2026"),
    ],
)
def test_an_answer_that_does_not_fit_is_told_at_its_field(name: str, text: str) -> None:
    assert set(filled.faults(form(**{**GOOD, name: text}), CHOICE, TODAY)) == {name}


@pytest.mark.parametrize("name", ["safe_phone", "safe_to_leave_message", "consent_date"])
def test_an_answer_makes_another_necessary(name: str) -> None:
    less = {each: text for each, text in GOOD.items() if each != name}
    assert set(filled.faults(form(**less), CHOICE, TODAY)) == {name}


SENT = {"submission": "a" * 24, **GOOD}


def test_what_a_browser_sends_is_read() -> None:
    read = filled.read(urlencode({**SENT, "family_name": "", "reason": "a\r\nb é"}).encode())
    assert read.answers == {**GOOD, "reason": "a\nb é"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"\xff",
        urlencode(GOOD).encode(),
        urlencode({**SENT, "admin": "1"}).encode(),
        urlencode({**SENT, "submission": "A" * 24}).encode(),
        urlencode([*SENT.items(), ("need", "again")]).encode(),
        urlencode(SENT).encode() + b"&reason=%FF",
        urlencode([*SENT.items(), *((f"f{n}", "1") for n in range(60))]).encode(),
    ],
)
def test_what_no_browser_sends_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest, match="open the address again"):
        filled.read(body)


def test_the_receipt_tells_number_time_and_receiver_and_nothing_of_the_person() -> None:
    at = datetime(2026, 5, 2, 17, tzinfo=UTC)
    text = bytes(pages.received(BRIDGE, "Safe Haven", "web-1", "abcdefgh-1", at).body).decode()
    assert all(each in text for each in ("web-1", "abcdefgh", "May 2, 2026, 12:00", "Safe Haven"))
    assert Seen(text).open == []
