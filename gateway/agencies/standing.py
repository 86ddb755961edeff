"""Whether the gateway may hold a protected class of an agency's records, by what binds the operator to that agency."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from consent.vocabulary import Label, OrgType
from gateway.agencies.model import Agency, Operator, StandingKind, Status, Unit


@dataclass(frozen=True, slots=True)
class ProtectedClass:
    """Labels of one regime, the legal facts for which the row stands, and the standings of which one is enough."""

    labels: frozenset[Label]
    facts: tuple[str, ...]
    accepted: frozenset[StandingKind]
    cite: str


@dataclass(frozen=True, slots=True)
class KindRule:
    """The legal facts that agencies of one kind must state, and those they cannot have."""

    must: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    because: str = ""


def may_hold(operator: Operator | None, agency: Agency, label: Label, on: date) -> str | None:
    """Why the gateway may not hold records of this agency under this label on that day, or None if it may.

    The label may be of a part that a Part 2 unit of the agency made; then the unit makes the agency a program here.
    """
    row = _class_of(agency, label)
    if row is None or not row.accepted.isdisjoint(standings(operator, agency.id, on)):
        return None
    needed = " or ".join(sorted(row.accepted))
    return f"{agency.id}: {label} records need a {needed} with the operator ({row.cite}); add it to operator.toml."


def standings(operator: Operator | None, agency: str, on: date) -> frozenset[StandingKind]:
    """What binds the operator to an agency on a day."""
    held = operator.standing if operator else ()
    return frozenset(each.kind for each in held if each.agency == agency and runs(each.from_, each.until, on))


def runs(start: date, until: date | None, on: date) -> bool:
    """Whether a day lies in a period, both ends included, without end when until is None."""
    return start <= on and (until is None or on <= until)


def own_labels(agency: Agency, unit: Unit | None = None) -> Iterator[Label]:
    """The protected labels that what an agency makes in one unit (None: in no unit) carries by its legal facts."""
    status = agency.status
    if status.covered_entity:
        yield Label.PHI
    if status.part2_program or (unit is not None and unit.part2_program):
        yield Label.PART2
    if status.victim_service_grantee:
        yield Label.VAWA
    if status.school:
        yield Label.FERPA


def kind_rule(kind: OrgType) -> KindRule:
    """What a kind of agency must and cannot state; nothing for kinds without a row."""
    return _kinds().get(kind, KindRule())


def _class_of(agency: Agency, label: Label) -> ProtectedClass | None:
    rows = (row for row in _classes() if label in row.labels)
    return next((row for row in rows if all(_holds(agency, fact) for fact in row.facts)), None)


def _holds(agency: Agency, fact: str) -> bool:
    if fact == "part2_program" and any(unit.part2_program for unit in agency.units):
        return True
    return bool(getattr(agency.status, fact))


@cache
def _classes() -> tuple[ProtectedClass, ...]:
    return tuple(
        ProtectedClass(
            labels=frozenset(map(Label, row["labels"])),
            facts=_facts(row["for"]),
            accepted=frozenset(map(StandingKind, row["any"])),
            cite=row["cite"],
        )
        for row in _rows()["class"]
    )


@cache
def _kinds() -> Mapping[OrgType, KindRule]:
    return {
        OrgType(row["name"]): KindRule(_facts(row["must"]), _facts(row["never"]), row["because"])
        for row in _rows()["kind"]
    }


def _facts(names: list[str]) -> tuple[str, ...]:
    for name in names:
        getattr(Status(), name)
    return tuple(names)


@cache
def _rows() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(files("gateway.agencies").joinpath("standing.toml").read_text("utf-8"))
