"""News of a referral from one side's Task to the other's: each a disclosure, decided when it is delivered."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog

from consent.decide import decide
from consent.parts import Part
from consent.terms import Decision, Effect
from consent.vocabulary import InfoClass, Label, Purpose, ReceivedUnder, Role
from gateway import referral
from gateway.agencies.model import Agency, Delivery
from gateway.clock import now
from gateway.delivery.dead_letters import alert
from gateway.delivery.due import side_of
from gateway.disclose.facts import Asker, PatientFacts, disclosure, of_patient
from gateway.disclose.telling import recipient
from gateway.logs import where
from gateway.metrics import OUTBOX
from gateway.parts import NEWS
from gateway.receive.keeping import Keeper, News, elements_of, news_of, whole
from gateway.receive.owing import deliveries_owed
from gateway.registry import Registry, Snapshot
from gateway.store import grants, outbox
from gateway.store.audit import AuditEntry
from gateway.store.database import Database
from gateway.store.intake import Desk, Intake, Known
from gateway.store.kept import KeptRecord, RecordKey
from gateway.store.keyring import KeyRing
from gateway.store.messages import ControlKey
from gateway.store.outbox import Owed
from gateway.store.relations import Handoff
from gateway.store.segments import Segment, Segments

Json = dict[str, Any]
log = structlog.get_logger("gateway.delivery")

POLL_SECONDS = 0.25
UNDER = {Label.PART2: ReceivedUnder.PART2_TPO}


@dataclass(slots=True)
class NewsBearer:
    """Empties the outbox of one worker; several workers share it, a row goes to one."""

    database: Database = field(repr=False)
    intake: Intake
    registry: Registry
    keyring: KeyRing
    keeper: Keeper
    segments: Segments

    async def run(self) -> None:
        """Deliver what is due until cancelled: polling is the guarantee."""
        while True:
            try:
                busy = await self.deliver_due()
            except Exception as fault:  # noqa: BLE001  # the next round tries again
                log.warning("outbox waits", **where(fault))
                busy = False
            if not busy:
                await asyncio.sleep(POLL_SECONDS)

    async def deliver_due(self) -> bool:
        """Deliver what is due now; whether there was anything."""
        async with self.database.transaction("receive") as driver:
            claimed = await outbox.claim(driver, now())
        for owed in claimed:
            await self._deliver(owed)
        return bool(claimed)

    async def _deliver(self, owed: Owed) -> None:
        item = NewsItem(owed, self.registry.current, self.keyring, self.keeper, self.segments)
        try:
            outcome = await self.intake.submit(item)
            OUTBOX.labels(outcome).inc()
        except Exception as fault:  # noqa: BLE001  # a row that fails is put off, and in the end set aside
            log.warning("news put off", attempts=owed.attempts, **where(fault))
            OUTBOX.labels("put off").inc()
            reason = f"not decided ({type(fault).__name__})"
            async with self.database.transaction("receive") as driver:
                state = await outbox.put_off(driver, owed, now(), reason)
            if state == "dead":
                alert(owed, reason)


@dataclass(slots=True)
class NewsItem:
    """One row of the outbox: decided, written into the other side's Task, audited and crossed off at once."""

    owed: Owed
    snapshot: Snapshot
    keyring: KeyRing
    keeper: Keeper
    segments: Segments

    @property
    def custodians(self) -> frozenset[str]:
        """Both sides."""
        return frozenset({self.owed.source, self.owed.target})

    @property
    def policy(self) -> int | None:
        """The agencies it is decided under."""
        return self.snapshot.version

    @property
    def subjects(self) -> frozenset[str]:
        """The patient."""
        return frozenset({self.owed.subject})

    @property
    def control(self) -> ControlKey | None:
        """None: no message."""
        return None

    @property
    def _source(self) -> RecordKey:
        return RecordKey(self.owed.source, self.owed.source_type, self.owed.source_id)

    @property
    def _target(self) -> RecordKey:
        return RecordKey(self.owed.target, self.owed.source_type, self.owed.target_id)

    def wants(self, known: Known) -> Iterable[RecordKey]:
        """Both Tasks."""
        return (self._source, self._target)

    async def apply(self, desk: Desk) -> str:
        """Decide, and tell as far as the law allows. What may not be told leaves the other Task as it is."""
        outcome = await self._carry_out(desk, now())
        await outbox.done(desk.driver, self.owed)  # last: what fails before this is put off, not crossed off
        return outcome

    async def _carry_out(self, desk: Desk, at: datetime) -> str:
        source, target = desk.kept.get(self._source), desk.kept.get(self._target)
        task = whole(source)
        if source is None or target is None or task is None:
            return "gone"
        segment = await self._segment(desk, source)
        about = await self._about(desk)
        who = correspondent(self.snapshot.agencies[self.owed.target], self._not_unit(desk))
        decision = decide(disclosure(who, segment, about, self.snapshot, at))
        told = decision.effect is Effect.PERMIT
        if told:
            await self._tell(desk, task, target, segment, about, at)
        self._audit(desk, decision, at)
        return "told" if told else "withheld"

    async def _segment(self, desk: Desk, source: KeptRecord) -> Segment:
        number = source.parts[""].segment
        return (await self.segments.look_up(desk.driver, [number]))[number]

    async def _about(self, desk: Desk) -> PatientFacts:
        epoch = (await grants.hold(desk.driver, [self.owed.subject]))[self.owed.subject]
        return await of_patient(desk.driver, self.owed.subject, epoch, self.snapshot, self.keyring)

    async def _tell(
        self, desk: Desk, task: Json, target: KeptRecord, segment: Segment, about: PatientFacts, at: datetime
    ) -> None:
        """Lay the news over the other side's Task, under labels of its own: it stays what its maker made it."""
        justice = self.snapshot.agencies[self.owed.target].status.criminal_justice_agency
        news = referral.news_of(task, status_only=justice)
        if any(elements_of(each.part) == news for each in news_of(target)):
            return
        labels = frozenset(map(Label, segment.labels))
        root = (await self.segments.look_up(desk.driver, [target.parts[""].segment]))[target.parts[""].segment]
        under = next((UNDER[label] for label in UNDER if label in labels), None)
        laid = Segment(
            custodian=self.owed.target,
            origin=self.owed.source,
            labels=tuple(sorted(labels)),
            info_class=str(InfoClass.REFERRAL_STATUS),
            received_under=str(under) if under and self.owed.target != self.owed.source else "",
            requester=root.requester,
            performer=root.performer,
        )
        part = Part(NEWS, InfoClass.REFERRAL_STATUS, {"elements": news, "items": {}}, labels)
        change = await self.keeper.lay_over(self._target, target, News(part, laid), at)
        if change:
            desk.changes.append(change)
            desk.owed += self._deliveries(desk, (segment, laid), about, at)

    def _deliveries(self, desk: Desk, news: tuple[Segment, ...], about: PatientFacts, at: datetime) -> list[Owed]:
        """What tells the agency of the news, by those of its deliveries that may see it: at its source, and as laid."""
        handoff = self._handoff(desk)
        agency = self.snapshot.agencies[self.owed.target]
        if handoff is None:
            return []
        owed = deliveries_owed(agency, handoff, side_of(handoff, self.owed.target_id), at)
        seeing = {each.name for each in agency.deliveries if self._sees(agency, each, news, about, at)}
        source, task = self.owed.source, self.owed.source_id
        return [replace(each, source=source, source_id=task) for each in owed if each.route in seeing]

    def _handoff(self, desk: Desk) -> Handoff | None:
        handoffs = (each for found in desk.known.handoffs.values() for each in found)
        return next((each for each in handoffs if self.owed.target_id in (each.sender_task, each.receiver_task)), None)

    def _not_unit(self, desk: Desk) -> str:
        """Within one agency: the unit that the news comes from, and so is not for."""
        handoff = self._handoff(desk)
        from_unit = handoff is not None and handoff.sender_task == self.owed.target_id
        return handoff.unit if handoff and from_unit and handoff.custodian == handoff.receiver else ""

    def _sees(
        self, agency: Agency, delivery: Delivery, news: tuple[Segment, ...], about: PatientFacts, at: datetime
    ) -> bool:
        who = recipient(agency, delivery)
        facts = (disclosure(who, each, about, self.snapshot, at) for each in news)
        return all(decide(each).effect is Effect.PERMIT for each in facts)

    def _audit(self, desk: Desk, decision: Decision, at: datetime) -> None:
        content = {
            "delivery": self.owed.id,
            "record": f"{self._source.type}/{self._source.id}",
            "because": [finding.citation for finding in decision.because],
            "obligations": sorted(decision.obligations),
        }
        outcome = "disclosed" if decision.effect is Effect.PERMIT else "withheld"
        source, target, subject = self.owed.source, self.owed.target, self.owed.subject
        desk.audit.append(AuditEntry(at, "news", source, target, outcome, subject, content))


def correspondent(agency: Agency, not_unit: str = "") -> Asker:
    """In which capacity an agency is told the news of its referrals: its first delivery's, else its first client's.

    not_unit is passed over: news of a unit's work is for the rest of its agency.
    """
    for delivery in agency.deliveries:
        if not (not_unit and delivery.unit == not_unit):
            return recipient(agency, delivery)
    for client in agency.clients:
        if not (not_unit and client.unit == not_unit):
            return Asker(agency, client, client.role, client.purposes[0])
    return Asker(agency, None, Role.RECORDS_SYSTEM, Purpose.TREAT)
