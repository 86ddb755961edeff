"""What agencies are to a patient: relationships, handoffs, merges, and the epoch that voids earlier decisions."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import NamedTuple

import asyncpg

from gateway.store.columns import columns
from gateway.store.kept import RecordKey

KEEPING = 0x1
DISCLOSING = 0x2


@dataclass(frozen=True, slots=True)
class Relationship:
    """The holder made or accepted a handoff or encounter: org treats, or is asked to help, this patient."""

    holder: str
    org: str
    patient: str
    kind: str
    source: str
    recorded: datetime


def ended(request: str) -> str:
    """The kind of relationship that says that a referral was declined or taken back."""
    return f"ended {request}"


@dataclass(frozen=True, slots=True)
class Handoff:
    """The two Tasks of a referral and the request they fulfil.

    unit is the receiver's unit that works it, empty for none; message the sender's message that made it, None where
    it was written as FHIR.
    """

    custodian: str
    request: str
    sender_task: str
    receiver: str
    receiver_task: str
    patient: str
    visit: str | None
    recorded: datetime
    unit: str = ""
    message: str | None = None


class Merge(NamedTuple):
    """A retired patient record and the survivor, of one custodian."""

    custodian: str
    retired: str
    survivor: str
    event_time: str


def lock_number(patient: str, what: int) -> int:
    """The advisory lock of a patient, for keeping or for disclosing."""
    return (uuid.UUID(patient).int >> 65) ^ (what << 60)


async def begin_keeping(driver: asyncpg.Connection, custodians: Iterable[str], patients: Iterable[str]) -> int:
    """Bind the transaction to these custodians and serialise writers about these patients.

    Answers the policy version in force.
    """
    locks = sorted(lock_number(patient, KEEPING) for patient in patients)
    version: int = await driver.fetchval(
        "SELECT (SELECT version FROM policy), set_config('crosswalk.custodians', $1, true), "
        "(SELECT count(pg_advisory_xact_lock(n)) FROM unnest($2::bigint[]) n)",
        ",".join(sorted(custodians)),
        locks,
    )
    return version


async def turn(driver: asyncpg.Connection, patients: Iterable[str]) -> None:
    """Void what was granted about these patients: waits for disclosures under way, and they for the commit."""
    turned = sorted(patients)
    if not turned:
        return
    locks = sorted(lock_number(patient, DISCLOSING) for patient in turned)
    await driver.execute("SELECT pg_advisory_xact_lock(n) FROM unnest($1::bigint[]) n", locks)
    await driver.execute(
        "INSERT INTO patient_epoch (patient, epoch) SELECT p, 1 FROM unnest($1::uuid[]) p "
        "ON CONFLICT (patient) DO UPDATE SET epoch = patient_epoch.epoch + 1",
        turned,
    )


async def write(
    driver: asyncpg.Connection,
    relationships: Sequence[Relationship],
    handoffs: Sequence[Handoff],
    merges: Sequence[Merge],
) -> None:
    """Keep these, within the running transaction; what is there already stays."""
    if relationships:
        await driver.execute(_RELATE, *columns([astuple(each) for each in relationships]))
    if handoffs:
        await driver.execute(_HAND_OFF, *columns([astuple(each) for each in handoffs]))
    for merge in merges:
        await driver.execute(
            "INSERT INTO merged (custodian, retired, survivor, event_time) VALUES ($1, $2, $3, $4) "
            "ON CONFLICT (custodian, retired) DO UPDATE SET survivor = excluded.survivor, "
            "event_time = excluded.event_time WHERE merged.event_time <= excluded.event_time",
            *merge,
        )
        for statement in _MOVE:
            await driver.execute(statement, merge.custodian, merge.retired, merge.survivor)


async def carries(driver: asyncpg.Connection, custodian: str, patient: str, label: str) -> bool:
    """Whether anything that the custodian ever kept about a patient carried this label."""
    found: bool = await driver.fetchval(_CARRIES, patient, custodian, label)
    return found


async def survivors(driver: asyncpg.Connection, patients: Iterable[str]) -> dict[str, str]:
    """Where retired patients went, followed to the end."""
    rows = await driver.fetch(_SURVIVORS, list(patients))
    return {str(row["retired"]): str(row["survivor"]) for row in rows}


async def records_about(driver: asyncpg.Connection, custodian: str, patient: str) -> list[RecordKey]:
    """What a custodian keeps about a patient, but for the Patient itself and consents."""
    rows = await driver.fetch(
        "SELECT DISTINCT type, id FROM part WHERE custodian = $1 AND patient = $2 AND current "
        "AND type NOT IN ('Patient', 'Consent')",
        *(custodian, patient),
    )
    return [RecordKey(custodian, row["type"], str(row["id"])) for row in rows]


async def handoffs_about(driver: asyncpg.Connection, patients: Iterable[str]) -> dict[str, list[Handoff]]:
    """The referrals about each patient, oldest first."""
    rows = await driver.fetch("SELECT * FROM handoff WHERE patient = ANY($1) ORDER BY recorded", list(patients))
    about: dict[str, list[Handoff]] = {}
    for row in rows:
        about.setdefault(str(row["patient"]), []).append(_handoff(row))
    return about


async def handoff_of_task(driver: asyncpg.Connection, task: str) -> Handoff | None:
    """The referral that one of these Tasks belongs to, sender's or receiver's."""
    row = await driver.fetchrow("SELECT * FROM handoff WHERE receiver_task = $1 OR sender_task = $1", uuid.UUID(task))
    return _handoff(row) if row else None


def _handoff(row: asyncpg.Record) -> Handoff:
    return Handoff(
        row["custodian"],
        str(row["request"]),
        str(row["sender_task"]),
        row["receiver"],
        str(row["receiver_task"]),
        str(row["patient"]),
        str(row["visit"]) if row["visit"] else None,
        row["recorded"],
        row["unit"],
        str(row["message"]) if row["message"] else None,
    )


_CARRIES = """
SELECT EXISTS (SELECT FROM patient_segment ps JOIN segment s ON s.id = ps.segment
               WHERE ps.patient = $1 AND s.custodian = $2 AND $3 = ANY(s.labels))
"""

_RELATE = """
INSERT INTO relationship (holder, org, patient, kind, source, recorded)
SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::uuid[], $6::timestamptz[])
ON CONFLICT DO NOTHING
"""

_HAND_OFF = """
INSERT INTO handoff
    (custodian, request, sender_task, receiver, receiver_task, patient, visit, recorded, unit, message)
SELECT * FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::uuid[],
                     $8::timestamptz[], $9::text[], $10::uuid[])
ON CONFLICT DO NOTHING
"""

_SURVIVORS = """
WITH RECURSIVE chain (custodian, retired, survivor, steps) AS (
    SELECT custodian, retired, survivor, 1 FROM merged WHERE retired = ANY($1::uuid[])
    UNION
    SELECT c.custodian, c.retired, m.survivor, c.steps + 1 FROM chain c
    JOIN merged m ON m.custodian = c.custodian AND m.retired = c.survivor WHERE c.steps < 16)
SELECT DISTINCT ON (retired) retired, survivor FROM chain ORDER BY retired, steps DESC
"""

_MOVE = (
    "UPDATE part SET patient = $3 WHERE custodian = $1 AND patient = $2 AND type NOT IN ('Patient', 'Consent')",
    "UPDATE term SET patient = $3 WHERE custodian = $1 AND patient = $2 AND type NOT IN ('Patient', 'Consent')",
    "UPDATE moment SET patient = $3 WHERE custodian = $1 AND patient = $2 AND type NOT IN ('Patient', 'Consent')",
    "UPDATE handoff SET patient = $3 WHERE custodian = $1 AND patient = $2",
    """INSERT INTO patient_segment
       SELECT $3::uuid, p.segment FROM patient_segment p JOIN segment s ON s.id = p.segment
       WHERE s.custodian = $1::text AND p.patient = $2::uuid ON CONFLICT DO NOTHING""",
    """INSERT INTO relationship
       SELECT holder, org, $3::uuid, kind, source, recorded FROM relationship
       WHERE holder = $1::text AND patient = $2::uuid ON CONFLICT DO NOTHING""",
)
"""What follows a merge inside one custody: records, referrals and relationships, never consents."""
