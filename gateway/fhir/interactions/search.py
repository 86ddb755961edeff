"""https://hl7.org/fhir/R4/http.html#search"""

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from gateway.disclose.searching import Page
from gateway.disclose.viewing import View
from gateway.fhir.interactions.site import Site
from gateway.fhir.outcome import BadRequest, UnsupportedMediaType
from gateway.fhir.query import Handling, Query, parse_query
from gateway.fhir.reply import Entry, Reply, bundle
from gateway.http import answer, body

FORM = "application/x-www-form-urlencoded"
FORM_LIMIT = 64 * 2**10


async def search(site: Site, request: Request) -> Response:
    """A page of the records that the search finds among those the caller may see."""
    kind = request.path_params["type"]
    session = site.session(request, kind, "search-type")
    site.known(kind)
    pairs = list(request.query_params.multi_items())
    if request.method == "POST":
        pairs += await _form(request)
    query = parse_query(kind, pairs, handling=_handling(request), base=site.base)
    page = await site.disclose.search(session, query, request.state.request_id)
    return answer(_bundle(site.base, query, page))


async def _form(request: Request) -> list[tuple[str, str]]:
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != FORM:
        raise UnsupportedMediaType(f"Send the search as {FORM}.")
    try:
        return parse_qsl((await body(request, FORM_LIMIT)).decode(), keep_blank_values=True, max_num_fields=200)
    except ValueError as fault:
        raise BadRequest("The form cannot be read; send name=value pairs in UTF-8.") from fault


def _handling(request: Request) -> Handling:
    return "strict" if "handling=strict" in request.headers.get("prefer", "").replace(" ", "") else "lenient"


def _bundle(base: str, query: Query, page: Page) -> Reply:
    links = [{"relation": "self", "url": query.link(base)}]
    if page.cursor:
        links.append({"relation": "next", "url": query.link(base, page.cursor)})
    entries = [_entry(base, view, "match", query.results.elements) for view in page.matches]
    entries += [_entry(base, view, "include") for view in page.included]
    return bundle("searchset", links, entries, page.total)


def _entry(base: str, view: View, mode: str, elements: tuple[str, ...] = ()) -> Entry:
    return Entry(f"{base}/{view.type}/{view.id}", view.released, {"search": {"mode": mode}}, elements)
