"""https://hl7.org/fhir/R4/http.html#history"""

from starlette.requests import Request
from starlette.responses import Response

from gateway.disclose.viewing import View
from gateway.fhir.interactions.answers import etag
from gateway.fhir.interactions.site import Site
from gateway.fhir.reply import Entry, bundle
from gateway.http import answer


async def history(site: Site, request: Request) -> Response:
    """The versions of the record that the caller may see, newest first."""
    kind = request.path_params["type"]
    session = site.session(request, kind, "history-instance")
    views = await site.disclose.history(session, kind, site.record(request, kind), request.state.request_id)
    first = len(views) - 1
    entries = [_entry(site.base, view, created=place == first) for place, view in enumerate(views)]
    link = {"relation": "self", "url": f"{site.base}/{kind}/{views[0].id}/_history"}
    return answer(bundle("history", [link], entries, len(entries)))


def _entry(base: str, view: View, *, created: bool) -> Entry:
    method, url = ("POST", view.type) if created else ("PUT", f"{view.type}/{view.id}")
    response = {
        "status": "201" if created else "200",
        "etag": etag(view),
        "lastModified": view.resource["meta"]["lastUpdated"],
    }
    beside = {"request": {"method": method, "url": url}, "response": response}
    return Entry(f"{base}/{view.type}/{view.id}", view.released, beside)
