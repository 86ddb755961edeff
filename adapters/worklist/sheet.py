"""The worklist as a table: the referrals of one agency, with two empty columns to fill in and send back."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import astuple, dataclass, field, fields

from mappings.tabular import BOM, defused

KEY = "crosswalk_task"
STATUS, REASON = "new_status", "new_reason"
SEEN = ("status", "as_of")
"""What tells which state of its referral a row was exported in."""

_START = re.compile(rb'(?:\xef\xbb\xbf)?(?:"?crosswalk_row"?([,;\t])"?crosswalk_reason"?\1)?"?crosswalk_task"?([,;\t])')
"""How a worklist begins, whatever separator it was saved with; one out of quarantine has two columns in front."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One referral as its receiver may see it; all of it text, empty where nothing may be shown.

    as_of is when what it sees of the Task last changed, ISO 8601 with offset.
    """

    task: str
    requested: str = ""
    due: str = ""
    priority: str = ""
    category: str = ""
    need: str = field(default="", repr=False)
    requester: str = ""
    person: str = field(default="", repr=False)
    contact: str = field(default="", repr=False)
    safe_contact: str = field(default="", repr=False)
    consent: str = ""
    as_of: str = ""
    status: str = ""


HEADER = (KEY, *(each.name for each in fields(Entry)[1:]), STATUS, REASON)


def write(entries: Iterable[Entry]) -> bytes:
    """The table: UTF-8 with a mark that spreadsheets know it by, nothing in it that one of them would run."""
    made = io.StringIO()
    table = csv.writer(made, lineterminator="\r\n")
    table.writerow(HEADER)
    for entry in entries:
        table.writerow([*(defused(" ".join(cell.split())) for cell in astuple(entry)), "", ""])
    return BOM + made.getvalue().encode()


def recognises(raw: bytes) -> bool:
    """Whether these bytes are a worklist of ours: its first cell says so."""
    return separator(raw) is not None


def separator(raw: bytes) -> str | None:
    """The separator between the cells of a worklist; None for what is none."""
    found = _START.match(raw)
    return found[2].decode() if found else None
