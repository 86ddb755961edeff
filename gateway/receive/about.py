"""Whom a record is about."""

import uuid
from typing import Any

ELEMENTS = ("subject", "patient", "for", "beneficiary")


def patient_of(resource: dict[str, Any]) -> str | None:
    """The id of the patient that a record is about, None if it is about none we could hold."""
    if resource["resourceType"] == "Patient":
        return str(resource["id"])
    for element in ELEMENTS:
        named = resource.get(element)
        reference = named.get("reference") if isinstance(named, dict) else None
        if isinstance(reference, str) and reference.startswith("Patient/"):
            return _id(reference.removeprefix("Patient/"))
    return None


def _id(text: str) -> str | None:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None
