"""Files, batches, line ends and versions: repaired and reported, or refused by name."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Unreadable
from adapters.hospital import normalise
from adapters.hospital.framing import frame
from adapters.hospital.normalise import split, version
from tests.adapters.hospital.messages import CHANNEL, EVN, PID, PV1, discharge, header, message, only, sample, translate

WHOLE = discharge()


def repairs(raw: bytes) -> list[str]:
    return [line.because for line in translate(raw).report if line.outcome == "repaired"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\r", b"\n\r"])
def test_other_line_ends_change_nothing_but_the_report(end: bytes) -> None:
    raw = WHOLE.replace(b"\r", end)
    assert translate(raw).bundle == translate(WHOLE).bundle
    assert split(raw) == [raw]


def test_a_line_that_is_no_segment_belongs_to_the_one_before_it() -> None:
    raw = discharge("OBX|1|TX|1^Report||first\nsecond line||||||F")
    assert only(translate(raw), "Observation")["valueString"] == "first\nsecond line"
    assert any("joined" in because for because in repairs(raw))


def test_segments_that_are_indented_are_read() -> None:
    assert translate(message(header(), "  " + EVN, " " + PID, PV1)).visit


def test_a_batch_gives_its_messages_and_its_counts_agree() -> None:
    found = split(sample("batch"))
    assert [translate(each).envelope.control_id for each in found] == ["SAMPLE-B-1", "SAMPLE-B-2"]
    assert {line.path: line.outcome for line in found.report} == dict.fromkeys(
        ("FHS", "BHS", "BTS-1", "FTS-1"), "ignored"
    )


def test_a_batch_that_counts_otherwise_is_reported_and_its_messages_kept() -> None:
    found = split(sample("batch").replace(b"BTS|2", b"BTS|3").replace(b"FTS|1", b"FTS|"))
    assert len(found) == 2
    assert [line.outcome for line in found.report if line.path == "BTS-1"] == ["repaired"]


def test_several_messages_without_an_envelope_are_split() -> None:
    assert [translate(each).subject for each in split(WHOLE + b"\r\n" + WHOLE)] == [translate(WHOLE).subject] * 2


def test_frames_in_a_file_are_unwrapped() -> None:
    assert split(frame(WHOLE) + frame(WHOLE)) == [WHOLE, WHOLE]
    assert split(b"\x0b" + WHOLE) == [WHOLE]
    assert translate(frame(WHOLE)).bundle == translate(WHOLE).bundle


@pytest.mark.parametrize("raw", [b"", b"PID|1||2", b"\x0b\x1c\r", b"BHS|^~\\&\rBTS|0", b"\xef\xbb\xbf", b"MSHX|^~\\&"])
def test_what_is_no_message_is_refused(raw: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        split(raw)
    assert refused.value.code == "structure"


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normalise, "MAX_MESSAGE", 100)
    for attempt in (lambda: split(WHOLE), lambda: translate(WHOLE), lambda: split(b"\x0b" + b"x" * 90 + b"\x1c" * 10)):
        with pytest.raises(Unreadable):
            attempt()


def test_nul_is_refused_and_other_control_characters_become_blanks() -> None:
    with pytest.raises(Unreadable, match="NUL"):
        translate(WHOLE.replace(b"ALEX", b"AL\x00EX"))
    assert only(translate(WHOLE.replace(b"ALEX", b"AL\x0cEX")), "Patient")["name"][0]["given"] == ["AL EX"]


def test_a_fifth_encoding_character_and_a_doubled_escape_are_reported() -> None:
    assert any("fifth" in because for because in repairs(WHOLE.replace(b"^~\\&", b"^~\\&#")))
    assert any("twice" in because for because in repairs(WHOLE.replace(b"^~\\&", b"^~\\\\&")))


@pytest.mark.parametrize(
    ("declared", "read"), [("2.1", "2.3"), ("2.9", "2.8"), ("", "2.5.1"), ("v2.5.1", "2.5.1"), ("2.6", "2.6")]
)
def test_versions_are_read_by_their_aliases(declared: str, read: str) -> None:
    assert version(declared)[0] == read


@pytest.mark.parametrize("declared", ["3.0", "2.55", "FHIR", "2"])
def test_other_versions_are_refused(declared: str) -> None:
    with pytest.raises(Unreadable, match=r"2\.3 to 2\.8") as refused:
        translate(message(header(version=declared), PID, PV1))
    assert refused.value.envelope is not None


@given(st.binary(max_size=200))
def test_any_bytes_after_a_real_header_end_in_messages_or_a_refusal(tail: bytes) -> None:
    with suppress(Unreadable):
        for each in split(message(header(), EVN, PID) + tail):
            translate(each, replace(CHANNEL, options={"fallback_charset": "8859/1"}))


def test_a_file_in_utf_16_is_one_message() -> None:
    raw = WHOLE.decode().encode("utf-16")
    assert split(raw) == [raw]
    assert translate(raw).bundle == translate(WHOLE).bundle
