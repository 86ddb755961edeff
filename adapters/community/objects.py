"""The JSON referral: one object of our fields, a list of them, or ``{"referrals": [...]}``; strict (RFC 8259)."""

from typing import Any

import orjson

from adapters.base import Split, Unreadable
from adapters.community.referral import FIELDS, Cell, Referral
from adapters.community.words import load
from mappings.strict_json import BadJson, parse

SEPARATOR = "; "


def split(raw: bytes) -> Split:
    """Each referral of what arrived. Raises Unreadable where the bytes are no JSON or another format."""
    value = _parse(raw)
    listed = value.get("referrals") if isinstance(value, dict) else value
    if listed is None:
        _refuse_others(value)
        return Split([raw])
    if not isinstance(listed, list) or not listed:
        raise Unreadable("structure", "/referrals", "The list has no referral in it: send one at least.")
    places = tuple(f"referral {number}" for number in range(1, len(listed) + 1))
    return Split([orjson.dumps(each) for each in _all(listed)], places=places)


def _all(listed: list[Any]) -> list[Any]:
    """The list; one of things that have a name here is refused whole, so that its sender is told once."""
    for each in listed[:1]:
        _refuse_others(each)
    return [each if isinstance(each, dict) else {"": each} for each in listed]


def read(message: bytes) -> Referral:
    """The cells of one referral. Raises Unreadable."""
    value = _parse(message)
    _refuse_others(value)
    cells = (_cell(name, each) for name, each in value.items())
    return Referral("json", tuple(cell for cell in cells if cell.text))


def _parse(raw: bytes) -> Any:
    try:
        return parse(raw.removeprefix(b"\xef\xbb\xbf"))
    except BadJson as fault:
        raise Unreadable(fault.code, "", str(fault)) from None


def _refuse_others(value: Any) -> None:
    """Raise Unreadable, by its name if it has one, for JSON that is no referral."""
    if not isinstance(value, dict):
        raise Unreadable("structure", "", "A referral is a JSON object: send one, or a list of them.")
    if "referral_number" in value or "client_id" in value:
        return
    for row in load("formats")["json"]:
        if any(name in value for name in row["any"]):
            raise Unreadable("not-supported", "", f"This is a {row['name']}, not a referral: {row['remedy']}.")
    if not set(value) & set(FIELDS):
        remedy = "write the fields of docs/formats-community.md"
        raise Unreadable("structure", "", f"The JSON object has no field of a referral: {remedy}.")


def _cell(name: str, value: Any) -> Cell:
    """A field; one that is itself an object, or a list of more than texts, is nobody's and only reported."""
    ours = name if name in FIELDS and _plain(value) else ""
    return Cell(ours, "/" + name.replace("~", "~0").replace("/", "~1"), _text(value))


def _plain(value: Any) -> bool:
    return not isinstance(value, dict | list) or (isinstance(value, list) and all(isinstance(e, str) for e in value))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and _plain(value):
        return SEPARATOR.join(each.strip() for each in value if each.strip())
    return (str(value) if _plain(value) else orjson.dumps(value).decode()).strip() if value != {} else ""
