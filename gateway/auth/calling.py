"""One call to a vetted address: the name for TLS and Host, no redirect, no proxy, and no more than so many octets."""

import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import httpx

from gateway.auth.addresses import Target, authority

SIZE_LIMIT = 64 * 1024
CONNECT_SECONDS = 3.0


class TooMuch(Exception):
    """The answer is longer than SIZE_LIMIT octets."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, headers by their lower-case names."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


FAULTS = (OSError, httpx.HTTPError, httpx.InvalidURL, UnicodeError)
"""What a call may raise besides TooMuch; none of their texts is fit for a log."""


async def call(
    target: Target,
    tls: ssl.SSLContext,
    seconds: float,
    headers: Mapping[str, str],
    body: bytes | None = None,
) -> Answer:
    """GET, or POST where there is a body, from the vetted address alone, the certificate checked against the name.

    Raises TooMuch and FAULTS.
    """
    url = httpx.URL(scheme=target.scheme, host=str(target.address), port=target.port, raw_path=target.path.encode())
    sent = {"Host": _host(target), "Accept-Encoding": "identity", **headers}
    waits = httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))
    async with httpx.AsyncClient(verify=tls, trust_env=False, follow_redirects=False, timeout=waits) as client:
        method, extensions = "GET" if body is None else "POST", {"sni_hostname": target.host}
        async with client.stream(method, url, headers=sent, content=body, extensions=extensions) as response:
            return Answer(response.status_code, dict(response.headers), await _limited(response.aiter_raw()))


async def _limited(chunks: AsyncIterator[bytes]) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > SIZE_LIMIT:
            raise TooMuch
    return bytes(body)


def _host(target: Target) -> str:
    named = authority(target.host, target.port)
    return named.removesuffix(":443" if target.scheme == "https" else ":80")
