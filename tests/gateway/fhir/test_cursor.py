"""Cursors are ours alone."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir.cursor import decode_cursor, encode_cursor
from gateway.fhir.outcome import BadRequest
from gateway.fhir.query import parse_query

KEY = bytes(range(32))
PAIRS = [("status", "requested"), ("_sort", "-authored-on")]
QUERY = parse_query("Task", PAIRS)
POSITION = ("2026-05-02T17:00:00.000000+00:00", "3f1c")


def with_cursor(text, pairs=PAIRS, resource_type="Task"):
    return parse_query(resource_type, [*pairs, ("_cursor", text)])


def test_a_cursor_gives_its_position_back():
    assert decode_cursor(KEY, with_cursor(encode_cursor(KEY, QUERY, "org-a", POSITION)), "org-a") == POSITION
    assert decode_cursor(KEY, QUERY, "org-a") is None


def test_the_page_size_may_change_on_the_way():
    text = encode_cursor(KEY, QUERY, "org-a", POSITION)
    assert decode_cursor(KEY, with_cursor(text, [*PAIRS, ("_count", "3")]), "org-a") == POSITION


@pytest.mark.parametrize(
    ("key", "party", "query"),
    [
        (KEY[::-1], "org-a", QUERY),
        (KEY, "org-b", QUERY),
        (KEY, "org-a", parse_query("Task", [("status", "accepted"), ("_sort", "-authored-on")])),
        (KEY, "org-a", parse_query("Task", [("status", "requested")])),
        (KEY, "org-a", parse_query("ServiceRequest", [("status", "requested")])),
    ],
)
def test_a_cursor_of_another_key_party_or_search_is_refused(key, party, query):
    text = encode_cursor(key, query, party, POSITION)
    with pytest.raises(BadRequest):
        decode_cursor(KEY, with_cursor(text), "org-a")


def test_every_changed_bit_is_refused():
    text = encode_cursor(KEY, QUERY, "org-a", POSITION)
    raw = bytearray(base64.urlsafe_b64decode(text + "=="))
    for place in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(BadRequest):
            decode_cursor(KEY, with_cursor(base64.urlsafe_b64encode(changed).rstrip(b"=").decode()), "org-a")


@given(
    st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc"]), min_size=1)
    | st.text("Aa0-_=", min_size=1)
)
def test_any_other_text_is_refused(text):
    with pytest.raises(BadRequest):
        decode_cursor(KEY, with_cursor(text), "org-a")


def test_other_spellings_of_a_cursor_are_refused():
    text = encode_cursor(KEY, QUERY, "org-a", POSITION)
    for spelling in (text + "=", text + "==", text.replace("-", "+"), "A" * 2000):
        if spelling != text:
            with pytest.raises(BadRequest):
                decode_cursor(KEY, with_cursor(spelling), "org-a")
