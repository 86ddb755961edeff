"""What every HTTP route does: authenticate, then read the body within its limits, then answer in FHIR JSON."""

import re
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from consent.terms import Released
from gateway.auth import bearer
from gateway.auth.access_token import AccessTokens, Session, TokenRefused
from gateway.auth.scopes import allows
from gateway.fhir import wire
from gateway.fhir.outcome import (
    BadRequest,
    NotAcceptable,
    OutOfScope,
    Refusal,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
    broken,
)
from gateway.fhir.reply import Reply, outcome
from gateway.logs import where
from gateway.metrics import REQUESTS
from gateway.store.away import AWAY

log = structlog.get_logger("gateway.http")

FHIR_JSON = "application/fhir+json"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
STORE_AWAY = "The store is away for a moment; nothing was kept: send it again."
BODY_LIMIT = 5 * 2**20
TAKEN = frozenset({"application/fhir+json", "application/json"})
SHOWN_AS = TAKEN | {"json", "application/*", "*/*"}
FHIR_VERSION = "4.0"
_REFUSED = re.compile(r";\s*q=0(\.0*)?\s*$", re.IGNORECASE)
COMMON = {"Cache-Control": "no-store", "Vary": "Authorization", "X-Content-Type-Options": "nosniff"}

Endpoint = Callable[[Request], Awaitable[Response]]


def signed_in(request: Request, tokens: AccessTokens) -> Session:
    """The session behind the request. Raises Unauthenticated."""
    try:
        return bearer.session(request, tokens)
    except TokenRefused as refused:
        log.info("token refused", reason=refused.reason)
        raise Unauthenticated(
            "Send a valid access token of this gateway.", headers={"WWW-Authenticate": bearer.challenge(refused)}
        ) from refused


def authenticated(request: Request, tokens: AccessTokens, kind: str, interaction: str) -> Session:
    """The session behind the request, allowed this interaction. Raises Unauthenticated, OutOfScope."""
    session = signed_in(request, tokens)
    if not allows(session.scopes, kind, interaction):
        raise OutOfScope(
            f"The token's scopes do not allow {interaction} on {kind}.",
            headers={"WWW-Authenticate": bearer.INSUFFICIENT_SCOPE},
        )
    return session


async def body(request: Request, limit: int = BODY_LIMIT) -> bytes:
    """The body, at most limit bytes. Raises TooLarge without reading on, UnsupportedMediaType for a packed one."""
    if request.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.")
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise TooLarge(f"The body is larger than {limit} bytes; send less at once.")
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > limit:
            raise TooLarge(f"The body is larger than {limit} bytes; send less at once.")
    return bytes(read)


async def resource(request: Request, taken: frozenset[str] = TAKEN) -> dict[str, Any]:
    """The FHIR JSON in the body. Raises UnsupportedMediaType, TooLarge, BadRequest."""
    media, version = _media(request.headers.get("content-type", ""))
    if media not in taken or version != FHIR_VERSION:
        raise UnsupportedMediaType(f"Send {' or '.join(sorted(taken))}, FHIR {FHIR_VERSION}.")
    return wire.parse(await body(request))


class FhirResponse(Response):
    """A FHIR JSON response that still knows what it was made of, so that a Bundle may take it up."""

    content: Released | Reply


def answer(content: Released | Reply, status: int = 200, headers: Mapping[str, str] | None = None) -> FhirResponse:
    """A FHIR JSON response: of what was released, or of what holds nothing about anybody."""
    shown = content.resource if isinstance(content, Released) else content.content
    made = FhirResponse(wire.serialise(shown), status, {**COMMON, **(headers or {})}, FHIR_JSON)
    made.content = content
    return made


def refused(refusal: Refusal) -> FhirResponse:
    """The OperationOutcome of a refusal."""
    return answer(outcome(*refusal.issues), refusal.status, refusal.headers)


def acceptable(request: Request) -> None:
    """Raise NotAcceptable where the client wants something other than JSON in FHIR R4; _format wins over Accept."""
    wanted = request.query_params.get("_format") or request.headers.get("accept") or "*/*"
    offered = SHOWN_AS | ({"text/html"} if "_format" not in request.query_params else set())
    for each in wanted.split(","):
        media, version = _media(each)
        if media in offered and version == FHIR_VERSION and not _REFUSED.search(each):
            return
    raise NotAcceptable(f"Answers come in {FHIR_JSON}, FHIR {FHIR_VERSION}.")


def _media(text: str) -> tuple[str, str]:
    """Media type and FHIR version of a Content-Type or one range of Accept; a plus sign may have become a blank."""
    media, *parameters = (each.strip().lower() for each in text.split(";"))
    version = next((each[len("fhirversion=") :] for each in parameters if each.startswith("fhirversion=")), "")
    return media.replace(" ", "+"), version.strip('"') or FHIR_VERSION


def guarded(endpoint: Endpoint) -> Endpoint:
    """The endpoint with every refusal and fault turned into its answer, under a request id."""

    async def guard(request: Request) -> Response:
        request_id = _request_id(request)
        request.state.request_id = request_id
        began = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request=request_id):
            response = await answered(endpoint, request)
        response.headers["X-Request-Id"] = request_id
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(method, response.status_code).observe(time.perf_counter() - began)
        return response

    return guard


async def answered(endpoint: Endpoint, request: Request) -> Response:
    """What the endpoint answers, every refusal and fault turned into its answer."""
    try:
        acceptable(request)
        return await endpoint(request)
    except Refusal as refusal:
        return refused(refusal)
    except ClientDisconnect:
        return refused(BadRequest("The request ended before its body did."))
    except AWAY as fault:
        log.warning("store away", **where(fault))
        return refused(Unavailable(STORE_AWAY, headers={"Retry-After": "2"}))
    except Exception as fault:  # noqa: BLE001  # no fault of ours may show its text
        log.error("request failed", **where(fault))  # noqa: TRY400  # a traceback could carry a person
        return refused(broken())


def _request_id(request: Request) -> str:
    sent = request.headers.get("x-request-id", "")
    return sent if 0 < len(sent) <= 64 and sent.isascii() and sent.replace("-", "").isalnum() else str(uuid.uuid4())
