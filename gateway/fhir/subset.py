"""The part of a resource that a client asked for. https://hl7.org/fhir/R4/search.html#elements"""

from collections.abc import Collection
from typing import Final

from gateway.fhir.definitions import shape_of
from gateway.fhir.outcome import Json

SUBSETTED: Final = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
_ALWAYS: Final = frozenset({"resourceType", "id", "meta", "implicitRules", "modifierExtension"})


def subset(resource: Json, elements: Collection[str]) -> Json:
    """The named top-level elements and the mandatory ones, marked SUBSETTED; all of it where none is named."""
    if not elements:
        return resource
    wanted = _ALWAYS.union(elements)
    shape = shape_of(resource["resourceType"])
    if shape:
        wanted = wanted.union(*shape.required, *(names for choice, names in shape.choices if choice in wanted))
    kept = {name: value for name, value in resource.items() if name.removeprefix("_") in wanted}
    meta = kept.get("meta") or {}
    return {**kept, "meta": {**meta, "tag": [*meta.get("tag", ()), SUBSETTED]}}
