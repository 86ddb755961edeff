"""What a Task that asks another agency must show before it is handed over: records that its writer sees."""

from collections.abc import Collection, Mapping
from typing import Any

from gateway.auth.access_token import Session
from gateway.clock import now
from gateway.fhir.interactions.site import Site
from gateway.fhir.outcome import Absent, Issue, Unprocessable
from gateway.fhir.spelling import items
from gateway.receive.offering import offering_of
from gateway.receive.writer import Writer
from gateway.registry import AGENCY_SYSTEM
from gateway.store.kept import is_id

Json = dict[str, Any]

_NEEDED = {
    "focus": "A referral's focus is a ServiceRequest of your own: send it first, or along.",
    "for": "A referral is for a Patient of your own, the subject of its ServiceRequest.",
}


async def directed(
    site: Site, session: Session, resource: Json, request: str, along: Mapping[str, Json] | None = None
) -> Json:
    """The record with the owner of a Task as its writer's own Organization record identifies it.

    along are the records sent in the same transaction, by ``Type/id``. Raises Unprocessable where a referral rests
    on a request or person that the writer does not see: absent and hidden alike.
    """
    if resource["resourceType"] != "Task":
        return resource
    bundled = along or {}
    task = await _identified(site, session, resource, request, bundled)
    receive = site.receive
    writer = Writer(session, receive.registry.current, receive.keeper, receive.segments, now(), request)
    if offering_of(task, writer, bundled):
        for element in _NEEDED:
            await _require(site, session, task, element, request, bundled)
    return task


async def _require(
    site: Site, session: Session, task: Json, element: str, request: str, along: Collection[str]
) -> None:
    reference = str((task.get(element) or {}).get("reference", ""))
    kind, _, record = reference.partition("/")
    if reference in along or not is_id(record):
        return
    try:
        await site.disclose.read(session, kind, record, request)
    except Absent as refusal:
        raise Unprocessable.of([Issue("business-rule", _NEEDED[element], f"Task.{element}")]) from refusal


async def _identified(site: Site, session: Session, task: Json, request: str, along: Collection[str]) -> Json:
    """An owner that the writer keeps as an Organization of its own takes the agency identifier from there."""
    owner = task.get("owner") or {}
    reference = str(owner.get("reference", ""))
    kind, _, record = reference.partition("/")
    known = reference in along or site.receive.registry.current.party_of(reference)
    if kind != "Organization" or known or "identifier" in owner or not is_id(record):
        return task
    try:
        view = await site.disclose.read(session, kind, record, request)
    except Absent:
        return task
    found = [each for each in items(view.resource, "identifier") if each.get("system") == AGENCY_SYSTEM]
    named = found[0] if found and view.custodian == session.agency else None
    return {**task, "owner": {**owner, "identifier": named}} if named else task
