"""The reply to a referral: an RRI^I12 that its sender's own system can match, in which no text breaks out."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.base import Channel, News
from adapters.hospital import HOSPITAL
from adapters.hospital.er7 import Message, Separators, tokenize
from adapters.hospital.normalise import normalise
from adapters.hospital.reply import STATUSES, leaf
from tests.messages import Visit

CHANNEL = Channel("cityhosp", "adt", "hospital", "America/Chicago")
DELIVERY = "0d1e2f30-1111-4222-8333-444455556666"


def _news(status: str = "accepted", **more: str) -> News:
    given = {"number": "", "receiver": "Bridge & Sons", "at": "2026-05-02T12:00:00+00:00", "delivery": DELIVERY, **more}
    return News(status=status, **given)


def _reply(message: bytes, news: News | None = None) -> Message:
    text, codec, _ = normalise(HOSPITAL.write(message, CHANNEL, news or _news()), CHANNEL)
    return tokenize(text, codec)


def _text(message: Message, segment: str, number: int, component: int = 1) -> str:
    found = message.first(segment)
    assert found is not None
    parts = message.occurrences(found, number)
    return str(parts[0][component - 1]) if parts and len(parts[0]) >= component else ""


def test_a_referral_is_answered_under_its_own_number_and_control_id_by_its_receiver() -> None:
    reply = _reply(Visit(mrn="123").i12(control="C-9", referral="REF77"))
    assert [each.name for each in reply.segments] == ["MSH", "MSA", "RF1", "PRD", "PID", "PV1"]
    header = reply.segments[0]
    assert [header.raw(place) for place in (3, 4, 5, 6)] == ["CROSSWALK", "HUB", "EHR", "CITYHOSP"]
    assert (header.raw(9), header.raw(12)) == ("RRI^I12^RRI_I12", "2.5.1")
    assert (_text(reply, "MSA", 1), _text(reply, "MSA", 2)) == ("AA", "C-9")
    assert _text(reply, "RF1", 6) == "REF77"
    assert _text(reply, "PRD", 2) == "Bridge & Sons"
    assert _text(reply, "PID", 3) == "123"
    assert (_text(reply, "PID", 7), _text(reply, "PID", 11), _text(reply, "PID", 13)) == ("", "", "")


def test_a_referral_that_a_discharge_made_is_answered_under_the_messages_control_id_and_the_visits_number() -> None:
    reply = _reply(Visit(mrn="124").a03(control="C-10"))
    assert (_text(reply, "MSA", 2), _text(reply, "RF1", 6), _text(reply, "PV1", 19)) == ("C-10", "C-10", "V124")


@pytest.mark.parametrize(("status", "letter"), [(each, coded[0]) for each, coded in STATUSES.items()])
def test_the_status_is_one_of_table_0283_with_the_exact_one_beside_it(status: str, letter: str) -> None:
    reply = _reply(Visit().i12(), _news(status))
    assert (_text(reply, "RF1", 1), _text(reply, "RF1", 1, 4)) == (letter, status)


def test_reason_and_detail_are_told_and_left_out_where_there_is_none() -> None:
    reply = _reply(Visit().i12(), _news("rejected", reason="No bed | free", business_status="Wait^list"))
    assert (_text(reply, "RF1", 10, 2), _text(reply, "NTE", 3)) == ("No bed | free", "Wait^list")
    assert _reply(Visit().i12()).first("NTE") is None


@pytest.mark.parametrize(
    ("version", "kind", "length", "receiver"),
    [("2.3", "RRI^I12", 20, 2), ("2.4", "RRI^I12^RRI_I12", 20, 2), ("2.6", "RRI^I12^RRI_I12", 20, 10),
     ("2.8", "RRI^I12^RRI_I12", 32, 10)],
)  # fmt: skip
def test_the_reply_is_in_the_version_of_the_message(version: str, kind: str, length: int, receiver: int) -> None:
    reply = _reply(Visit().i12().replace(b"|P|2.5.1", f"|P|{version}".encode()))
    header = reply.segments[0]
    assert (header.raw(12), header.raw(9), len(header.raw(10))) == (version, kind, length)
    assert _text(reply, "PRD", receiver) == "Bridge & Sons"


def test_the_same_telling_is_the_same_message() -> None:
    message = Visit().i12()
    assert HOSPITAL.write(message, CHANNEL, _news()) == HOSPITAL.write(message, CHANNEL, _news())
    assert _reply(message).segments[0].raw(10) == "0D1E2F30111142228333"


def test_the_reply_is_in_the_character_set_of_the_message() -> None:
    message = Visit(family="MÜLLER").i12().decode().replace("|P|2.5.1", "|P|2.5.1||||||8859/1").encode("iso8859-1")
    written = HOSPITAL.write(message, CHANNEL, _news(reason="schön 字"))
    assert "schön ?".encode("iso8859-1") in written
    assert _text(_reply(message), "PID", 5) == "MÜLLER"


def test_the_reply_uses_the_separators_of_the_message() -> None:
    swapped = bytes.maketrans(b"|^~\\&", b"#*!$%")
    reply = _reply(Visit().i12(control="C1").translate(swapped), _news("rejected", reason="a#b*c!d$e%f|g^h"))
    assert reply.separators == Separators("#", "*", "!", "$", "%")
    assert _text(reply, "RF1", 10, 2) == "a#b*c!d$e%f|g^h"


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
MARKS = st.permutations("|^~\\&#*!$%@;").map(lambda each: Separators(*each[:5]))


@given(text=TEXTS | st.text('|^~\\&"\r\nMSAXE.br', max_size=20), marks=MARKS)
@example(text='""', marks=Separators())
@example(text="a\rMSA|AE|1", marks=Separators())
@example(text="\\.br\\", marks=Separators())
@example(text="x\\F\\y\\X0D\\", marks=Separators())
def test_no_text_breaks_out_of_its_leaf_and_each_comes_back_as_it_was(text: str, marks: Separators) -> None:
    message = Visit().i12().translate(bytes.maketrans(b"|^~\\&", "".join(marks).encode()))
    reply = _reply(message, _news("rejected", reason=text, business_status=text, receiver=text))
    assert [each.name for each in reply.segments if each.name not in ("NTE", "PV1")] == [
        "MSH",
        "MSA",
        "RF1",
        "PRD",
        "PID",
    ]
    wanted = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", " ", re.sub("\r\n|\r", "\n", text)).strip()
    assert _text(reply, "RF1", 10, 2) == wanted
    assert _text(reply, "PRD", 2) == wanted
    assert len(reply.first("RF1").fields) <= 11  # type: ignore[union-attr]  # it is there, as just seen


@given(text=TEXTS)
def test_without_an_escape_character_no_mark_is_written(text: str) -> None:
    marks = Separators("|", "^", "~", "", "")
    assert not set(leaf(text, marks)) & set("|^~\r\n")
