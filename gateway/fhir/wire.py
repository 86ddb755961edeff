"""FHIR JSON as it travels: bytes ⇄ plain dictionaries, strict on the way in, lexically faithful on the way out.

orjson reads everything first: it refuses bad syntax, NaN, invalid UTF-8, a BOM, lone surrogates and great depth.
Bodies with decimals, long integers, escaped control characters or what may be a duplicate key are read a second
time, exactly, by the standard library. https://hl7.org/fhir/R4/json.html, https://hl7.org/fhir/R4/datatypes.html
"""

import json
import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NoReturn, Self

import orjson

from gateway.fhir.outcome import BadRequest, Json

MAX_DEPTH: Final = 100
MAX_ITEMS: Final = 20_000
MAX_EXPONENT: Final = 308

_ESCAPED_CONTROL = re.compile(rb"\\u00[01]|\\[bf]")
_INEXACT = re.compile(rb"[:,\[]-?(?:\d+[.eE]|\d{18})")
"""A number that a double or 64 bits may not hold as written, in JSON that serialise wrote."""
_SPACED_COLON = re.compile(rb'"[ \t\r\n]+:')
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_INT64: Final = range(-(2**63), 2**64)


class Number(Decimal):
    """A JSON number kept as it was written: ``1.10`` stays ``1.10``. Equal by value, as every Decimal."""

    text: str
    __slots__ = ("text",)

    def __new__(cls, text: str) -> Self:
        """The number that text spells. Raises BadRequest where its exponent is beyond a double's."""
        try:
            number = super().__new__(cls, text)
        except InvalidOperation:
            raise _out_of_range() from None
        if abs(number.adjusted()) > MAX_EXPONENT:
            raise _out_of_range()
        number.text = text
        return number

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self


def parse_kept(body: bytes) -> Json:
    """The JSON object in bytes that serialise wrote: nothing to refuse, only numbers to keep as they were written."""
    if _INEXACT.search(body):
        return parse(body)
    kept: Json = orjson.loads(body)
    return kept


def parse(body: bytes) -> Json:
    """The JSON object in body. Raises BadRequest (400) for what is no strict JSON, too deep, or an endless array."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        raise _unreadable(fault) from None
    if not isinstance(value, dict):
        raise BadRequest("The body is not a JSON object; send one FHIR resource.", code="structure")
    survey = _Survey()
    survey.visit(value, MAX_DEPTH)
    return value if _is_faithful(body, survey) else _parse_exactly(body)


def serialise(resource: Json) -> bytes:
    """The resource as UTF-8 JSON; Numbers as they were written, Decimals in plain notation."""
    return orjson.dumps(resource, default=_as_written)


def _unreadable(fault: orjson.JSONDecodeError) -> BadRequest:
    where = f" (line {fault.lineno}, column {fault.colno})"
    if "depth" in fault.msg:
        return _too_deep()
    return BadRequest(f"The body is not valid JSON in UTF-8{where}.", code="structure")


def _out_of_range() -> BadRequest:
    return BadRequest("A number in the body is out of range; FHIR decimals fit a double.", code="value")


def _too_deep() -> BadRequest:
    return BadRequest(f"The body nests deeper than {MAX_DEPTH} levels.", code="structure")


class _Survey:
    """What orjson made of a body: how many object keys, and whether some number may have lost its form."""

    __slots__ = ("inexact", "keys")

    def __init__(self) -> None:
        self.keys = 0
        self.inexact = False

    def visit(self, node: Json | list[Any], room: int) -> None:
        """Count all that is below node, refusing what is too deep or too long. Zero may have been ``-0``."""
        if room == 0:
            raise _too_deep()
        for child in self._children(node):
            kind = type(child)
            if kind is str:
                continue
            if kind is dict or kind is list:
                self.visit(child, room - 1)
            elif kind is float or (kind is int and child == 0):
                self.inexact = True

    def _children(self, node: Json | list[Any]) -> Iterable[Any]:
        if isinstance(node, dict):
            self.keys += len(node)
            return node.values()
        if len(node) > MAX_ITEMS:
            raise BadRequest(f"An array in the body has more than {MAX_ITEMS} items.", code="too-costly")
        return node


def _is_faithful(body: bytes, survey: _Survey) -> bool:
    """Whether orjson's reading is exact. As many keys as there are quotes before colons leaves no room for a twin."""
    if survey.inexact or (b"\\" in body and _ESCAPED_CONTROL.search(body)):
        return False
    return survey.keys == body.count(b'":') + len(_SPACED_COLON.findall(body))


def _parse_exactly(body: bytes) -> Json:
    """Read again with every number and key kept in view; orjson has already vouched for syntax and depth."""
    value: Json = _EXACT.decode(body.decode())
    return value


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadRequest("An object in the body has the same property twice.", code="structure")
    for key, value in pairs:
        _refuse_control(key)
        _refuse_control(value)
    return found


def _refuse_control(value: object) -> None:
    if isinstance(value, str) and _CONTROL.search(value):
        raise BadRequest("A string in the body has a control character; only tab, CR and LF may stand.", code="value")
    if isinstance(value, list):
        for item in value:
            _refuse_control(item)


def _integer(text: str) -> int | Number:
    return int(text) if len(text) < 21 and text != "-0" and int(text) in _INT64 else Number(text)


def _refuse_constant(_: str) -> NoReturn:
    raise BadRequest("NaN and Infinity are no JSON numbers.", code="structure")


_EXACT: Final = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=Number, parse_int=_integer, parse_constant=_refuse_constant
)


def _as_written(value: object) -> orjson.Fragment:
    if isinstance(value, Number):
        return orjson.Fragment(value.text.encode())
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(format(value, "f").encode())
    raise TypeError(f"{type(value).__name__} has no place in FHIR JSON")
