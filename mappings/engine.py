"""The interpreter of mapping tables: rows of TOML compiled to closures that fill one FHIR resource.

A row names its source field (``from``) and does exactly one thing: puts a value at a FHIR path (``to``, by a named
transform ``use`` or a code table ``codes``), leaves the field out for a reason (``ignore``), or leaves it to typed
Python (``by``). Every row says why (``because``). A populated field without a row is reported as unmapped.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mappings import paths
from mappings.account import Account
from mappings.concepts import concepts
from mappings.parts import Parts, blank
from mappings.transforms import Transform, transform

HERE = Path(__file__).parent
KEYS = frozenset({"from", "to", "use", "codes", "also", "ignore", "by", "because"})
TEXTS = {str}
NO_ROW = "no mapping row"
NOT_READ = "not read by the mapping row"
ONE_FITS = "the element takes one value"
NOTHING_USABLE = "no usable value"
DELETED = "deleted by the sender"

Json = dict[str, Any]
Fields = Iterable[tuple[int | str, str]]
"""Populated fields: number or name, and the field as it was sent; ``Account.split`` cuts it into its occurrences."""
Step = Callable[[Json, str, Account], None]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, compiled."""

    source: str
    target: str
    because: str
    run: Step


@dataclass(frozen=True, slots=True)
class Table:
    """The rows for one segment or record of the source, by field number or name."""

    name: str
    rows: Mapping[int | str, Row]


class BadRow(Exception):
    """A row says nothing that can be done, or two things at once."""


@cache
def table(name: str) -> Table:
    """The table of ``mappings/<name>.toml``. Raises BadRow with the row's source, FileNotFoundError."""
    return compile_table(tomllib.loads((HERE / f"{name}.toml").read_text("utf-8")))


def compile_table(document: Mapping[str, Any]) -> Table:
    """A table from its parsed TOML: ``name``, ``into`` (what it fills) and ``row``. Raises BadRow with its source."""
    name, into = document["name"], document.get("into", "")
    rows = {_key(name, row["from"]): _compile(row, into) for row in document["row"]}
    if len(rows) != len(document["row"]):
        raise BadRow(f"{name}: two rows read the same field; write one")
    return Table(name, rows)


def fill(table: Table, fields: Fields, resource: Json, account: Account, label: str = "") -> None:
    """Run the table over the populated fields of one segment or record, entering every field in the account.

    label is how the report names the segment (``DG1[2]``); each field is then ``DG1[2]-3``, or bare without one.
    """
    rows = table.rows
    prefix = f"{label}-" if label else ""
    for key, raw in fields:
        account.place = f"{prefix}{key}"
        row = rows.get(key)
        if row is None:
            account.enter("unmapped", NO_ROW)
        else:
            row.run(resource, raw, account)


def _key(name: str, source: str) -> int | str:
    number = source.removeprefix(f"{name}-")
    return int(number) if number != source and number.isdigit() else source


def _compile(row: Mapping[str, Any], into: str) -> Row:
    source = row["from"]
    if unknown := set(row) - KEYS:
        raise BadRow(f"{source}: {', '.join(sorted(unknown))} is no key of a row")
    if not row.get("because") and "ignore" not in row:
        raise BadRow(f"{source}: say why in because")
    ways = [way for way in ("ignore", "by", "use", "codes") if way in row]
    if ways not in (["ignore"], ["by"], ["use"], ["codes"], ["use", "codes"]):
        raise BadRow(f"{source}: a row has one of ignore, by, use or codes")
    target = row.get("to", "")
    if ways[0] in ("use", "codes") and not target:
        raise BadRow(f"{source}: say where the value goes in to")
    because = row.get("because") or row["ignore"]
    return Row(source, paths.element(target), because, _step(row, ways[0], target, into))


def _step(row: Mapping[str, Any], way: str, target: str, into: str) -> Step:
    if way == "ignore":
        return _ignore(row["ignore"])
    if way == "by":
        return _leave(row["because"])
    look_up = concepts(row["codes"]) if "codes" in row else None
    try:
        chosen = transform(row.get("use", "code"), look_up)
    except KeyError as unknown:
        raise BadRow(f"{row['from']}: {unknown} is no transform") from unknown
    put = paths.put(target, row.get("also"))
    named = f"{into}.{paths.element(target)}" if into else paths.element(target)
    first = paths.element(target.partition(".")[0])
    if paths.repeats(target):
        return _carry_all(chosen, put, named, first, row["because"])
    return _carry_one(chosen, put, named, first, row["because"])


def _ignore(reason: str) -> Step:
    def run(_resource: Json, _raw: str, account: Account) -> None:
        account.enter("ignored", reason)

    return run


def _leave(because: str) -> Step:
    def run(_resource: Json, _raw: str, account: Account) -> None:
        account.pending[account.place] = because

    return run


def _carry_one(chosen: Transform, put: paths.Put, target: str, element: str, because: str) -> Step:
    """Put the first usable occurrence; the others have no room."""

    def run(resource: Json, raw: str, account: Account) -> None:
        occurrences = account.split(raw)
        if len(occurrences) == 1:
            value = read(chosen, occurrences[0], account)
            if value is not None:
                account.enter("mapped", because, target)
                put(resource, value)
            return
        if not occurrences:
            _delete(element, target, account)
        found = values(chosen, occurrences, account, because, target)
        if found:
            put(resource, found[0])

    return run


def _carry_all(chosen: Transform, put: paths.Put, target: str, element: str, because: str) -> Step:
    """Put every usable occurrence, and each of several values that a transform makes of one."""

    def run(resource: Json, raw: str, account: Account) -> None:
        occurrences = account.split(raw)
        if not occurrences:
            _delete(element, target, account)
        for value in values(chosen, occurrences, account, because, target, most=None):
            for each in value if isinstance(value, list) else (value,):
                put(resource, each)

    return run


def _delete(element: str, target: str, account: Account) -> None:
    account.removed.append(element)
    account.enter("mapped", DELETED, target)


def values(
    chosen: Transform, occurrences: list[Parts], account: Account, because: str, target: str, most: int | None = 1
) -> list[Any]:
    """The usable values of a field's occurrences, entered as mapped; more than ``most`` are entered as unmapped."""
    field, many = account.place, len(occurrences) > 1
    found: list[Any] = []
    for number, parts in enumerate(occurrences, 1):
        if many:
            account.place = f"{field}[{number}]"
        if most is not None and len(found) >= most:
            account.enter("unmapped", ONE_FITS)
            continue
        value = read(chosen, parts, account)
        if value is not None:
            account.enter("mapped", because, target)
            found.append(value)
    return found


def read(chosen: Transform, parts: Parts, account: Account) -> Any:
    """Apply a transform to one occurrence, entering what it does not read; None, entered too, if it finds nothing."""
    entered = len(account.lines)
    account.simple = simple = len(parts) == 1 and isinstance(parts[0], str)
    value = chosen.apply(parts, account)
    if not simple and not (len(parts) <= chosen.whole and set(map(type, parts)) == TEXTS):
        _unread(chosen, parts, account)
    if value is None and len(account.lines) == entered:
        account.drop(0, NOTHING_USABLE)
    return value


def _unread(chosen: Transform, parts: Parts, account: Account) -> None:
    for number, component in enumerate(parts, 1):
        depth = chosen.reads.get(number, 0)
        if not depth:
            if not blank(component):
                account.drop(number, NOT_READ)
        elif not isinstance(component, str):
            for position, text in enumerate(component[depth:], depth + 1):
                if text:
                    account.drop(number, NOT_READ, position)
