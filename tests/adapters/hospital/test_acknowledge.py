"""Acknowledgements: in the mode, characters and version of the message, with place and kind of a fault."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Unreadable
from adapters.hospital import HOSPITAL
from adapters.hospital.acknowledge import acknowledge, asks_for_reply
from tests.adapters.hospital.messages import CHANNEL, discharge, header, message

AT = "2026-03-05T14:15:01.250-06:00"
FAULT = Unreadable("required", "PID[1]-3[2].1", "required PID-3: fill PID-3|.1")


def reply(raw: bytes, refusal: Unreadable | None = None) -> list[list[str]]:
    answer = acknowledge(raw, CHANNEL, AT, refusal)
    assert answer == acknowledge(raw, CHANNEL, AT, refusal)
    return [line.split("|") for line in answer.decode("latin-1").rstrip("\r").split("\r")]


def test_an_accepted_message_is_answered_aa_to_its_sender() -> None:
    msh, msa = reply(message(header("ADT^A03^ADT_A03", f4="GATEWAY", f5="HUB", f17="8859/1")))
    assert msh[2:6] == ["GATEWAY", "HUB", "EHR", "CITYHOSP"]
    assert (msh[6], msh[8], msh[11], msh[17]) == ("20260305141501-0600", "ACK^A03^ACK", "2.5.1", "8859/1")
    assert msa == ["MSA", "AA", "C1"]


@pytest.mark.parametrize(
    ("accept", "application", "letter"),
    [("", "", "A"), ("AL", "", "C"), ("NE", "AL", "A"), ("", "AL", "A"), ("ER", "NE", "C"), ("SU", "", "C")],
)
@pytest.mark.parametrize(
    ("refusal", "verdict"), [(None, "A"), (FAULT, "E"), (Unreadable("not-supported", "MSH-9", "no"), "R")]
)
def test_the_message_chooses_the_mode_and_the_fault_the_letter(
    accept: str, application: str, letter: str, refusal: Unreadable | None, verdict: str
) -> None:
    assert reply(message(header(f14=accept, f15=application)), refusal)[1][1] == letter + verdict


@pytest.mark.parametrize(
    ("accept", "application", "on_success", "on_fault"),
    [
        ("", "", True, True),
        ("AL", "", True, True),
        ("NE", "NE", False, False),
        ("NE", "AL", True, True),
        ("ER", "", False, True),
        ("SU", "", True, False),
    ],
)
def test_the_message_says_whether_it_wants_an_answer(
    accept: str, application: str, on_success: bool, on_fault: bool
) -> None:
    raw = message(header(f14=accept, f15=application))
    assert asks_for_reply(raw, CHANNEL, None) is on_success
    assert asks_for_reply(raw, CHANNEL, FAULT) is on_fault
    assert bool(HOSPITAL.acknowledge(raw, CHANNEL, AT, None)) is on_success
    assert bool(HOSPITAL.acknowledge(raw, CHANNEL, AT, FAULT)) is on_fault


def test_a_fault_is_named_by_place_code_and_text() -> None:
    err = reply(discharge(), FAULT)[2]
    assert err == [
        "ERR",
        "",
        "PID^1^3^2^1",
        "101^Required field missing^HL70357",
        "E",
        "",
        "",
        "",
        r"required PID-3: fill PID-3\F\.1",
    ]
    assert reply(discharge(), Unreadable("not-supported", "MSH-12", "v"))[2][3].startswith("203^")
    assert reply(discharge(), Unreadable("other", "somewhere", "v"))[2][2:4] == [
        "",
        "207^Application internal error^HL70357",
    ]
    assert reply(discharge(), Unreadable("structure", "PID[2]", "v"))[2][2] == "PID^2"


def test_old_versions_get_the_old_error_segment() -> None:
    assert reply(message(header(version="2.3")), FAULT)[2] == ["ERR", "PID^1^3^101&Required field missing&HL70357"]


def test_a_message_without_control_id_is_refused() -> None:
    _, msa, err = reply(message(header(control="")))
    assert msa == ["MSA", "AE", ""]
    assert err[2] == "MSH^1^10^1"


def test_what_cannot_be_read_is_still_answered() -> None:
    unreadable = message(header(f17="UNICODE UTF-8")) + b"PID|\xff"
    assert reply(unreadable, Unreadable("value", "MSH-18", "bytes"))[1] == ["MSA", "AE", "C1"]
    assert reply(b"garbage", Unreadable("structure", "MSH", "none"))[1][:2] == ["MSA", "AR"]


def test_the_answer_uses_the_messages_separators() -> None:
    answer = HOSPITAL.acknowledge(discharge().replace(b"|", b"*"), CHANNEL, AT, FAULT)
    assert answer.startswith(b"MSH*^~\\&*")
    assert b"\rMSA*AE*C1\r" in answer


@given(st.binary(max_size=120))
def test_any_bytes_get_an_answer(tail: bytes) -> None:
    for raw in (tail, b"MSH" + tail, header().encode() + tail):
        assert HOSPITAL.acknowledge(raw, CHANNEL, AT, FAULT).startswith(b"MSH")
