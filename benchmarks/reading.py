"""Reads and creates over HTTP: beside a bare stored-blob read, and beside a peer."""

import asyncio
import json
import uuid
from pathlib import Path
from typing import Any

import httpx

from benchmarks import floor_read
from benchmarks.load import Job, run_load
from benchmarks.peers import sekmet
from benchmarks.row import Load, Row, Scale, ratio_of, told
from benchmarks.stand import Stand, wait_for_port
from tests.parties import Party

Json = dict[str, Any]
READER = "harbor-recovery-system"
WRITER = "cityhosp-ehr"

PATIENT: Json = {
    "resourceType": "Patient",
    "identifier": [{"system": "urn:example:bench", "value": "${unique}"}],
    "name": [{"family": "Quillfeather", "given": ["Tess"]}],
    "gender": "female",
    "birthDate": "1988-02-14",
    "address": [{"line": ["12 Elm St"], "city": "Springfield", "state": "IL", "postalCode": "62701"}],
}
TASK: Json = {
    "resourceType": "Task",
    "identifier": [{"system": "urn:example:bench", "value": "${unique}"}],
    "status": "requested",
    "intent": "order",
    "code": {"text": "Referral to service provider"},
    "authoredOn": "2026-01-05T09:30:00Z",
}


def reads(stand: Stand, scale: Scale) -> list[Row]:
    """Read a Task: token, decision, unsealing, redaction and audit, against the same bytes read bare."""
    gateway = stand.gateway()
    party = gateway.party(READER)
    tasks = [each["id"] for each in party.search("Task?_count=50")]
    bodies = {each: party.get(f"Task/{each}").body for each in tasks}
    asyncio.run(_store(stand, bodies))
    floor = stand.floor("floor_read")
    asked = tuple(("GET", f"/fhir/Task/{each}", "") for each in tasks)
    ours, bare = _interleaved(scale, asked, gateway.port, floor, party)
    one = run_load(Job(gateway.port, 1, min(200, scale.requests), asked, party.token))
    figures = {"ours": told(ours, "read"), "floor": told(bare, "read"), "one at a time": told([one], "read")}
    return [Row("read a Task / bare blob", ratio_of(ours, bare), 0.35, figures)]


def against_peer(stand: Stand, scale: Scale, folder: Path) -> list[Row]:
    """Read a Task, create a Task, create a Patient: against sekmet-fhir, strict, where it can be had."""
    party = stand.gateway().party(WRITER)
    mine = str(party.post("Task", _sent(TASK)).json["id"])
    ours = {
        "read": (f"/fhir/Task/{mine}", ""),
        "Task": ("/fhir/Task", json.dumps(TASK)),
        "Patient": ("/fhir/Patient", json.dumps(PATIENT)),
    }
    with sekmet(folder, wanted=scale.peers) as peer:
        theirs: dict[str, tuple[str, str]] = {}
        if peer.port:
            wait_for_port(peer.port, "/fhir/metadata")
            made = httpx.post(f"http://127.0.0.1:{peer.port}/fhir/Task", json=_sent(TASK))
            theirs = {**ours, "read": (f"/fhir/Task/{made.json()['id']}", "")}
        return [_compared(name, goal, scale, party, ours, (peer.port, theirs), peer.why) for name, goal in GOALS]


GOALS = (("read", 3.0), ("Task", 6.0), ("Patient", 6.0))
NAMES = {"read": "read a Task / sekmet-fhir", "Task": "create a Task / sekmet-fhir"}


def _compared(
    name: str,
    goal: float,
    scale: Scale,
    party: Party,
    ours: dict[str, tuple[str, str]],
    peer: tuple[int, dict[str, tuple[str, str]]],
    why: str,
) -> Row:
    title = NAMES.get(name, f"create a {name} / sekmet-fhir")
    port, theirs = peer
    mine, other = [], []
    for _ in range(scale.rounds):
        mine.append(_round(scale, int(party.root.rpartition(":")[2]), ours[name], party.token))
        if port:
            other.append(_round(scale, port, theirs[name], ""))
    figures = {"ours": told(mine, "request"), "sekmet-fhir": told(other, "request") if other else why}
    return Row(title, ratio_of(mine, other) if other else None, goal, figures)


def _round(scale: Scale, port: int, asked: tuple[str, str], token: str) -> Load:
    path, body = asked
    method, status, count = ("POST", 201, scale.requests // 2) if body else ("GET", 200, scale.requests)
    return run_load(Job(port, scale.connections, count, ((method, path, body),), token, status))


def _interleaved(
    scale: Scale, asked: tuple[tuple[str, str, str], ...], one: int, other: int, party: Party
) -> tuple[list[Load], list[Load]]:
    run_load(Job(one, scale.connections, len(asked), asked, party.token))
    first, second = [], []
    for _ in range(scale.rounds):
        first.append(run_load(Job(one, scale.connections, scale.requests, asked, party.token)))
        second.append(run_load(Job(other, scale.connections, scale.requests, asked)))
    return first, second


async def _store(stand: Stand, bodies: dict[str, bytes]) -> None:
    async with stand.owner() as sql:
        await sql.execute(floor_read.TABLE)
        await sql.executemany(floor_read.PUT, [("Task", uuid.UUID(each), body) for each, body in bodies.items()])


def _sent(resource: Json) -> Json:
    found: Json = json.loads(json.dumps(resource).replace("${unique}", str(uuid.uuid4())))
    return found
