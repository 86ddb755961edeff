"""Keys of clients: public JWK sets read strictly (RFC 7517), and new key pairs with the assertions they sign.

https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html
"""

import json
import secrets
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import cast

from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, RSAKey

from gateway.auth.compact import Malformed, read_object

ALGORITHMS = ("RS384", "ES384", "RS256", "ES256")
"""What a client may sign with: SMART names RS384 and ES384, UDAP RS256 and ES256."""

KEY_TYPES = {"RS384": "RSA", "RS256": "RSA", "ES384": "EC", "ES256": "EC"}
CURVES = {"P-256": "ES256", "P-384": "ES384"}
MIN_RSA_BITS = 2048
MAX_KEYS = 64
ASSERTION_SECONDS = 240


class UnusableKeys(ValueError):
    """A JWK set that no assertion can be checked or signed with; the message says why, never with key material."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One RSA or EC verification key; alg is the only algorithm it may serve, None if it does not say."""

    kid: str
    kty: str
    alg: str | None
    key: RSAKey | ECKey = field(repr=False, compare=False)


@lru_cache(maxsize=1024)
def public_keys(jwks: str) -> tuple[PublicKey, ...]:
    """The signature keys of a public JWK set; kinds we do not use are passed over, UnusableKeys if none is left."""
    keys = tuple(key for member in _members(jwks) if (key := _public_key(member)) is not None)
    if not keys:
        raise UnusableKeys("the JWK set holds no RSA or EC signature key with a kid: register a public key")
    return keys


def new_key_pair() -> tuple[str, str]:
    """A new ES384 key as two JWK sets in JSON: the private one for the client, the public one to register."""
    key = ECKey.generate_key("P-384", {"use": "sig", "alg": "ES384"})
    kid = key.thumbprint()
    private = {**key.as_dict(private=True), "kid": kid, "key_ops": ["sign"]}
    public = {**key.as_dict(private=False), "kid": kid, "key_ops": ["verify"]}
    return json.dumps({"keys": [private]}, indent=2), json.dumps({"keys": [public]}, indent=2)


def sign_assertion(private_jwks: str, client_id: str, token_url: str, now: datetime) -> str:
    """A client assertion good for four minutes, signed with the first key of a private JWK set; or UnusableKeys."""
    key, kid, alg = _signing_key(private_jwks)
    issued = int(now.timestamp())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": token_url,
        "iat": issued,
        "exp": issued + ASSERTION_SECONDS,
        "jti": secrets.token_urlsafe(24),
    }
    return jws.serialize_compact({"alg": alg, "kid": kid, "typ": "JWT"}, json.dumps(claims), key, algorithms=[alg])


def _members(jwks: str) -> list[Mapping[str, object]]:
    try:
        members = read_object(jwks).get("keys")
    except Malformed as problem:
        raise UnusableKeys("not a JWK set: expected a JSON object with a list named keys") from problem
    if not isinstance(members, list) or not all(isinstance(member, dict) for member in members):
        raise UnusableKeys("not a JWK set: keys must be a list of JSON objects")
    if len(members) > MAX_KEYS:
        raise UnusableKeys(f"the JWK set holds more than {MAX_KEYS} keys: remove old ones")
    return members


def _public_key(member: Mapping[str, object]) -> PublicKey | None:
    kid, kty, alg = member.get("kid"), member.get("kty"), member.get("alg")
    if kty not in ("RSA", "EC") or member.get("use", "sig") != "sig" or not isinstance(kid, str) or not kid:
        return None
    if "d" in member:
        raise UnusableKeys("the JWK set publishes a private key: replace that key and register the public half only")
    return PublicKey(kid, str(kty), None if alg is None else str(alg), _import(member))


def _import(member: Mapping[str, object]) -> RSAKey | ECKey:
    source = cast("dict[str, str | list[str]]", dict(member))
    kind: type[RSAKey | ECKey] = RSAKey if member["kty"] == "RSA" else ECKey
    try:
        with warnings.catch_warnings(action="ignore", category=SecurityWarning):
            key = kind.import_key(source)
            bits = key.raw_value.key_size
    except (JoseError, ValueError, TypeError, KeyError) as problem:
        raise UnusableKeys("a key of the JWK set cannot be read: check its members n, e or crv, x, y") from problem
    if kind is RSAKey and bits < MIN_RSA_BITS:
        raise UnusableKeys(f"an RSA key of the JWK set is shorter than {MIN_RSA_BITS} bits: make a longer one")
    return key


def _signing_key(jwks: str) -> tuple[RSAKey | ECKey, str, str]:
    for member in _members(jwks):
        if member.get("kty") in ("RSA", "EC") and "d" in member:
            key = _import(member)
            return key, str(member.get("kid") or key.thumbprint()), _algorithm(member)
    raise UnusableKeys("the JWK set holds no private RSA or EC key: give the file made with the registration")


def _algorithm(member: Mapping[str, object]) -> str:
    chosen = member.get("alg") or CURVES.get(str(member.get("crv")), "RS384")
    if chosen not in ALGORITHMS:
        raise UnusableKeys(f"the private key is for {chosen}: use one of {', '.join(ALGORITHMS)}")
    return str(chosen)
