"""JSON read strictly: what two parsers could read differently is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.strict_json import MAX_DEPTH, MAX_NODES, BadJson, parse

TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")))
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**18) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def refused(raw: bytes) -> BadJson:
    with pytest.raises(BadJson) as fault:
        parse(raw)
    return fault.value


@given(VALUE)
def test_what_was_written_is_read(value: object) -> None:
    assert parse(json.dumps(value).encode()) == value


@pytest.mark.parametrize("text", ["1.50", "1e3", "-0.0", "12345678901234567890", "-1234567890123456789"])
def test_a_number_that_is_no_short_whole_one_stays_the_text_that_was_written(text: str) -> None:
    assert parse(text.encode()) == text
    assert parse(b"-42") == -42


@pytest.mark.parametrize(
    "raw",
    [b"", b"NaN", b"[Infinity]", b"{'a': 1}", b"[1,]", b"// x\n1", b"\xff", b'"\\ud800"', b"\xef\xbb\xbf1", b"01"],
)
def test_what_is_no_json_is_refused_with_its_place(raw: bytes) -> None:
    fault = refused(raw)
    assert fault.code == "structure"
    assert "line 1, column" in str(fault)


def test_a_name_twice_in_one_object_is_refused_at_any_depth() -> None:
    assert "same name twice" in str(refused(b'[{"a": {"b": 1, "b": 2}}]'))
    assert parse(b'[{"a": 1}, {"a": 2}]') == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 1010, 5000])
def test_deep_nesting_is_refused(depth: int) -> None:
    assert f"deeper than {MAX_DEPTH}" in str(refused(b"[" * depth + b"]" * depth))
    assert parse(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)


def test_too_many_values_are_refused() -> None:
    fault = refused(b"[" + b"1," * MAX_NODES + b"1]")
    assert (fault.code, str(MAX_NODES) in str(fault)) == ("too-long", True)


@pytest.mark.parametrize("raw", [b'"a\\u0000b"', b'{"\\u001b": 1}', b'["\\u007f"]'])
def test_control_characters_are_refused_in_names_and_texts(raw: bytes) -> None:
    assert refused(raw).code == "value"


def test_tabs_and_line_ends_are_text() -> None:
    assert parse(b'"a\\tb\\r\\nc"') == "a\tb\r\nc"


@given(st.binary(max_size=100))
def test_any_bytes_end_in_a_value_or_a_refusal(raw: bytes) -> None:
    try:
        parse(raw)
    except BadJson as fault:
        code = fault.code
    else:
        code = "structure"
    assert code in ("structure", "value", "too-long")
