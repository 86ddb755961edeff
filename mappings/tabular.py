"""Tables of text (CSV) by a declared profile: one record at a time, every row with its number, nothing guessed.

RFC 4180. A row with more or fewer fields than its header, a field that is not text in the declared character set, and
a control character are refused for that row alone.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

MAX_FIELD = 2**20
MAX_COLUMNS = 500
BOM = b"\xef\xbb\xbf"

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FORMULA = re.compile(r"\s*[=+\-@]")
_NUMBER = re.compile(r"\s*[+-]?[\d\s().,/-]+")


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
    """Each row of a table, behind the header. Raises BadTable where the header or the quoting is unusable."""
    lines = raw.removeprefix(BOM).splitlines(keepends=True)
    ends = _ends(lines, delimiter)
    start = next(ends, 0)
    head = b"".join(lines[:start])
    if not head.strip():
        raise BadTable("structure", "header", "The table is empty: its first row names the columns.")
    if not head.endswith((b"\n", b"\r")):
        return
    number = 1
    for end in ends:
        number += 1
        row = b"".join(lines[start:end])
        start = end
        if row.strip():
            yield Record(number, head + row)


def _ends(lines: list[bytes], delimiter: str) -> Iterator[int]:
    """How many lines each record and all before it take; a quoted field may hold line ends."""
    csv.field_size_limit(MAX_FIELD)
    reader = csv.reader((line.decode("latin-1") for line in lines), delimiter=delimiter, strict=True)
    while True:
        try:
            next(reader)
        except StopIteration:
            return
        except csv.Error:
            place = f"line {reader.line_num}"
            remedy = "close its quotes, keep fields below 1 MB and leave out NUL characters"
            raise BadTable("structure", place, f"The table cannot be read from {place} on: {remedy}.") from None
        yield reader.line_num


def read(message: bytes, delimiter: str = ",", charset: str = "utf-8") -> dict[str, str]:
    """The fields of one record by the header of their column, in order, blanks trimmed. Raises BadTable."""
    head, row = _cells(message, delimiter)
    names = [_text(cell, "header", charset).strip() for cell in head]
    _check_header(names)
    if len(row) != len(names):
        fault = f"The row has {len(row)} fields and the header {len(names)}"
        raise BadTable("structure", "row", f"{fault}: quote fields that hold the separator, and send it again.")
    return {name: _text(cell, name, charset).strip() for name, cell in zip(names, row, strict=True) if name}


def header(message: bytes, delimiter: str = ",", charset: str = "utf-8") -> list[str]:
    """The names of the columns of a table or record. Raises BadTable."""
    reader = csv.reader((line.decode("latin-1") for line in message.removeprefix(BOM).splitlines(keepends=True)),
                        delimiter=delimiter, strict=True)  # fmt: skip
    try:
        found = next(islice(reader, 1), [])
    except csv.Error:
        raise BadTable("structure", "header", "The header cannot be read: close its quotes.") from None
    return [_text(cell, "header", charset).strip() for cell in found]


def _cells(message: bytes, delimiter: str) -> tuple[list[str], list[str]]:
    lines = (line.decode("latin-1") for line in message.removeprefix(BOM).splitlines(keepends=True))
    try:
        found = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        raise BadTable("structure", "row", "The row cannot be read: close its quotes.") from None
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
    except UnicodeDecodeError:
        remedy = f'save the file as {charset}, or declare its charset on the channel (charset = "cp1252")'
        raise BadTable("structure", place, f"The field is not text in {charset}: {remedy}.") from None
    if _CONTROL.search(text):
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
    return bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text)


def defused(text: str) -> str:
    """A field as it may stand in a table that we write: a quote before what a spreadsheet would run."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
