"""The CapabilityStatement: what is served, and nothing else. https://hl7.org/fhir/R4/capabilitystatement.html"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from gateway.fhir.outcome import Json
from gateway.fhir.parameters import ID, INCLUDES, LAST_UPDATED, PARAMETERS, REVINCLUDES, Parameter

TypeInteraction = Literal[
    "read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create", "search-type"
]
SystemInteraction = Literal["transaction", "batch", "search-system", "history-system"]

_SECURITY_SERVICE: Final = "http://terminology.hl7.org/CodeSystem/restful-security-service"
_ORDER: Final = (
    "read",
    "vread",
    "update",
    "patch",
    "delete",
    "history-instance",
    "history-type",
    "create",
    "search-type",
)


@dataclass(frozen=True, slots=True)
class Served:
    """What is served at one base.

    interactions are by type; operations by type as (name, canonical URL of the definition); conditional are the
    types that take If-None-Exist; patch_formats are the media types that PATCH takes.
    """

    interactions: Mapping[str, frozenset[TypeInteraction]]
    system: Sequence[SystemInteraction] = ()
    operations: Mapping[str, Sequence[tuple[str, str]]] | None = None
    conditional: frozenset[str] = frozenset()
    patch_formats: Sequence[str] = ()


def capability_statement(base: str, oauth_extension: Json, version: str, date: str, served: Served) -> Json:
    """A CapabilityStatement of kind instance, FHIR 4.0.1. date is a FHIR dateTime: when this last changed."""
    statement: Json = {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": date,
        "kind": "instance",
        "software": {"name": "Crosswalk", "version": version},
        "implementation": {"description": "Crosswalk, a gateway between agencies", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [_rest(oauth_extension, served)],
    }
    if served.patch_formats:
        statement["patchFormat"] = list(served.patch_formats)
    return statement


def _rest(oauth_extension: Json, served: Served) -> Json:
    rest: Json = {
        "mode": "server",
        "security": _security(oauth_extension),
        "resource": [_resource(name, served) for name in sorted(served.interactions)],
    }
    if served.system:
        rest["interaction"] = [{"code": code} for code in served.system]
    return rest


def _security(oauth_extension: Json) -> Json:
    return {
        "extension": [oauth_extension],
        "service": [{"coding": [{"system": _SECURITY_SERVICE, "code": "SMART-on-FHIR"}], "text": "SMART-on-FHIR"}],
        "description": "SMART Backend Services with asymmetric client authentication. Every answer holds only what "
        "the law and the person's consent let the caller have; what is withheld looks absent.",
    }


def _resource(name: str, served: Served) -> Json:
    interactions = served.interactions[name]
    resource: Json = {
        "type": name,
        "interaction": [{"code": code} for code in _ORDER if code in interactions],
        "versioning": "versioned-update" if "update" in interactions else "versioned",
        "readHistory": "history-instance" in interactions,
        "updateCreate": False,
        "conditionalCreate": name in served.conditional,
    }
    if "search-type" in interactions:
        resource |= _search(name)
    if operations := (served.operations or {}).get(name):
        resource["operation"] = [{"name": each, "definition": url} for each, url in operations]
    return resource


def _search(name: str) -> Json:
    parameters = [ID, LAST_UPDATED, *PARAMETERS.get(name, {}).values()]
    search: Json = {"searchParam": [_parameter(each) for each in parameters]}
    if name in INCLUDES:
        search["searchInclude"] = sorted(INCLUDES[name])
    if name in REVINCLUDES:
        search["searchRevInclude"] = sorted(REVINCLUDES[name])
    return search


def _parameter(parameter: Parameter) -> Json:
    row: Json = {"name": parameter.name, "definition": parameter.definition, "type": parameter.kind}
    if parameter.kind == "date" and parameter.personal:
        row["documentation"] = "By equality with a day, a month or a year."
    if parameter.kind == "string":
        row["documentation"] = "By the first three letters or more, or :exact."
    return row
