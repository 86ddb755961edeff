"""https://hl7.org/fhir/R4/http.html#transaction, type batch: each entry is a request of its own."""

from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from gateway.clock import iso
from gateway.fhir import wire
from gateway.fhir.interactions.entries import MERGE_PATCH, Asked, asked, entries, patch_of
from gateway.fhir.interactions.site import Site
from gateway.fhir.reply import Answered, responses
from gateway.http import FHIR_JSON, FhirResponse, answer, answered

Json = dict[str, Any]
Dispatch = Callable[[Request], Awaitable[Response]]
"""What answers a request under the base by its method and path."""

PASSED_ON = frozenset({b"authorization", b"prefer", b"accept", b"host"})
"""Headers of the batch that count for each of its entries."""


async def batch(site: Site, request: Request, bundle: Json, dispatch: Dispatch) -> Response:
    """Answer every entry on its own, in order; what one asks in vain touches no other."""
    site.caller(request)
    found = [await _one(site, request, each, place, dispatch) for place, each in enumerate(entries(bundle))]
    return answer(responses("batch-response", found))


async def _one(site: Site, request: Request, sent: Any, place: int, dispatch: Dispatch) -> Answered:
    async def endpoint(outer: Request) -> Response:
        return await dispatch(_inner(outer, asked(sent, place, site.base)))

    return _told(await answered(endpoint, request))


def _inner(outer: Request, entry: Asked) -> Request:
    """The request that an entry stands for, in the caller's name."""
    content, media = _content(entry)
    headers = [(name, value) for name, value in outer.scope["headers"] if name in PASSED_ON]
    headers += [(name.encode(), value.encode()) for name, value in entry.headers.items()]
    headers.append((b"content-type", media.encode()))
    scope: MutableMapping[str, Any] = {
        **outer.scope,
        "method": entry.method,
        "path": f"/{entry.path}",
        "query_string": quote(entry.query, safe="=&%+:,|;/?@!$'()*~-._").encode(),
        "headers": headers,
    }

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    return Request(scope, receive)


def _content(entry: Asked) -> tuple[bytes, str]:
    """Body and media type."""
    if entry.method == "PATCH":
        return wire.serialise(patch_of(entry)), MERGE_PATCH
    return wire.serialise(entry.resource) if entry.resource else b"", FHIR_JSON


def _told(response: Response) -> Answered:
    """The response as an entry of the batch-response."""
    said = {"status": str(response.status_code)}
    said |= {name: response.headers[name] for name in ("location", "etag") if name in response.headers}
    if modified := response.headers.get("last-modified"):
        said["lastModified"] = iso(parsedate_to_datetime(modified).astimezone(UTC))
    return Answered(said, response.content if isinstance(response, FhirResponse) else None)
