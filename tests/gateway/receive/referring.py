"""Referrals as an agency writes them in FHIR: a Patient, a ServiceRequest, a Task that asks for it."""

from typing import Any

from gateway.referral import FULFILL
from gateway.registry import organization_id
from tests.gateway.disclose import asking
from tests.promises.house import House
from tests.promises.worlds import person

Json = dict[str, Any]


def request(patient: str, **more: Any) -> Json:
    """A ServiceRequest about a patient's reference."""
    made = {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "code": {"text": "food"}}
    return {**made, "subject": {"reference": patient}, **more}


def task(patient: str, focus: str, asked_of: str = "", **more: Any) -> Json:
    """A Task that asks an agency, or unit as ``agency/unit``, for what the focus asks."""
    made: Json = {"resourceType": "Task", "status": "requested", "intent": "order", "code": {"coding": [FULFILL]}}
    made |= {"for": {"reference": patient}, "focus": {"reference": focus}, "authoredOn": "2026-03-06T10:00:00Z"}
    if asked_of:
        made["owner"] = {"reference": f"Organization/{organization_id(*asked_of.split('/'))}"}
    return {**made, **more}


async def referred(house: House, client: str, asked_of: str, **more: Any) -> tuple[str, str, str]:
    """Patient, request and the sender's Task of a referral made by three writes."""
    patient = await asking.create(house, client, person("THISTLE", "T-1"))
    asked = await asking.create(house, client, request(f"Patient/{patient}"))
    made = task(f"Patient/{patient}", f"ServiceRequest/{asked}", asked_of, **more)
    return patient, asked, await asking.create(house, client, made)
