"""Which addresses the gateway may call out to on somebody else's word: guards against request forgery (SSRF)."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""(host, port) -> its addresses as text; OSError if there are none."""

_PORTS = {"https": 443, "http": 80}
_TRANSLATED = tuple(
    map(ip_network, ("::ffff:0:0/96", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
)
"""IPv6 ranges that stand for an IPv4 address: RFC 4291 §2.5.5, RFC 6052, RFC 8215, RFC 3056, RFC 4380."""


class Forbidden(ValueError):
    """A URL that must not be called; the message names the rule and the remedy, and never the address found."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL with the one vetted address to connect to; http only where the operator listed the receiver."""

    host: str
    address: Address
    port: int
    path: str
    scheme: str = "https"


async def vet(url: str, resolve: Resolve, permitted: Iterable[Network] = ()) -> Target:
    """Resolve a URL once and vet every address found; Forbidden or OSError. permitted: private networks to allow."""
    parts = read_https(url)
    host, port = parts.hostname or "", parts.port or 443
    addresses = [ip_address(text) for text in await resolve(host, port)]
    permitted = tuple(permitted)
    if not addresses or not all(_open(address, permitted) for address in addresses):
        raise Forbidden(f"{host} does not resolve to public addresses only: publish it on a public address")
    return Target(host, addresses[0], port, _path(parts))


async def vet_receiver(url: str, resolve: Resolve, local: Collection[str]) -> Target:
    """As vet, but for receivers (host:port) that the operator listed: those may be private, and without TLS.

    Raises Forbidden or OSError.
    """
    parts = _read(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    if authority(host, port) not in {each.lower() for each in local}:
        return await vet(url, resolve)
    addresses = await resolve(host, port)
    if not addresses:
        raise Forbidden(f"{host} does not resolve: check the name of the receiver")
    return Target(host, ip_address(addresses[0]), port, _path(parts), parts.scheme)


def authority(host: str, port: int) -> str:
    """host:port as a URL writes it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


async def resolve(host: str, port: int) -> list[str]:
    """Addresses of a host by the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def read_https(url: str) -> SplitResult:
    """The parts of a plain https URL, before any name is resolved; Forbidden for anything else."""
    parts = _read(url)
    if parts.scheme != "https":
        raise Forbidden("a URL to fetch must begin with https:// and name a host")
    return parts


def _read(url: str) -> SplitResult:
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise Forbidden("a URL to fetch may hold printable ASCII characters only")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as problem:
        raise Forbidden("a URL to fetch cannot be read") from problem
    if parts.scheme not in _PORTS or not parts.hostname or port == 0:
        raise Forbidden("a URL to fetch must begin with https:// and name a host")
    if "@" in parts.netloc or parts.fragment:
        raise Forbidden("a URL to fetch may not carry user names, passwords or fragments")
    return parts


def _path(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _open(address: Address, permitted: tuple[Network, ...]) -> bool:
    if any(address in network for network in permitted):
        return True
    if isinstance(address, IPv6Address) and any(address in network for network in _TRANSLATED):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved
