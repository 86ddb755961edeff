"""Criminal justice information planted as the value of fields, by the tables of the readers, not by a list of ours."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from adapters.police.forms import steers
from adapters.police.leaf import kinds, load

PLANTED = "NCIC hit; wanted on warrant 22-CF-104, FBI 123456AB7"
REPEATED = ("persons", "officers", "observations")
STEERING = sorted(steers())
OTHERS = sorted(set(kinds()) - steers())
"""Fields whose value can be left out: all but those that say how a person is to be protected."""
NEEDED = frozenset({"ori", "case_number", "persons.name.family", "persons.number", "referral.to"})
"""Fields without which there is nothing to hand on."""

Change = Callable[[dict[str, Any], str], None]


def at(report: dict[str, Any], field: str, change: Change) -> None:
    """Change the member of that field in every person, officer or observation, or in the report itself."""
    top, _, rest = field.partition(".")
    if top in REPEATED:
        for each in report.setdefault(top, [{}]):
            _inner(each, rest, change)
    else:
        _inner(report, field, change)


def _inner(value: dict[str, Any], path: str, change: Change) -> None:
    *above, last = path.split(".")
    for name in above:
        value = value.setdefault(name, {})
    change(value, last)


def with_value(raw: bytes, fields: Iterable[str], value: str = PLANTED) -> bytes:
    """The JSON reports with that value in those fields."""
    return _changed(raw, fields, lambda found, name: found.update({name: value}))


def in_empty(raw: bytes, fields: Iterable[str] = OTHERS, value: str = PLANTED) -> bytes:
    """The JSON reports with that value in those of the fields that they leave empty."""
    return _changed(raw, fields, lambda found, name: found.setdefault(name, value) and None)


def without_value(raw: bytes, fields: Iterable[str]) -> bytes:
    """The JSON reports without those fields."""
    return _changed(raw, fields, lambda found, name: found.pop(name, None) and None)


def _changed(raw: bytes, fields: Iterable[str], change: Change) -> bytes:
    whole = json.loads(raw)
    for report in whole.get("reports", [whole]):
        for field in fields:
            at(report, field, change)
    return json.dumps(whole).encode()


def cells(raw: bytes, values: Mapping[str, str], delimiter: str = ",") -> bytes:
    """The table with those values in those columns of every row that is not ragged."""
    names, *rows = csv.reader(io.StringIO(raw.decode(), newline=""), delimiter=delimiter)
    made = io.StringIO(newline="")
    writer = csv.writer(made, delimiter=delimiter)
    writer.writerow(names)
    for row in rows:
        whole = len(row) == len(names)
        writer.writerow([values.get(name, cell) if whole else cell for name, cell in zip(names, row, strict=False)]
                        + row[len(names) :])  # fmt: skip
    return made.getvalue().encode()


def paths() -> list[tuple[str, str, str]]:
    """Where the N-DEx reader looks for fields: in a person or in the event, the path and our field."""
    table = load("ndex")
    return [(where, path, field) for where in ("person", "event") for path, field in table[where].items()]


def element(path: str, value: str = PLANTED) -> bytes:
    """Elements nested as a path says, with the value in the innermost; an Activity begins with its category."""
    opened, closed = "", ""
    for step in path.split("/"):
        name, _, kind = step.partition(":")
        category = f"<nc:ActivityCategoryText>{kind}</nc:ActivityCategoryText>" if kind else ""
        opened, closed = f"{opened}<nc:{name}>{category}", f"</nc:{name}>{closed}"
    return f"{opened}{value}{closed}".encode()


def in_incident(raw: bytes, planted: Iterable[tuple[str, str]]) -> bytes:
    """The incident with elements before those that stand there: (``person`` or ``event``, path)."""
    for where, path in planted:
        before = b'<lexsdigest:Person s:id="P1">' if where == "person" else b"<lexs:Digest>"
        assert before in raw
        raw = raw.replace(before, before + element(path), 1)
    return raw
