"""The body of the gateway's own web form: application/x-www-form-urlencoded, our field names, a mark in front.

https://url.spec.whatwg.org/#application/x-www-form-urlencoded
"""

import re
from urllib.parse import parse_qsl

from adapters.base import Unreadable
from adapters.community.referral import FIELDS, Cell, Referral

MARK = b"crosswalk-form=1&"
MAX_FIELDS = 200

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def read(message: bytes) -> Referral:
    """The referral that a form was filled in with. Raises Unreadable."""
    try:
        body = message.strip().removeprefix(MARK).decode("ascii")
        pairs = parse_qsl(body, encoding="utf-8", errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError:
        fault = f"The form cannot be read: send it URL-encoded in UTF-8, with at most {MAX_FIELDS} fields."
        raise Unreadable("structure", "", fault) from None
    names = [name for name, _ in pairs]
    if twice := next((name for name in FIELDS if names.count(name) > 1), None):
        raise Unreadable("structure", twice, "The form has a field twice: fill it in once.")
    cells = tuple(_cell(name, text.strip()) for name, text in pairs if text.strip())
    return Referral("form", cells)


def _cell(name: str, text: str) -> Cell:
    if _CONTROL.search(text):
        raise Unreadable("value", name if name in FIELDS else "", "A field holds a control character: take it out.")
    return Cell(name if name in FIELDS else "", name if name in FIELDS else "a field that the form does not have", text)
