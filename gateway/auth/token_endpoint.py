"""POST /token: a signed assertion in, a short-lived access token out.

https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html, RFC 6749 §4.4, RFC 7521 §4.2.
purpose_of_use, our one extension, names what the token is for: a client registered for several purposes must
send it, a client registered for one need not.
"""

from collections.abc import Awaitable, Callable, Mapping

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consent.vocabulary import Purpose
from gateway.auth.access_token import LIFETIME, AccessTokens
from gateway.auth.assertion import AssertionRefused, Assertions
from gateway.auth.clients import Client
from gateway.auth.oauth import (
    NO_STORE,
    OAuth2Error,
    error_response,
    invalid_client,
    invalid_request,
    invalid_scope,
    read_form,
)
from gateway.auth.scopes import InvalidScope, Scope, grant, parse, spelled

GRANT_TYPE = "client_credentials"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
PURPOSE_FIELD = "purpose_of_use"

log = structlog.get_logger("gateway.auth")

Endpoint = Callable[[Request], Awaitable[Response]]


def token_route(path: str, assertions: Assertions, tokens: AccessTokens) -> Route:
    """The route of the token endpoint; every method but POST is 405."""
    return Route(path, token_endpoint(assertions, tokens), methods=["POST"])


def token_endpoint(assertions: Assertions, tokens: AccessTokens) -> Endpoint:
    """The handler of POST /token; refusals are RFC 6749 §5.2 errors, failed authentication always the same 401."""

    async def token(request: Request) -> Response:
        try:
            form = await read_form(request)
            _check_request(request, form)
            client = await _authenticate(assertions, form)
            scopes, purpose = _scopes(form["scope"], client), _purpose(form.get(PURPOSE_FIELD), client)
        except OAuth2Error as error:
            log.info("token refused", error=error.error)
            return error_response(error)
        log.info("token issued", client=client.client_id, purpose=purpose.value)
        return _granted(tokens.issue(client, scopes, purpose), spelled(scopes, form["scope"]), purpose)

    return token


def _check_request(request: Request, form: Mapping[str, str]) -> None:
    """What must hold before anybody is authenticated."""
    if "grant_type" not in form:
        raise invalid_request(f"send grant_type={GRANT_TYPE}")
    if form["grant_type"] != GRANT_TYPE:
        raise OAuth2Error(error="unsupported_grant_type", description=f"only {GRANT_TYPE} is supported")
    if "client_assertion" not in form or "client_secret" in form or "authorization" in request.headers:
        raise invalid_client()
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise invalid_request(f"send client_assertion_type={ASSERTION_TYPE}")
    if "scope" not in form:
        raise invalid_scope("send scope, such as system/Task.rs")


async def _authenticate(assertions: Assertions, form: Mapping[str, str]) -> Client:
    try:
        client = await assertions.authenticate(form["client_assertion"])
    except AssertionRefused as refused:
        log.warning("assertion refused", reason=refused.reason, client=refused.client_id)
        raise invalid_client() from refused
    if form.get("client_id", client.client_id) != client.client_id:
        raise invalid_client()
    return client


def _scopes(asked: str, client: Client) -> tuple[Scope, ...]:
    try:
        return grant(parse(asked), client.limits)
    except InvalidScope as problem:
        raise invalid_scope(str(problem)) from problem


def _purpose(asked: str | None, client: Client) -> Purpose:
    """The purpose asked for, or the only one registered."""
    if asked is None and len(client.purposes) == 1:
        return client.purposes[0]
    if asked not in client.purposes:
        codes = ", ".join(client.purposes)
        raise invalid_request(f"send {PURPOSE_FIELD} with one of the purposes registered for this client: {codes}")
    return Purpose(asked)


def _granted(token: str, scope: str, purpose: Purpose) -> Response:
    body = {
        "access_token": token,
        "token_type": "bearer",
        "expires_in": LIFETIME,
        "scope": scope,
        PURPOSE_FIELD: purpose.value,
    }
    return JSONResponse(body, headers=NO_STORE)
