"""https://hl7.org/fhir/R4/http.html#update and #patch: a write applies to what the writer sees."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.disclose.viewing import View
from gateway.fhir.check import require_valid
from gateway.fhir.interactions.answers import unseen, written
from gateway.fhir.interactions.referring import directed
from gateway.fhir.interactions.resolving import local
from gateway.fhir.interactions.site import Site
from gateway.fhir.outcome import Absent, BadRequest, OutOfScope, PreconditionFailed
from gateway.http import TAKEN, resource

MERGE_PATCH = TAKEN | {"application/merge-patch+json"}


async def update(site: Site, request: Request) -> Response:
    """Replace a record of the caller's agency; creating by update is off."""
    kind = request.path_params["type"]
    session = site.session(request, kind, "update")
    record = site.record(request, kind)
    view = await site.disclose.read(session, kind, record, request.state.request_id)
    sent = await resource(request)
    if sent.get("resourceType") != kind or sent.get("id") != record:
        raise BadRequest("resourceType and id of the body must be those of the address.")
    return await _replace(site, request, view, sent)


async def patch(site: Site, request: Request) -> Response:
    """Merge a partial resource into a record of the caller's agency (RFC 7396)."""
    kind = request.path_params["type"]
    session = site.session(request, kind, "patch")
    record = site.record(request, kind)
    view = await site.disclose.read(session, kind, record, request.state.request_id)
    change = await resource(request, MERGE_PATCH)
    merged = merged_into(view.resource, change)
    if merged.get("resourceType") != kind or merged.get("id") != record:
        raise BadRequest("A patch changes neither resourceType nor id.")
    return await _replace(site, request, view, merged)


async def _replace(site: Site, request: Request, view: View, sent: dict[str, Any]) -> Response:
    session = site.session(request, view.type, "update")
    if view.custodian != session.agency:
        raise OutOfScope("This record is kept by another agency; only that agency changes it.")
    check_precondition(request.headers, view)
    sent = local(sent, site.base)
    require_valid(sent)
    sent = await directed(site, session, sent, request.state.request_id)
    await site.receive.update(session, sent, request.state.request_id, view.shown)
    try:
        after = await site.disclose.read(session, view.type, view.id, request.state.request_id)
    except Absent:
        return unseen(site.base, view.type, view.id, 200)
    return written(request, after, site.base, 200)


def check_precondition(headers: Mapping[str, str], view: View) -> None:
    """Raise PreconditionFailed where If-Match or If-None-Match asks for another state than the view's."""
    if headers.get("if-none-match", "").strip() == "*":
        raise PreconditionFailed("If-None-Match: * asks that the record be new, and it exists.")
    sent = headers.get("if-match")
    if sent is None:
        return
    tags = [each.strip().removeprefix("W/").strip('"') for each in sent.split(",")]
    if view.version not in tags and "*" not in tags:
        raise PreconditionFailed("If-Match names another version: read the record again and repeat the change.")


def merged_into(target: Any, change: Any) -> Any:
    """The target with a merge patch applied (RFC 7396, section 2)."""
    if not isinstance(change, dict):
        return change
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in change.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merged_into(merged.get(name), value)
    return merged
