"""A table of referrals, one a row: by the column profile that the channel declares, else by our own field names."""

import re
from collections.abc import Iterator, Mapping

from adapters import rows
from adapters.base import Channel, Profile, Split, Unreadable
from adapters.community.referral import FIELDS, Cell, Referral
from adapters.rows import column
from mappings import tabular
from mappings.tabular import BadTable

SEPARATORS = (",", ";", "\t")
KEYS = frozenset({"referral_number", "client_id"})


def split(raw: bytes, channel: Channel) -> Split:
    """Each row, behind the header. Raises Unreadable where the header is not one of referrals."""
    with rows.readable():
        profile = _profile(raw, channel)
        _check(tabular.header(raw, profile.delimiter, _charset(channel)), profile)
        found = rows.messages(tabular.split(raw, profile.delimiter))
    if not found:
        raise Unreadable("structure", "", "The table has a header and no row: send one referral at least.")
    return found


def read(message: bytes, channel: Channel) -> Referral:
    """The cells of one row. Raises Unreadable for a row that cannot be read."""
    with rows.readable():
        profile = _profile(message, channel)
        cells = tabular.read(message, profile.delimiter, _charset(channel))
    return Referral(
        version="csv",
        cells=tuple(_cells(cells, profile)),
        dates=profile.dates,
        lines=rows.formulas(cells),
    )


def _charset(channel: Channel) -> str:
    return channel.charset or "utf-8"


def _profile(raw: bytes, channel: Channel) -> Profile:
    """The channel's profile, or the plain one that our own names at the top of the columns make. Raises BadTable."""
    return channel.profile or _plain(raw, _charset(channel))


def _plain(raw: bytes, charset: str) -> Profile:
    faults: list[BadTable] = []
    for delimiter in SEPARATORS:
        try:
            columns = _standard(tabular.header(raw, delimiter, charset))
        except BadTable as fault:
            faults.append(fault)
            continue
        if columns.keys() & KEYS:
            return Profile(columns=columns, delimiter=delimiter)
    if faults:
        raise faults[0]
    remedy = "name the columns as docs/formats-community.md does, or declare [channels.profile] in the agency file"
    raise Unreadable("not-supported", "header", f"The table has no column referral_number or client_id: {remedy}.")


def _standard(names: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        ours = re.sub(r"[\s_-]+", "_", name.strip().lower())
        if ours in found:
            raise Unreadable("structure", "header", f"Two columns are both {ours}: give each column one name.")
        if ours in FIELDS:
            found[ours] = name
    return found


def _check(names: list[str], profile: Profile) -> None:
    for ours in (*profile.columns, *profile.constants, *profile.values):
        if ours not in FIELDS:
            raise Unreadable("not-supported", "profile", f"The profile names {ours!r}, which is no field of a "
                             "referral: correct it (docs/formats-community.md).")  # fmt: skip
    rows.complete(names, profile)


def _cells(cells: Mapping[str, str], profile: Profile) -> Iterator[Cell]:
    ours = {theirs: name for name, theirs in profile.columns.items()}
    for header, text in cells.items():
        name = ours.get(header, "")
        if text:
            said = rows.ours(text, profile.values.get(name, {}))
            yield Cell(name, column(header), said, profile.ignored.get(header, ""))
    filled = {ours[header] for header, text in cells.items() if text and header in ours}
    for name, text in profile.constants.items():
        if name not in filled:
            yield Cell(name, f'constant "{name}"', text)
