"""Tables of text (CSV) by a declared profile: one record at a time, every row with its number, nothing guessed.

RFC 4180. A row with more or fewer fields than its header, one whose quotes are not closed, a field that is not text in
the declared character set, and a control character are refused for that row alone.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _csv import Reader

MAX_FIELD = 2**20
MAX_COLUMNS = 500
MAX_BROKEN = 100
"""Rows with broken quotes after which a table is taken for something else."""
BOM = b"\xef\xbb\xbf"
RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection), in both widths."""
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

_NUMBER = re.compile(r"[+-]?[\d\s().,/-]+")

csv.field_size_limit(MAX_FIELD)


class BadTable(Exception):
    """Bytes that are no table, or a row that cannot be read; place is ``header`` or a column, code an issue type."""

    def __init__(self, code: str, place: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.place = place


@dataclass(frozen=True, slots=True)
class Profile:
    """How a sender's table is read.

    columns maps a field of ours to the header of its column; ignored maps the header of a column left out on purpose
    to the reason; values maps a field of ours to what stands for a value of ours in it; constants are fields that
    hold for every row; dates are the forms of dates and times (strptime), tried in order.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    ignored: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    dates: tuple[str, ...] = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")
    delimiter: str = ","


@dataclass(frozen=True, slots=True)
class Record:
    """One row as a message of its own: header and row as they came, and its number in the file (the header is 1)."""

    number: int
    message: bytes = field(repr=False)


def split(raw: bytes, delimiter: str = ",") -> Iterator[Record]:
    """Each row of a table that says anything, behind the header; one whose quotes stay open ends with its line.

    Raises BadTable where the header is unusable, or the quotes of more than MAX_BROKEN rows.
    """
    lines = raw.removeprefix(BOM).splitlines(keepends=True)
    start = _end(lines, 0, delimiter)
    if start is None:
        raise BadTable("structure", "header", "The header cannot be read: close its quotes.")
    head = b"".join(lines[:start])
    if not head.strip():
        raise BadTable("structure", "header", "The table is empty: its first row names the columns.")
    number, broken = 1, 0
    while start < len(lines):
        number += 1
        end = _end(lines, start, delimiter)
        broken += end is None
        if broken > MAX_BROKEN:
            remedy = "check its separator, and quote fields that hold quotes"
            raise BadTable("structure", f"row {number}", f"More than {MAX_BROKEN} rows cannot be read: {remedy}.")
        row = b"".join(lines[start : end or start + 1])
        start = end or start + 1
        if row.strip(b'"\t\r\n ' + delimiter.encode()):
            yield Record(number, head + row)


def _end(lines: list[bytes], start: int, delimiter: str) -> int | None:
    """The line after the record that begins at start; a quoted field may hold line ends. None if it never closes."""
    reader = _reader((lines[at] for at in range(start, len(lines))), delimiter)
    try:
        next(reader, None)
    except csv.Error:
        return None
    return start + reader.line_num


def _reader(lines: Iterable[bytes], delimiter: str) -> "Reader":
    """The records of lines of bytes, read as Latin-1 so that every byte stays itself."""
    return csv.reader((line.decode("latin-1") for line in lines), delimiter=delimiter, strict=True)


def read(message: bytes, delimiter: str = ",", charset: str = "utf-8") -> dict[str, str]:
    """The fields of one record by the header of their column, in order, blanks trimmed. Raises BadTable."""
    return {name: _text(cell, name, charset).strip() for name, cell in _fields(message, delimiter, charset)}


def octets(message: bytes, delimiter: str = ",") -> dict[str, bytes]:
    """The fields of one record as their bytes, where their character set may differ or is not known. Raises BadTable.

    The headers are read as Latin-1.
    """
    return {name: cell.encode("latin-1") for name, cell in _fields(message, delimiter, "latin-1")}


def _fields(message: bytes, delimiter: str, charset: str) -> Iterable[tuple[str, str]]:
    head, row = _cells(message, delimiter)
    names = [_text(cell, "header", charset).strip() for cell in head]
    _check_header(names)
    if len(row) != len(names):
        fault = f"The row has {len(row)} fields and the header {len(names)}"
        raise BadTable("structure", "row", f"{fault}: quote fields that hold the separator, and send it again.")
    return zip(names, row, strict=True)


def header(message: bytes, delimiter: str = ",", charset: str = "utf-8") -> list[str]:
    """The names of the columns of a table or record. Raises BadTable."""
    try:
        found = next(_reader(message.removeprefix(BOM).splitlines(keepends=True), delimiter), [])
    except csv.Error:
        raise BadTable("structure", "header", "The header cannot be read: close its quotes.") from None
    names = [_text(cell, "header", charset).strip() for cell in found]
    _check_header(names)
    return names


def _cells(message: bytes, delimiter: str) -> tuple[list[str], list[str]]:
    try:
        found = list(_reader(message.removeprefix(BOM).splitlines(keepends=True), delimiter))
    except csv.Error:
        fault = "The row cannot be read: close its quotes, and keep each field below 1 MB."
        raise BadTable("structure", "row", fault) from None
    if len(found) != 2:
        raise BadTable("structure", "row", "A record is a header and one row.")
    return found[0], found[1]


def _check_header(names: list[str]) -> None:
    if len(names) > MAX_COLUMNS:
        raise BadTable("too-long", "header", f"The header names more than {MAX_COLUMNS} columns.")
    named = [name for name in names if name]
    twice = next((name for name in named if named.count(name) > 1), None)
    if twice is not None:
        raise BadTable("structure", "header", "The header names a column twice: give each column one name.")
    if len(named) != len(names):
        raise BadTable("structure", "header", "The header leaves a column without a name: name it.")


def _text(cell: str, place: str, charset: str) -> str:
    """The text of a cell that was cut out of bytes read as Latin-1."""
    try:
        text = cell.encode("latin-1").decode(charset)
    except (UnicodeError, LookupError):
        remedy = f'save the file as {charset}, or declare its charset on the channel (charset = "cp1252")'
        raise BadTable("structure", place, f"The field is not text in {charset}: {remedy}.") from None
    if CONTROL.search(text):
        raise BadTable("value", place, "The field holds a control character: take it out.")
    return text


def moment(text: str, forms: tuple[str, ...]) -> tuple[datetime | None, bool]:
    """A date or time by the first form that fits, without zone unless the form has one; and whether a time was said."""
    for form in forms:
        try:
            return datetime.strptime(text, form), any(code in form for code in ("%H", "%I"))  # noqa: DTZ007  # the sender's zone is added by its adapter
        except ValueError:
            continue
    return None, False


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would run a field as a formula; signed numbers and telephone numbers are none."""
    found = text.strip()
    return found.startswith(RUN) and not _NUMBER.fullmatch(found)


def defused(text: str) -> str:
    """A field as it may stand in a table that we write: a quote before what a spreadsheet would run."""
    return f"'{text}" if text.startswith(RUN) else text
