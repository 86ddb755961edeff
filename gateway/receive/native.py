"""One record of a native write: created or updated as its writer sees it, moved or handed over where it is a Task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from consent.labels import Arrival, references
from consent.parts import Part
from consent.vocabulary import InfoClass, Label
from gateway.fhir.outcome import Issue, PreconditionFailed, Unprocessable, absent
from gateway.parts import NEWS, labels_of
from gateway.receive.about import patient_of
from gateway.receive.consented import consented
from gateway.receive.keeping import Draft, News, elements_of, news_of, whole
from gateway.receive.moving import check_move, consequences, ill_told
from gateway.receive.offering import Offering
from gateway.receive.sent import own_words, shown
from gateway.receive.translated import LabelsOf
from gateway.receive.writer import Writer
from gateway.store import relations
from gateway.store.audit import AuditEntry
from gateway.store.intake import Desk
from gateway.store.kept import KeptRecord, RecordKey
from gateway.store.relations import Handoff

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Context:
    """What the records of one transaction know of each other: their labels, sensitivities and referrals."""

    labels: LabelsOf
    around: Mapping[str, frozenset[Label]] = field(default_factory=dict)
    """Sensitivities found in the records of a patient, which their free text takes."""
    offered: Mapping[str, Offering] = field(default_factory=dict)
    """Referrals made in it, by the ``ServiceRequest/id`` asked for."""


@dataclass(frozen=True, slots=True)
class Write:
    """A record of the writer's own agency. seen is what the writer's view showed, by part; None for a new record."""

    writer: Writer
    resource: Json = field(repr=False)
    seen: Mapping[str, int] | None = None
    place: int | None = None
    """Its place in the transaction that it came in, from 0."""

    @property
    def key(self) -> RecordKey:
        """The record written."""
        return RecordKey(self.writer.agency, self.resource["resourceType"], self.resource["id"])

    @property
    def about(self) -> str:
        """The record as a reference, ``Type/id``."""
        return f"{self.key.type}/{self.key.id}"

    @property
    def wanted(self) -> list[RecordKey]:
        """The record, and those of the same agency that it refers to, for their labels."""
        return [self.key, *self.writer.keys(references(self.resource))]

    async def handoff(self, desk: Desk) -> Handoff | None:
        """The referral of a Task, found by the Task itself: the writer may have named another patient."""
        return await relations.handoff_of_task(desk.driver, self.key.id) if self.key.type == "Task" else None

    async def keep(self, desk: Desk, context: Context, handoff: Handoff | None) -> None:
        """Keep it, a Task of this referral if any. Raises Absent, PreconditionFailed, Unprocessable."""
        kept = desk.kept.get(self.key)
        if self.seen is not None:
            self._check_unchanged(kept)
        before = _joined(kept, self._news(kept))
        if handoff and before and (fault := self._illegal(handoff, whole(kept) or before, before)):
            raise Unprocessable.of([Issue("business-rule", fault, "Task.status")])
        if issues := ill_told(self.resource):
            raise Unprocessable.of(issues)
        draft = await self._draft(desk, kept, handoff, context)
        change = await self.writer.keeper.change(draft, kept, self.writer.at, self._hidden(kept))
        if change:
            desk.changes.append(change)
            if draft.performer and draft.patient:
                desk.turned.add(draft.patient)
            self._consequences(desk, handoff, before, {draft.patient, kept.patient if kept else None})
        desk.audit.append(self._entry(draft.patient))

    def _check_unchanged(self, kept: KeptRecord | None) -> None:
        if kept is None or self.seen is None:
            raise absent(self.key.type)
        now = {name: part.shown for name, part in kept.parts.items() if name in self.seen}
        if now != dict(self.seen):
            raise PreconditionFailed("The record has changed since it was read: read it again and repeat the change.")

    def _news(self, kept: KeptRecord | None) -> tuple[News, ...]:
        """The news that the writer sees; what is hidden neither checks nor settles anything."""
        return news_of(kept) if self.seen is None or NEWS in self.seen else ()

    def _hidden(self, kept: KeptRecord | None) -> frozenset[str]:
        """Parts the writer could not see are carried over, and so are news."""
        if kept is None or self.seen is None:
            return frozenset()
        return frozenset(name for name in kept.parts if name not in self.seen)

    async def _draft(self, desk: Desk, kept: KeptRecord | None, handoff: Handoff | None, context: Context) -> Draft:
        own_labels = await self.writer.labels(desk, [self.key])
        status = self.writer.status(own_labels.get(self.about, frozenset()))
        own, news = _settle(own_words(self.resource, await self._shown(desk, kept)), kept, self._news(kept))
        patient = patient_of(self.resource)
        requester, performer = self._parties(desk, handoff, context)
        around = context.around.get(patient or "", frozenset())
        return Draft(
            key=self.key,
            resource=own,
            arrival=Arrival(status, status, self.about, labels_of=context.labels, around=around),
            patient=patient,
            requester=requester,
            performer=performer,
            root=InfoClass.REFERRAL_STATUS if self._receives(handoff) else None,
            news=news,
        )

    async def _shown(self, desk: Desk, kept: KeptRecord | None) -> set[tuple[str, str]]:
        """What of meta.security the gateway added to what its writer reads; a new record's marks are all its own."""
        parts = [part for part in kept.parts.values() if not part.removed] if kept else []
        segments = await self.writer.segments.look_up(desk.driver, {part.segment for part in parts})
        return shown((label for each in segments.values() for label in labels_of(each.labels)), whole(kept))

    def _entry(self, patient: str | None) -> AuditEntry:
        writer, verb = self.writer, "updated" if self.seen is not None else "created"
        content: Json = {"record": self.about, "client": writer.session.client_id, "request": writer.request}
        if self.place is not None:
            content["entry"] = self.place
        return AuditEntry(writer.at, "write", writer.agency, "", verb, patient, content)

    # --- referrals

    def _receives(self, handoff: Handoff | None) -> bool:
        return handoff is not None and handoff.receiver_task == self.key.id

    def _illegal(self, handoff: Handoff, own: Json, before: Json) -> str:
        """Why this Task may not change so: a unit's Task is that unit's alone to move."""
        if self._receives(handoff) and handoff.unit not in {"", self.writer.unit}:
            return f"This Task belongs to the unit {handoff.unit} of your agency: only a client of that unit moves it."
        return check_move(handoff, self.key.id, own, before, self.resource)

    def _parties(self, desk: Desk, handoff: Handoff | None, context: Context) -> tuple[str, str]:
        """The agencies of the referral that a request or Task belongs to, else those that it names."""
        if handoff:
            return handoff.custodian, handoff.receiver
        if offering := context.offered.get(self.about):
            return offering.sender, offering.receiver[0]
        if self.key.type == "ServiceRequest":
            for each in desk.known.handoffs.get(patient_of(self.resource) or "", ()):
                if (each.custodian, each.request) == (self.key.custodian, self.key.id):
                    return each.custodian, each.receiver
        return self._named_parties()

    def _named_parties(self) -> tuple[str, str]:
        if self.key.type not in {"ServiceRequest", "Task"}:
            return "", ""
        asked: Json = self.resource.get("owner") or next(iter(self.resource.get("performer") or ()), {})
        named = [self.resource.get("requester") or {}, asked]
        snapshot = self.writer.snapshot
        requester, performer = (snapshot.agency_of(str(each.get("reference", ""))) or "" for each in named)
        return requester, performer

    def _consequences(self, desk: Desk, handoff: Handoff | None, before: Json | None, about: set[str | None]) -> None:
        if self.key.type == "Consent":
            consented(desk, self.writer, self.resource, [each for each in about if each])
        if handoff and before:
            consequences(desk, handoff, before, self.resource, self.key.id, self.writer.at)


def _joined(kept: KeptRecord | None, news: Sequence[News]) -> Json | None:
    """The record with the news that its writer sees."""
    own = whole(kept)
    if own is None:
        return None
    for each in news:
        own = {**own, **elements_of(each.part)}
    return own


def _settle(resource: Json, kept: KeptRecord | None, news: Sequence[News]) -> tuple[Json, tuple[News, ...]]:
    """What is the writer's own and what stays news: an element sent back as the news had it is not the writer's."""
    before = whole(kept) or {}
    own, left = dict(resource), []
    for each in news:
        same = {name: value for name, value in elements_of(each.part).items() if resource.get(name) == value}
        for name in same:
            own.pop(name)
            if name in before:
                own[name] = before[name]
        if same:
            part = Part(NEWS, each.part.info_class, {"elements": same, "items": {}})
            left.append(News(part, each.segment))
    return own, tuple(left)
