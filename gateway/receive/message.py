"""A sector's message as one item of the intake: raw bytes, records, referral, outbox and audit in one transaction."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import orjson

from adapters.base import Adapter, Channel, Translation, Unreadable
from gateway.agencies.handoffs import due
from gateway.agencies.model import Agency, HandoffRule
from gateway.clock import iso
from gateway.receive.handing_off import hand_off, referrals
from gateway.receive.keeping import Keeper
from gateway.receive.translated import Translated
from gateway.registry import Snapshot, unheld, withheld_from_us
from gateway.store.audit import AuditEntry
from gateway.store.intake import Desk, Known
from gateway.store.kept import RecordKey
from gateway.store.keyring import KeyRing
from gateway.store.messages import ControlKey, RawMessage, body_hash, control_key, refused_before

Fate = Literal["kept", "repeated", "refused"]
NOT_TRANSLATED = "The message was not translated."
SAME_CONTROL_ID = "This control id was used before for another message: send corrections under a new control id."


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one message, and the reply its format prescribes (empty where none is asked for).

    place names the message within what arrived (``row 17``), empty where it came alone.
    """

    fate: Fate
    message: str
    reply: bytes = field(repr=False)
    reason: str = ""
    place: str = ""

    @property
    def left_out(self) -> list[dict[str, str]]:
        """Places of a kept message that did not go on, and why, as its reply says; none where it has no word for it."""
        return orjson.loads(self.reply).get("left_out", []) if self.reply.startswith(b"{") else []


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
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    rules: tuple[HandoffRule, ...] = field(init=False)
    """The handoff rules that this message makes due."""

    def __post_init__(self) -> None:
        found = due(self.agency, self.translation.facts) if self.translation else ()
        self.rules = tuple(rule for rule in found if rule.receiver in self.snapshot.agencies)

    @property
    def custodians(self) -> frozenset[str]:
        """The sender, and whoever is handed a referral."""
        return frozenset({self.agency.id, *(rule.receiver for rule in self.rules)})

    @property
    def policy(self) -> int | None:
        """The agencies it was read under."""
        return self.snapshot.version

    @property
    def subjects(self) -> frozenset[str]:
        """The patients it speaks of."""
        if self.translation is None:
            return frozenset()
        pairs = (each for pair in self.translation.merges for each in pair)
        return frozenset({self.translation.subject, *pairs} - {""})

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
        translated = self._translated(self.translation)
        for resource in translated.resources(known):
            yield RecordKey(self.agency.id, resource["resourceType"], resource["id"])
        for about in referrals(translated, known):
            yield RecordKey(about.custodian, "ServiceRequest", about.request)
            yield RecordKey(about.custodian, "Task", about.sender_task)
            if about.receiver in self.custodians:
                yield RecordKey(about.receiver, "Task", about.receiver_task)

    async def apply(self, desk: Desk) -> Receipt:
        """Keep it, replay what was answered before, or keep it as refused."""
        if repeated := self.repeated(desk):
            return repeated
        if self.refusal or self.translation is None:
            return await self.refuse(desk, self.refusal or Unreadable("exception", "", NOT_TRANSLATED))
        if reason := unheld(self.snapshot, self.agency.id, self.received, self.translation.facts):
            return self._turn_away(desk, Unreadable("forbidden", "", reason, self.translation.envelope))
        translated = self._translated(self.translation)
        said, labels = await translated.keep(desk)
        told = await hand_off(translated, self.rules, desk, said, labels)
        return self.file(desk, self.translation, list(said), [*told, *translated.notes])

    def _translated(self, translation: Translation) -> Translated:
        parts = (self.agency, self.snapshot, self.keyring, self.keeper, self.received)
        others = {rule.receiver for rule in self.rules} - {self.agency.id}
        partner = others.pop() if len(others) == 1 else ""
        return Translated(*parts, translation, handed_off=bool(self.rules), message=self.id, partner=partner)

    def repeated(self, desk: Desk) -> Receipt | None:
        """What was answered when this message came before; another message under its control id is refused."""
        if desk.earlier is None:
            return None
        envelope = self.translation.envelope if self.translation else None
        same = desk.earlier.body_hash == body_hash(self.keyring[self.agency.id], self.raw)
        if same or (envelope and envelope.by_content):
            return Receipt("repeated", desk.earlier.id, desk.earlier.told["reply"].encode("latin-1"))
        self.refusal = Unreadable("duplicate", "MSH-10", SAME_CONTROL_ID, envelope)
        return None

    def _reply(self, refusal: Unreadable | None) -> bytes:
        report = self.translation.report if self.translation else ()
        return self.adapter.acknowledge(self.raw, self.channel, iso(self.received), refusal, report)

    def file(self, desk: Desk, translation: Translation, written: list[str], told: list[str]) -> Receipt:
        """File the message as kept, with what was written and what was told about it."""
        reply = self._reply(None)
        report = [
            {"path": line.path, "outcome": line.outcome, "target": line.target, "because": line.because}
            for line in translation.report
        ]
        patient = desk.known.survivors.get(translation.subject, translation.subject) or None
        body, notes = self._may_be_kept(translation)
        known = {"reply": reply.decode("latin-1"), "report": report, "handoffs": [*told, *notes]}
        message = self._raw(desk, "kept", patient, {**known, "number": translation.number}, body)
        self._audit(desk, "kept", patient, {"message": message, "records": written, "handoffs": told})
        return Receipt("kept", message, reply)

    def _may_be_kept(self, translation: Translation) -> tuple[bytes, list[str]]:
        """The bytes that may be kept: those without protected classes where the agency has no standing for them."""
        reason = withheld_from_us(self.snapshot, self.agency.id, translation.protected, self.received)
        return (translation.without, [f"kept without what is protected: {reason}"]) if reason else (self.raw, [])

    async def refuse(self, desk: Desk, refusal: Unreadable) -> Receipt:
        """Keep it as refused, once: the same bytes again get the same reply.

        Where it may carry what the gateway may not hold, only the refusal is kept.
        """
        keys = self.keyring[self.agency.id]
        before = await refused_before(desk.driver, keys, self.channel.name, body_hash(keys, self.raw))
        if before and before.told["refusal"]["reason"] == str(refusal):
            return Receipt("refused", before.id, before.told["reply"].encode("latin-1"), str(refusal))
        reply = self._reply(refusal)
        told = {"code": refusal.code, "place": refusal.place, "reason": str(refusal)}
        body = (
            b"" if withheld_from_us(self.snapshot, self.agency.id, self.adapter.protected, self.received) else self.raw
        )
        filed = {"reply": reply.decode("latin-1"), "report": [], "refusal": told}
        message = self._raw(desk, "refused", None, filed, body)
        self._audit(desk, "refused", None, {"message": message, "reason": str(refusal)})
        return Receipt("refused", message, reply, str(refusal))

    def _turn_away(self, desk: Desk, refusal: Unreadable) -> Receipt:
        """Refuse what the gateway may not even hold: nothing of it is kept but the fact."""
        self._audit(desk, "turned away", None, {"reason": str(refusal)})
        return Receipt("refused", "", self._reply(refusal), str(refusal))

    def _raw(self, desk: Desk, status: str, patient: str | None, told: Mapping[str, Any], body: bytes) -> str:
        keys, control = self.keyring[self.agency.id], self.control
        hashed = body_hash(keys, self.raw)
        desk.raw.append(
            RawMessage(
                custodian=self.agency.id,
                id=self.id,
                channel=self.channel.name,
                kind=self.translation.envelope.kind if self.translation else "unreadable",
                status=status,
                control=control.control if control else hashed[:16],
                body_hash=hashed,
                received_at=self.received,
                patient=patient,
                body=body,
                told=told,
            )
        )
        return self.id

    def _audit(self, desk: Desk, outcome: str, patient: str | None, content: dict[str, Any]) -> None:
        facts = {"channel": self.channel.name, **content}
        desk.audit.append(AuditEntry(self.received, "receive", self.agency.id, "", outcome, patient, facts))
