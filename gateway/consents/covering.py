"""Which of a holder's records a consent opens, to whom and for what: each decided now, with the consent and without."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg

from consent.decide import decide
from consent.terms import Consent, Decision, Effect
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
        held = await confirmations.segments_held(driver, holder, patient)
        segments = await self.segments.look_up(driver, {number for _, _, number in held})
        askers = list(self._askers(mine, holder, facts))
        found = [
            row
            for kind, record, number in held
            for who in askers
            for row in self._decided(f"{kind}/{record}", segments[number], who, (facts, _without(facts, consent)))
        ]
        return list(dict.fromkeys(found))

    def _decided(
        self, record: str, segment: Segment, who: Asker, facts: tuple[PatientFacts, PatientFacts]
    ) -> Iterable[Covered]:
        now, before = (decide(disclosure(who, segment, each, self.snapshot, self.at)) for each in facts)
        whom = f"{who.agency.id} ({who.role})"
        yield Covered(
            *(record, segment.info_class, whom, str(who.purpose)), _permits(before), _permits(now), _because(now)
        )

    def _askers(self, consent: Consent, holder: str, facts: PatientFacts) -> Iterable[Asker]:
        """The systems of those whom the consent names, for the purposes it names."""
        named = {each.org for each in consent.recipients if each.org}
        if any(each.org is None for each in consent.recipients):
            named |= {org for _, org in facts.related}
        for agency in (
            self.snapshot.agencies[name] for name in sorted(named - {holder}) if name in self.snapshot.agencies
        ):
            for client in agency.clients:
                for purpose in client.purposes:
                    if purpose in consent.purposes or not consent.purposes:
                        yield Asker(agency, client, client.role, purpose)


def _without(facts: PatientFacts, consent: str) -> PatientFacts:
    left: Mapping[str, tuple[Consent, ...]] = {
        holder: tuple(each for each in found if each.id != consent) for holder, found in facts.consents.items()
    }
    return replace(facts, consents=left)


def _permits(decision: Decision) -> bool:
    return decision.effect is not Effect.DENY


def _because(decision: Decision) -> str:
    return "; ".join(sorted({each.citation for each in decision.because}))
