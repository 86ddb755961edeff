"""A registered backend client, and the two things that this package asks of the store."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from consent.vocabulary import Purpose
from gateway.auth.addresses import Forbidden, read_https
from gateway.auth.keys import ALGORITHMS, UnusableKeys, public_keys
from gateway.auth.scopes import InvalidScope, Scope, parse

Clock = Callable[[], datetime]
"""The present instant with its offset: gateway.clock.now, or a fixed one in tests."""

MAX_NAME = 255


class Misregistered(ValueError):
    """A registration that cannot be used; the message names the client, the field and the remedy."""


@dataclass(frozen=True, slots=True)
class Client:
    """One client of one agency as registered now.

    jwks is the public JWK set as JSON text, jwks_uri its https URL: exactly one of them. scopes is the
    space-separated limit of what may be granted; purposes limit what may be
    asked for. A client that is not active can do nothing.
    """

    client_id: str
    agency: str
    scopes: str
    purposes: tuple[Purpose, ...]
    role: str
    jwks: str | None = field(default=None, repr=False)
    jwks_uri: str | None = None
    algorithms: tuple[str, ...] = ALGORITHMS
    active: bool = True
    limits: tuple[Scope, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a registration that could never work or would weaken the checks: Misregistered."""
        if not is_name(self.client_id):
            raise Misregistered("client_id: give 1 to 255 printable characters without spaces")
        self._check("jwks", "give either jwks or jwks_uri", (self.jwks is None) != (self.jwks_uri is None))
        self._check("algorithms", f"choose from {', '.join(ALGORITHMS)}", self._algorithms_known())
        self._check("purposes", "name at least one purpose, none twice", self._purposes_distinct())
        try:
            object.__setattr__(self, "limits", parse(self.scopes))
            if self.jwks is not None:
                public_keys(self.jwks)
            if self.jwks_uri is not None:
                read_https(self.jwks_uri)
        except (InvalidScope, UnusableKeys, Forbidden) as problem:
            raise Misregistered(f"client {self.client_id}: {problem}") from problem

    def _check(self, place: str, remedy: str, holds: object) -> None:
        if not holds:
            raise Misregistered(f"client {self.client_id}, {place}: {remedy}")

    def _algorithms_known(self) -> bool:
        return bool(self.algorithms) and set(self.algorithms) <= set(ALGORITHMS)

    def _purposes_distinct(self) -> bool:
        known = all(isinstance(purpose, Purpose) for purpose in self.purposes)
        return known and 0 < len(set(self.purposes)) == len(self.purposes)


class Registry(Protocol):
    """The registrations in force at this instant; reading one is cheap, for it is read on every request."""

    def client(self, client_id: str) -> Client | None:
        """The current registration, None if there is none."""
        ...


class Replay(Protocol):
    """Assertions used so far: an insert under a unique index over (issuer, jti), so that one of many racers wins."""

    async def first_use(self, issuer: str, jti: str, until: datetime) -> bool:
        """Keep (issuer, jti) at least until then; False if it was already kept."""
        ...


def is_name(value: object) -> bool:
    """Whether a value is a string of 1 to 255 printable characters without spaces, fit for logs and keys."""
    return isinstance(value, str) and 0 < len(value) <= MAX_NAME and value.isprintable() and " " not in value
