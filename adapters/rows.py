"""The rows of a table as messages, and what is wrong with one as a refusal that names its place for the sender."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from adapters.base import ReportLine, Split, Unreadable
from mappings.tabular import BadTable, Record

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


def messages(records: Iterable[Record], report: tuple[ReportLine, ...] = ()) -> Split:
    """Each row as a message, under its number in the file."""
    found = tuple(records)
    return Split((each.message for each in found), report, tuple(f"row {each.number}" for each in found))
