"""Character sets: what was declared is used, what cannot be read is refused, nothing is guessed in silence."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Unreadable
from adapters.hospital.charset import TABLE_0211, decode
from tests.adapters.hospital.messages import CHANNEL, PID, PV1, header, message, only, sample, translate

NAME = "MÜLLER"


def declaring(charset: str, codec: str, name: str = NAME) -> bytes:
    return f"{header(f17=charset)}\rPID|1||1^^^X||{name}\r".encode(codec)


@pytest.mark.parametrize("charset", ["8859/1", "8859/9", "8859/15", "UNICODE UTF-8", "UNICODE", "8859-15"])
def test_a_declared_character_set_reads_the_text(charset: str) -> None:
    codec = TABLE_0211.get(charset, "iso8859-15")
    assert NAME in decode(declaring(charset, codec), CHANNEL).text


def test_japanese_is_read_by_its_escape_sequences_even_beside_ascii() -> None:
    raw = declaring("~ISO IR87", "iso2022_jp", "山田")
    assert "山田" in decode(raw, CHANNEL).text
    assert "山田" in decode(declaring("ASCII~ISOIR87", "iso2022_jp", "山田"), CHANNEL).text


def test_bytes_that_belie_the_declaration_are_refused() -> None:
    with pytest.raises(Unreadable) as refused:
        decode(declaring("UNICODE UTF-8", "latin-1"), CHANNEL)
    assert (refused.value.code, refused.value.place) == ("value", "MSH-18")


def test_undeclared_text_is_utf_8_or_the_channels_fallback_or_refused() -> None:
    raw = declaring("", "latin-1")
    with pytest.raises(Unreadable):
        decode(raw, CHANNEL)
    found = decode(raw, replace(CHANNEL, options={"fallback_charset": "8859/1"}))
    assert NAME in found.text
    assert "fallback" in found.repairs[0][1]
    assert decode(declaring("", "utf-8"), CHANNEL).repairs
    assert NAME in decode(declaring("ASCII", "utf-8"), CHANNEL).text


def test_the_channels_character_set_goes_before_the_messages() -> None:
    assert NAME in decode(declaring("UNICODE UTF-8", "latin-1"), replace(CHANNEL, charset="8859/1")).text


def test_windows_bytes_called_8859_1_are_read_as_what_they_are_and_reported() -> None:
    found = decode(declaring("8859/1", "cp1252", "O\u2019HARA"), CHANNEL)
    assert "O\u2019HARA" in found.text
    assert "windows-1252" in found.repairs[0][1]
    with pytest.raises(Unreadable):
        decode(declaring("8859/1", "latin-1", "\x81"), CHANNEL)


@pytest.mark.parametrize("charset", ["KLINGON", "ISO IR9999", "hex", "utf_7", "unicode_escape"])
def test_an_unknown_character_set_is_refused(charset: str) -> None:
    with pytest.raises(Unreadable):
        decode(declaring(charset, "utf-8"), CHANNEL)


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_left_out_and_reported(codec: str) -> None:
    raw = message(header(), PID, PV1).decode().encode(codec)
    found = translate(raw)
    assert found.subject
    assert any("byte-order mark" in line.because for line in found.report)


def test_a_short_header_or_none_declares_nothing() -> None:
    assert decode(b"MSH|^~\\&|", CHANNEL).text == "MSH|^~\\&|"
    assert decode(b"", CHANNEL).text == ""


def test_umlauts_in_8859_1_arrive_as_they_were_written() -> None:
    assert only(translate(sample("latin1_umlauts")), "Patient")["name"][0]["family"] == "MÜLLER-GÖTZ"


@given(st.text(st.characters(min_codepoint=0xA0, max_codepoint=0xFF), min_size=1, max_size=12))
def test_latin_text_round_trips(name: str) -> None:
    assert f"^{name}^" in decode(declaring("8859/1", "latin-1", f"^{name}^"), CHANNEL).text
