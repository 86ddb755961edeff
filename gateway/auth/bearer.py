"""The access token of a request, from its Authorization header and nowhere else: RFC 6750 §2.1, §3."""

from starlette.requests import Request

from gateway.auth.access_token import AccessTokens, Session, TokenRefused

INSUFFICIENT_SCOPE = 'Bearer realm="fhir", error="insufficient_scope"'
"""WWW-Authenticate value of a 403."""


def session(request: Request, tokens: AccessTokens) -> Session:
    """The session that a request's bearer token opens; TokenRefused if it sends none, one in its URL, or a bad one."""
    if b"access_token" in request.scope["query_string"] and "access_token" in request.query_params:
        raise TokenRefused("url")
    values = request.headers.getlist("authorization")
    if not values:
        raise TokenRefused("missing")
    scheme, _, token = values[0].partition(" ")
    if len(values) > 1 or scheme.lower() != "bearer":
        raise TokenRefused("malformed")
    return tokens.verify(token)


def challenge(refused: TokenRefused) -> str:
    """The WWW-Authenticate value of the 401 for a refusal; it tells absence from everything else, no more."""
    return 'Bearer realm="fhir"' if refused.reason == "missing" else 'Bearer realm="fhir", error="invalid_token"'
