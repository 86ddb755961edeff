"""https://hl7.org/fhir/R4/http.html#create, and conditional create (#ccreate)."""

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from gateway.auth.access_token import Session
from gateway.disclose.viewing import View
from gateway.fhir.check import require_valid
from gateway.fhir.interactions.answers import unseen, written
from gateway.fhir.interactions.referring import directed
from gateway.fhir.interactions.resolving import local
from gateway.fhir.interactions.site import Site
from gateway.fhir.outcome import Absent, BadRequest, PreconditionFailed
from gateway.fhir.query import parse_query
from gateway.http import resource


async def create(site: Site, request: Request) -> Response:
    """Keep a new record of the caller's agency; where a condition finds one, answer that one instead."""
    kind = request.path_params["type"]
    session = site.session(request, kind, "create")
    site.known(kind)
    sent = await resource(request)
    if sent.get("resourceType") != kind:
        raise BadRequest(f"The body is no {kind}; send it to the address of its type.")
    sent = local(sent, site.base)
    require_valid(sent)
    condition = request.headers.get("if-none-exist") or request.url.query
    if condition and (found := await existing(site, session, kind, condition, request.state.request_id)):
        return written(request, found, site.base, 200)
    sent = await directed(site, session, sent, request.state.request_id)
    made = await site.receive.create(session, sent, request.state.request_id)
    try:
        view = await site.disclose.read(session, kind, made, request.state.request_id)
    except Absent:
        return unseen(site.base, kind, made, 201)
    return written(request, view, site.base, 201)


async def existing(site: Site, session: Session, kind: str, condition: str, request: str) -> View | None:
    """The caller's own record that the condition finds. Raises PreconditionFailed for several."""
    try:
        pairs = parse_qsl(condition, keep_blank_values=True, strict_parsing=True, max_num_fields=60)
    except ValueError as fault:
        raise BadRequest("The condition is no search; send name=value pairs.") from fault
    query = parse_query(kind, pairs, handling="strict", base=site.base)
    page = await site.disclose.search(session, query, request)
    own = [view for view in page.matches if view.custodian == session.agency]
    if len(own) > 1:
        raise PreconditionFailed("The condition finds several records; narrow it.")
    return own[0] if own else None
