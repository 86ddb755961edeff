"""Which format the bytes are in, told from the bytes alone, and its reader."""

from typing import Literal

from adapters.base import Channel, Split, Unreadable
from adapters.community import form, objects, tables
from adapters.community.referral import Referral
from mappings.tabular import BOM

Format = Literal["json", "form", "table"]


def recognise(raw: bytes) -> Format:
    """The format of what arrived. Raises Unreadable for what is none."""
    start = raw[:4096].removeprefix(BOM).lstrip()
    if not start:
        raise Unreadable("structure", "", "Nothing was sent: send one referral at least.")
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Unreadable("structure", "", "The text is in UTF-16: send it in UTF-8.")
    if start[:1] == b"<":
        raise Unreadable("not-supported", "", "XML is not read here: send JSON, a table or the web form.")
    if start[:1] in (b"{", b"["):
        return "json"
    return "form" if start.startswith(form.MARK) else "table"


def split(raw: bytes, channel: Channel) -> Split:
    """The single referrals. Raises Unreadable."""
    found = recognise(raw)
    if found == "json":
        return objects.split(raw)
    return Split([raw]) if found == "form" else tables.split(raw, channel)


def read(message: bytes, channel: Channel) -> Referral:
    """One referral. Raises Unreadable."""
    found = recognise(message)
    if found == "json":
        return objects.read(message)
    return form.read(message) if found == "form" else tables.read(message, channel)
