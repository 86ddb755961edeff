"""How clients find the token endpoint: SMART configuration, and the older CapabilityStatement extension.

https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html
"""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from gateway.auth.keys import ALGORITHMS
from gateway.auth.token_endpoint import GRANT_TYPE

OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"

Configuration = Mapping[str, str | Sequence[str]]


def smart_configuration(base: str, token_url: str) -> Configuration:
    """The body of ``{base}/.well-known/smart-configuration`` for backend services.

    base (the FHIR base) and token_url are absolute http(s) URLs; ValueError otherwise. issuer and jwks_uri are
    left out, as sso-openid-connect is not offered.
    """
    _check_absolute(base)
    _check_absolute(token_url)
    return {
        "token_endpoint": token_url,
        "grant_types_supported": [GRANT_TYPE],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "scopes_supported": ["system/*.rs", "system/*.cruds", "system/*.read", "system/*.write"],
        "code_challenge_methods_supported": ["S256"],
        "capabilities": ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
    }


def oauth_uris_extension(token_url: str) -> dict[str, object]:
    """The extension for CapabilityStatement.rest.security that fhirclient reads; ValueError for a relative URL."""
    _check_absolute(token_url)
    return {"url": OAUTH_URIS, "extension": [{"url": "token", "valueUri": token_url}]}


def _check_absolute(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(f"{url}: set the public base URL of the gateway to an absolute http or https URL")
