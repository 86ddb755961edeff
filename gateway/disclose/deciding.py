"""Decisions about segments within one transaction: cached, granted to row-level security, taken again when void."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import asyncpg
import structlog

from consent.decide import decide
from consent.directives import says
from consent.notices import consent_scope
from consent.terms import Consent, ConsentDecision, Decision, Disclosure, Effect, FhirJson, Obligation, Recipient
from gateway.disclose.facts import NOBODY, Asker, PatientFacts, disclosure, of_patient, turns
from gateway.metrics import ALARMS
from gateway.registry import Registry, Snapshot
from gateway.store import grants
from gateway.store.database import Database
from gateway.store.grants import Grant
from gateway.store.keyring import KeyRing
from gateway.store.segments import NO_PATIENT, Segment, Segments

log = structlog.get_logger("gateway.disclose")

CACHED = 50_000

CacheKey = tuple[int, str, int, int, int]
"""Party, patient, segment, the patient's epoch and the policy version: every fact that is not the time."""


@dataclass(slots=True)
class Entered:
    """A transaction bound to one asker."""

    driver: asyncpg.Connection = field(repr=False)
    who: Asker
    party: int
    snapshot: Snapshot
    now: datetime
    known: dict[str, PatientFacts] = field(default_factory=dict, repr=False)
    scopes: dict[int, tuple[FhirJson, ...]] = field(default_factory=dict, repr=False)
    """By segment: the consents that a disclosure rests on, explained (42 CFR 2.32(b))."""
    insisting: bool = False
    """Whether a search decides once more when revocations are held off: what it decided before was void by then."""
    granting: set[CacheKey] = field(default_factory=set, repr=False)
    """What this transaction grants: nobody else can count on it before the commit."""


class Decisions:
    """Takes and remembers the decisions of one worker."""

    def __init__(self, database: Database, keyring: KeyRing, segments: Segments) -> None:
        self._database = database
        self._keyring = keyring
        self._segments = segments
        self._parties: dict[tuple[str, str, str], int] = {}
        self._cache: dict[CacheKey, Decision] = {}
        self._scopes: dict[CacheKey, tuple[FhirJson, ...]] = {}
        self._standing: set[CacheKey] = set()

    async def introduce(self, who: Asker) -> None:
        """Give the asker its number, in a transaction of its own: it stands whatever becomes of the disclosure."""
        if who.key not in self._parties:
            async with self._database.transaction("disclose") as driver:
                number = await grants.party_number(driver, *who.key)
            self._parties[who.key] = number

    async def enter(self, driver: asyncpg.Connection, who: Asker, registry: Registry, now: datetime) -> Entered:
        """Bind the transaction to the asker under the policy in force."""
        party = self._parties[who.key]
        snapshot = await registry.at(driver, await grants.enter(driver, party, now))
        return Entered(driver, who, party, snapshot, now)

    async def about(
        self, entered: Entered, patient: str | None, segments: Iterable[int], epoch: int | None = None
    ) -> Mapping[int, Decision]:
        """Decide these segments of one patient's records, revocations held off until the transaction ends.

        epoch is the patient's as read under that hold, None where the hold is still to be taken.
        """
        if patient is None:
            return await self._settle(entered, NO_PATIENT, 0, segments)
        if epoch is None:
            epoch = (await grants.hold(entered.driver, [patient]))[patient]
        return await self._settle(entered, patient, epoch, segments)

    async def of_own(self, entered: Entered) -> None:
        """Grant what does not depend on the patient: the asker's own records, and what concerns nobody."""
        operator = entered.snapshot.operator
        custodians = {entered.who.agency.id, operator.id if operator else entered.who.agency.id}
        segments = await self._segments.of_custodians(entered.driver, custodians)
        await self._settle(entered, NO_PATIENT, 0, segments)

    async def of_related(self, entered: Entered, patient: str | None = None) -> None:
        """Decide what others hold about patients the asker is related to, where no decision stands."""
        policy, agency = entered.snapshot.version, entered.who.agency.id
        pairs = await grants.undecided(entered.driver, entered.party, policy, agency, patient, entered.now)
        wanted: dict[str, list[int]] = {}
        for about, segment in pairs:
            wanted.setdefault(about, []).append(segment)
        for about, segments in sorted(wanted.items()):
            await self.about(entered, about, segments)

    async def _settle(self, entered: Entered, patient: str, epoch: int, segments: Iterable[int]) -> dict[int, Decision]:
        """Decide these segments; where one of them is new to the asker, all of the patient's, granted at once.

        Grants of one patient are then always written in one order: two transactions of one asker wait for each other
        at most, and never in a circle.
        """
        wanted = set(segments)
        key = (entered.party, patient, epoch, entered.snapshot.version)
        if patient != NO_PATIENT and not all(self._stands((*key[:2], each, *key[2:]), entered) for each in wanted):
            every = wanted.union(await grants.segments_of(entered.driver, patient))
        else:
            every = wanted
        found = await self._segments.look_up(entered.driver, sorted(every))
        keys = {number: (entered.party, patient, number, epoch, entered.snapshot.version) for number in found}
        if any(self._cached(key, entered.now) is None for key in keys.values()):
            await self._learn(entered, patient, epoch)
        decided: dict[int, Decision] = {}
        new: list[Grant] = []
        for number, segment in sorted(found.items()):
            key_of = keys[number]
            decision = self._cached(key_of, entered.now) or self._decide(key_of, entered, segment)
            entered.scopes[number] = self._scopes.get(key_of, ())
            if number in wanted:
                decided[number] = decision
            permitted = decision.effect is not Effect.DENY
            if not self._stands(key_of, entered) and (permitted or patient != NO_PATIENT):
                new.append(Grant(patient, number, epoch, permitted, decision.valid_until))
                entered.granting.add(key_of)
        await grants.grant(entered.driver, entered.party, entered.snapshot.version, new)
        return decided

    def _stands(self, key: CacheKey, entered: Entered) -> bool:
        return key in self._standing or key in entered.granting

    async def _learn(self, entered: Entered, patient: str, epoch: int) -> None:
        """Read the facts about a patient, once a transaction."""
        known = entered.known.get(patient)
        if patient != NO_PATIENT and (known is None or known.epoch != epoch):
            facts = await of_patient(entered.driver, patient, epoch, entered.snapshot, self._keyring)
            entered.known[patient] = facts

    def committed(self, entered: Entered) -> None:
        """The transaction is committed: what it granted stands for every other."""
        self._standing |= entered.granting

    def _cached(self, key: CacheKey, now: datetime) -> Decision | None:
        cached = self._cache.get(key)
        return cached if cached and (cached.valid_until is None or now < cached.valid_until) else None

    def _decide(self, key: CacheKey, entered: Entered, segment: Segment) -> Decision:
        self._standing.discard(key)
        given = entered.who, segment, entered.known.get(key[1], NOBODY), entered.snapshot, entered.now
        facts = disclosure(*given)
        decision = _until(decide(facts), turns(*given))
        if decision.alarm:
            ALARMS.inc()
            log.error("a law failed", alarm=decision.alarm, segment=key[2])
        if len(self._cache) >= CACHED:
            self._cache.clear()
            self._scopes.clear()
            self._standing.clear()
        self._cache[key] = decision
        if Obligation.CONSENT_COPY_2_32B in decision.obligations:
            self._scopes[key] = scope_of(facts, entered.snapshot)
        return decision


def _until(decision: Decision, end: datetime | None) -> Decision:
    """The decision, good until the facts turn."""
    if end is None or (decision.valid_until is not None and decision.valid_until <= end):
        return decision
    return replace(decision, valid_until=end)


def scope_of(facts: Disclosure, snapshot: Snapshot) -> tuple[FhirJson, ...]:
    """The consents that permit a disclosure, explained to its recipient: others named on the form are left out."""
    relied = [each for each in facts.consents if says(facts, each) is ConsentDecision.PERMIT]
    narrowed = [replace(each, recipients=_about(each, facts.actor.org), provisions=()) for each in relied]
    return consent_scope(narrowed, lambda org: snapshot.agencies[org].name if org in snapshot.agencies else org)


def _about(consent: Consent, org: str) -> tuple[Recipient, ...]:
    named = tuple(each for each in consent.recipients if each.org == org)
    return named or tuple(each for each in consent.recipients if each.org is None)
