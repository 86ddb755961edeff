"""Access tokens: short HS256 JWTs of type at+jwt that only this gateway makes and reads. RFC 9068, RFC 6750.

A token is good only while the registration that it was issued under still carries everything in it, which is
asked of the registry at every use; so an end of a registration ends its tokens at once.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from consent.vocabulary import Purpose
from gateway.auth.clients import Client, Clock, Registry
from gateway.auth.compact import Malformed, take_apart
from gateway.auth.scopes import Scope, covers, parse

LIFETIME = 300
"""Seconds that a token lives."""

TYPE = "at+jwt"
ALGORITHM = "HS256"
MIN_MATERIAL = 32
CACHED = 10_000

Claims = dict[str, str | int]

TokenReason = Literal["missing", "url", "malformed", "type", "key", "signature", "audience", "expired", "standing"]


class TokenRefused(Exception):
    """Why an access token opens nothing; the reason is for the log."""

    def __init__(self, reason: TokenReason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Session:
    """The party behind a verified access token, until it expires; token_id names the token in the audit."""

    client_id: str
    agency: str
    role: str
    purpose: Purpose
    scopes: tuple[Scope, ...]
    expires: datetime
    token_id: str


@dataclass(slots=True)
class AccessTokens:
    """Issues and verifies access tokens for one FHIR base, in one event loop.

    material holds secrets of at least 32 octets, the same in every process: the first signs, all verify, so a
    key is rotated by putting a new one in front and dropping the old one after LIFETIME seconds.
    """

    material: Sequence[bytes] = field(repr=False)
    issuer: str
    audience: str
    registry: Registry
    now: Clock
    _keys: dict[str, OctKey] = field(init=False, repr=False)
    _verified: dict[bytes, tuple[Client, Session]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Derive the signing keys; ValueError if there is no material or it is too short."""
        if not self.material or min(map(len, self.material)) < MIN_MATERIAL:
            raise ValueError(f"access token key material: give at least {MIN_MATERIAL} random octets")
        self._keys = dict(_derive(secret) for secret in self.material)

    def issue(self, client: Client, scopes: tuple[Scope, ...], purpose: Purpose) -> str:
        """A token for this client; ValueError if scopes or purpose exceed its registration."""
        if purpose not in client.purposes or not covers(client.limits, scopes):
            raise ValueError(f"client {client.client_id}: more than is registered was about to be granted")
        issued = int(self.now().timestamp())
        times: Claims = {"iat": issued, "exp": issued + LIFETIME, "jti": secrets.token_urlsafe(16)}
        claims = {"iss": self.issuer, "aud": self.audience} | _party(client, scopes, purpose) | times
        kid, key = next(iter(self._keys.items()))
        header = {"alg": ALGORITHM, "typ": TYPE, "kid": kid}
        return jws.serialize_compact(header, json.dumps(claims), key, algorithms=[ALGORITHM])

    def verify(self, token: str) -> Session:
        """The session that a token opens now; TokenRefused otherwise."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._verified.get(digest)
        session = known[1] if known else self._read(token)
        if session.expires <= self.now():
            self._verified.pop(digest, None)
            raise TokenRefused("expired")
        client = self.registry.client(session.client_id)
        if known is None or client is not known[0]:
            self._remember(digest, _standing(client, session), session)
        return session

    def _read(self, token: str) -> Session:
        try:
            compact = take_apart(token)
        except Malformed as problem:
            raise TokenRefused("malformed") from problem
        if compact.header.get("typ") != TYPE or compact.header.get("alg") != ALGORITHM:
            raise TokenRefused("type")
        key = self._keys.get(str(compact.header.get("kid")))
        if key is None:
            raise TokenRefused("key")
        _check_signature(token, key)
        if (compact.claims.get("iss"), compact.claims.get("aud")) != (self.issuer, self.audience):
            raise TokenRefused("audience")
        try:
            return _session(compact.claims)
        except (KeyError, ValueError) as problem:
            raise TokenRefused("malformed") from problem

    def _remember(self, digest: bytes, client: Client, session: Session) -> None:
        """Keep a verified token; the oldest goes first, which is the one that expires first."""
        self._verified.pop(digest, None)
        if len(self._verified) >= CACHED:
            del self._verified[next(iter(self._verified))]
        self._verified[digest] = (client, session)


def _standing(client: Client | None, session: Session) -> Client:
    """The registration, if it still carries everything in the token."""
    if client is None or not client.active or (client.agency, client.role) != (session.agency, session.role):
        raise TokenRefused("standing")
    if session.purpose not in client.purposes or not covers(client.limits, session.scopes):
        raise TokenRefused("standing")
    return client


def _party(client: Client, scopes: tuple[Scope, ...], purpose: Purpose) -> Claims:
    return {
        "sub": client.client_id,
        "client_id": client.client_id,
        "agency": client.agency,
        "role": client.role,
        "purpose": purpose.value,
        "scope": " ".join(map(str, scopes)),
    }


def _check_signature(token: str, key: OctKey) -> None:
    try:
        jws.deserialize_compact(token, key, algorithms=[ALGORITHM])
    except (JoseError, ValueError) as problem:
        raise TokenRefused("signature") from problem


def _session(claims: Mapping[str, object]) -> Session:
    """The session in claims that carry our own signature; KeyError or ValueError if another release wrote them."""
    return Session(
        client_id=str(claims["sub"]),
        agency=str(claims["agency"]),
        role=str(claims["role"]),
        purpose=Purpose(str(claims["purpose"])),
        scopes=parse(str(claims["scope"])),
        expires=datetime.fromtimestamp(int(str(claims["exp"])), UTC),
        token_id=str(claims["jti"]),
    )


def _derive(secret: bytes) -> tuple[str, OctKey]:
    """Key id and HMAC key from one secret by HKDF (RFC 5869), apart from every other use of that secret."""
    octets = HKDF(algorithm=SHA256(), length=40, salt=None, info=b"crosswalk access token HS256").derive(secret)
    return octets[32:].hex(), OctKey.import_key(octets[:32])
