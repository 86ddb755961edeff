"""https://hl7.org/fhir/R4/http.html#history"""

from starlette.requests import Request
from starlette.responses import Response

from gateway.fhir.interactions.answers import etag
from gateway.fhir.interactions.site import Site
from gateway.http import answer


async def history(site: Site, request: Request) -> Response:
    """The versions of the record that the caller may see, newest first."""
    kind = request.path_params["type"]
    session = site.session(request, kind, "history-instance")
    views = await site.disclose.history(session, kind, site.record(request, kind), request.state.request_id)
    first = len(views) - 1
    entries = [
        {
            "fullUrl": f"{site.base}/{kind}/{view.id}",
            "resource": view.resource,
            "request": {
                "method": "POST" if place == first else "PUT",
                "url": kind if place == first else f"{kind}/{view.id}",
            },
            "response": {
                "status": "201" if place == first else "200",
                "etag": etag(view),
                "lastModified": view.resource["meta"]["lastUpdated"],
            },
        }
        for place, view in enumerate(views)
    ]
    link = [{"relation": "self", "url": f"{site.base}/{kind}/{views[0].id}/_history"}]
    return answer({"resourceType": "Bundle", "type": "history", "total": len(entries), "link": link, "entry": entries})
