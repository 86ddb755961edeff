"""A small world for the auth tests: keys, registered clients, a clock that is set by hand, assertions to bend."""

import base64
import itertools
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from joserfc.jwk import ECKey, RSAKey

from consent.vocabulary import Purpose
from gateway import clock
from gateway.auth.access_token import AccessTokens
from gateway.auth.assertion import Assertions, no_fetching
from gateway.auth.clients import Client

TOKEN_URL = "https://gateway.example/token"
BASE = "https://gateway.example/fhir"
START = datetime(2026, 5, 2, 17, 0, tzinfo=UTC)


def b64url(data) -> str:
    octets = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def sign(key, header, payload, digest=None) -> str:
    """A compact JWS over any header and payload, so that odd ones can be signed too."""
    signed = f"{b64url(header)}.{b64url(payload)}".encode()
    digest = digest or {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}[str(header["alg"])[2:]]()
    if isinstance(key, RSAKey):
        signature = key.private_key.sign(signed, padding.PKCS1v15(), digest)
    else:
        r, s = utils.decode_dss_signature(key.private_key.sign(signed, ec.ECDSA(digest)))
        size = (key.private_key.curve.key_size + 7) // 8
        signature = r.to_bytes(size, "big") + s.to_bytes(size, "big")
    return f"{signed.decode()}.{b64url(signature)}"


def public(key, kid, **members):
    return {**key.as_dict(private=False), "kid": kid, **members}


@dataclass
class Keys:
    """One key of each kind that clients use, and a stranger's."""

    rsa: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048))
    stranger: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048))
    p384: ECKey = field(default_factory=lambda: ECKey.generate_key("P-384"))
    p256: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))

    def signer(self, algorithm):
        return {"RS": (self.rsa, "r1"), "ES384": (self.p384, "e1"), "ES256": (self.p256, "e2")}[
            "RS" if algorithm.startswith("RS") else algorithm
        ]

    def jwks(self) -> str:
        return json.dumps({"keys": [public(self.rsa, "r1"), public(self.p384, "e1"), public(self.p256, "e2")]})


class Registrations(dict):
    def client(self, client_id):
        return self.get(client_id)


class Used(set):
    """A Replay in memory, with what it was asked to keep until when."""

    async def first_use(self, issuer, jti, until):
        fresh = (issuer, jti) not in self
        self.add((issuer, jti))
        self.until = until
        return fresh


@dataclass
class World:
    keys: Keys
    registry: Registrations = field(default_factory=Registrations)
    used: Used = field(default_factory=Used)
    present: datetime | None = START
    token_url: str = TOKEN_URL
    base: str = BASE
    count: itertools.count = field(default_factory=itertools.count)

    def __post_init__(self):
        self.register()
        self.assertions = Assertions(self.registry, self.used, no_fetching, self.token_url, self.now)
        self.tokens = AccessTokens([b"k" * 32], self.base, self.base, self.registry, self.now)

    def now(self):
        """The set instant, or the real one where a test lets the clock run by setting None."""
        return self.present or clock.now()

    def pass_time(self, seconds):
        self.present += timedelta(seconds=seconds)

    def register(self, client_id="harbor-ehr", **changes):
        client = Client(
            client_id=client_id,
            agency="harbor",
            scopes="system/Task.cruds system/Patient.rs",
            purposes=(Purpose.TREAT,),
            role="clinician",
            jwks=self.keys.jwks(),
        )
        self.registry[client_id] = replace(client, **changes)
        return self.registry[client_id]

    def claims(self, **changes):
        """Claims of a good assertion; a change to None leaves the claim out."""
        at = int(self.now().timestamp())
        claims = {
            "iss": "harbor-ehr",
            "sub": "harbor-ehr",
            "aud": self.token_url,
            "iat": at,
            "exp": at + 240,
            "jti": f"jti-{next(self.count)}",
        }
        return {name: value for name, value in (claims | changes).items() if value is not None}

    def header(self, algorithm="RS384", **changes):
        header = {"alg": algorithm, "kid": self.keys.signer(algorithm)[1], "typ": "JWT"}
        return {name: value for name, value in (header | changes).items() if value is not None}

    def assertion(self, algorithm="RS384", header=None, **claims):
        key, _ = self.keys.signer(algorithm)
        return sign(key, self.header(algorithm, **(header or {})), self.claims(**claims))


@pytest.fixture(scope="session")
def keys():
    return Keys()


@pytest.fixture
def world(keys):
    return World(keys)


@pytest.fixture
def jose():
    """The forger's tools: b64url, sign, public."""
    return {"b64url": b64url, "sign": sign, "public": public}


@pytest.fixture(scope="session")
def make_world():
    return World


@pytest.fixture(scope="session")
def world_start():
    """The instant at which the world's clock starts."""
    return START
