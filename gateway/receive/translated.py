"""The records of one translated message on their way into the store: merged by event time, labelled, re-pointed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters.base import Mark, Translation
from consent.labels import Arrival, around, propagate, references
from consent.vocabulary import Label
from gateway.agencies.model import Agency
from gateway.receive.about import patient_of
from gateway.receive.keeping import Draft, Keeper, news_of, repoint, whole
from gateway.receive.ordering import Word, merge, stamp
from gateway.registry import Snapshot, origin_status
from gateway.store import records, relations
from gateway.store.intake import Desk, Known
from gateway.store.kept import KeptRecord, RecordKey, is_id
from gateway.store.keyring import KeyRing
from gateway.store.relations import Merge

Json = dict[str, Any]
LabelsOf = Callable[[str], frozenset[Label] | None]
WHERE = frozenset({"telecom", "address"})
"""Where a person can be found or reached."""
PROTECTED = "telephone and address left out: an earlier report protects where the person can be reached"
JUVENILE = "JUVENILE"
"""The mark of a police report about somebody under 18 (705 ILCS 405/1-7)."""


@dataclass(slots=True)
class Translated:
    """What a message of an agency says, and all that is needed to keep it."""

    agency: Agency
    snapshot: Snapshot
    keyring: KeyRing
    keeper: Keeper
    received: datetime
    translation: Translation = field(repr=False)
    handed_off: bool = False
    """Whether handoff rules make the request: then the sender's own request is part of it, not a record beside it."""
    message: str = ""
    """The id under which the message is kept."""
    partner: str = ""
    """The one other agency that it is handed to, empty for none and for several."""
    notes: list[str] = field(default_factory=list)
    """What its sender is told about the records."""
    forgotten: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)
    """By ``Type/id``: elements of which nothing stands any more that was said before."""
    protected: tuple[Mark, ...] = ()
    """What earlier messages marked, and this one has to keep."""
    now: dict[str, tuple[Json, dict[str, str]]] = field(default_factory=dict, repr=False)
    """The records kept so far as they stand now, with their stamps, by ``Type/id``."""
    _around: frozenset[Label] | None = None

    @property
    def stamp(self) -> str:
        """When it happened, sortable."""
        envelope = self.translation.envelope
        return stamp(envelope.event_time, self.received, envelope.control_id)

    def patient(self, known: Known) -> str:
        """The patient it speaks of, or the survivor of a merge."""
        return known.survivors.get(self.translation.subject, self.translation.subject)

    def resources(self, known: Known) -> list[Json]:
        """The translated records, re-pointed from retired patients to their survivors."""
        own = {retired for retired, _ in self.translation.merges}
        gone = {f"Patient/{old}": f"Patient/{new}" for old, new in known.survivors.items() if old not in own}
        entries = (entry["resource"] for entry in self.translation.bundle["entry"])
        kept = (each for each in entries if not (self.handed_off and each["resourceType"] == "ServiceRequest"))
        return [repoint(each, gone) if gone else each for each in kept if f"Patient/{each['id']}" not in gone]

    async def keep(self, desk: Desk) -> tuple[dict[str, Json], LabelsOf]:
        """Keep every record and merge; answers what was said, by ``Type/id``, and the labels of each."""
        said = {f"{each['resourceType']}/{each['id']}": each for each in self.resources(desk.known)}
        known = await self._labels_of_kept(desk, said)
        labels = _either(propagate(said, self.arrival(said, labels=known.get)).get, known.get)
        partners = await self._partners(desk, said)
        await self._protect_victim(desk, said)
        for about, resource in said.items():
            word = Word(resource, self.stamp, *self._provisional_and_removed(about))
            await self.keep_one(desk, said, labels, word, performer=partners.get(about, ""))
        for retired, survivor in self.translation.merges:
            await self._merge(desk, retired, survivor)
        return said, labels

    async def _partners(self, desk: Desk, said: Mapping[str, Json]) -> dict[str, str]:
        """To whom each record of a report goes with its referral: what an agreement opens is told apart by it.

        A later report that names nobody leaves a record with whom it was handed to.
        """
        if not self.agency.status.criminal_justice_agency:
            return {}
        reported = [about for about in said if not about.startswith("Patient/")]
        if self.partner:
            return dict.fromkeys(reported, self.partner)
        keys = [RecordKey(self.agency.id, *about.split("/")) for about in reported]
        return await self.keeper.performers(desk.driver, [key for key in keys if key in desk.kept])

    async def _protect_victim(self, desk: Desk, said: dict[str, Json]) -> None:
        """Where a victim of domestic violence can be reached, in the record that every report of a person shares.

        With the first such report all that others said of it is gone, and after it no other report says it: only how
        to reach the person safely is told, as the report of the violence says it.
        """
        about = f"Patient/{self.patient(desk.known)}"
        if not self.agency.status.criminal_justice_agency or about not in said:
            return
        known = await relations.carries(desk.driver, self.agency.id, about.partition("/")[2], Label.SDV)
        now = any(mark.code == Label.SDV for mark in self.translation.marks)
        if now and not known:
            self.forgotten[about] = WHERE
        elif known and not now:
            told = {name: value for name, value in said[about].items() if name not in WHERE}
            if len(told) < len(said[about]):
                self.notes.append(PROTECTED)
            said[about] = told
            self.protected = (Mark("an earlier report", Label.SDV, about),)

    async def _labels_of_kept(self, desk: Desk, said: Mapping[str, Json]) -> dict[str, frozenset[Label]]:
        """Labels of the records that kept ones refer to and this message is silent about."""
        named: set[str] = set()
        for about in said:
            kind, _, record = about.partition("/")
            named.update(references(whole(desk.kept.get(RecordKey(self.agency.id, kind, record)))))
        pairs = [each.partition("/") for each in named - said.keys()]
        keys = [RecordKey(self.agency.id, kind, record) for kind, _, record in pairs if is_id(record)]
        return await self.keeper.root_labels(desk.driver, keys)

    async def keep_one(
        self, desk: Desk, said: Mapping[str, Json], labels: LabelsOf, *words: Word, performer: str = ""
    ) -> None:
        """Keep one record as it stands once these words about it are heard."""
        key = RecordKey(self.agency.id, words[0].resource["resourceType"], words[0].resource["id"])
        kept = desk.kept.get(key)
        merged, stamps = whole(kept), kept.stamps if kept else {}
        for element in self.forgotten.get(f"{key.type}/{key.id}", frozenset()):
            merged, stamps = _without(merged or {}, element), _without(stamps, element)
        for word in words:
            merged, stamps = merge(merged, stamps, word)
        assert merged is not None  # noqa: S101  # there is at least one word
        self.now[f"{key.type}/{key.id}"] = merged, stamps
        draft = Draft(
            key=key,
            resource=merged,
            arrival=self.arrival(said, f"{key.type}/{key.id}", labels),
            patient=patient_of(merged),
            requester=self.agency.id if performer else "",
            performer=performer,
            news=news_of(kept),
            stamps=stamps,
        )
        await self.put(desk, draft, kept)

    async def put(self, desk: Desk, draft: Draft, kept: KeptRecord | None) -> None:
        """Write what differs from what is kept."""
        change = await self.keeper.change(draft, kept, self.received)
        if change:
            desk.changes.append(change)
            if draft.performer and draft.patient:  # what was handed over, and how sensitive it is, are facts
                desk.turned.add(draft.patient)

    def arrival(self, said: Mapping[str, Json], about: str = "", labels: LabelsOf | None = None) -> Arrival:
        """What labelling reads of this message."""
        status = origin_status(self.agency, self.translation.facts)
        return Arrival(
            custodian=status,
            origin=status,
            about=about,
            marks=(*self.translation.marks, *self.protected),
            labels_of=labels or _unknown,
            around=self.around(said),
            minor=any(mark.code == JUVENILE for mark in self.translation.marks),
        )

    def around(self, said: Mapping[str, Json]) -> frozenset[Label]:
        """The sensitivities anywhere in the message, which its free text takes."""
        if self._around is None:
            self._around = around(said.values(), self.translation.marks)
        return self._around

    async def _merge(self, desk: Desk, retired: str, survivor: str) -> None:
        """A40: what was said of the retired patient is said of the survivor, but for consents: they name a person."""
        last = desk.known.survivors.get(survivor, survivor)  # who may have been merged on before this arrived
        survivor = last if last != retired else survivor
        desk.merges.append(Merge(self.agency.id, retired, survivor, self.stamp))
        desk.turned |= {retired, survivor}
        keys = await relations.records_about(desk.driver, self.agency.id, retired)
        kept = await records.load(desk.driver, keys, self.keyring.all)
        gone = {f"Patient/{retired}": f"Patient/{survivor}"}
        for key, record in kept.items():
            if change := self.keeper.repointed(key, record, gone, survivor, self.received):
                desk.changes.append(change)

    def _provisional_and_removed(self, about: str) -> tuple[frozenset[str], frozenset[str]]:
        return _paths(about, self.translation.provisional), _paths(about, self.translation.removed)


def _without(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {each: value for each, value in values.items() if each != name}


def _either(first: LabelsOf, second: LabelsOf) -> LabelsOf:
    """What the first knows, else the second."""

    def labels(reference: str) -> frozenset[Label] | None:
        found = first(reference)
        return second(reference) if found is None else found

    return labels


def _unknown(_: str) -> None:
    return None


def _paths(about: str, listed: Iterable[str]) -> frozenset[str]:
    return frozenset(path.removeprefix(f"{about}.") for path in listed if path.startswith(f"{about}."))
