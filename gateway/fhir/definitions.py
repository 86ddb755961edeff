"""What FHIR R4 4.0.1 says each type is made of, compiled on demand from data/definitions.json.

Written by tools/fhir_data.py from HL7's StructureDefinitions and value sets (CC0-1.0),
https://hl7.org/fhir/R4/downloads.html.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import orjson

from gateway.fhir.invariants import INVARIANTS, Invariant
from gateway.fhir.outcome import Json
from gateway.fhir.primitives import PRIMITIVES, Test


@dataclass(frozen=True, slots=True)
class Rule:
    """One element: its type, whether it repeats, what it may refer to or must be coded as.

    test decides on a primitive and is None for a complex type; coded holds the (system, code) pairs of a required
    binding for Coding and CodeableConcept.
    """

    type: str
    many: bool
    test: Test | None
    bound: bool = False
    targets: frozenset[str] = frozenset()
    coded: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Shape:
    """A resource type, datatype or backbone element.

    Each required group needs one of its names; each choice, such as ``onset``, allows one of its names. A plain
    shape has none of these.
    """

    name: str
    elements: Mapping[str, Rule]
    required: tuple[frozenset[str], ...]
    choices: tuple[tuple[str, frozenset[str]], ...]
    invariants: tuple[Invariant, ...]
    plain: bool


def _read() -> Json:
    content: Json = orjson.loads(resources.files("gateway.fhir").joinpath("data", "definitions.json").read_bytes())
    return content


_DEFINITIONS: Final = _read()

RESOURCE_TYPES: Final = frozenset(_DEFINITIONS["resources"])
"""Every resource type of R4 4.0.1; R4B's additions are not among them."""

ELEMENT_NAMES: Final = frozenset(name for row in _DEFINITIONS["types"].values() for name in row["elements"])
"""Every element name that any known type has: the only sender's names that an error text may repeat."""

_RESOURCE_TYPE: Final = Rule("code", many=False, test=PRIMITIVES["code"])


@cache
def shape_of(name: str) -> Shape | None:
    """The compiled shape of a type; None where its definition is not at hand."""
    row = _DEFINITIONS["types"].get(name)
    if row is None:
        return None
    elements = {element: _rule(each) for element, each in row["elements"].items()}
    if name in RESOURCE_TYPES:
        elements["resourceType"] = _RESOURCE_TYPE
    required = tuple(frozenset([*names, *(f"_{each}" for each in names)]) for names in row["required"])
    choices = _choices(row["elements"])
    invariants = INVARIANTS.get(name, ())
    return Shape(name, elements, required, choices, invariants, plain=not (required or choices or invariants))


def _choices(rows: Mapping[str, Mapping[str, Any]]) -> tuple[tuple[str, frozenset[str]], ...]:
    found: dict[str, set[str]] = {}
    for name, row in rows.items():
        if "choice" in row:
            found.setdefault(row["choice"], set()).add(name)
    return tuple((choice, frozenset(names)) for choice, names in found.items())


def _rule(row: Mapping[str, Any]) -> Rule:
    kind, values = row["type"], _DEFINITIONS["values"].get(row.get("values"), {})
    pairs = frozenset((system, code) for system, codes in values.items() for code in codes)
    primitive = PRIMITIVES.get(kind)
    if primitive is not None and pairs:
        primitive = _one_of(frozenset(code for _, code in pairs))
    return Rule(
        type=kind,
        many=row.get("many", False),
        test=primitive,
        bound=bool(pairs),
        targets=frozenset(row.get("targets", ())),
        coded=pairs if primitive is None else frozenset(),
    )


def _one_of(codes: frozenset[str]) -> Test:
    return lambda value: type(value) is str and value in codes
