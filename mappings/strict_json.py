"""JSON as a sender's report: strict where the standard library is lenient.

RFC 8259, with a name at most once in each object, no NaN, no lone surrogates, bounded depth and length. Numbers that
are no whole number stay the text that was written.
"""

import json
import re
from typing import Any

import orjson

MAX_DEPTH = 64
MAX_NODES = 200_000

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class BadJson(Exception):
    """Bytes that are no strict JSON; code is an issue type."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def parse(raw: bytes) -> Any:
    """The value that the bytes spell: dict, list, text, int, bool or None. Raises BadJson."""
    try:
        orjson.loads(raw)
    except orjson.JSONDecodeError as fault:
        if "depth" in fault.msg:
            raise _too_deep() from None
        place = f"line {fault.lineno}, column {fault.colno}"
        raise BadJson("structure", f"The text is not valid JSON in UTF-8 ({place}): NaN, comments and trailing "
                                   "commas are none.") from None  # fmt: skip
    try:
        value = _STRICT.decode(raw.decode())
    except RecursionError:
        raise _too_deep() from None
    _survey(value)
    return value


def _too_deep() -> BadJson:
    return BadJson("structure", f"The JSON nests deeper than {MAX_DEPTH} levels.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadJson("structure", "An object in the JSON has the same name twice.")
    return found


def _whole(text: str) -> int | str:
    return int(text) if len(text) < 20 else text


def _survey(value: Any) -> None:
    waiting, seen = [(value, 1)], 0
    while waiting:
        node, depth = waiting.pop()
        seen += 1
        if depth > MAX_DEPTH:
            raise _too_deep()
        if seen > MAX_NODES:
            raise BadJson("too-long", f"The JSON holds more than {MAX_NODES} values.")
        if isinstance(node, str) and _CONTROL.search(node):
            raise BadJson("value", "A text in the JSON holds a control character.")
        if isinstance(node, dict):
            waiting += [(inner, depth + 1) for pair in node.items() for inner in pair]
        elif isinstance(node, list):
            waiting += [(inner, depth + 1) for inner in node]


_STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_float=str, parse_int=_whole)
