"""A sector's message as one item of the intake: raw bytes, records, referral, outbox and audit in one transaction."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from adapters.base import Adapter, Channel, Translation, Unreadable
from consent.labels import Arrival, around, propagate
from consent.vocabulary import InfoClass, Label
from gateway import referral
from gateway.agencies.handoffs import due, origin_unit
from gateway.agencies.model import Agency, HandoffRule
from gateway.agencies.standing import may_hold, own_labels
from gateway.clock import iso
from gateway.receive.about import patient_of
from gateway.receive.keeping import Draft, Keeper, elements_of, news_of, whole
from gateway.receive.ordering import Word, merge, stamp
from gateway.registry import Snapshot, origin_status
from gateway.store.audit import AuditEntry
from gateway.store.intake import Desk, Known
from gateway.store.keyring import KeyRing
from gateway.store.messages import ControlKey, RawMessage, body_hash, control_key
from gateway.store.kept import KeptRecord, RecordKey
from gateway.store.relations import Handoff, Merge, Relationship

Json = dict[str, Any]
Fate = Literal["kept", "repeated", "refused"]

ENDED = frozenset({"completed", "rejected", "cancelled", "failed", "entered-in-error"})
NO_RULE = "no handoff rule of the agency matches: kept, handed to nobody"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one message, and the reply its format prescribes."""

    fate: Fate
    message: str
    reply: bytes = field(repr=False)
    reason: str = ""


@dataclass(slots=True)
class MessageItem:
    """One message of an agency's channel, translated or refused, waiting to be kept."""

    agency: Agency
    channel: Channel
    adapter: Adapter
    raw: bytes = field(repr=False)
    snapshot: Snapshot
    keyring: KeyRing
    keeper: Keeper
    received: datetime
    translation: Translation | None = None
    refusal: Unreadable | None = None
    _known: Known | None = field(default=None, repr=False)

    @property
    def custodians(self) -> frozenset[str]:
        """The sender, and whoever is handed a referral."""
        return frozenset({self.agency.id, *(rule.receiver for rule in self.rules)})

    @property
    def rules(self) -> tuple[HandoffRule, ...]:
        """The handoff rules that this message makes due."""
        found = due(self.agency, self.translation.facts) if self.translation else ()
        return tuple(rule for rule in found if rule.receiver in self.snapshot.agencies)

    @property
    def subjects(self) -> frozenset[str]:
        """The patients it speaks of."""
        if self.translation is None:
            return frozenset()
        return frozenset({self.translation.subject, *(each for pair in self.translation.merges for each in pair)})

    @property
    def control(self) -> ControlKey | None:
        """Sending application, facility and control id."""
        envelope = self.translation.envelope if self.translation else self.refusal and self.refusal.envelope
        if not envelope or not envelope.control_id:
            return None
        words = (envelope.application, envelope.facility, envelope.control_id)
        return control_key(self.keyring[self.agency.id], self.channel.name, *words)

    def wants(self, known: Known) -> Iterable[RecordKey]:
        """Every record it may change."""
        if self.translation is None:
            return
        for resource in self._resources(known):
            yield RecordKey(self.agency.id, resource["resourceType"], resource["id"])
        for about in self._handoffs(known):
            yield RecordKey(about.custodian, "ServiceRequest", about.request)
            yield RecordKey(about.custodian, "Task", about.sender_task)

    async def apply(self, desk: Desk) -> Receipt:
        """Keep it, replay what was answered before, or keep it as refused."""
        if desk.earlier and self.control:
            if desk.earlier.body_hash == body_hash(self.keyring[self.agency.id], self.raw):
                return Receipt("repeated", desk.earlier.id, _bytes(desk.earlier.told["reply"]))
            self.refusal = self._same_control_id()
        if self.refusal or self.translation is None:
            return self._refuse(desk, self.refusal or Unreadable("exception", "", "The message was not translated."))
        for label in self._labels_it_will_carry():
            if reason := may_hold(self.snapshot.operator, self.agency, label, self.received.date()):
                return self._turn_away(desk, Unreadable("forbidden", "", reason, self.translation.envelope))
        return await self._keep(desk, self.translation)

    # --- kept

    async def _keep(self, desk: Desk, translation: Translation) -> Receipt:
        resources = self._resources(desk.known)
        records = {f"{each['resourceType']}/{each['id']}": each for each in resources}
        labels = propagate(records, self._arrival(records)).get
        written: list[str] = []
        for about, resource in records.items():
            await self._keep_one(desk, about, resource, labels, records)
            written.append(about)
        for retired, survivor in translation.merges:
            desk.merges.append(Merge(self.agency.id, retired, survivor, self._stamp()))
            desk.turned |= {retired, survivor}
        told = await self._hand_off(desk, records, labels)
        return self._file(desk, translation, written, told)

    async def _keep_one(self, desk: Desk, about: str, resource: Json, labels: Any, records: Mapping[str, Json]) -> None:
        key = RecordKey(self.agency.id, resource["resourceType"], resource["id"])
        kept = desk.kept.get(key)
        merged, stamps = merge(whole(kept), kept.stamps if kept else {}, self._word(about, resource))
        draft = Draft(
            key=key,
            resource=merged,
            arrival=self._arrival(records, about, labels),
            patient=patient_of(merged),
            news=news_of(kept),
            stamps=stamps,
        )
        await self._put(desk, draft, kept)

    async def _put(self, desk: Desk, draft: Draft, kept: KeptRecord | None) -> None:
        change = await self.keeper.change(draft, kept, self.received)
        if change:
            desk.changes.append(change)

    def _word(self, about: str, resource: Json) -> Word:
        assert self.translation is not None  # noqa: S101
        return Word(
            resource,
            self._stamp(),
            _paths(about, self.translation.provisional),
            _paths(about, self.translation.removed),
        )

    def _stamp(self) -> str:
        assert self.translation is not None  # noqa: S101
        envelope = self.translation.envelope
        return stamp(envelope.event_time, self.received, envelope.control_id)

    def _resources(self, known: Known) -> list[Json]:
        """The translated records, re-pointed from retired patients to their survivors."""
        assert self.translation is not None  # noqa: S101
        entries = [entry["resource"] for entry in self.translation.bundle["entry"]]
        own = {retired for retired, _ in self.translation.merges}
        gone = {f"Patient/{old}": f"Patient/{new}" for old, new in known.survivors.items() if old not in own}
        rules = bool(self.rules)
        return [
            _repoint(each, gone)
            for each in entries
            if f"Patient/{each['id']}" not in gone and not (rules and each["resourceType"] == "ServiceRequest")
        ]

    def _arrival(self, records: Mapping[str, Json], about: str = "", labels: Any = None) -> Arrival:
        assert self.translation is not None  # noqa: S101
        status = origin_status(self.agency, self.translation.facts)
        return Arrival(
            custodian=status,
            origin=status,
            about=about,
            marks=self.translation.marks,
            labels_of=labels or (lambda _: None),
            around=around(records.values(), self.translation.marks),
        )

    def _labels_it_will_carry(self) -> set[Label]:
        assert self.translation is not None  # noqa: S101
        return set(own_labels(self.agency, origin_unit(self.agency, self.translation.facts)))

    # --- handed off

    def _handoffs(self, known: Known) -> list[Handoff]:
        assert self.translation is not None  # noqa: S101
        patient = known.survivors.get(self.translation.subject, self.translation.subject)
        return [each for each in known.handoffs.get(patient, ()) if each.custodian == self.agency.id]

    async def _hand_off(self, desk: Desk, records: Mapping[str, Json], labels: Any) -> list[str]:
        assert self.translation is not None  # noqa: S101
        known = self._handoffs(desk.known)
        told = []
        for rule in self.rules:
            before = _same_referral(known, rule.receiver, self.translation.visit, desk)
            await self._offer(desk, rule, before, records, labels)
            verb = "already handed to" if before else "handed to"
            told.append(f"{verb} {rule.receiver} by rule {rule.name}")
        if not self.rules and {"A03", "I12"} & set(self.translation.facts.get("event", ())):
            told.append(NO_RULE)
        if "A13" in self.translation.facts.get("event", ()):
            await self._hold(desk, known, records, labels)
        return told

    def _occasion(self, records: Mapping[str, Json], patient: str) -> referral.Occasion:
        assert self.translation is not None  # noqa: S101
        entries = [entry["resource"] for entry in self.translation.bundle["entry"]]
        sent = next((each for each in entries if each["resourceType"] == "ServiceRequest"), None)
        return referral.Occasion(
            sender=self.agency.id,
            patient=patient,
            visit=self.translation.visit,
            number=next(iter(self.translation.facts.get("referral_number", ())), ""),
            event_time=self.translation.envelope.event_time,
            conditions=tuple(about for about in records if about.startswith("Condition/")),
            request=sent,
        )

    async def _offer(
        self, desk: Desk, rule: HandoffRule, before: Handoff | None, records: Mapping[str, Json], labels: Any
    ) -> None:
        assert self.translation is not None  # noqa: S101
        patient = desk.known.survivors.get(self.translation.subject, self.translation.subject)
        occasion = self._occasion(records, patient)
        keys = self.keyring[self.agency.id]
        request = before.request if before else referral.request_id(keys, occasion, rule.receiver)
        made = referral.offer(rule, occasion, request, keys, self.keyring[rule.receiver], self.received)
        await self._keep_request(desk, made.request, rule.receiver, records, labels)
        if before:
            return
        sender, receiver = origin_status(self.agency), origin_status(self.snapshot.agencies[rule.receiver])
        for task, custodian in ((made.sender_task, sender), (made.receiver_task, receiver)):
            known = {**records, f"ServiceRequest/{request}": made.request}
            await self._put(
                desk,
                Draft(
                    key=RecordKey(custodian.org, "Task", task["id"]),
                    resource=task,
                    arrival=Arrival(
                        custodian, sender, f"Task/{task['id']}", labels_of=labels, around=around(known.values())
                    ),
                    patient=patient,
                    requester=self.agency.id,
                    performer=rule.receiver,
                    root=InfoClass.REFERRAL_STATUS if custodian is receiver else None,
                ),
                None,
            )
        self._relate(desk, made, rule.receiver, patient)

    async def _keep_request(
        self, desk: Desk, request: Json, receiver: str, records: Mapping[str, Json], labels: Any
    ) -> None:
        key = RecordKey(self.agency.id, "ServiceRequest", request["id"])
        kept = desk.kept.get(key)
        merged, stamps = merge(whole(kept), kept.stamps if kept else {}, Word(request, self._stamp()))
        draft = Draft(
            key=key,
            resource=merged,
            arrival=self._arrival(records, f"ServiceRequest/{request['id']}", labels),
            patient=patient_of(merged),
            requester=self.agency.id,
            performer=receiver,
            stamps=stamps,
        )
        await self._put(desk, draft, kept)

    def _relate(self, desk: Desk, made: referral.Offer, receiver: str, patient: str) -> None:
        request = made.request["id"]
        desk.handoffs.append(
            Handoff(
                custodian=self.agency.id,
                request=request,
                sender_task=made.sender_task["id"],
                receiver=receiver,
                receiver_task=made.receiver_task["id"],
                patient=patient,
                visit=self.translation.visit or None if self.translation else None,
                recorded=self.received,
            )
        )
        desk.relationships.append(Relationship(self.agency.id, receiver, patient, "handoff", request, self.received))
        desk.turned.add(patient)

    async def _hold(self, desk: Desk, known: list[Handoff], records: Mapping[str, Json], labels: Any) -> None:
        """A13, cancel discharge: the request is on hold until the patient leaves after all."""
        assert self.translation is not None  # noqa: S101
        for each in known:
            if each.visit == self.translation.visit:
                word = {"resourceType": "ServiceRequest", "id": each.request, "status": "on-hold"}
                await self._keep_request(desk, word, each.receiver, records, labels)

    # --- filed

    def _file(self, desk: Desk, translation: Translation, written: list[str], told: list[str]) -> Receipt:
        reply = self.adapter.acknowledge(self.raw, self.channel, iso(self.received), None)
        report = [
            {"path": line.path, "outcome": line.outcome, "target": line.target, "because": line.because}
            for line in translation.report
        ]
        patient = desk.known.survivors.get(translation.subject, translation.subject)
        message = self._raw(desk, "kept", patient, {"reply": _text(reply), "report": report, "handoffs": told})
        self._audit(desk, "kept", patient, {"message": message, "records": written, "handoffs": told})
        return Receipt("kept", message, reply)

    def _refuse(self, desk: Desk, refusal: Unreadable) -> Receipt:
        reply = self.adapter.acknowledge(self.raw, self.channel, iso(self.received), refusal)
        told = {"reply": _text(reply), "report": [], "refusal": {"code": refusal.code, "place": refusal.place}}
        message = self._raw(desk, "refused", None, {**told, "reason": str(refusal)})
        self._audit(desk, "refused", None, {"message": message, "reason": str(refusal)})
        return Receipt("refused", message, reply, str(refusal))

    def _turn_away(self, desk: Desk, refusal: Unreadable) -> Receipt:
        """Refuse what the gateway may not even hold: nothing of it is kept but the fact."""
        self._audit(desk, "turned away", None, {"reason": str(refusal)})
        reply = self.adapter.acknowledge(self.raw, self.channel, iso(self.received), refusal)
        return Receipt("refused", "", reply, str(refusal))

    def _same_control_id(self) -> Unreadable:
        envelope = self.translation.envelope if self.translation else None
        text = "This control id was used before for another message: send corrections under a new control id."
        return Unreadable("duplicate", "MSH-10", text, envelope)

    def _raw(self, desk: Desk, status: str, patient: str | None, told: Mapping[str, Any]) -> str:
        message, keys = str(uuid.uuid4()), self.keyring[self.agency.id]
        control = self.control
        desk.raw.append(
            RawMessage(
                custodian=self.agency.id,
                id=message,
                channel=self.channel.name,
                kind=self.translation.envelope.kind if self.translation else "unreadable",
                status=status,
                control=control.control if control else body_hash(keys, self.raw)[:16],
                body_hash=body_hash(keys, self.raw),
                received_at=self.received,
                patient=patient,
                body=self.raw,
                told=told,
            )
        )
        return message

    def _audit(self, desk: Desk, outcome: str, patient: str | None, content: dict[str, Any]) -> None:
        facts = {"channel": self.channel.name, **content}
        desk.audit.append(AuditEntry(self.received, "receive", self.agency.id, "", outcome, patient, facts))


def _same_referral(known: list[Handoff], receiver: str, visit: str, desk: Desk) -> Handoff | None:
    """The referral that this message speaks of again: of the same visit, or open where one names no visit."""
    for each in known:
        if each.receiver != receiver:
            continue
        if each.visit and visit:
            if each.visit == visit:
                return each
        elif _open(desk.kept.get(RecordKey(each.custodian, "Task", each.sender_task))):
            return each
    return None


def _open(kept: KeptRecord | None) -> bool:
    told = [elements_of(news.part).get("status") for news in news_of(kept)]
    status = next((each for each in told if each), (whole(kept) or {}).get("status", ""))
    return status not in ENDED


def _paths(about: str, listed: Iterable[str]) -> frozenset[str]:
    return frozenset(path.removeprefix(f"{about}.") for path in listed if path.startswith(f"{about}."))


def _repoint(value: Any, gone: Mapping[str, str]) -> Any:
    if not gone:
        return value
    if isinstance(value, dict):
        return {
            name: gone.get(inner, inner) if name == "reference" else _repoint(inner, gone)
            for name, inner in value.items()
        }
    return [_repoint(each, gone) for each in value] if isinstance(value, list) else value


def _text(reply: bytes) -> str:
    return reply.decode("latin-1")


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")
