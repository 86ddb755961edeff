"""https://hl7.org/fhir/R4/http.html#vread"""

from starlette.requests import Request
from starlette.responses import Response

from gateway.fhir.interactions.answers import shown
from gateway.fhir.interactions.site import Site


async def vread(site: Site, request: Request) -> Response:
    """One version of the record, as the caller may see it."""
    kind = request.path_params["type"]
    session = site.session(request, kind, "vread")
    record, version = site.record(request, kind), request.path_params["version"]
    return shown(await site.disclose.vread(session, kind, record, version, request.state.request_id))
