"""OAuth 2.0 forms and error responses; the one place where Authlib is spoken to. RFC 6749 §3.2, §5.2, appendix B."""

from authlib.common.urls import url_decode  # type: ignore[import-untyped]  # Authlib ships no types
from authlib.oauth2.rfc6749.errors import (  # type: ignore[import-untyped]  # Authlib ships no types
    InvalidClientError,
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Error,
)
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

BODY_LIMIT = 64 * 1024
"""Octets of the longest token request."""

FORM = "application/x-www-form-urlencoded"
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}

__all__ = ["OAuth2Error", "error_response", "invalid_client", "invalid_request", "invalid_scope", "read_form"]


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form POST, empty ones left out; OAuth2Error if it is no form, too long, or repeats a field."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise invalid_request(f"send the parameters as {FORM}")
    if request.scope["query_string"]:
        raise invalid_request("send the parameters in the body, none in the URL")
    try:
        pairs = url_decode((await _body(request)).decode("ascii"))
    except ValueError:
        raise invalid_request(f"the body is not {FORM}") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise invalid_request("a parameter is repeated")
    return {name: value for name, value in fields.items() if value}


def error_response(error: OAuth2Error) -> Response:
    """The JSON error response of RFC 6749 §5.2; a 401 carries the challenge that RFC 9110 §15.5.2 demands."""
    headers = NO_STORE | ({"WWW-Authenticate": "Bearer"} if error.status_code == 401 else {})
    return JSONResponse(dict(error.get_body()), error.status_code, headers)


def invalid_client() -> OAuth2Error:
    """The one answer to every failed authentication, whatever failed."""
    return InvalidClientError("client authentication failed", status_code=401)


def invalid_request(remedy: str) -> OAuth2Error:
    """A request that must be written differently; the remedy is plain ASCII without quotes and backslashes."""
    return InvalidRequestError(remedy)


def invalid_scope(remedy: str) -> OAuth2Error:
    """A scope that cannot be read or of which nothing is registered."""
    return InvalidScopeError(remedy)


async def _body(request: Request) -> bytes:
    """The body, given up as soon as it is announced or seen to pass the limit."""
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced[:20]) > BODY_LIMIT:
        raise _too_long()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise _too_long()
    return bytes(body)


def _too_long() -> OAuth2Error:
    return InvalidRequestError(f"the body may hold {BODY_LIMIT} octets", status_code=400)
