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
            record = reference.removeprefix("Patient/")
            return record if is_id(record) else None
    return None


def is_id(text: str) -> bool:
    """Whether a record of ours could have this id: a UUID in its one usual spelling."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
