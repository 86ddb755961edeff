"""GET /worklist.csv: the caller's open referrals as a table to fill in and send back, each row as it may see it."""

from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.worklist import Entry, write
from gateway.agencies.model import Agency
from gateway.auth.access_token import Session
from gateway.auth.scopes import allows
from gateway.delivery.telling import entry
from gateway.disclose.searching import Page
from gateway.disclose.viewing import View
from gateway.fhir.interactions.site import Site
from gateway.fhir.outcome import Unauthenticated
from gateway.fhir.query import parse_query
from gateway.http import COMMON, guarded
from gateway.registry import Snapshot, organization_id

Json = dict[str, Any]

OPEN = "requested,accepted,in-progress,on-hold"
LIMIT = 500
PAGE = 250
"""Tasks of one search: with what each includes no more than a search includes."""
BESIDE = {"ServiceRequest": "Task:focus", "Patient": "Task:patient"}
HEADERS = {**COMMON, "Content-Disposition": 'attachment; filename="worklist.csv"'}
MEDIA = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Found:
    """What the searches found: the agency's own Tasks, and what stands beside them by type and id."""

    tasks: list[View]
    beside: dict[str, View]


def worklist_route(path: str, site: Site) -> Route:
    """The route of the worklist."""

    async def get(request: Request) -> Response:
        session = site.session(request, "Task", "search-type")
        snapshot = site.receive.registry.current
        found = await _found(site, session, snapshot, request.state.request_id)
        return Response(write(_entries(found, snapshot)), 200, HEADERS, MEDIA)

    return Route(path, guarded(get), methods=["GET"])


async def _found(site: Site, session: Session, snapshot: Snapshot, request: str) -> Found:
    """The newest open referrals to the caller, found by searches that are audited like any other."""
    query = parse_query("Task", _parameters(session, snapshot), handling="strict", base=site.base)
    found = Found([], {})
    while len(found.tasks) < LIMIT:
        page = await site.disclose.search(session, query, request)
        _add(found, page, session)
        if not page.cursor:
            break
        query = replace(query, results=replace(query.results, cursor=page.cursor))
    return Found(found.tasks[:LIMIT], found.beside)


def _parameters(session: Session, snapshot: Snapshot) -> list[tuple[str, str]]:
    agency = snapshot.agencies.get(session.agency)
    if agency is None:
        raise Unauthenticated("The token's agency is not registered any more.")
    owners = ",".join(f"Organization/{organization_id(agency.id, unit)}" for unit in _units(agency, session))
    shown = [("_include", name) for kind, name in BESIDE.items() if allows(session.scopes, kind, "read")]
    return [("owner", owners), ("status", OPEN), ("_sort", "-authored-on"), ("_count", str(PAGE)), *shown]


def _units(agency: Agency, session: Session) -> list[str]:
    """The unit of the client; of a client of no unit the agency and every unit, as far as it may see theirs."""
    unit = next((each.unit for each in agency.clients if each.id == session.client_id), "")
    return [unit] if unit else ["", *(each.id for each in agency.units)]


def _add(found: Found, page: Page, session: Session) -> None:
    found.tasks.extend(view for view in page.matches if view.custodian == session.agency)
    found.beside.update({f"{view.type}/{view.id}": view for view in page.included})


def _entries(found: Found, snapshot: Snapshot) -> list[Entry]:
    """One row a referral: of an agency's two Tasks of a referral in house, its receiver's."""
    offered = {each["reference"] for task in found.tasks for each in task.resource.get("partOf", [])}
    return [_entry(task.resource, found, snapshot) for task in found.tasks if f"Task/{task.id}" not in offered]


def _entry(task: Json, found: Found, snapshot: Snapshot) -> Entry:
    request, patient = (_beside(task.get(element), found) for element in ("focus", "for"))
    reference = str(task.get("requester", {}).get("reference", ""))
    party = snapshot.party_of(reference)
    return entry(task, request, patient, snapshot.agencies[party[0]].name if party else "")


def _beside(reference: Json | None, found: Found) -> Json | None:
    view = found.beside.get(str((reference or {}).get("reference", "")))
    return view.resource if view else None
