"""A native FHIR write as one item of the intake: create, and update of what the writer sees."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from consent.labels import Arrival, coding_of, references
from consent.parts import Part
from consent.vocabulary import InfoClass, Label
from gateway.auth.access_token import Session
from gateway.fhir.outcome import Issue, PreconditionFailed, Unprocessable, absent
from gateway.parts import NEWS
from gateway.receive.about import patient_of
from gateway.receive.keeping import Draft, Keeper, News, elements_of, news_of, whole
from gateway.receive.moving import check_move, consequences, owed_news
from gateway.registry import Snapshot, origin_status, unheld
from gateway.store import relations
from gateway.store.audit import AuditEntry
from gateway.store.intake import Desk, Known
from gateway.store.kept import KeptRecord, RecordKey, is_id
from gateway.store.messages import ControlKey
from gateway.store.relations import Handoff, Relationship
from gateway.store.segments import Segments

Json = dict[str, Any]

LOCAL_LABELS = {(coding["system"], coding["code"]) for coding in map(coding_of, Label)}


@dataclass(slots=True)
class Write:
    """A record of the session's own agency, created or updated. seen is what the writer's view showed, by part."""

    session: Session
    snapshot: Snapshot
    keeper: Keeper
    segments: Segments
    resource: Json = field(repr=False)
    received: datetime
    request: str
    seen: Mapping[str, int] | None = None

    @property
    def key(self) -> RecordKey:
        """The record written."""
        return RecordKey(self.session.agency, self.resource["resourceType"], self.resource["id"])

    @property
    def custodians(self) -> frozenset[str]:
        """The writer's agency."""
        return frozenset({self.session.agency})

    @property
    def policy(self) -> int | None:
        """The agencies it was made under."""
        return self.snapshot.version

    @property
    def subjects(self) -> frozenset[str]:
        """The patient it is about, else the record itself."""
        return frozenset({patient_of(self.resource) or self.resource["id"]})

    @property
    def control(self) -> ControlKey | None:
        """None: a native write carries no control id."""
        return None

    def wants(self, known: Known) -> Iterable[RecordKey]:
        """The record, and those of the same agency that it refers to, for their labels."""
        yield self.key
        for reference in references(self.resource):
            kind, _, record = reference.partition("/")
            if is_id(record):
                yield RecordKey(self.session.agency, kind, record)

    async def apply(self, desk: Desk) -> Json:
        """Keep it. Raises Absent, PreconditionFailed, Unprocessable."""
        self._check_standing()
        kept = desk.kept.get(self.key)
        if self.seen is not None:
            self._check_unchanged(kept)
        handoff = await self._handoff(desk)
        before = _joined(kept, self._news(kept))
        if handoff and before and (fault := check_move(handoff, self.key.id, before, self.resource)):
            raise Unprocessable.of([Issue("business-rule", fault, "Task.status")])
        draft = await self._draft(desk, kept, handoff)
        change = await self.keeper.change(draft, kept, self.received, self._hidden(kept))
        if change:
            desk.changes.append(change)
            about = {draft.patient, kept.patient if kept else None} - {None}
            self._consequences(desk, handoff, before, about)
        verb = "updated" if self.seen is not None else "created"
        content = {
            "record": f"{self.key.type}/{self.key.id}",
            "client": self.session.client_id,
            "request": self.request,
        }
        desk.audit.append(AuditEntry(self.received, "write", self.session.agency, "", verb, draft.patient, content))
        return self.resource

    def _check_standing(self) -> None:
        """Refuse what the gateway may not hold for this agency: nothing binds its operator."""
        if reason := unheld(self.snapshot, self.session.agency, self.received):
            raise Unprocessable.of([Issue("business-rule", reason)])

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

    async def _draft(self, desk: Desk, kept: KeptRecord | None, handoff: Handoff | None) -> Draft:
        status = origin_status(self.snapshot.agencies[self.session.agency])
        labels = await self._labels(desk)
        own, news = _settle(_without_our_labels(self.resource), kept, self._news(kept))
        requester, performer = (handoff.custodian, handoff.receiver) if handoff else self._referral_parties()
        receiving = handoff is not None and handoff.receiver == self.session.agency
        return Draft(
            key=self.key,
            resource=own,
            arrival=Arrival(status, status, f"{self.key.type}/{self.key.id}", labels_of=labels.get),
            patient=patient_of(self.resource),
            requester=requester,
            performer=performer,
            root=InfoClass.REFERRAL_STATUS if receiving and self.key.type == "Task" else None,
            news=news,
        )

    def _referral_parties(self) -> tuple[str, str]:
        """The agencies that a natively written request or Task names."""
        if self.key.type not in {"ServiceRequest", "Task"}:
            return "", ""
        asked: Json = self.resource.get("owner") or next(iter(self.resource.get("performer") or ()), {})
        named = [self.resource.get("requester") or {}, asked]
        requester, performer = (self.snapshot.agency_of(str(each.get("reference", ""))) or "" for each in named)
        return requester, performer

    async def _labels(self, desk: Desk) -> dict[str, frozenset[Label]]:
        """Root labels of the records it refers to, as far as the writer's agency holds them."""
        found = {}
        for key, record in desk.kept.items():
            root = record.parts.get("")
            if key.custodian == self.session.agency and root is not None:
                segment = (await self.segments.look_up(desk.driver, [root.segment]))[root.segment]
                found[f"{key.type}/{key.id}"] = frozenset(map(Label, segment.labels))
        return found

    # --- referrals

    async def _handoff(self, desk: Desk) -> Handoff | None:
        """The referral of a Task, found by the Task itself: the writer may have named another patient."""
        return await relations.handoff_of_task(desk.driver, self.key.id) if self.key.type == "Task" else None

    def _consequences(
        self, desk: Desk, handoff: Handoff | None, before: Json | None, about: Iterable[str | None]
    ) -> None:
        """about are the patients it names and named before: a consent moved to another is revoked for the first."""
        for patient in about:
            if self.key.type == "Consent" and patient:
                self._consented(desk, patient)
        if handoff and before:
            consequences(desk, handoff, before, self.resource, self.key.id, self.received)

    def _consented(self, desk: Desk, patient: str) -> None:
        """A consent was lodged, changed or revoked: decisions about the patient are void, and news may now be owed."""
        desk.turned.add(patient)
        for agency in self._named_recipients():
            related = Relationship(self.session.agency, agency, patient, "consent", self.key.id, self.received)
            desk.relationships.append(related)
        for handoff in desk.known.handoffs.get(patient, ()):
            if handoff.receiver == self.session.agency:
                desk.owed.append(owed_news(handoff, self.received, from_receiver=True))

    def _named_recipients(self) -> set[str]:
        found = {self.snapshot.agency_of(reference) for reference in references(self.resource.get("provision"))}
        return {agency for agency in found if agency and agency != self.session.agency}


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


def _without_our_labels(resource: Json) -> Json:
    """The resource less what the gateway itself writes into meta."""
    meta = {
        name: value for name, value in (resource.get("meta") or {}).items() if name in {"profile", "tag", "security"}
    }
    if "security" in meta:
        kept = [each for each in meta["security"] if (each.get("system"), each.get("code")) not in LOCAL_LABELS]
        meta = {**meta, "security": kept} if kept else {name: meta[name] for name in meta if name != "security"}
    rest = {name: value for name, value in resource.items() if name != "meta"}
    return {**rest, "meta": meta} if meta else rest
