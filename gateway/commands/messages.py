"""Messages as the operator may see them: the way each took, and with a reason given, the person's data in it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson

from adapters import ADAPTERS
from adapters.base import Unreadable
from gateway import clock
from gateway.agencies.model import for_adapter
from gateway.commands.operating import Store
from gateway.commands.terminal import refuse
from gateway.store.audit import AuditEntry
from gateway.store.messages import Wanted, control_key, found, listed, opened, patients_identified

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which messages are asked for; since without an offset is UTC."""

    agency: str | None = None
    status: str | None = None
    since: datetime | None = None
    control_id: str | None = field(default=None, repr=False)
    mrn: str | None = field(default=None, repr=False)
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Reveal:
    """Who asks to see a person's data, and why."""

    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class Seen:
    """The way of one message, nothing of a person in it."""

    id: str
    received: datetime
    agency: str
    channel: str
    kind: str
    status: str
    acknowledged: str
    reason: str
    mapped: Mapping[str, int]
    handoffs: tuple[str, ...]
    direction: str = "in"

    def as_json(self) -> Json:
        """The JSON that ``--json`` prints."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Revealed:
    """The bytes of a message and the Bundle that its adapter makes of them now."""

    raw: str = field(repr=False)
    bundle: Json = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """One message with its report and reply, and what was revealed."""

    seen: Seen
    report: tuple[Mapping[str, str], ...]
    reply: str = field(repr=False)
    revealed: Revealed | None = None

    def as_json(self) -> Json:
        """The JSON that ``--json`` prints."""
        told = {**self.seen.as_json(), "report": self.report, "reply": self.reply}
        return {**told, "raw": self.revealed.raw, "fhir": self.revealed.bundle} if self.revealed else told


async def seen(store: Store, wanted: Filter) -> list[Seen]:
    """The messages asked for, newest first."""
    rows: list[asyncpg.Record] = []
    for custodian in [wanted.agency] if wanted.agency else sorted(store.keyring.all):
        rows += await listed(store.driver, await _narrowed(store, custodian, wanted))
    rows.sort(key=lambda row: row["received_at"], reverse=True)
    return [_seen(row, _told(store, row)) for row in rows[: wanted.limit]]


async def shown(store: Store, message: str, asked: Reveal | None) -> Shown | None:
    """One message, revealed after the audit row is written; None where there is none."""
    row = await found(store.driver, message)
    if row is None:
        return None
    told = _told(store, row)
    revealed = await _reveal(store, row, asked) if asked else None
    return Shown(_seen(row, told), tuple(told.get("report", ())), told.get("reply", ""), revealed)


async def _narrowed(store: Store, custodian: str, wanted: Filter) -> Wanted:
    since = wanted.since.replace(tzinfo=UTC) if wanted.since and not wanted.since.tzinfo else wanted.since
    controls = _controls(store, custodian, wanted.control_id) if wanted.control_id else None
    patients = await _patients(store, custodian, wanted.mrn) if wanted.mrn else None
    return Wanted(custodian, wanted.status, since, controls, patients, wanted.limit)


def _controls(store: Store, custodian: str, control_id: str) -> list[bytes]:
    """The keyed forms of a control id: of every sender that the agency's channels list."""
    agency = store.agencies.get(custodian)
    keys, found_keys = store.keyring[custodian], []
    for channel in agency.channels if agency else ():
        senders = [(each.application, each.facility) for each in channel.senders]
        for application, facility in (*senders, ("", "")):
            found_keys.append(control_key(keys, channel.name, application, facility, control_id).control)
    return found_keys


async def _patients(store: Store, custodian: str, mrn: str) -> Iterable[str]:
    """Whose record number it is. A victim service's records are found by the victim service alone."""
    agency = store.agencies.get(custodian)
    if agency is not None and agency.status.victim_service_grantee:
        refuse(f"{custodian} is a victim service: only the service itself may look its people up (34 U.S.C. 12291).")
    return await patients_identified(store.driver, store.keyring[custodian], mrn)


def _told(store: Store, row: asyncpg.Record) -> Json:
    if row["wrapped"] is None:
        return {"refusal": {"reason": "its content was destroyed"}}
    told: Json = orjson.loads(opened(row, "told", store.keyring[row["custodian"]]))
    return told


def _seen(row: asyncpg.Record, told: Json) -> Seen:
    counts = Counter(line["outcome"] for line in told.get("report", ()))
    return Seen(
        id=str(row["id"]),
        received=row["received_at"],
        agency=row["custodian"],
        channel=row["channel"],
        kind=row["kind"],
        status=row["status"],
        acknowledged=_code(told.get("reply", "")),
        reason=told.get("refusal", {}).get("reason", ""),
        mapped=dict(sorted(counts.items())),
        handoffs=tuple(told.get("handoffs", ())),
    )


def _code(reply: str) -> str:
    """The acknowledgement code of an HL7 v2 reply (MSA-1); "replied" for other formats, empty where none was sent."""
    segments = [line.split("|") for line in reply.split("\r")]
    codes = [fields[1] for fields in segments if fields[0] == "MSA" and len(fields) > 1]
    return codes[0] if codes else ("replied" if reply else "")


async def _reveal(store: Store, row: asyncpg.Record, asked: Reveal) -> Revealed:
    if row["wrapped"] is None:
        refuse("Its content was destroyed: there is nothing to reveal.")
    raw = opened(row, "sealed", store.keyring[row["custodian"]])
    content = {"message": str(row["id"]), "who": asked.who, "reason": asked.reason}
    recipient = store.operator.id if store.operator else ""
    patient = str(row["patient"]) if row["patient"] else None
    await store.note(AuditEntry(clock.now(), "reveal", row["custodian"], recipient, "revealed", patient, content))
    return Revealed(_text(raw), _bundle(store, row, raw))


def _text(raw: bytes) -> str:
    """The bytes as text: UTF-8, or a character a byte where they are not."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _bundle(store: Store, row: asyncpg.Record, raw: bytes) -> Json:
    agency = store.agencies.get(row["custodian"])
    channel = next((each for each in agency.channels if each.name == row["channel"]), None) if agency else None
    if agency is None or channel is None or channel.adapter not in ADAPTERS:
        return {}
    keys = store.keyring[agency.id]
    try:
        return ADAPTERS[channel.adapter].translate(raw, for_adapter(agency, channel), keys.identify).bundle
    except Unreadable:
        return {}
