"""Client assertions already used: the insert under a unique key is the check, so of many racers one wins."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from gateway.clock import now
from gateway.store.database import Database

SWEEP_EVERY = 500


@dataclass(slots=True)
class UsedAssertions:
    """Shared by every worker through the database."""

    database: Database = field(repr=False)
    _since_sweep: int = 0

    async def first_use(self, issuer: str, jti: str, until: datetime) -> bool:
        """Keep (issuer, jti) at least until then; False if it was already kept."""
        digest = hashlib.sha256(jti.encode()).digest()
        async with self.database.transaction("receive") as driver:
            kept = await driver.fetchval(
                "INSERT INTO used_assertion (issuer, jti, until) VALUES ($1, $2, $3) "
                "ON CONFLICT DO NOTHING RETURNING true",
                *(issuer, digest, until),
            )
            self._since_sweep += 1
            if self._since_sweep >= SWEEP_EVERY:
                self._since_sweep = 0
                await driver.execute("DELETE FROM used_assertion WHERE until < $1", now())
        return bool(kept)
