"""Cases of the law in plain words: each is a base, a few facts changed, and what the law says of it.

A file of ``cases/`` is ``{"title", "bases", "cases"}``; cases/README.md explains it. ``scenario`` turns a case
into a full row of the format that ``crosswalk decide`` reads, so that nothing but the gateway's own reader reads it.
"""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

CASES = Path(__file__).resolve().parent / "cases"
CAST = "cast"
AREAS = ("part2", "hipaa", "cjis", "victims", "schools", "illinois", "crisis-line", "house", "everyday")
EVERY_DECISION = frozenset({"AUDIT"})
SESSION = frozenset({"STEP_UP_MFA", "REAUTHENTICATE", "LOCK_UNTIL_ADMIN"})
PARTIES = frozenset({"actor", "holder"})
HIDDEN = "INDISTINGUISHABLE"
Json = dict[str, Any]


class BadCase(ValueError):
    """A case that cannot be read; the message names the case, the place and the remedy."""


@dataclass(frozen=True)
class Case:
    """One case: the sections it shows, the base and the facts changed, and the decision that the law demands."""

    area: str
    id: str
    title: str
    shows: tuple[str, ...]
    base: str
    changes: Mapping[str, Any]
    expect: str
    obligations: frozenset[str]
    redact: tuple[str, ...]

    @property
    def is_near(self) -> bool:
        """Whether it is another case with one fact changed; another recipient or discloser is more than one."""
        return self.base in cases() and len(self.changes) == 1 and PARTIES.isdisjoint(self.changes)


@cache
def cases() -> Mapping[str, Case]:
    """Every case of every area by its id, in the order of the files; raises BadCase for an id given twice."""
    found: dict[str, Case] = {}
    for area in AREAS:
        for case in _cases_of(area):
            if case.id in found:
                raise BadCase(f"{area}.json: {case.id} stands twice; give one of them another id")
            found[case.id] = case
    return found


@cache
def document(name: str) -> Json:
    """One file of the folder; an area without a file has no cases."""
    path = CASES / f"{name}.json"
    read: Json = json.loads(path.read_text()) if path.exists() else {"title": name, "bases": {}, "cases": []}
    return read


def _cases_of(area: str) -> Iterator[Case]:
    for row in document(area)["cases"]:
        unknown = row.keys() - {"id", "title", "shows", "base", "with", "expect", "obligations", "redact"}
        if unknown:
            raise BadCase(f"{area}.json: {row.get('id')} has {sorted(unknown)}; remove or correct it")
        yield Case(
            area=area,
            id=row["id"],
            title=row["title"],
            shows=tuple(row["shows"]),
            base=row["base"],
            changes=row.get("with", {}),
            expect=row["expect"],
            obligations=_obligations(row["expect"], frozenset(row.get("obligations", ()))),
            redact=tuple(row.get("redact", ())),
        )


def _obligations(expect: str, named: frozenset[str]) -> frozenset[str]:
    """What a case need not repeat: every decision is audited; a refusal shows nothing, save those of a session."""
    hidden = expect == "deny" and SESSION.isdisjoint(named) and "ENCRYPT_FIPS" not in named
    return named | EVERY_DECISION | ({HIDDEN} if hidden else frozenset())


def scenario(case: Case) -> Json:
    """The case as a row for ``crosswalk decide``, with what it expects."""
    row = facts(case)
    expected = {"decision": case.expect, "obligations": sorted(case.obligations)}
    if case.redact:
        expected["redact"] = list(case.redact)
    return {"id": case.id, "area": case.area, "title": case.title, "expected": expected, "cite": list(case.shows)} | row


def facts(case: Case) -> Json:
    """The facts of a case: those of its base with its changes upon them."""
    row = facts(cases()[case.base]) if case.base in cases() else _base(case.area, case.base)
    return _changed(row, case.changes, case.id)


def _base(area: str, name: str) -> Json:
    cast, own = document(CAST), document(area)["bases"]
    for bases in (own, cast["bases"]):
        if name in bases:
            return _changed(copy.deepcopy(cast["scenario"]), bases[name], name)
    raise BadCase(f"{area}.json: no base and no case is named {name!r}; name one")


def _changed(row: Json, changes: Mapping[str, Any], name: str) -> Json:
    for path, value in changes.items():
        *way, last = path.split(".")
        place: Any = row
        for step in way:
            place = _inside(place, step, name)
        if isinstance(place, list):
            place[int(last)] = _filled(path, value)
        else:
            place[last] = _filled(path, value)
    return row


def _inside(place: Any, step: str, name: str) -> Any:
    try:
        return place[int(step)] if isinstance(place, list) else place[step]
    except (KeyError, IndexError, ValueError):
        raise BadCase(f"{name}: its base has no {step!r} to change; change what encloses it") from None


def _filled(path: str, value: Any) -> Any:
    """A value written short: a name of the cast, or a group whose other members are not so."""
    cast, value = document(CAST), copy.deepcopy(value)
    if path in {"actor", "holder"}:
        return {**cast["party"][path], **_cast(path, value)}
    if path == "consents":
        return [_consent(each) for each in value]
    group = path.removeprefix("context.")
    if isinstance(value, dict) and group in cast["groups"]:
        return cast["groups"][group] | value
    if group == "legal_process":
        return [cast["groups"]["legal_process"] | each for each in value]
    if path == "resource.parts":
        return [{"derived_from_labels": [], "aggregate": None} | each for each in value]
    return value


def _consent(value: Any) -> Json:
    given = {"is": value} if isinstance(value, str) else value
    return {**document(CAST)["consent"], **_cast("consents", given.pop("is")), **given}


def _cast(kind: str, name: Any) -> Json:
    if isinstance(name, dict):
        return name
    members: Json = document(CAST)[kind]
    if name not in members:
        raise BadCase(f"cast.json: nobody under {kind} is called {name!r}; add it or correct the name")
    found: Json = copy.deepcopy(members[name])
    return found
