"""https://hl7.org/fhir/R4/http.html#read"""

from starlette.requests import Request
from starlette.responses import Response

from gateway.fhir.interactions.answers import shown, unchanged
from gateway.fhir.interactions.site import Site


async def read(site: Site, request: Request) -> Response:
    """The record as the caller may see it."""
    kind = request.path_params["type"]
    session = site.session(request, kind, "read")
    view = await site.disclose.read(session, kind, site.record(request, kind), request.state.request_id)
    return unchanged(request, view) or shown(view)
