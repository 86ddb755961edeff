"""Why a recipient gets a record or does not: the engine's own decision on the live facts, taken by the operator.

Nothing of this is on the wire: a recipient learns of no decision. The same functions as the way out gather the facts.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import orjson

from consent.decide import decide_record
from consent.explain import REVIEW
from consent.terms import Decision, Effect, Finding, Strength
from gateway.clock import now
from gateway.demo.sandbox import Sandbox
from gateway.disclose.facts import NOBODY, Asker, disclosure, of_patient
from gateway.registry import Registry
from gateway.settings import Settings
from gateway.store import audit, grants, messages
from gateway.store.database import connect, owner_url
from gateway.store.embedded import EmbeddedServer
from gateway.store.keyring import KeyRing, open_key_ring
from gateway.store.keys import read_key_file
from gateway.store.owner import owner_session
from gateway.store.segments import Segments

SURENESS = tuple(Strength)
"""From the text itself to memory alone."""
UNKNOWN = "nothing is known here"


@dataclass(frozen=True, slots=True)
class Reason:
    """What the engine decided: the citations of the findings that determined it, and how sure their reading is."""

    effect: Effect
    citation: str
    review: str


@dataclass(frozen=True, slots=True)
class Operator:
    """The operator at the database of the running gateway."""

    driver: asyncpg.Connection = field(repr=False)
    keyring: KeyRing
    registry: Registry
    segments: Segments

    async def reason(self, client: str, kind: str, record: str) -> Reason:
        """Why a client gets this record now, or does not."""
        facts = (await grants.open_records(self.driver, [(kind, record)])).get((kind, record))
        if facts is None:
            return Reason(Effect.DENY, UNKNOWN, "")
        snapshot, at = self.registry.current, now()
        agency, entry = snapshot.client(client) or (None, None)
        if agency is None or entry is None:
            return Reason(Effect.DENY, UNKNOWN, "")
        who, about = Asker(agency, entry, entry.role, entry.purposes[0]), NOBODY
        if facts.patient:
            about = await of_patient(self.driver, facts.patient, facts.epoch, snapshot, self.keyring)
        parts = await self.segments.look_up(self.driver, facts.segments)
        asked = {str(number): disclosure(who, part, about, snapshot, at) for number, part in parts.items()}
        return reason_of(decide_record(asked))

    def party(self, client: str) -> str:
        """The agency of a client, with its unit where it works for one."""
        agency, entry = self.registry.current.client(client) or (None, None)
        if agency is None or entry is None:
            raise LookupError(f"{client} is no registered client")
        return f"{agency.id}/{entry.unit}" if entry.unit else agency.id

    async def reports(self, agency: str) -> list[dict[str, Any]]:
        """What was told about each message an agency sent, newest first."""
        rows = await messages.listed(self.driver, messages.Wanted(agency))
        keys = self.keyring[agency]
        return [orjson.loads(messages.opened(row, "told", keys)) for row in rows]

    async def verify(self) -> audit.Verdict:
        """Whether every audit chain is whole."""
        return await audit.verify(self.driver)


def reason_of(decision: Decision) -> Reason:
    """The decision in one line: every citation once, refusals after permits, and the least sure reading among them."""
    permits, refusals = (_citations(decision, effect) for effect in (Effect.PERMIT, Effect.DENY))
    said = f"{permits}; the rest withheld by {refusals}" if permits and refusals else permits or refusals
    return Reason(decision.effect, said, REVIEW[least_sure(decision.because)])


def _citations(decision: Decision, effect: Effect) -> str:
    return "; ".join(sorted({finding.citation for finding in decision.because if finding.effect is effect}))


def least_sure(findings: Iterable[Finding]) -> Strength:
    """The weakest strength among findings."""
    return max((finding.strength for finding in findings), key=SURENESS.index, default=Strength.FROM_MEMORY)


@asynccontextmanager
async def operator(place: Sandbox) -> AsyncIterator[Operator]:
    """The operator's session beside the running gateway."""
    settings = Settings(data=place.data, key_file=place.key_file, database_url="")
    under = read_key_file(settings.key_file)
    async with owner_session(settings) as driver:
        keyring = await open_key_ring(driver, under)
        registry = Registry(keyring)
        await registry.refresh(driver)
        database = connect(owner_url(EmbeddedServer(place.data).url), under)
        try:
            yield Operator(driver, keyring, registry, Segments(database))
        finally:
            await database.close()
