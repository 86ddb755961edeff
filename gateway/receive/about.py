"""Whom a record is about."""

from typing import Any

from gateway.store.kept import is_id

ELEMENTS = ("subject", "patient", "for", "beneficiary")


def patient_of(resource: dict[str, Any]) -> str | None:
    """The id of the patient that a record is about, None if it is about none we could hold."""
    if resource["resourceType"] == "Patient":
        return str(resource["id"])
    for element in ELEMENTS:
        named = resource.get(element)
        reference = named.get("reference") if isinstance(named, dict) else None
        if isinstance(reference, str) and reference.startswith("Patient/"):
            record = reference.removeprefix("Patient/")
            return record if is_id(record) else None
    return None
