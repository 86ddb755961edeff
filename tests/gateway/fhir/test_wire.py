"""Strict in, lexically faithful out."""

import contextlib
import copy
import json
from decimal import Decimal

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.fhir.outcome import BadRequest, Refusal
from gateway.fhir.wire import MAX_DEPTH, MAX_ITEMS, Number, parse, parse_kept, serialise

REFUSED = {
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":-Infinity}',
    "duplicate key": b'{"a":1,"a":1}',
    "duplicate key deep down": b'{"b":[{"c":{"a":1,"a":2}}]}',
    "duplicate key behind an escape": b'{"a":1,"\\u0061":2}',
    "duplicate key hidden by a colon string": b'{"a":1,"a":":"}',
    "NUL": b'{"a":"\\u0000"}',
    "NUL in a key": b'{"\\u0000":1}',
    "escape character": b'{"a":["\\u001b"]}',
    "upper case escape": b'{"a":[["\\u001B"]]}',
    "backspace": b'{"a":"x\\by"}',
    "form feed": b'{"a":"\\f"}',
    "raw control": b'{"a":"\x01"}',
    "invalid UTF-8": b'{"a":"\xff"}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "BOM": b'\xef\xbb\xbf{"a":1}',
    "lone surrogate": b'{"a":"\\ud800"}',
    "raw surrogate": b'{"a":"\xed\xa0\x80"}',
    "trailing text": b'{"a":1} x',
    "two documents": b"{}{}",
    "array": b"[]",
    "string": b'"a"',
    "nothing": b"",
    "a 5,000-digit integer": b'{"a":' + b"9" * 5000 + b"}",
    "an exponent beyond a double": b'{"a":1e400}',
    "an exponent below a double": b'{"a":1e-99999999999999999999}',
    "a tiny exponent": b'{"a":1e-400}',
    "leading zero": b'{"a":01}',
    "no fraction": b'{"a":1.}',
    "comment": b'{/**/"a":1}',
    "endless array": b'{"a":[' + b"1," * MAX_ITEMS + b"1]}",
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_strict_json_is_refused(body):
    with pytest.raises(Refusal) as refused:
        parse(body)
    assert refused.value.status == 400


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 1_000, 10_000, 100_000])
@pytest.mark.parametrize(("opens", "closes"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_depth_is_refused_and_survived(depth, opens, closes):
    for body in (b'{"a":' + opens * depth + b"1" + closes * depth + b"}", b'{"a":' + opens * depth):
        with pytest.raises(Refusal) as refused:
            parse(body)
        assert refused.value.status == 400


def test_a_hundred_levels_pass():
    inner = MAX_DEPTH - 1
    assert parse(b'{"a":' + b"[" * inner + b"1.50" + b"]" * inner + b"}")


@pytest.mark.parametrize(
    "number",
    ["1.10", "0.0", "-0", "-0.0", "1e3", "1E+3", "1.0e-7", "0.00000001", "123456789012345678901", "9007199254740993",
     "18446744073709551615", "18446744073709551616", "-9223372036854775809", "1.2345678901234567890123"],
)  # fmt: skip
def test_numbers_keep_their_lexical_form(number):
    for body in (f'{{"a":{number}}}', f'{{"a":[{number}]}}', f'{{"a":[1,{number}],"b":{{"c":{number}}}}}'):
        assert serialise(parse(body.encode())) == body.encode()


def test_numbers_stay_numbers():
    value = parse(b'{"value":1.10}')["value"]
    assert isinstance(value, Decimal)
    assert value == Decimal("1.1")
    assert copy.deepcopy(value).text == "1.10"


def test_decimals_of_our_own_are_written_plainly():
    assert serialise({"a": Decimal("1E+2"), "b": Decimal("0.10")}) == b'{"a":100,"b":0.10}'
    for value in (Decimal("NaN"), object(), 2**70):
        with pytest.raises(TypeError):
            serialise({"a": value})


def test_allowed_control_characters_pass():
    assert parse(b'{"a":"\\t\\r\\n","b":1.5}') == {"a": "\t\r\n", "b": Decimal("1.5")}


def test_refusals_repeat_nothing_of_the_body():
    for body in REFUSED.values():
        with pytest.raises(Refusal) as refused:
            parse(body.replace(b"{", b'{"Canary":"Canary",', 1))
        assert b"Canary" not in refused.value.body()


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=20,
)


def _no_control(value: object) -> bool:
    text = json.dumps(value, ensure_ascii=False)
    return not any(mark in text for mark in ("\\u00", "\\b", "\\f"))


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), JSON_VALUES))
def test_what_orjson_writes_is_read_back_the_same(value):
    body = orjson.dumps(value)
    try:
        assert parse(body) == value
    except Refusal:
        assert not _no_control(value)
    else:
        assert serialise(parse(body)) == body


@given(st.dictionaries(st.text("abc:", max_size=2), st.decimals(allow_nan=False, allow_infinity=False)))
def test_decimals_travel_unchanged(numbers):
    numbers = {key: value for key, value in numbers.items() if abs(value.adjusted()) < 300}
    body = ("{" + ",".join(f'"{key}":{value!s}' for key, value in numbers.items()) + "}").encode()
    assert serialise(parse(body)) == body


@given(st.binary(max_size=60))
def test_bytes_give_an_object_or_a_refusal(body):
    with contextlib.suppress(BadRequest):
        assert isinstance(parse(body), dict)


def test_number_is_what_it_says():
    assert Number("1.10").text == "1.10"


KEYS = st.sampled_from(['"a"', '"b"', '"\\u0061"', '"a:"', '":"', '"\\":"'])
SPACES = st.sampled_from(["", " ", "\n\t"])
VALUES = st.recursive(
    st.sampled_from(["1", '"x"', '":"', '"\\":"', '"a\\" :"', "null"]),
    lambda inner: st.lists(st.tuples(KEYS, SPACES, inner), max_size=4).map(
        lambda rows: "{" + ",".join(f"{key}{space}:{space}{value}" for key, space, value in rows) + "}"
    ),
)


def _has_twins(text: str) -> bool:
    twins = []
    json.loads(text, object_pairs_hook=lambda pairs: twins.append(len(dict(pairs)) != len(pairs)) or dict(pairs))
    return any(twins)


@settings(max_examples=500)
@given(st.lists(VALUES, min_size=1, max_size=3))
def test_twin_keys_are_refused_and_nothing_else_is(values):
    text = '{"r":[' + ",".join(values) + "]}"
    if _has_twins(text):
        with pytest.raises(BadRequest):
            parse(text.encode())
    else:
        assert parse(text.encode()) == json.loads(text)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3))
def test_kept_bytes_read_back_as_they_were_written(number: Decimal) -> None:
    body = b'{"value":%s,"code":"a\\"b"}' % str(number).encode()
    assert serialise(parse_kept(serialise(parse(body)))) == serialise(parse(body))
