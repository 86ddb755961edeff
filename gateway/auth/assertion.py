"""Client authentication by signed assertion, each rule checked here: SMART asymmetric authentication, RFC 7523 §3.

https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html
An assertion is refused for one of the reasons below; the reason goes to the log and never to the client.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NoReturn

from joserfc import jws
from joserfc.errors import JoseError

from gateway.auth.clients import Client, Clock, Registry, Replay, is_name
from gateway.auth.compact import Compact, Malformed, take_apart
from gateway.auth.keys import KEY_TYPES, PublicKey, UnusableKeys, public_keys

LIFETIME = 300
"""Seconds: how far ahead exp may lie."""

LEEWAY = 5
"""Seconds a client's clock may run ahead of ours: for iat, nbf and the limit of exp. An expired assertion gets none."""

HEADER = frozenset({"alg", "kid", "typ", "jku", "x5t", "x5t#S256"})
"""Header parameters that may appear. Thumbprints are ignored; crit, jwk, x5u, x5c, b64 and all others are refused."""

MAX_HEADER = 2048

Reason = Literal[
    "malformed", "client", "header", "algorithm", "jku", "keys", "key", "signature",
    "audience", "expiry", "not-yet", "jti", "replay",
]  # fmt: skip

FetchKeys = Callable[[str, str], Awaitable[tuple[PublicKey, ...]]]
"""(registered JWKS URL, kid wanted) -> its keys; raises UnusableKeys."""


class AssertionRefused(Exception):
    """Why an assertion does not authenticate; client_id is set only when it names a registered client."""

    def __init__(self, reason: Reason, client_id: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.client_id = client_id


@dataclass(frozen=True, slots=True)
class Assertions:
    """What checking assertions needs; token_url is the only audience that is accepted."""

    registry: Registry
    replay: Replay
    fetch: FetchKeys
    token_url: str
    now: Clock

    async def authenticate(self, assertion: str) -> Client:
        """The client that made this assertion, which is thereby used up; AssertionRefused otherwise."""
        compact = _take_apart(assertion)
        client = self._claimed_client(compact.claims)
        try:
            algorithm = check_header(compact.header, client)
            until = check_claims(compact.claims, self.token_url, self.now())
            key = choose_key(await self._keys(client, compact.header), compact.header, KEY_TYPES[algorithm])
            check_signature(assertion, key, algorithm)
            await self._use_up(client.client_id, str(compact.claims["jti"]), until)
        except AssertionRefused as refused:
            refused.client_id = client.client_id
            raise
        return client

    def _claimed_client(self, claims: Mapping[str, object]) -> Client:
        issuer = claims.get("iss")
        client = self.registry.client(issuer) if isinstance(issuer, str) and is_name(issuer) else None
        if client is None or not client.active or claims.get("sub") != issuer:
            raise AssertionRefused("client")
        return client

    async def _keys(self, client: Client, header: Mapping[str, object]) -> tuple[PublicKey, ...]:
        if client.jwks is not None:
            return public_keys(client.jwks)
        try:
            return await self.fetch(str(client.jwks_uri), str(header["kid"]))
        except UnusableKeys as problem:
            raise AssertionRefused("keys") from problem

    async def _use_up(self, issuer: str, jti: str, until: datetime) -> None:
        if not await self.replay.first_use(issuer, jti, until):
            raise AssertionRefused("replay")


def check_header(header: Mapping[str, object], client: Client) -> str:
    """The algorithm, once every header parameter is known and allowed for this client; or AssertionRefused."""
    algorithm, kid = header.get("alg"), header.get("kid")
    if not header.keys() <= HEADER or header.get("typ") != "JWT" or not is_name(kid):
        raise AssertionRefused("header")
    if not isinstance(algorithm, str) or algorithm not in client.algorithms:
        raise AssertionRefused("algorithm")
    if "jku" in header and (client.jwks_uri is None or header["jku"] != client.jwks_uri):
        raise AssertionRefused("jku")
    return algorithm


def check_claims(claims: Mapping[str, object], token_url: str, now: datetime) -> datetime:
    """The instant until which the jti must be remembered, once aud, exp, iat, nbf and jti hold; or AssertionRefused."""
    if claims.get("aud") not in (token_url, [token_url]):
        raise AssertionRefused("audience")
    present = now.timestamp()
    expires = _seconds(claims, "exp", "expiry")
    if not present < expires <= present + LIFETIME + LEEWAY:
        raise AssertionRefused("expiry")
    for name in ("iat", "nbf"):
        if name in claims and _seconds(claims, name, "not-yet") > present + LEEWAY:
            raise AssertionRefused("not-yet")
    if not is_name(claims.get("jti")):
        raise AssertionRefused("jti")
    return datetime.fromtimestamp(expires + LEEWAY, UTC)


def choose_key(keys: tuple[PublicKey, ...], header: Mapping[str, object], kty: str) -> PublicKey:
    """The one key of that kid and type; AssertionRefused for none, for several, or if it serves another algorithm."""
    matches = [key for key in keys if key.kid == header["kid"] and key.kty == kty]
    if len(matches) != 1 or matches[0].alg not in (None, header["alg"]):
        raise AssertionRefused("key")
    return matches[0]


def check_signature(assertion: str, key: PublicKey, algorithm: str) -> None:
    """Verify with exactly this key and algorithm; AssertionRefused if the signature is not the key's."""
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    registry.max_header_length = MAX_HEADER
    try:
        jws.deserialize_compact(assertion, key.key, registry=registry)
    except (JoseError, ValueError) as problem:
        raise AssertionRefused("signature") from problem


async def no_fetching(url: str, _kid: str) -> NoReturn:
    """A FetchKeys for gateways that may not call out: every registration must then carry its keys inline."""
    raise UnusableKeys(f"{url} is not fetched here: register the client's public keys as jwks, not jwks_uri")


def _take_apart(assertion: str) -> Compact:
    try:
        return take_apart(assertion)
    except Malformed as problem:
        raise AssertionRefused("malformed") from problem


def _seconds(claims: Mapping[str, object], name: str, reason: Reason) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise AssertionRefused(reason)
    return value
