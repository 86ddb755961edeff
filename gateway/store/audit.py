"""The audit: rows chained by digests of sealed content, one chain per writing connection, heads signed into anchors.

Content can be destroyed (its data key deleted) without breaking the proof, for the digests cover what is sealed.
"""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

import asyncpg
import orjson

from gateway.store.columns import columns
from gateway.store.keys import CustodianKeys
from gateway.store.seal import new_key, seal, unseal, unwrap, wrap

START = bytes(32)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row: who got or sent what of whom, why, with what outcome. content is sealed, the rest is in clear."""

    at: datetime
    kind: str
    custodian: str
    recipient: str
    outcome: str
    patient: str | None = None
    content: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(slots=True)
class _Head:
    chain: uuid.UUID
    number: int
    digest: bytes


class AuditChains:
    """The chains of one worker, one per database connection; a connection writes one transaction at a time."""

    def __init__(self) -> None:
        self._heads: WeakKeyDictionary[asyncpg.Connection, _Head] = WeakKeyDictionary()

    async def append(
        self, driver: asyncpg.Connection, entries: Sequence[tuple[AuditEntry, CustodianKeys]]
    ) -> "Appended":
        """Write the entries within the running transaction. Call ``kept`` on the answer after the commit."""
        head = self._heads.get(driver) or _Head(uuid.uuid4(), 0, START)
        rows, keys = [], []
        if not entries:
            return Appended(self, driver, head)
        for entry, custodian_keys in entries:
            row, key = _row(head, entry, custodian_keys)
            rows.append(row)
            keys.append(key)
            head = _Head(head.chain, row[1], row[9])
        await driver.execute(_APPEND, *columns(rows), *columns(keys))
        return Appended(self, driver, head)

    def advance(self, driver: asyncpg.Connection, head: _Head) -> None:
        """The committed head of the connection's chain."""
        self._heads[driver] = head


@dataclass(slots=True)
class Appended:
    """Rows written but not yet committed."""

    chains: AuditChains
    driver: asyncpg.Connection
    head: _Head

    def kept(self) -> None:
        """The transaction is committed: the chain goes on from here."""
        self.chains.advance(self.driver, self.head)


def _row(head: _Head, entry: AuditEntry, keys: CustodianKeys) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    number, key, key_id = head.number + 1, new_key(), uuid.uuid4()
    identity = f"audit|{head.chain}|{number}".encode()
    sealed = seal(orjson.dumps(entry.content), key, identity)
    clear = (head.chain, number, entry.at, entry.kind, entry.custodian, entry.recipient, entry.patient, entry.outcome)
    digest = digest_of(head.digest, clear, sealed)
    row = (*clear, head.digest, digest, key_id, sealed)
    return row, (entry.custodian, key_id, wrap(key, keys.wrapping))


def digest_of(previous: bytes, clear: Sequence[object], sealed: bytes) -> bytes:
    """The digest of a row: of the one before, the columns in clear, and the sealed content."""
    words = orjson.dumps([str(word) if word is not None else None for word in _canonical(clear)])
    return hashlib.sha256(previous + hashlib.sha256(words).digest() + hashlib.sha256(sealed).digest()).digest()


def _canonical(clear: Sequence[object]) -> list[object]:
    return [word.timestamp() if isinstance(word, datetime) else word for word in clear]


_APPEND = """
WITH kept AS (
    INSERT INTO audit (chain, number, at, kind, custodian, recipient, patient, outcome, previous, digest, key, sealed)
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::uuid[],
                         $8::text[], $9::bytea[], $10::bytea[], $11::uuid[], $12::bytea[]))
INSERT INTO data_key (custodian, id, wrapped) SELECT * FROM unnest($13::text[], $14::uuid[], $15::bytea[])
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying found: rows and chains read, and the first fault of each broken chain."""

    chains: int
    rows: int
    faults: tuple[str, ...]


async def verify(driver: asyncpg.Connection) -> Verdict:
    """Recompute every chain and compare with the signed anchors; names the first bad row of each broken chain."""
    heads: dict[uuid.UUID, tuple[int, bytes]] = {}
    digests: dict[tuple[uuid.UUID, int], bytes] = {}
    broken: dict[uuid.UUID, str] = {}
    rows = 0
    async with driver.transaction():
        async for row in driver.cursor("SELECT * FROM audit ORDER BY chain, number"):
            rows += 1
            chain = row["chain"]
            number, digest = heads.get(chain, (0, START))
            fault = _fault(row, number, digest)
            if fault and chain not in broken:
                broken[chain] = fault
            heads[chain] = (row["number"], row["digest"])
            digests[chain, row["number"]] = row["digest"]
        await _compare_with_anchors(driver, digests, broken)
    return Verdict(len(heads), rows, tuple(broken.values()))


def _fault(row: asyncpg.Record, number: int, digest: bytes) -> str:
    place = f"chain {row['chain']} row {row['number']}"
    if row["number"] != number + 1:
        return f"{place}: rows {number + 1} to {row['number'] - 1} are missing"
    if row["previous"] != digest:
        return f"{place}: does not follow the row before it"
    clear = [row[name] for name in ("chain", "number", "at", "kind", "custodian", "recipient", "patient", "outcome")]
    if digest_of(row["previous"], clear, row["sealed"]) != row["digest"]:
        return f"{place}: was changed after it was written"
    return ""


async def _compare_with_anchors(
    driver: asyncpg.Connection, digests: dict[tuple[uuid.UUID, int], bytes], broken: dict[uuid.UUID, str]
) -> None:
    """Note the first anchored row of each chain that is gone or differs."""
    async for row in driver.cursor("SELECT at, heads::text AS heads FROM anchor ORDER BY at"):
        for chain, (number, digest) in orjson.loads(row["heads"]).items():
            there, place = digests.get((uuid.UUID(chain), number)), f"chain {chain} row {number}"
            if there is None:
                fault = f"{place}: is in the anchor of {row['at']} and gone from the audit"
                broken.setdefault(uuid.UUID(chain), fault)
            elif there.hex() != digest:
                broken.setdefault(uuid.UUID(chain), f"{place}: differs from the anchor of {row['at']}")


@dataclass(frozen=True, slots=True)
class Disclosed:
    """An audit row about a disclosure, opened: when, to whom, with which content; place is ``chain:number``."""

    place: str
    at: datetime
    recipient: str
    content: dict[str, Any] = field(repr=False)


async def disclosed(driver: asyncpg.Connection, keys: CustodianKeys, patient: str) -> list[Disclosed]:
    """Everything of a custodian's that was told about a patient, oldest first; a row whose key is gone is left out."""
    rows = await driver.fetch(_DISCLOSED, keys.custodian, patient)
    return [
        Disclosed(f"{row['chain']}:{row['number']}", row["at"], row["recipient"], _opened(row, keys)) for row in rows
    ]


def _opened(row: asyncpg.Record, keys: CustodianKeys) -> dict[str, Any]:
    identity = f"audit|{row['chain']}|{row['number']}".encode()
    content: dict[str, Any] = orjson.loads(unseal(row["sealed"], unwrap(row["wrapped"], keys.wrapping), identity))
    return content


_DISCLOSED = """
SELECT a.chain, a.number, a.at, a.recipient, a.sealed, k.wrapped
FROM audit a JOIN data_key k ON k.custodian = a.custodian AND k.id = a.key
WHERE a.custodian = $1 AND a.patient = $2
  AND (a.kind, a.outcome) IN (('disclose', 'disclosed'), ('deliver', 'delivered'))
ORDER BY a.at, a.chain, a.number
"""
