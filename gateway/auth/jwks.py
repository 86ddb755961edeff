"""Public keys of clients that register a JWKS URL, fetched under the guards of gateway.auth.addresses.

SMART asymmetric authentication, "Registering a client": the URL registered is the only one fetched, and a set is
kept no longer than its Cache-Control allows (RFC 9111 §5.2.2), for DEFAULT_AGE where that says nothing.
"""

import asyncio
import re
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx

from gateway.auth.addresses import Forbidden, Network, Resolve, Target, resolve, vet
from gateway.auth.calling import FAULTS, SIZE_LIMIT, TooMuch, call
from gateway.auth.clients import Clock
from gateway.auth.keys import PublicKey, UnusableKeys, public_keys

TIMEOUT = 5.0
DEFAULT_AGE = timedelta(minutes=5)
LONGEST_AGE = timedelta(hours=1)
FAILURE_AGE = timedelta(seconds=10)
"""How long a failure is answered from memory, so that a dead or hostile host is not called on every request."""

REFRESH_AFTER = timedelta(minutes=1)
"""How old a kept set must be before a kid that it lacks has it fetched again, so that new keys are found."""

_MAX_AGE = re.compile(r"(?:^|,)\s*max-age\s*=\s*\"?(\d{1,9})\"?\s*(?:,|$)", re.IGNORECASE)
_NO_STORE = re.compile(r"(?:^|,)\s*(?:no-store|no-cache)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What one fetch brought: keys, or the reason why there are none."""

    keys: tuple[PublicKey, ...]
    failure: str
    fetched: datetime
    until: datetime


@dataclass(slots=True)
class JwksFetcher:
    """A FetchKeys (gateway.auth.assertion) over https; permitted lists private networks that may be called."""

    now: Clock
    permitted: Iterable[Network] = ()
    resolve: Resolve = resolve
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    _kept: dict[str, _Kept] = field(init=False, default_factory=dict, repr=False)
    _locks: dict[str, asyncio.Lock] = field(init=False, default_factory=dict, repr=False)

    async def __call__(self, url: str, kid: str) -> tuple[PublicKey, ...]:
        """The keys published at a registered URL; UnusableKeys if they cannot be had. One fetch at a time a URL."""
        asked = self.now()
        async with self._locks.setdefault(url, asyncio.Lock()):
            kept = self._kept.get(url)
            if kept is None or not (kept.fetched > asked or self._serves(kept, kid)):
                kept = self._kept[url] = await self._fetch(url)
        if kept.failure:
            raise UnusableKeys(kept.failure)
        return kept.keys

    def _serves(self, kept: _Kept, kid: str) -> bool:
        now = self.now()
        known = kept.failure or any(key.kid == kid for key in kept.keys)
        return now < kept.until and bool(known or now - kept.fetched < REFRESH_AFTER)

    async def _fetch(self, url: str) -> _Kept:
        fetched = self.now()
        try:
            async with asyncio.timeout(TIMEOUT):
                target = await vet(url, self.resolve, self.permitted)
                text, control = await _get(target, self.tls)
            return _Kept(public_keys(text), "", fetched, fetched + age(control))
        except (Forbidden, UnusableKeys) as problem:
            return _Kept((), str(problem), fetched, fetched + FAILURE_AGE)
        except FAULTS as problem:
            return _Kept((), f"the JWKS URL cannot be read ({type(problem).__name__})", fetched, fetched + FAILURE_AGE)


def age(cache_control: str) -> timedelta:
    """How long a set may be kept by its Cache-Control header, empty if it has none."""
    if _NO_STORE.search(cache_control):
        return timedelta(0)
    stated = _MAX_AGE.search(cache_control)
    return min(timedelta(seconds=int(stated[1])), LONGEST_AGE) if stated else DEFAULT_AGE


async def _get(target: Target, tls: ssl.SSLContext) -> tuple[str, str]:
    """Body and Cache-Control of a 200."""
    try:
        answer = await call(target, tls, TIMEOUT, {"Accept": "application/json"})
    except TooMuch:
        fault = f"the JWKS URL answers with more than {SIZE_LIMIT} octets: publish fewer keys"
        raise UnusableKeys(fault) from None
    if answer.status != httpx.codes.OK or "content-encoding" in answer.headers:
        raise UnusableKeys("the JWKS URL must answer 200, neither redirected nor compressed")
    return answer.body.decode(), answer.headers.get("cache-control", "")
