"""Which format the bytes are in, told from the bytes alone; formats that are not read yet are refused by name."""

import re
from typing import Any, Literal, NoReturn

from adapters.base import Unreadable
from adapters.police.leaf import load

Format = Literal["json", "xml", "csv"]
FORMATS: tuple[Format, ...] = ("json", "xml", "csv")

_BLANK = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"


def recognise(raw: bytes, pinned: str = "") -> Format:
    """The format, by the first character that is not blank, unless the channel pins it. Raises Unreadable."""
    if pinned and pinned not in FORMATS:
        raise Unreadable("not-supported", "", 'The channel pins no format of ours: write json, xml or csv in "format".')
    start = raw[:4096].removeprefix(_BOM).lstrip(_BLANK)
    if not start:
        raise Unreadable("structure", "", "Nothing was sent: send one report at least.")
    found: Format = "json" if start[:1] in (b"{", b"[") else "xml" if start[:1] == b"<" else "csv"
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Unreadable("structure", "", "The text is in UTF-16: send it in UTF-8.")
    if pinned and found != pinned:
        raise Unreadable("structure", "", f"The channel takes {pinned} alone, and these bytes are not: send {pinned}.")
    return found


def refuse_json(value: Any) -> None:
    """Raise Unreadable, by its name if it has one, for JSON that is no report."""
    if not isinstance(value, dict):
        raise Unreadable("structure", "", "A report is a JSON object: send one, or a list of them.")
    if "case_number" in value or "persons" in value:
        return
    for row in load("formats")["json"]:
        if any(key in value for key in row["any"]):
            _refuse(row["name"])
    raise Unreadable("not-supported", "", f"This JSON is no police report. {load('formats')['remedy']}")


def refuse_xml(root: str, place: str) -> NoReturn:
    """Raise Unreadable, by its name if it has one, for an XML document that is no incident."""
    for row in load("formats")["xml"]:
        if root in row["roots"]:
            _refuse(row["name"], place)
    raise Unreadable("not-supported", place, f"This XML holds no N-DEx incident. {load('formats')['remedy']}")


def refuse_text(raw: bytes) -> None:
    """Raise Unreadable by its name for text that is no table."""
    start = raw[:200].decode("latin-1")
    for row in load("formats")["text"]:
        if re.match(row["begins"], start):
            _refuse(row["name"])


def _refuse(name: str, place: str = "") -> NoReturn:
    raise Unreadable("not-supported", place, f"This format is not read: {name}. {load('formats')['remedy']}")
