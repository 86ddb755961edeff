"""One referral as every reader fills it: cells with our name, the sender's place and the text; nothing interpreted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.base import Profile, ReportLine
from mappings.engine import Table, table

ROWS: Table = table("community/fields")
FIELDS: tuple[str, ...] = tuple(str(name) for name in ROWS.rows)
"""Every field that a profile, a JSON referral or the web form may name."""
RULES: frozenset[str] = frozenset(row.because for row in ROWS.rows.values())
"""Reasons for which a field stays of every referral, whatever this one says."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One populated field: our name for it, empty if it has none; where the sender finds it; what it says."""

    name: str
    place: str
    text: str = field(repr=False)
    ignored: str = ""


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral as it was read; no field of ours stands in it twice.

    version names the format; dates are the forms of its dates (strptime); lines is what the reading already reports.
    """

    version: str
    cells: tuple[Cell, ...]
    dates: tuple[str, ...] = Profile().dates
    lines: tuple[ReportLine, ...] = ()

    @property
    def texts(self) -> Mapping[str, str]:
        """The fields of ours by name."""
        return {cell.name: cell.text for cell in self.cells if cell.name}

    def place(self, name: str) -> str:
        """Where the sender finds a field, or our name for it where it was not sent."""
        return next((cell.place for cell in self.cells if cell.name == name), name)
