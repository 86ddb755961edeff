"""What a folder's owner finds after a file was taken: its receipt, and what of it was refused. Nothing of a person."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import PurePosixPath

import orjson

from gateway.clock import iso
from gateway.drops import QUARANTINE, Folder
from gateway.inbound.claims import RECEIPT, Claim
from gateway.receive.message import Receipt
from mappings import tabular
from mappings.tabular import BOM, BadTable, defused

ADDED = ("crosswalk_row", "crosswalk_reason")
ROW = "row "
REASON = ".reason.txt"
COMPARED = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file: counts by fate, each refusal with its place, and where what was refused lies now.

    left_out are the places of kept messages that did not go on, and why; explained is where the reasons lie, empty
    where they stand in the refused rows themselves.
    """

    fates: Mapping[str, int]
    refused: Sequence[tuple[str, str]]
    quarantined: str = ""
    left_out: Sequence[tuple[str, str]] = ()
    explained: str = ""


def outcome(receipts: Iterable[Receipt]) -> Outcome:
    """What the receipts of a file's messages add up to."""
    found = list(receipts)
    refused = [(each.place, each.reason) for each in found if each.fate == "refused"]
    left = [(f"{each.place} {line['place']}".strip(), line["because"]) for each in found for line in each.left_out]
    return Outcome(Counter(each.fate for each in found), refused, left_out=left)


def receipt(claim: Claim, raw: bytes | None, at: datetime, said: Outcome) -> bytes:
    """The receipt as JSON; a file that was refused unread has no digest."""
    told = {
        "file": claim.name,
        "sha256": sha256(raw).hexdigest() if raw is not None else None,
        "received": iso(at),
        "number": claim.number,
        "messages": dict(said.fates),
        "refused": [{"place": place, "reason": reason} for place, reason in said.refused],
        "left_out": [{"place": place, "because": because} for place, because in said.left_out],
    }
    if said.quarantined:
        told["quarantine"] = said.quarantined
    if said.explained:
        told["quarantine_reason"] = said.explained
    return orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def issue(folder: Folder, claim: Claim, written: bytes) -> None:
    """Write the receipt beside where the file was dropped; one that is there already is another file's, or our own."""
    name = f"{claim.name}{RECEIPT}"
    if folder.add(name, written, claim.number):
        return
    there = folder.read(name, COMPARED) or b""
    ours = f'"number": "{claim.number}"'.encode() in there
    folder.put(name if ours else f"{claim.name}.{claim.number}{RECEIPT}", written, claim.number)


def quarantine(folder: Folder, claim: Claim, content: bytes, said: Outcome, *, reasons_beside: bool) -> Outcome:
    """Keep what was refused for the sender to mend; said, with where it lies and its reasons, from the folder on."""
    with folder.within(QUARANTINE) as kept:
        name = _laid(kept, claim, claim.name, content)
        said = replace(said, quarantined=f"{QUARANTINE}/{name}")
        return explain(kept, claim, name, said) if reasons_beside else said


def explain(kept: Folder, claim: Claim, name: str, said: Outcome) -> Outcome:
    """Lay the reasons beside a file that is in quarantine as it was dropped."""
    lines = (f"{place}: {reason}\n" if place else f"{reason}\n" for place, reason in said.refused)
    beside = _laid(kept, claim, f"{name}{REASON}", "".join(lines).encode())
    return replace(said, explained=f"{QUARANTINE}/{beside}")


def _laid(kept: Folder, claim: Claim, name: str, content: bytes) -> str:
    """The name under which the content lies there: its own, unless that is another's."""
    if not kept.add(name, content, claim.number) and kept.read(name, len(content) + 1) != content:
        name = numbered(name, claim)
        kept.put(name, content, claim.number)
    return name


def numbered(taken: str, claim: Claim) -> str:
    """The name of a file whose own is taken: its number before its suffix."""
    name = PurePosixPath(taken)
    return f"{name.stem}.{claim.number}{name.suffix}"


def refused_rows(raw: bytes, delimiter: str, charset: str, said: Outcome) -> bytes | None:
    """Header and refused rows in their own bytes, behind their number and reason; None where rows are not named.

    The number and reason of a table that was in quarantine before give way to the new ones.
    """
    reasons = {place.removeprefix(ROW): reason for place, reason in said.refused if place.startswith(ROW)}
    if len(reasons) != len(said.refused):
        return None
    try:
        records = [each for each in tabular.split(raw, delimiter) if str(each.number) in reasons]
        heads = [_head(each.message, delimiter) for each in records]
    except (BadTable, csv.Error):
        return None
    if not records or len(records) != len(reasons):
        return None
    ours = _ours(heads[0], delimiter)
    rows = [ours.sub(b"", each.message[len(head) :], 1) for each, head in zip(records, heads, strict=True)]
    told = [_cells(each.number, reasons[str(each.number)], delimiter, charset) for each in records]
    mark = BOM if raw.startswith(BOM) else b""
    first = mark + delimiter.join([*ADDED, ""]).encode() + ours.sub(b"", heads[0], 1)
    return b"".join([first, *(cells + _ended(row) for cells, row in zip(told, rows, strict=True))])


def _ours(head: bytes, delimiter: str) -> re.Pattern[bytes]:
    """The cells that an earlier quarantine put before those of a row; nothing where the header has none of ours."""
    end = re.escape(delimiter.encode())
    before = b"".join(rb'"?%s"?%s' % (name.encode(), end) for name in ADDED)
    cell = rb'(?:"(?:[^"]|"")*"|[^"\r\n%s]*)%s' % (end, end)
    return re.compile(rb"\A" + cell * len(ADDED)) if re.match(before, head) else re.compile(rb"\A")


def _head(message: bytes, delimiter: str) -> bytes:
    """The header of a record, which may take several lines."""
    lines = message.splitlines(keepends=True)
    reader = csv.reader((line.decode("latin-1") for line in lines), delimiter=delimiter, strict=True)
    next(reader)
    return b"".join(lines[: reader.line_num])


def _cells(number: int, reason: str, delimiter: str, charset: str) -> bytes:
    made = io.StringIO(newline="")
    csv.writer(made, delimiter=delimiter, lineterminator="").writerow([number, defused(reason), ""])
    try:
        return made.getvalue().encode(charset, "replace")
    except LookupError:  # the reason of each row says that its declared character set is none
        return made.getvalue().encode("ascii", "replace")


def _ended(row: bytes) -> bytes:
    return row if row.endswith((b"\n", b"\r")) else row + b"\r\n"
