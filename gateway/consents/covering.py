"""Which of a holder's records a consent opens, to whom and for what: each decided now, with the consent and without."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg

from consent.decide import decide
from consent.terms import Consent, Decision, Effect
from gateway.agencies.model import Agency
from gateway.disclose.facts import Asker, PatientFacts, disclosure, of_patient
from gateway.registry import Snapshot
from gateway.store import confirmations, grants
from gateway.store.keyring import KeyRing
from gateway.store.segments import Segment, Segments


@dataclass(frozen=True, slots=True)
class Covered:
    """One class of one record for one recipient: whether the consent opens it, and the citation that decides."""

    record: str
    info_class: str
    recipient: str
    purpose: str
    before: bool
    now: bool
    because: str

    @property
    def outcome(self) -> str:
        """In words: opened by the consent, open anyway, or still withheld."""
        if self.now:
            return "open without it" if self.before else "opened"
        return "closed by it" if self.before else "withheld"


@dataclass(frozen=True, slots=True)
class Covering:
    """What it takes to decide: the agencies in force, the keys, the segments, and the time."""

    snapshot: Snapshot
    keyring: KeyRing
    segments: Segments
    at: datetime

    async def of(self, driver: asyncpg.Connection, holder: str, patient: str, consent: str) -> list[Covered]:
        """What one consent does to the holder's records about a patient, a row for each recipient and class."""
        epoch = (await grants.hold(driver, [patient]))[patient]
        facts = await of_patient(driver, patient, epoch, self.snapshot, self.keyring)
        mine = next((each for each in facts.consents.get(holder, ()) if each.id == consent), None)
        if mine is None:
            return []
        held = await confirmations.parts_held(driver, holder, patient)
        segments = await self.segments.look_up(driver, {number for *_, number in held})
        roots = {(kind, record): segments[number] for kind, record, part, number in held if part == ""}
        both = facts, _without(facts, consent)
        found = [
            self._decided(f"{kind}/{record}", segments[number], roots[kind, record], who, both)
            for kind, record, _, number in held
            for who in _askers(mine, holder, self.snapshot)
        ]
        named = {each.org for each in mine.recipients}
        return [row for row in dict.fromkeys(found) if row.before != row.now or row.recipient.split(" ")[0] in named]

    def _decided(
        self, record: str, segment: Segment, root: Segment, who: Asker, facts: tuple[PatientFacts, PatientFacts]
    ) -> Covered:
        """A part shows only where the root of its record does too."""
        now, before = (self._shown(segment, root, who, each) for each in facts)
        whom = f"{who.agency.id} ({who.role})"
        purpose = str(who.purpose)
        return Covered(record, segment.info_class, whom, purpose, _permits(before), _permits(now), _because(now))

    def _shown(self, segment: Segment, root: Segment, who: Asker, facts: PatientFacts) -> Decision:
        decision = decide(disclosure(who, root, facts, self.snapshot, self.at))
        if segment == root or not _permits(decision):
            return decision
        return decide(disclosure(who, segment, facts, self.snapshot, self.at))

    async def sees(self, driver: asyncpg.Connection, agency: str, patient: str, segment: int) -> bool:
        """Whether an agency may see a record of this segment about a patient, in any capacity of its systems."""
        epoch = (await grants.hold(driver, [patient]))[patient]
        facts = await of_patient(driver, patient, epoch, self.snapshot, self.keyring)
        found = (await self.segments.look_up(driver, [segment]))[segment]
        return any(
            _permits(decide(disclosure(who, found, facts, self.snapshot, self.at)))
            for who in _capacities(self.snapshot.agencies[agency])
        )


def _askers(consent: Consent, holder: str, snapshot: Snapshot) -> list[Asker]:
    """The systems of those whom the consent names, or who may fall into a class it names, for the purposes it names."""
    named = {each.org for each in consent.recipients if each.org}
    everybody = any(each.org is None for each in consent.recipients) or not consent.recipients
    names = (set(snapshot.agencies) if everybody else named & set(snapshot.agencies)) - {holder}
    capacities = (each for name in sorted(names) for each in _capacities(snapshot.agencies[name]))
    return [each for each in capacities if not consent.purposes or each.purpose in consent.purposes]


def _capacities(agency: Agency) -> list[Asker]:
    """Each system of an agency in each of its purposes."""
    return [Asker(agency, client, client.role, purpose) for client in agency.clients for purpose in client.purposes]


def _without(facts: PatientFacts, consent: str) -> PatientFacts:
    left: Mapping[str, tuple[Consent, ...]] = {
        holder: tuple(each for each in found if each.id != consent) for holder, found in facts.consents.items()
    }
    return replace(facts, consents=left)


def _permits(decision: Decision) -> bool:
    return decision.effect is not Effect.DENY


def _because(decision: Decision) -> str:
    return "; ".join(sorted({each.citation for each in decision.because}))
