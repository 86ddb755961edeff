"""A row of a worklist that came back, as the step that it asks of a referral Task."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import mappings
from adapters import rows
from adapters.base import Envelope, Move, ReportLine, Split, Translation, Unreadable
from adapters.worklist import wording
from adapters.worklist.sheet import HEADER, KEY, REASON, SEEN, STATUS, separator
from mappings import tabular
from mappings.tabular import CONTROL, RUN, BadTable

KIND = "worklist row"
NOT_READ = "the gateway's own: not read back"
ONLY_RECOGNISED = "tells a new answer from the same one sent again"
NOT_FILLED = "row left as it was"


@dataclass(frozen=True, slots=True)
class Step:
    """What a word in the status column stands for."""

    status: str
    business: str = ""
    needs_reason: bool = False


@cache
def words() -> Mapping[str, Step]:
    """Every word that counts, folded, with its step."""
    steps = _table()["step"]
    return {
        _folded(word): Step(each["status"], each.get("business", ""), each.get("reason", False))
        for each in steps
        for word in each["words"]
    }


@cache
def _spelled() -> tuple[str, ...]:
    """The same words as people write them, each once, in the order of the table."""
    spelled: dict[str, str] = {}
    for word in (word for each in _table()["step"] for word in each["words"]):
        spelled.setdefault(_folded(word), word)
    return tuple(spelled.values())


@cache
def _says_why() -> frozenset[str]:
    """Words that are a reason themselves."""
    return frozenset(map(_folded, _table()["reasons"]))


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(Path(mappings.__file__).parent.joinpath("worklist", "status.toml").read_text("utf-8"))


def split(raw: bytes) -> Split:
    """The rows that somebody filled in, each by its number. Raises Unreadable."""
    found = separator(raw)
    if found is None:
        raise Unreadable("structure", "header", f"The first column of a worklist is {KEY}: send it as it was exported.")
    with rows.readable():
        records = list(tabular.split(raw, found))
    filled = [each for each in records if _is_filled(each.message, found)]
    left = len(records) - len(filled)
    report = (ReportLine(f"{left} rows", "ignored", "", NOT_FILLED),) if left else ()
    return rows.messages(filled, report)


def translate(message: bytes) -> Translation:
    """The step that one row asks for. Raises Unreadable."""
    cells = _cells(message)
    task, word, reason = (_plain(cells[name]) for name in (KEY, STATUS, REASON))
    known = words().get(_folded(word))
    if known is None:
        text = f"The word in {STATUS} is not known: write one of {', '.join(_spelled())}."
        raise Unreadable("value", STATUS, text, envelope(message))
    if fault := wording.unfit(cells[REASON]):
        raise Unreadable("value", REASON, f"{REASON}: {fault}", envelope(message))
    if known.needs_reason and not reason and _folded(word) in _says_why():
        reason = word
    if known.needs_reason and not reason:
        raise Unreadable("required", REASON, f"{known.status} needs a reason: fill in {REASON}.", envelope(message))
    move = Move(task, known.status, reason, known.business)
    report = tuple(_line(name) for name, cell in cells.items() if cell)
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": []}
    return Translation(envelope(message), bundle, report, subject="", moves=(move,))


def envelope(message: bytes) -> Envelope:
    """Its sender is known by the channel; the same step from the same state is the same message.

    A sheet without as_of, by hand or of an older release, tells its state by its status alone. Raises Unreadable.
    """
    cells = _cells(message)
    told = [_plain(cells.get(name, "")) for name in (KEY, STATUS, REASON, *SEEN)]
    told = told if told[-1] else told[:-1]
    digest = hashlib.sha256("\x1f".join(told).encode()).hexdigest()[:24]
    return Envelope(KIND, f"{told[0][:40]}#{digest}", "", "", "", "", by_content=True)


def _is_filled(message: bytes, delimiter: str) -> bool:
    """Whether a row asks for anything; to copy the status that it was exported with, and say no more, does not."""
    try:
        cells = tabular.octets(message, delimiter)
    except BadTable:
        return True  # refused by name when it is read
    asked, reason, before = (_plain(_text(cells.get(name, b""))) for name in (STATUS, REASON, "status"))
    return bool(asked) and (bool(reason) or asked.casefold() != before.casefold())


def _cells(message: bytes) -> dict[str, str]:
    """The three columns that are read may be in any character set that keeps ASCII: names beside them do not matter."""
    delimiter = separator(message) or ","
    with rows.readable():
        found = tabular.octets(message, delimiter)
    if missing := [name for name in (KEY, STATUS, REASON) if name not in found]:
        raise Unreadable("required", "header", f"The column {missing[0]} is missing: send the worklist as exported.")
    raw = {name: _text(cell) for name, cell in found.items()}
    return {name: raw[name] for name in found if name in HEADER} | {name: "" for name in found if name not in HEADER}


def _text(cell: bytes) -> str:
    """The text of a cell: UTF-8, else as Western spreadsheets save it."""
    try:
        return cell.decode()
    except UnicodeDecodeError:
        return cell.decode("cp1252", "replace")


def _plain(cell: str) -> str:
    """The cell without the quote that keeps a spreadsheet from running it; a control character counts as a blank."""
    text = CONTROL.sub(" ", cell).strip()
    return text[1:].strip() if text[:1] == "'" and text[1:].startswith(RUN) else text


def _folded(word: str) -> str:
    return "".join(each for each in word.casefold() if each.isalnum())


def _line(name: str) -> ReportLine:
    if name in (KEY, STATUS, REASON):
        target = {KEY: "Task.id", STATUS: "Task.status", REASON: "Task.statusReason"}[name]
        return ReportLine(name, "mapped", target, "mappings/worklist/status.toml")
    return ReportLine(name, "ignored", "", ONLY_RECOGNISED if name in SEEN else NOT_READ)
