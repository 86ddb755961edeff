"""The rows of a table as messages, and what is wrong with one as a refusal that names its place for the sender."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from adapters.base import Profile, ReportLine, Split, Unreadable
from mappings.tabular import BadTable, Record, is_formula

FORMULA = "begins as a formula: kept as text"

_PLACE = re.compile(r"header|row(?: \d+)?")


@contextmanager
def readable() -> Iterator[None]:
    """A block that reads a table: what tabular finds wrong with it is raised as Unreadable."""
    try:
        yield
    except BadTable as fault:
        place = fault.place if _PLACE.fullmatch(fault.place) else column(fault.place)
        raise Unreadable(fault.code, place, str(fault)) from None


def column(name: str) -> str:
    """A column as reports and refusals name it."""
    return f'column "{name}"'


def complete(names: Sequence[str], profile: Profile) -> None:
    """Raise Unreadable where the header lacks a column that the profile names."""
    missing = next((theirs for theirs in profile.columns.values() if theirs not in names), None)
    if missing is not None:
        fault = "The header lacks a column that the channel's profile names"
        raise Unreadable("not-supported", column(missing), f"{fault}: correct the profile or the export.")


def formulas(cells: Mapping[str, str]) -> tuple[ReportLine, ...]:
    """A line for each cell that a spreadsheet would run, by the header of its column."""
    return tuple(ReportLine(column(name), "repaired", "", FORMULA) for name, text in cells.items() if is_formula(text))


def ours(text: str, values: Mapping[str, str]) -> str:
    """Our value for what stands in a cell; values are by our value, as an agency file writes them."""
    return next((own for own, theirs in values.items() if theirs.casefold() == text.casefold()), text)


def messages(records: Iterable[Record], report: tuple[ReportLine, ...] = ()) -> Split:
    """Each row as a message, under its number in the file."""
    found = tuple(records)
    return Split((each.message for each in found), report, tuple(f"row {each.number}" for each in found))
