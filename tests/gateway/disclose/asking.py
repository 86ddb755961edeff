"""Sessions and searches at the level of ``disclose``, without HTTP."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from consent.vocabulary import Purpose
from gateway.auth.access_token import Session
from gateway.disclose.searching import Page
from gateway.disclose.viewing import View
from gateway.fhir.outcome import Absent
from gateway.fhir.query import parse_query
from tests.promises.house import House

Json = dict[str, Any]
HOSPITAL, PROGRAM, LAKESIDE = "cityhosp-ehr", "harbor-recovery-system", "lakeside-bh-system"
BRIDGE, LIVING_ROOM = "bridge-community-system", "living-room-system"


def session(house: House, client: str) -> Session:
    """The session of a registered client, in its first purpose."""
    found = house.gateway.registry.current.client(client)
    assert found is not None
    agency, entry = found
    purpose = Purpose(entry.purposes[0])
    return Session(client, agency.id, str(entry.role), purpose, (), datetime(2099, 1, 1, tzinfo=UTC), "token")


async def read(house: House, client: str, kind: str, record: str) -> View | None:
    """The record as the client sees it, None where it is absent."""
    try:
        return await house.gateway.disclose.read(session(house, client), kind, record, "request")
    except Absent:
        return None


async def history(house: House, client: str, kind: str, record: str) -> list[View]:
    """The versions that the client sees, newest first; none where it is absent."""
    try:
        return await house.gateway.disclose.history(session(house, client), kind, record, "request")
    except Absent:
        return []


async def search(house: House, client: str, kind: str, **parameters: object) -> Page:
    """A page; names with two underscores for a colon (``status__not``), and dashes for single ones inside."""
    pairs = [(_named(name), str(value)) for name, value in parameters.items()]
    return await house.gateway.disclose.search(session(house, client), parse_query(kind, pairs), "request")


def _named(name: str) -> str:
    head, _, modifier = name.lstrip("_").partition("__")
    code = head if name.startswith("_") else head.replace("_", "-")
    return ("_" if name.startswith("_") else "") + code + (f":{modifier}" if modifier else "")


async def create(house: House, client: str, resource: Mapping[str, Any]) -> str:
    """Keep a new record of the client's agency; its id."""
    return await house.gateway.receive.create(session(house, client), dict(resource), "request")


async def update(house: House, client: str, view: View, **elements: Any) -> None:
    """Send back what was seen, with these elements changed; None takes one away."""
    sent = {**view.resource, **elements}
    sent = {name: value for name, value in sent.items() if value is not None}
    await house.gateway.receive.update(session(house, client), sent, "request", view.shown)


async def patient_of(house: House, mrn: str) -> str:
    """The hospital's patient of this record number."""
    (view,) = (await search(house, HOSPITAL, "Patient", identifier=mrn)).matches
    return view.id


async def tasks_of(house: House, client: str, patient: str) -> list[View]:
    """The client's visible Tasks about a patient."""
    return list((await search(house, client, "Task", patient=f"Patient/{patient}", _count=50)).matches)


async def own_tasks(house: House, client: str, patient: str) -> list[View]:
    """Those in the client's own custody."""
    agency = session(house, client).agency
    return [view for view in await tasks_of(house, client, patient) if view.custodian == agency]
