"""Accounting of disclosures: what of an agency's records about a person went to whom, when, and by which law.

45 CFR 164.528 (six years), 42 CFR 2.25 (three years), 42 CFR 2.24 (disclosures through an intermediary, three years).
"""

import csv
import html
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from consent.terms import Obligation
from consent.vocabulary import OrgType
from gateway.agencies.model import Agency
from gateway.store.audit import Disclosed
from mappings.tabular import defused

HEADINGS = ("when", "recipient", "purpose", "what", "by", "disclosure")


class Register(StrEnum):
    """Which accounting: the one that a law owes the person, or everything that left."""

    HIPAA = "hipaa"
    PART2 = "part2"
    INTERMEDIARY = "intermediary"
    EVERY = "all"


OWED: dict[Register, tuple[Obligation, int, str]] = {
    Register.HIPAA: (Obligation.ACCOUNT_HIPAA_164_528, 6, "45 CFR 164.528"),
    Register.PART2: (Obligation.ACCOUNT_P2_2_25, 3, "42 CFR 2.25"),
    Register.INTERMEDIARY: (Obligation.INTERMEDIARY_LIST_2_24, 3, "42 CFR 2.24"),
}
"""By register: the obligation that enters a disclosure in it, the years it goes back, its source."""


@dataclass(frozen=True, slots=True)
class Row:
    """One disclosure as the person reads it."""

    when: str
    recipient: str
    purpose: str
    what: str = field(repr=False)
    by: str
    disclosure: str

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of HEADINGS."""
        return (self.when, self.recipient, self.purpose, self.what, self.by, self.disclosure)


def accounting(
    entries: Iterable[Disclosed], register: Register, holder: Agency, named: dict[str, Agency], now: datetime
) -> list[Row]:
    """The rows of a register, oldest first: times in the holder's zone, recipients by name.

    What went to the holder itself is a use and no disclosure.
    """
    since = years_before(now, OWED[register][1]) if register in OWED else None
    return [
        _row(each, records, holder, named)
        for each in entries
        if each.recipient != holder.id and (since is None or each.at.date() >= since)
        if (records := [one for one in each.content.get("records", ()) if _entered(one, register)])
    ]


def without_suspended(rows: Sequence[Disclosed], named: dict[str, Agency]) -> list[Disclosed]:
    """Those that the person is told while law enforcement or oversight has suspended theirs (164.528(a)(2))."""
    return [each for each in rows if not _suspendable(named.get(each.recipient))]


def years_before(now: datetime, years: int) -> date:
    """The day so many years ago; 28 February where there is none."""
    today = now.date()
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        return today.replace(year=today.year - years, day=28)


def _suspendable(recipient: Agency | None) -> bool:
    if recipient is None:
        return False
    return recipient.status.criminal_justice_agency or recipient.kind is OrgType.OVERSIGHT_AGENCY


def _entered(record: dict[str, list[str]], register: Register) -> bool:
    return register not in OWED or OWED[register][0] in record.get("obligations", ())


def _row(entry: Disclosed, records: Sequence[dict[str, object]], holder: Agency, named: dict[str, Agency]) -> Row:
    laws = dict.fromkeys(str(law) for record in records for law in _list(record.get("because")))
    recipient = named[entry.recipient].name if entry.recipient in named else entry.recipient
    return Row(
        when=entry.at.astimezone(ZoneInfo(holder.zone)).isoformat(timespec="seconds"),
        recipient=recipient,
        purpose=str(entry.content.get("purpose", "")),
        what=", ".join(dict.fromkeys(str(record["record"]) for record in records)),
        by="; ".join(laws),
        disclosure=entry.place,
    )


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def as_csv(rows: Iterable[Row]) -> str:
    """A table for a spreadsheet; no cell runs as a formula."""
    made = io.StringIO(newline="")
    csv.writer(made).writerows([HEADINGS, *(tuple(map(defused, row.cells)) for row in rows)])
    return made.getvalue()


def as_html(rows: Sequence[Row], title: str, source: str) -> str:
    """A page to print, complete in itself."""
    head = "".join(f"<th scope=col>{html.escape(name)}" for name in HEADINGS)
    body = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}' for cell in row.cells)}" for row in rows)
    style = (
        "body{font:14px sans-serif;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #888;padding:.3em}"
    )
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{html.escape(title)}</title><style>{style}</style>"
        f"<h1>{html.escape(title)}</h1><p>{html.escape(source)}. {len(rows)} disclosures."
        f"<table><thead><tr>{head}<tbody>{body}</table></html>\n"
    )
