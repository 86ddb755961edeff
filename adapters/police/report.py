"""The JSON report: the format of docs/formats-police.md, one report, a list of them, or ``{"reports": [...]}``."""

from collections.abc import Iterator
from typing import Any

import orjson

from adapters.base import Split, Unreadable
from adapters.police import formats
from adapters.police.leaf import PROTECTED, Leaf
from adapters.police.protected import by_name
from adapters.police.source import Source, classed
from mappings.strict_json import BadJson, parse

VERSION = "crosswalk-police-report/1"
REPEATED = ("persons", "officers", "observations")
Cut = tuple[str | int, ...]


def split(raw: bytes) -> Split:
    """Each report of what arrived. Raises Unreadable where the bytes are no JSON or another format."""
    value = _parse(raw)
    listed = value.get("reports") if isinstance(value, dict) else value
    if listed is None:
        formats.refuse_json(value)
        return Split([raw])
    if not isinstance(listed, list) or not listed:
        raise Unreadable("structure", "/reports", "The reports are no list with a report in it: send one at least.")
    places = tuple(f"report {number}" for number in range(1, len(listed) + 1))
    return Split([orjson.dumps(each) for each in listed], places=places)


def read(message: bytes) -> Source:
    """The leaves of one report. Raises Unreadable."""
    value = _parse(message)
    formats.refuse_json(value)
    leaves: list[Leaf] = []
    cuts: list[Cut] = []
    for path, text in _walk(value, ()):
        leaf = classed(_name(path), text, _pointer(path), _group(path), _names(path))
        leaves.append(leaf)
        if leaf.kind in PROTECTED:
            cuts.append(_cut(path))
    for cut in cuts:
        _take_out(value, cut)
    return Source(VERSION, tuple(leaves), orjson.dumps(value) if cuts else b"")


def _parse(raw: bytes) -> Any:
    try:
        return parse(raw)
    except BadJson as fault:
        raise Unreadable(fault.code, "", str(fault)) from None


def _walk(value: Any, path: Cut) -> Iterator[tuple[Cut, str]]:
    """Every populated value with its path, in the order of the text."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _walk(inner, (*path, index))
    elif value is not None and (text := _text(value)):
        yield path, text


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def _names(path: Cut) -> list[str]:
    return [each for each in path if isinstance(each, str)]


def _name(path: Cut) -> str:
    """Our field: names joined by dots; ``phones/0/number`` and ``phone`` are one."""
    return ".".join(_names(path))


def _group(path: Cut) -> str:
    """Which of several persons, officers or observations it belongs to."""
    repeated = len(path) > 1 and path[0] in REPEATED and isinstance(path[1], int)
    return f"{path[0]}/{path[1]}" if repeated else ""


def _pointer(path: Cut) -> str:
    """The JSON pointer, RFC 6901."""
    return "".join(f"/{str(each).replace('~', '~0').replace('/', '~1')}" for each in path)


def _cut(path: Cut) -> Cut:
    """What is taken out with a protected leaf: all below the first name that tells it, else the leaf."""
    for depth, each in enumerate(path, 1):
        if isinstance(each, str) and by_name(each):
            return path[:depth]
    return path


def _take_out(value: Any, path: Cut) -> None:
    """Remove a member; an item of a list becomes null, so that the others keep their place."""
    *above, last = path
    for each in above:
        try:
            value = value[each]
        except (KeyError, IndexError):
            return
    if isinstance(value, dict):
        value.pop(last, None)
    elif isinstance(value, list) and isinstance(last, int):
        value[last] = None
