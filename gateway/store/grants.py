"""Who was granted what: recipients, decisions taken about segments, and the candidates a search must decide first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from gateway.store.columns import columns
from gateway.store.segments import NO_PATIENT

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Grant:
    """One decision about one segment of one patient's records (NO_PATIENT: of anybody's)."""

    patient: str
    segment: int
    epoch: int
    permitted: bool
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What may be known of a record before deciding: whose custody, about whom, in which segments; no content."""

    custodian: str
    patient: str | None
    root: int
    segments: tuple[int, ...]
    epoch: int


async def policy_version(driver: asyncpg.Connection) -> int:
    """The policy version in force."""
    version: int = await driver.fetchval("SELECT version FROM policy")
    return version


async def party_number(driver: asyncpg.Connection, agency: str, role: str, purpose: str) -> int:
    """The number of a recipient as decisions see it."""
    who = agency, role, purpose
    number: int = await driver.fetchval(_PARTY, *who) or await driver.fetchval(_PARTY, *who)
    return number


async def enter(driver: asyncpg.Connection, party: int, now: datetime) -> int:
    """Bind the transaction to a recipient: row-level security shows what was granted to it, nothing else.

    Answers the policy version in force.
    """
    version: int = await driver.fetchval(
        "SELECT (SELECT version FROM policy), "
        "set_config('crosswalk.party', $1, true), set_config('crosswalk.now', $2, true)",
        *(str(party), now.isoformat()),
    )
    return version


async def hold(driver: asyncpg.Connection, patients: Iterable[str]) -> dict[str, int]:
    """Hold off revocations about these patients until the transaction ends, and answer the epoch of each.

    The epoch is 0 where no fact about a patient ever changed. Others may disclose meanwhile.
    """
    wanted = list(set(patients))
    rows = await driver.fetch("SELECT * FROM hold_patients($1)", wanted) if wanted else []
    return {str(row["patient"]): row["epoch"] for row in rows}


async def open_records(
    driver: asyncpg.Connection, wanted: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], RecordFacts]:
    """The facts of records by (type, id), revocations about their patients held off; absent records are left out."""
    pairs = list(wanted)
    if not pairs:
        return {}
    rows = await driver.fetch("SELECT * FROM open_records($1, $2)", *columns(pairs))
    return {(row["type"], str(row["id"])): _facts(row) for row in rows}


def _facts(row: asyncpg.Record) -> RecordFacts:
    patient = str(row["patient"]) if row["patient"] else None
    return RecordFacts(row["custodian"], patient, row["root"], tuple(row["segments"]), row["epoch"])


async def related(driver: asyncpg.Connection, patient: str) -> list[tuple[str, str, str]]:
    """(holder, org, kind) of the relationships about a patient."""
    rows = await driver.fetch("SELECT holder, org, kind FROM relationship WHERE patient = $1", patient)
    return [(row["holder"], row["org"], row["kind"]) for row in rows]


async def open_handoffs(driver: asyncpg.Connection, patient: str) -> set[tuple[str, str]]:
    """(holder, receiver) of the referrals of a patient that were neither declined nor taken back."""
    rows = await driver.fetch(_OPEN_HANDOFFS, patient)
    return {(row["custodian"], row["receiver"]) for row in rows}


async def handed(driver: asyncpg.Connection, patient: str) -> list[tuple[str, str, frozenset[str]]]:
    """(holder, performer, labels) of every referral of a patient: what its performer was handed."""
    rows = await driver.fetch(_HANDED, patient)
    return [(row["custodian"], row["performer"], frozenset(row["labels"])) for row in rows]


async def sealed_facts(driver: asyncpg.Connection, patient: str) -> list[asyncpg.Record]:
    """The sealed Patient and Consent parts about a patient, whoever holds them, for the facts alone."""
    rows: list[asyncpg.Record] = await driver.fetch("SELECT * FROM sealed_facts_of_patient($1)", patient)
    return rows


async def grant(driver: asyncpg.Connection, party: int, policy: int, grants: Sequence[Grant]) -> None:
    """Note decisions, so that row-level security and search apply them."""
    if not grants:
        return
    rows = sorted(
        (each.patient, each.segment, each.epoch, each.permitted, each.valid_until or FOREVER) for each in grants
    )
    await driver.execute(_GRANT, party, policy, *columns(rows))


async def undecided(
    driver: asyncpg.Connection, party: int, policy: int, agency: str, patient: str | None, now: datetime
) -> list[tuple[str, int]]:
    """(patient, segment) pairs in others' custody that the agency is related to and no decision stands about."""
    rows = await driver.fetch(_UNDECIDED, party, policy, agency, patient, now)
    return [(str(row["patient"]), row["segment"]) for row in rows]


async def segments_of(driver: asyncpg.Connection, patient: str) -> list[int]:
    """Every segment that a patient's records fall into."""
    rows = await driver.fetch("SELECT segment FROM patient_segment WHERE patient = $1 ORDER BY segment", patient)
    return [row["segment"] for row in rows]


_HANDED = """
SELECT DISTINCT s.custodian, s.performer, s.labels
FROM patient_segment ps JOIN segment s ON s.id = ps.segment
WHERE ps.patient = $1 AND s.requester = s.custodian AND s.performer NOT IN ('', s.custodian)
"""

_OPEN_HANDOFFS = """
SELECT DISTINCT h.custodian, h.receiver FROM handoff h
WHERE h.patient = $1 AND NOT EXISTS (
    SELECT FROM relationship r
    WHERE (r.holder, r.org, r.patient) = (h.custodian, h.receiver, h.patient) AND r.kind = 'ended ' || h.request)
"""

_PARTY = """
WITH made AS (
    INSERT INTO party (agency, role, purpose) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id)
SELECT id FROM made UNION ALL
SELECT id FROM party WHERE (agency, role, purpose) = ($1, $2, $3)
LIMIT 1
"""
"""Finds nothing where another transaction made the row while this statement waited for it: then ask again."""

_GRANT = """
INSERT INTO granted (party, policy, patient, segment, epoch, permitted, valid_until)
SELECT $1, $2, * FROM unnest($3::uuid[], $4::integer[], $5::bigint[], $6::boolean[], $7::timestamptz[])
ON CONFLICT (party, patient, segment) DO UPDATE
SET policy = excluded.policy, epoch = excluded.epoch, permitted = excluded.permitted,
    valid_until = excluded.valid_until
WHERE granted.policy <= excluded.policy
"""

_UNDECIDED = f"""
SELECT DISTINCT ps.patient, ps.segment
FROM relationship r
JOIN patient_segment ps ON ps.patient = r.patient
JOIN segment s ON s.id = ps.segment AND s.custodian = r.holder
LEFT JOIN patient_epoch e ON e.patient = ps.patient
LEFT JOIN granted g ON g.party = $1 AND g.patient = ps.patient AND g.segment = ps.segment
     AND g.policy = $2 AND g.valid_until > $5 AND g.epoch = coalesce(e.epoch, 0)
WHERE r.org = $3 AND s.custodian <> $3 AND ps.patient <> '{NO_PATIENT}'
  AND ($4::uuid IS NULL OR ps.patient = $4) AND g.party IS NULL
"""  # noqa: S608  # a constant of our own
