"""A form as it was filled in: read strictly, checked in plain words, written as the bytes that the adapter reads."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from urllib.parse import parse_qsl, urlencode

from gateway.console.form.questions import QUESTIONS, Question
from gateway.fhir.outcome import BadRequest
from mappings.tabular import moment

MARK = b"crosswalk-form=1&"
SUBMISSION = "submission"
MAX_FIELDS = 60
MAX_TEXT = 4_000
MAX_LINE = 200
OLDEST = 120
DATES = ("%m/%d/%Y", "%Y-%m-%d")
NEEDED = {
    "safe_phone": ("do_not_contact", "no", "Give the number that is safe to call, or say that no call is safe."),
    "safe_to_leave_message": ("do_not_contact", "no", "Say whether a message may be left."),
    "consent_date": ("consent_given", "yes", "Give the day when the person agreed."),
}
"""What one answer makes necessary: the other question, its answer, and what to say."""
NO_FORM = "This is not the form of this page: open the address again and fill it in."
_SUBMISSION = re.compile(r"[0-9a-f]{24}")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_PHONE = re.compile(r"(\D*\d){5}")


@dataclass(frozen=True, slots=True)
class Filled:
    """The answers by field, empty ones left out, and the id that makes sending twice harmless."""

    submission: str
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def number(self) -> str:
        """The number of the referral: the sender's own, else one made of the submission."""
        return self.answers.get("referral_number") or f"web-{self.submission}"


def blank() -> Filled:
    """A form nobody has filled in yet."""
    return Filled(secrets.token_hex(12))


def read(body: bytes) -> Filled:
    """What was sent. Raises BadRequest for what no browser sends from the page."""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict",
                          max_num_fields=MAX_FIELDS)  # fmt: skip
    except ValueError as fault:
        raise BadRequest(NO_FORM) from fault
    given = dict(pairs)
    submission = given.pop(SUBMISSION, "")
    if len(pairs) != len(given) + 1 or not given.keys() <= QUESTIONS.keys() or not _SUBMISSION.fullmatch(submission):
        raise BadRequest(NO_FORM)
    tidy = {name: text.replace("\r\n", "\n").strip() for name, text in given.items()}
    return Filled(submission, {name: text for name, text in tidy.items() if text})


def faults(form: Filled, receivers: Mapping[str, str], today: date) -> dict[str, str]:
    """What is wrong, by field in the order of the page, in words for who filled it in."""
    told = {name: _fault(each, form.answers, receivers, today) for name, each in QUESTIONS.items()}
    return {name: text for name, text in told.items() if text}


def written(form: Filled) -> bytes:
    """The bytes for the adapter; the same form gives the same bytes."""
    answers = {name: _sent(QUESTIONS[name], text) for name, text in form.answers.items()}
    return MARK + urlencode({**answers, "referral_number": form.number}).encode("ascii")


def again(form: Filled) -> Filled:
    """The same answers under a new submission."""
    return replace(form, submission=blank().submission)


def _fault(question: Question, answers: Mapping[str, str], receivers: Mapping[str, str], today: date) -> str:
    text = answers.get(question.name, "")
    if text:
        return _unfit(question, text) or _unknown(question, text, receivers, today)
    if question.required:
        return f"Answer this: {question.label}"
    other, value, said = NEEDED.get(question.name, ("", "", ""))
    return said if other and answers.get(other) == value else ""


def _unfit(question: Question, text: str) -> str:
    if _CONTROL.search(text) or ("\n" in text and question.kind != "long"):
        return "This has a character that cannot be sent: write it again in one line."
    limit = MAX_TEXT if question.kind == "long" else MAX_LINE
    return f"Write at most {limit} characters here; there are {len(text)}." if len(text) > limit else ""


def _unknown(question: Question, text: str, receivers: Mapping[str, str], today: date) -> str:
    if question.kind in ("choice", "receiver"):
        known = receivers if question.kind == "receiver" else question.options
        return "" if text in known else "Choose one of the answers."
    if question.kind == "date":
        return _no_date(text, today, future=question.name == "consent_until")
    if question.kind == "age" and not (text.isascii() and text.isdigit() and int(text[:4]) <= OLDEST):
        return f"Write the age as a whole number, at most {OLDEST}."
    if question.name == "safe_phone" and not _PHONE.match(text):
        return "Write the telephone number in figures."
    return ""


def _no_date(text: str, today: date, *, future: bool) -> str:
    found, _ = moment(text, DATES)
    if found is None or found.year < today.year - OLDEST:
        return "Write month, day and a year of four figures, such as 5/2/1990."
    if not future and found.date() > today:
        return "This day is still to come: check the date."
    return "This day is past: check the date." if future and found.date() < today else ""


def _sent(question: Question, text: str) -> str:
    """A date as ISO 8601, everything else as it was written."""
    found = moment(text, DATES)[0] if question.kind == "date" else None
    return found.date().isoformat() if found else text
