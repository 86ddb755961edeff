"""Checks of channels: adapters that exist, who may connect, and that every sender belongs to one channel only."""

import re
from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from gateway.agencies.model import Agency, Channel, Transport
from gateway.agencies.problems import Place, Problem, nearest
from gateway.agencies.within import FOLDER, check_profile, check_zone

ADAPTERS = frozenset({"hospital", "police", "community", "worklist", "fhir"})
"""The names under which adapters are registered."""

FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_WIDEST = {4: 8, 6: 32}


def check_channels(agency: Agency, at: Place, mllp_host: str) -> Iterator[Problem]:
    """What is wrong with the channels of one agency, for a gateway whose MLLP listener binds mllp_host."""
    for index, channel in enumerate(agency.channels):
        place = at.key("channels").item(index)
        if channel.adapter not in ADAPTERS:
            yield place.key("adapter").problem("unknown-adapter", "is no adapter.", nearest(channel.adapter, ADAPTERS))
        if channel.zone:
            yield from check_zone(channel.zone, place.key("zone"))
        if channel.profile:
            yield from check_profile(channel.profile, place.key("profile"))
        yield from _clients_exist(agency, channel, place)
        yield from _transport(channel, place, mllp_host)


def is_loopback(host: str) -> bool:
    """Whether a listener bound to this host is reachable from this machine only."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _clients_exist(agency: Agency, channel: Channel, at: Place) -> Iterator[Problem]:
    own = {client.id for client in agency.clients}
    for index, client in enumerate(channel.clients):
        if client not in own:
            remedy = f"Add it under [[clients]]. {nearest(client, own)}".strip()
            yield at.key("clients").item(index).problem("unknown-client", "is no client of this agency.", remedy)


def _transport(channel: Channel, at: Place, mllp_host: str) -> Iterator[Problem]:
    if channel.transport is Transport.MLLP:
        yield from _mllp(channel, at, mllp_host)
    elif channel.transport is Transport.FOLDER and not FOLDER.fullmatch(channel.folder):
        fault = "is not a folder below the gateway's inbox."
        yield at.key("folder").problem(
            "bad-folder", fault, "Write a relative path, no part of it beginning with a dot."
        )


def _mllp(channel: Channel, at: Place, mllp_host: str) -> Iterator[Problem]:
    if not channel.senders:
        fault = "is empty, and MLLP carries no other proof of who speaks."
        yield at.key("senders").problem("no-sender", fault, "List application and facility (MSH-3, MSH-4).")
    if not (channel.peers or channel.certificates or is_loopback(mllp_host)):
        fault = f"is empty, and the MLLP listener binds {mllp_host}: anyone could send in this agency's name."
        yield at.key("peers").problem("open-mllp", fault, "List the sender's addresses, or its certificates.")
    for index, peer in enumerate(channel.peers):
        yield from _peer(peer, at.key("peers").item(index))
    for index, fingerprint in enumerate(channel.certificates):
        if not FINGERPRINT.fullmatch(fingerprint):
            remedy = "Write its 64 lower-case hexadecimal digits."
            yield at.key("certificates").item(index).problem("bad-fingerprint", "is no SHA-256 fingerprint.", remedy)


def _peer(peer: str, at: Place) -> Iterator[Problem]:
    try:
        network = ip_network(peer)
    except ValueError:
        yield at.problem("bad-peer", "is no address or network.", "Write 10.1.2.3 or 10.1.2.0/24.")
        return
    if network.prefixlen < _WIDEST[network.version]:
        yield at.problem("open-mllp", "lets in most of the internet.", "Name the sender's own network.")
