"""Anchors: every minute the heads of all audit chains are signed (Ed25519), kept, and appended to a file.

Whoever keeps the file elsewhere can tell when rows are later cut off the end of a chain.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import asyncpg
import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.clock import now
from gateway.store.database import Database

EVERY_SECONDS = 60.0
RECENT_DAYS = 2


@dataclass(slots=True)
class AnchorKeeper:
    """Writes anchors for one gateway; several workers may, an anchor more does no harm."""

    database: Database = field(repr=False)
    seed: bytes = field(repr=False)
    data: Path

    async def run(self) -> None:
        """Anchor each minute until cancelled."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            with contextlib.suppress(asyncpg.PostgresError, OSError):
                await self.anchor()

    async def anchor(self) -> None:
        """Sign the heads of the chains that grew lately."""
        at = now()
        async with self.database.transaction("receive") as driver:
            rows = await driver.fetch(_HEADS, f"{RECENT_DAYS} days")
            heads = orjson.dumps(
                {str(row["chain"]): [row["number"], row["digest"].hex()] for row in rows}, option=orjson.OPT_SORT_KEYS
            )
            signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(_signed(at, heads))
            await driver.execute(
                "INSERT INTO anchor (at, heads, signature) VALUES ($1, $2::text::jsonb, $3) ON CONFLICT DO NOTHING",
                *(at, heads.decode(), signature),
            )
        line = {"at": at.isoformat(), "heads": orjson.loads(heads), "signature": signature.hex()}
        with (self.data / "anchors.jsonl").open("ab") as file:
            file.write(orjson.dumps(line) + b"\n")


def public_key(seed: bytes) -> Ed25519PublicKey:
    """The key that verifies this gateway's anchors."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key()


async def forged(driver: asyncpg.Connection, seed: bytes) -> list[str]:
    """Anchors whose signature does not hold."""
    key, found = public_key(seed), []
    for row in await driver.fetch("SELECT at, heads::text AS heads, signature FROM anchor ORDER BY at"):
        heads = orjson.dumps(orjson.loads(row["heads"]), option=orjson.OPT_SORT_KEYS)
        try:
            key.verify(row["signature"], _signed(row["at"], heads))
        except InvalidSignature:
            found.append(f"anchor of {row['at']}: the signature is not this gateway's")
    return found


class ExportFault(Exception):
    """A line of the exported anchors cannot be read; the text says which."""


async def altered_since_export(driver: asyncpg.Connection, seed: bytes, lines: Sequence[bytes]) -> list[str]:
    """The first row of each chain that is gone or differs from what was exported. Raises ExportFault.

    A last line that was cut off while it was written is passed over.
    """
    key, wanted, found = public_key(seed), {}, []
    for number, line in enumerate(lines, 1):
        try:
            at, heads, signature = _exported(line)
        except (ValueError, KeyError, TypeError) as fault:
            if number == len(lines):
                break
            raise ExportFault(f"line {number} of the exported anchors is not an anchor: export them again") from fault
        try:
            key.verify(signature, _signed(at, orjson.dumps(heads, option=orjson.OPT_SORT_KEYS)))
        except InvalidSignature:
            found.append(f"exported anchor of {at}: the signature is not this gateway's")
            continue
        wanted.update({(chain, head[0]): (head[1], at) for chain, head in heads.items()})
    return found + await _differing(driver, wanted)


def _exported(line: bytes) -> tuple[datetime, dict[str, tuple[int, str]], bytes]:
    read = orjson.loads(line)
    heads = {chain: (int(number), str(digest)) for chain, (number, digest) in read["heads"].items()}
    return datetime.fromisoformat(read["at"]), heads, bytes.fromhex(read["signature"])


async def _differing(driver: asyncpg.Connection, wanted: Mapping[tuple[str, int], tuple[str, datetime]]) -> list[str]:
    faults: dict[str, str] = {}
    for (chain, number), (digest, at) in sorted(wanted.items()):
        there = await driver.fetchval("SELECT digest FROM audit WHERE chain = $1 AND number = $2", chain, number)
        if there is None or there.hex() != digest:
            what = "is gone from the audit" if there is None else "differs"
            faults.setdefault(chain, f"chain {chain} row {number}: {what}, against the exported anchor of {at}")
    return list(faults.values())


def _signed(at: datetime, heads: bytes) -> bytes:
    return str(at.timestamp()).encode() + b"|" + heads


_HEADS = """
SELECT DISTINCT ON (chain) chain, number, digest FROM audit
WHERE chain IN (SELECT DISTINCT chain FROM audit WHERE at > now() - $1::text::interval)
ORDER BY chain, number DESC
"""
