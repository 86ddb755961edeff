"""Agency files written for a test, and a gateway started with them; a raw MLLP conversation."""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gateway.auth.keys import new_key_pair
from tests.live import Live, Site, temporary_folder

TOML = """
id = "{id}"
name = "{id}"
kind = "{kind}"
jurisdiction = "{jurisdiction}"
zone = "America/Chicago"
[status]
{status}
{channels}
{clients}
{more}
"""
CLIENT = """
[[clients]]
id = "{id}"
jwks_file = "keys/{id}.public.jwks"
scopes = ["system/*.cruds"]
purposes = {purposes}
role = "{role}"
{facts}
"""
MLLP = '[[channels]]\nname = "adt"\nadapter = "hospital"\ntransport = "mllp"\nsenders = [{senders}]\n'
WEB = '[[channels]]\nname = "web"\nadapter = "hospital"\ntransport = "http"\nsenders = [{senders}]\n'
STANDING = '[[standing]]\nagency = "{agency}"\nkind = "{kind}"\nfrom = 2020-01-01\n'
HOSPITAL = {"covered_entity": True, "health_care_provider": True}


@dataclass(frozen=True)
class Client:
    """A client to register; its id is also the name of its keys, facts are its further keys in TOML."""

    id: str
    purposes: tuple[str, ...] = ("TREAT",)
    role: str = "treating-physician"
    facts: Mapping[str, object] = field(default_factory=dict)

    def toml(self) -> str:
        """Its table in an agency file."""
        return CLIENT.format(
            id=self.id, purposes=json.dumps(self.purposes), role=self.role, facts=assignments(self.facts)
        )


@dataclass(frozen=True)
class Agency:
    """An agency to register; senders are pairs of MSH-3 and MSH-4, more is TOML that stands at the end."""

    id: str
    kind: str = "hospital"
    status: Mapping[str, object] = field(default_factory=lambda: HOSPITAL)
    clients: tuple[Client, ...] = ()
    senders: tuple[tuple[str, str], ...] = ()
    jurisdiction: str = "US-IL"
    standing: tuple[str, ...] = ("BAA",)
    more: str = ""

    def toml(self) -> str:
        """Its file."""
        pairs = ", ".join(f"{{ application = {quoted(a)}, facility = {quoted(f)} }}" for a, f in self.senders)
        return TOML.format(
            id=self.id,
            kind=self.kind,
            jurisdiction=self.jurisdiction,
            status=assignments(self.status),
            channels=(MLLP + WEB).format(senders=pairs) if pairs else "",
            clients="".join(client.toml() for client in self.clients),
            more=self.more,
        )


def quoted(text: str) -> str:
    """A TOML string."""
    return json.dumps(text, ensure_ascii=False)


def assignments(values: Mapping[str, object]) -> str:
    """TOML keys and values, one a line."""
    return "\n".join(f"{name} = {json.dumps(value)}" for name, value in values.items())


@contextmanager
def started(*agencies: Agency, key_sets: Mapping[str, tuple[str, str]] | None = None) -> Iterator[Live]:
    """A gateway of these agencies; key_sets are private and public JWK sets made elsewhere, by client."""
    with temporary_folder() as folder:
        write(folder, agencies, key_sets or {})
        live = Live(Site(folder))
        live.start()
        try:
            yield live
        finally:
            live.close()


def write(folder: Path, agencies: tuple[Agency, ...], key_sets: Mapping[str, tuple[str, str]]) -> None:
    """Write the agency files, the operator's standing with each, and every client's keys."""
    for name in ("agencies/keys", "private"):
        (folder / name).mkdir(parents=True)
    standing = "".join(STANDING.format(agency=each.id, kind=kind) for each in agencies for kind in each.standing)
    operator = f'id = "operator"\nname = "Operator"\nzone = "America/Chicago"\n{standing}'
    (folder / "agencies" / "operator.toml").write_text(operator)
    for agency in agencies:
        (folder / "agencies" / f"{agency.id}.toml").write_text(agency.toml())
        for client in agency.clients:
            private, public = key_sets.get(client.id) or new_key_pair()
            (folder / "private" / f"{client.id}.jwks").write_text(private)
            (folder / "agencies" / "keys" / f"{client.id}.public.jwks").write_text(public)


def connected(live: Live, seconds: float = 20) -> socket.socket:
    """A connection to the MLLP listener."""
    return socket.create_connection(("127.0.0.1", live.mllp_port), seconds)


def replies(line: socket.socket, frames: int = 1) -> list[bytes]:
    """The next replies without their frames; fewer where the other side closes or falls silent."""
    got = b""
    try:
        while got.count(b"\x1c\r") < frames and (more := line.recv(65536)):
            got += more
    except (TimeoutError, ConnectionError):
        pass
    return [each.lstrip(b"\x0b") for each in got.split(b"\x1c\r") if each]


def msa(answer: bytes) -> tuple[str, str]:
    """MSA-1 and MSA-2 of an acknowledgement, empty where there is none."""
    found = [line for line in answer.decode("latin-1").split("\r") if line.startswith("MSA")]
    fields = [*found[0].split(found[0][3]), "", ""] if found else ["", "", ""]
    return fields[1], fields[2]
