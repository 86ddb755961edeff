"""The search parameters that are served, read from data/parameters.json and data/supported.json.

What SDOH Clinical Care 3.0.0 and US Core 7.0.0 ask for, from the SearchParameter definitions of R4 4.0.1
(https://hl7.org/fhir/R4/searchparameter-registry.html). tools/fhir_data.py writes the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final, Literal

import orjson

from gateway.fhir.outcome import Json

Kind = Literal["token", "reference", "string", "date", "uri"]

_PERSONS: Final = frozenset({"Patient", "RelatedPerson", "Practitioner"})
_PERSONAL_TYPES: Final = frozenset({"Identifier", "ContactPoint", "HumanName"})
_PERSONAL_DATES: Final = frozenset({"birthdate", "death-date"})
_IMPERSONAL_TYPES: Final = frozenset({"Organization", "Location", "HealthcareService"})


@dataclass(frozen=True, slots=True)
class Path:
    """Where a parameter's values stand: element names from the root, and the FHIR type found there.

    system is what a bare code implies; only keeps references to one type; where keeps telecoms of one system.
    """

    elements: tuple[str, ...]
    type: str
    system: str = ""
    only: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One search parameter of one type.

    target is the type that a bare id means, empty where several are possible; personal values are about a person,
    so the store keeps them as keyed tokens only (a personal date is therefore searched by equality alone). definition
    is the SearchParameter's canonical URL.
    """

    name: str
    kind: Kind
    paths: tuple[Path, ...] = ()
    target: str = ""
    personal: bool = False
    definition: str = ""

    @property
    def sortable(self) -> bool:
        """Whether the store has a clear moment to sort by."""
        return self.kind == "date" and not self.personal


_OF_RESOURCE: Final = "http://hl7.org/fhir/SearchParameter/Resource-"
ID: Final = Parameter("_id", "token", definition=f"{_OF_RESOURCE}id")
LAST_UPDATED: Final = Parameter("_lastUpdated", "date", definition=f"{_OF_RESOURCE}lastUpdated")


def _read(name: str) -> Json:
    content: Json = orjson.loads(resources.files("gateway.fhir").joinpath("data", name).read_bytes())
    return content


_SUPPORTED: Final = _read("supported.json")


def _path(row: Mapping[str, str]) -> Path:
    return Path(
        tuple(row["path"].split(".")), row["type"], row.get("system", ""), row.get("only", ""), row.get("where", "")
    )


def _is_personal(base: str, name: str, row: Mapping[str, Any]) -> bool:
    """Identifiers, contacts and dates of persons, and their names; never those of organizations and places."""
    if base in _IMPERSONAL_TYPES:
        return False
    listed = name in _SUPPORTED["personal"].get(base, ()) or name in _PERSONAL_DATES
    typed = any(path["type"] in _PERSONAL_TYPES for path in row["paths"])
    return listed or typed or (row["type"] == "string" and base in _PERSONS)


def _parameter(base: str, name: str, row: Mapping[str, Any]) -> Parameter:
    paths = tuple(_path(each) for each in row["paths"])
    return Parameter(name, row["type"], paths, row.get("target", ""), _is_personal(base, name, row), row["url"])


def _tables() -> dict[str, Mapping[str, Parameter]]:
    types: Json = _read("parameters.json")["types"]
    return {base: {name: _parameter(base, name, row) for name, row in rows.items()} for base, rows in types.items()}


PARAMETERS: Final[Mapping[str, Mapping[str, Parameter]]] = _tables()
"""{resource type: {name: parameter}}, without _id and _lastUpdated, which every type has."""

INCLUDES: Final[Mapping[str, frozenset[str]]] = {
    base: frozenset(f"{base}:{name}" for name in names) for base, names in _SUPPORTED["includes"].items()
}
"""{resource type: what _include takes there}, as ``Task:focus``."""

REVINCLUDES: Final[Mapping[str, frozenset[str]]] = {
    base: frozenset(names) for base, names in _SUPPORTED["revincludes"].items()
}
"""{resource type: what _revinclude takes there}, as ``Provenance:target``."""


def find_parameter(resource_type: str, name: str) -> Parameter | None:
    """The parameter of that name for the type; None if it is not served."""
    if name == ID.name:
        return ID
    if name == LAST_UPDATED.name:
        return LAST_UPDATED
    return PARAMETERS.get(resource_type, {}).get(name)
