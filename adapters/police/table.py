"""The export of a records or dispatch system: one row a report, read by the column profile that the channel declares.

A field of the profile is one of docs/formats-police.md; those of persons begin with a role (``subject.name.family``,
``victim.phone``, ``suspect2.name.full``) or with ``person``. Several values in one cell are separated by ``;``.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from adapters import rows
from adapters.base import Channel, Profile, Split, Unreadable
from adapters.police import formats
from adapters.police.leaf import PROTECTED, Kind, Leaf, kind_of
from adapters.police.source import Source, classed
from mappings import tabular

VERSION = "csv"
ROLES = ("subject", "victim", "suspect", "witness", "caller", "officer", "person")
MOMENTS = frozenset(
    {"reported_at", "updated_at", "incident.began_at", "incident.naloxone_at", "observations.at"}
    | {"referral.at", "referral.start", "consent.at", "persons.birth_date", "incident.date", "incident.time"}
)
SEVERAL = frozenset({"incident.call_type", "incident.offense", "observations.code", "persons.phone"})

_PERSON = re.compile(rf"({'|'.join(ROLES)})(\d*)\.(.+)")
_OBSERVATION = re.compile(r"observation(\d*)\.(.+)")
_NUMBERED = re.compile(r"\.\d+$")


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of the profile as ours: its name, which person or observation it belongs to, and that person's role."""

    name: str
    group: str = ""
    role: str = ""


def split(raw: bytes, channel: Channel) -> Split:
    """Each row, behind the header. Raises Unreadable where there is no profile or the table lacks its columns."""
    formats.refuse_text(raw)
    profile = _profile(channel)
    with rows.readable():
        _check_columns(tabular.header(raw, profile.delimiter, channel.charset or "utf-8"), profile)
        found = list(tabular.split(raw, profile.delimiter))
    if not found:
        raise Unreadable("structure", "", "The table has a header and no row: send one report at least.")
    return rows.messages(found)


def read(message: bytes, channel: Channel) -> Source:
    """The leaves of one row. Raises Unreadable for a row that cannot be read."""
    profile = _profile(channel)
    with rows.readable():
        cells = tabular.read(message, profile.delimiter, channel.charset or "utf-8")
    every = tuple(_leaves(cells, profile))
    leaves = tuple(leaf for leaf in every if leaf.value)
    found = _cuts(every)
    cuts = [found.get(rows.column(name), []) for name in cells]
    cut = _blanked(message, profile.delimiter, cuts) if any(cuts) else b""
    return Source(VERSION, leaves, cut, rows.formulas(cells))


def _profile(channel: Channel) -> Profile:
    if channel.profile is None:
        remedy = "declare [channels.profile] with its columns in the agency file (docs/formats-police.md)"
        raise Unreadable("not-supported", "", f"The channel declares no profile, so a table cannot be read: {remedy}.")
    return channel.profile


def _check_columns(names: list[str], profile: Profile) -> None:
    for ours in (*profile.columns, *profile.constants):
        if kind_of(_field(ours).name) is Kind.UNKNOWN:
            raise Unreadable("not-supported", "profile", f"The profile names {ours!r}, which is no field of a police "
                             "report: correct it (docs/formats-police.md).")  # fmt: skip
    rows.complete(names, profile)


def _leaves(cells: Mapping[str, str], profile: Profile) -> Iterator[Leaf]:
    ours = {theirs: _field(name) for name, theirs in profile.columns.items()}
    roles: dict[str, str] = {}
    for header_name, text in cells.items():
        found = ours.get(header_name)
        if found is None:
            yield _unnamed(header_name, text, profile)
            continue
        for value in _values(found.name, text, profile):
            leaf = classed(found.name, value, rows.column(header_name), found.group, (header_name,))
            if found.role and value and leaf.kind not in PROTECTED:
                roles.setdefault(found.group, found.role)
            yield leaf
    for name, text in profile.constants.items():
        yield classed(_field(name).name, text, "profile", _field(name).group)
    for group, role in roles.items():
        yield classed("persons.role", role, "profile", group)


def _unnamed(header_name: str, text: str, profile: Profile) -> Leaf:
    """A column without a field of ours: left out on purpose, or unknown."""
    name = f"ignored.{header_name}" if header_name in profile.ignored else header_name
    return classed(name, text, rows.column(header_name), "", (header_name,))


@lru_cache(maxsize=1024)
def _field(name: str) -> _Field:
    name = _NUMBERED.sub("", name)
    if found := _PERSON.fullmatch(name):
        role, number, rest = found.groups()
        return _Field(f"persons.{rest}", f"persons/{role}{number}", "" if role == "person" else role)
    if found := _OBSERVATION.fullmatch(name):
        return _Field(f"observations.{found[2]}", f"observations/{found[1]}")
    return _Field(name)


def _values(name: str, text: str, profile: Profile) -> list[str]:
    parts = [part.strip() for part in text.split(";")] if name in SEVERAL else [text]
    return [_timed(name, _ours(name, part, profile), profile) for part in parts]


def _ours(name: str, text: str, profile: Profile) -> str:
    """Our value for what stands in the column; the table of values is by our value, as an agency file writes it."""
    for field, table in profile.values.items():
        if _field(field).name == name:
            return rows.ours(text, table)
    return text


def _timed(name: str, text: str, profile: Profile) -> str:
    if name not in MOMENTS or not text:
        return text
    found, timed = tabular.moment(text, profile.dates)
    if found is None:
        return text
    return found.isoformat(timespec="seconds") if timed else found.date().isoformat()


def _cuts(leaves: Iterable[Leaf]) -> dict[str, list[bool]]:
    """Each place that holds what is protected: which of its values, in order."""
    found: dict[str, list[bool]] = {}
    for leaf in leaves:
        found.setdefault(leaf.place, []).append(leaf.kind in PROTECTED and bool(leaf.value))
    return {place: values for place, values in found.items() if any(values)}


def _left(cell: str, values: list[bool]) -> str:
    """What is left of a cell without those of its values that are protected."""
    parts = cell.split(";") if len(values) > 1 else [cell]
    return ";".join("" if protected else part for part, protected in zip(parts, values, strict=True))


def _blanked(message: bytes, delimiter: str, cuts: list[list[bool]]) -> bytes:
    """The header and the row without those values, column by column, in the bytes of the sender's character set."""
    lines = io.StringIO(message.decode("latin-1"), newline="")
    names, row = list(csv.reader(lines, delimiter=delimiter, strict=True))
    made = io.StringIO(newline="")
    writer = csv.writer(made, delimiter=delimiter)
    writer.writerow(names)
    writer.writerow([_left(cell, values) if values else cell for cell, values in zip(row, cuts, strict=True)])
    return made.getvalue().encode("latin-1")
