"""What attackers and broken exports send: refused by name and place, or neutralised; never anything else."""

import json
from dataclasses import replace
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Channel, Unreadable
from adapters.community import COMMUNITY
from tests.adapters.community.referrals import PLAIN, PROFILED, sample, translate
from tests.adapters.community.test_formats import refused

HEAD = b"client_id,need,reason\n"
ATTACKS = {
    "nothing": (b" \r\n", "Nothing was sent"),
    "UTF-16": ("client_id,need\n1,food\n".encode("utf-16"), "UTF-16"),
    "XML": (b"<referral/>", "XML is not read here"),
    "no known column": (b"a,b\n1,2\n", "no column referral_number or client_id"),
    "a header and no row": (HEAD, "a header and no row"),
    "header twice": (b"client_id,need,need\n1,a,b\n", "a column twice"),
    "header twice in other letters": (b"client_id,Need,need\n1,a,b\n", "Two columns are both need"),
    "column without a name": (b"client_id,,need\n1,a,b\n", "without a name"),
    "ragged row": (HEAD + b"1,food\n", "2 fields and the header 3"),
    "undeclared cp1252": (HEAD + b"1,food,ni\xf1o\n", "not text in utf-8"),
    "undeclared cp1252 in the header": (b"client_id,ni\xf1o\n1,2\n", "not text in utf-8"),
    "NUL": (HEAD + b"1,food,a\x00b\n", "control character"),
    "control character": (HEAD + b"1,food,a\x1bb\n", "control character"),
    "open quotes": (HEAD + b'1,food,"open\n', "close its quotes"),
    "open quotes in the header": (b'"client_id,need\n1,2\n', "close its quotes"),
    "a field of 1 MB": (HEAD + b"1,food," + b"x" * (2**20 + 1) + b"\n", "below 1 MB"),
    "NaN": (b'{"client_id": NaN}', "NaN"),
    "name twice": (b'{"client_id": 1, "client_id": 2}', "same name twice"),
    "5,000 levels": (b'{"client_id":' + b"[" * 5000 + b"]" * 5000 + b"}", "deeper than"),
    "lone surrogate": (b'{"client_id": "\\ud800"}', "not valid JSON"),
    "control character in JSON": (b'{"client_id": "\\u0000"}', "control character"),
    "half a JSON": (b'{"client_id": ', "not valid JSON"),
    "an empty list": (b"[]", "no referral in it"),
    "a list that is none": (b'{"referrals": 7}', "no referral in it"),
    "a list of numbers": (b"[1, 2]", "A referral is a JSON object"),
    "JSON of something else": (b'{"colour": "red"}', "no field of a referral"),
    "form with bytes that are no text": (b"crosswalk-form=1&need=%ff", "The form cannot be read"),
    "form with raw bytes": (b"crosswalk-form=1&need=\xff", "The form cannot be read"),
    "form of 10,000 fields": (b"crosswalk-form=1&" + b"&".join(b"a=1" for _ in range(10_000)), "at most 200"),
    "form with a field twice": (b"crosswalk-form=1&need=a&need=b", "a field twice"),
    "form with a control character": (b"crosswalk-form=1&client_id=1&need=%00", "control character"),
    "form with a control character nowhere": (b"crosswalk-form=1&x=%00", "control character"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_by_name(name: str) -> None:
    raw, reason = ATTACKS[name]
    started = perf_counter()
    assert reason in str(refused(raw))
    assert perf_counter() - started < 5


@pytest.mark.parametrize("raw", [b"a,b\n1,2\n", HEAD + b"1,food\n", b'{"colour": "red"}', b"crosswalk-form=1&need=%ff"])
def test_a_refusal_gives_a_remedy(raw: bytes) -> None:
    assert ":" in str(refused(raw))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ({"resourceType": "ServiceRequest"}, "POST /fhir"),
        ({"services": [], "name": "x"}, "a directory names services"),
        ([{"alternate_name": "x", "id": 1}], "a directory names services"),
        ({"$schema": "x"}, "JSON schema"),
    ],
)
def test_json_of_another_kind_is_refused_by_its_name(text: object, reason: str) -> None:
    assert reason in str(refused(json.dumps(text).encode()))


def test_a_refusal_never_repeats_what_was_sent() -> None:
    for raw in (HEAD + b"Quill,food\n", HEAD + b"Quill,food,a\x00b\n", b'{"client_id": "Quill", "action": "Quill"}'):
        assert "Quill" not in str(refused(raw))


@given(st.binary(max_size=300), st.sampled_from([PLAIN, PROFILED, replace(PLAIN, charset="cp1252")]))
def test_any_bytes_end_in_referrals_or_a_refusal(raw: bytes, channel: Channel) -> None:
    _read(raw, channel)


@given(st.sampled_from(["referrals.csv", "referrals.json", "form.txt"]), st.data())
def test_a_sample_with_a_byte_changed_ends_in_referrals_or_a_refusal(name: str, data: st.DataObject) -> None:
    raw = bytearray(sample(name))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    _read(bytes(raw), PLAIN)


def _read(raw: bytes, channel: Channel) -> None:
    try:
        messages = COMMUNITY.parse(raw, channel)
    except Unreadable:
        return
    for message in messages:
        try:
            COMMUNITY.envelope(message, channel)
            translate(message, channel)
        except Unreadable:
            continue
