"""From a FHIR record to what is kept of it: parts under labels, segments, search terms, and only what changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import asyncpg

from consent.labels import Arrival, labeller
from consent.parts import ROOT, Part, fragment, join, split
from consent.vocabulary import InfoClass, Label
from gateway.fhir import wire
from gateway.fhir.index import moments as moments_of
from gateway.fhir.index import terms as terms_of
from gateway.parts import NEWS, labels_of, part_of
from gateway.store.kept import KeptPart, KeptRecord, RecordKey
from gateway.store.keyring import KeyRing
from gateway.store.records import Change, NewMoment, NewPart, NewTerm, root_segments
from gateway.store.seal import clear_term, keyed_term
from gateway.store.segments import Segment, Segments

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class News:
    """A part whose elements override the record's own, under a segment of its own: kept (its number) or new."""

    part: Part
    segment: Segment | int


@dataclass(frozen=True, slots=True)
class Draft:
    """A record as it is to be kept. requester and performer are the agencies of the referral it belongs to."""

    key: RecordKey
    resource: Json = field(repr=False)
    arrival: Arrival
    patient: str | None
    requester: str = ""
    performer: str = ""
    root: InfoClass | None = None
    news: tuple[News, ...] = ()
    stamps: Mapping[str, str] | None = None


class Keeper:
    """Turns drafts into changes for one worker."""

    def __init__(self, keyring: KeyRing, segments: Segments, base: str) -> None:
        self._keyring = keyring
        self._segments = segments
        self._base = base

    async def change(
        self, draft: Draft, kept: KeptRecord | None, now: datetime, hidden: frozenset[str] = frozenset()
    ) -> Change | None:
        """What must be written so that the record is kept as drafted, None if it already is.

        Parts named in hidden are carried over untouched: the writer could not see them.
        """
        own = split(draft.resource, labeller(draft.arrival), draft.root)
        parts = [*own, *(each.part for each in draft.news)]
        numbers = await self._numbers(draft, own)
        before = kept.parts if kept else {}
        changed = tuple(_changed(parts, numbers, before, hidden, now))
        restamped = draft.stamps is not None and (kept is None or kept.stamps != draft.stamps)
        if not changed and not restamped:
            return None
        terms, moments = self._terms(draft, own, {part.name for part in changed if not part.removed}, numbers)
        patient = draft.patient or (kept.patient if kept else None)
        return Change(draft.key, patient, changed, terms, moments, draft.stamps if restamped else None)

    async def root_labels(self, driver: asyncpg.Connection, keys: Sequence[RecordKey]) -> dict[str, frozenset[Label]]:
        """The labels that kept records carry now, by ``Type/id``."""
        if not keys:
            return {}
        numbers = await root_segments(driver, keys)
        segments = await self._segments.look_up(driver, numbers.values())
        return {f"{key.type}/{key.id}": labels_of(segments[number].labels) for key, number in numbers.items()}

    async def performers(self, driver: asyncpg.Connection, keys: Sequence[RecordKey]) -> dict[str, str]:
        """To whom the referrals were made that kept records belong to, by ``Type/id``; empty for none."""
        numbers = await root_segments(driver, keys) if keys else {}
        segments = await self._segments.look_up(driver, numbers.values())
        return {f"{key.type}/{key.id}": segments[number].performer for key, number in numbers.items()}

    async def lay_over(self, key: RecordKey, kept: KeptRecord, news: News, now: datetime) -> Change | None:
        """What must be written so that the record carries this news and is otherwise left as it is."""
        assert isinstance(news.segment, Segment)  # noqa: S101
        await self._segments.intern([news.segment])
        numbers = {NEWS: self._segments.number(news.segment)}
        others = frozenset(kept.parts) - {NEWS}
        changed = tuple(_changed([news.part], numbers, kept.parts, others, now))
        if not changed:
            return None
        told = elements_of(news.part)
        found = _Index(self._keyring[key.custodian].terms, self._base, numbers)
        found.add({"resourceType": key.type, **told}, {(name, None): NEWS for name in told}, {NEWS})
        return Change(key, kept.patient, changed, tuple(found.terms), tuple(found.moments))

    async def referred(
        self, driver: asyncpg.Connection, key: RecordKey, kept: KeptRecord, parties: tuple[str, str], now: datetime
    ) -> Change | None:
        """What must be written so that a record is part of the referral between these parties, else as it is."""
        live = [part for part in kept.parts.values() if not part.removed]
        requester, performer = parties
        old = await self._segments.look_up(driver, {part.segment for part in live})
        new = {number: replace(each, requester=requester, performer=performer) for number, each in old.items()}
        await self._segments.intern(new.values())
        numbers = {part.name: self._segments.number(new[part.segment]) for part in live}
        moved = [part for part in live if numbers[part.name] != part.segment]
        found = _Index(self._keyring[key.custodian].terms, self._base, numbers)
        own = [part_of(part.name, part.content) for part in live if part.name != NEWS]
        shown = join(own)
        if shown is None or not moved:
            return None
        found.add(shown, dict(_places(own)), {part.name for part in moved})
        changed = [
            NewPart(each.name, numbers[each.name], each.counter + 1, each.shown + 1, now, each.content)
            for each in moved
        ]
        return Change(key, kept.patient, tuple(changed), tuple(found.terms), tuple(found.moments))

    def repointed(
        self, key: RecordKey, kept: KeptRecord, gone: Mapping[str, str], survivor: str, now: datetime
    ) -> Change | None:
        """What must be written so that references go to a survivor instead; parts keep their segments."""
        changed, own, numbers = [], [], {}
        for old in kept.parts.values():
            if old.removed:
                continue
            part = part_of(old.name, old.content)
            moved = replace(part, content=repoint(part.content, gone))
            numbers[old.name] = old.segment
            if old.name != NEWS:
                own.append(moved)
            if moved.content != part.content:
                content = wire.serialise(moved.content)
                changed.append(NewPart(old.name, old.segment, old.counter + 1, old.shown + 1, now, content))
        shown = join(own)
        if shown is None or not changed:
            return None
        found = _Index(self._keyring[key.custodian].terms, self._base, numbers)
        found.add(shown, dict(_places(own)), {part.name for part in changed})
        return Change(key, survivor, tuple(changed), tuple(found.terms), tuple(found.moments))

    async def _numbers(self, draft: Draft, own: Sequence[Part]) -> dict[str, int]:
        segments = {part.name: _segment(draft, part) for part in own}
        segments |= {each.part.name: each.segment for each in draft.news if isinstance(each.segment, Segment)}
        await self._segments.intern(segments.values())
        known = {each.part.name: each.segment for each in draft.news if isinstance(each.segment, int)}
        return {name: self._segments.number(segment) for name, segment in segments.items()} | known

    def _terms(
        self, draft: Draft, own: Sequence[Part], changed: set[str], numbers: Mapping[str, int]
    ) -> tuple[tuple[NewTerm, ...], tuple[NewMoment, ...]]:
        shown = join(own)
        if shown is None or not changed:
            return (), ()
        places = dict(_places(own))
        found = _Index(self._keyring[draft.key.custodian].terms, self._base, numbers)
        found.add(shown, places, changed)
        for each in draft.news:
            told: Json = {**elements_of(each.part)}
            found.add({"resourceType": draft.key.type, **told}, {(name, None): NEWS for name in told}, changed)
        return tuple(found.terms), tuple(found.moments)


@dataclass(slots=True)
class _Index:
    """Search terms and moments of the parts of one record, keyed where they are about a person."""

    key: bytes = field(repr=False)
    base: str
    numbers: Mapping[str, int]
    terms: list[NewTerm] = field(default_factory=list)
    moments: list[NewMoment] = field(default_factory=list)

    def add(self, shown: Json, places: Mapping[tuple[str, int | None], str], changed: set[str]) -> None:
        """Index what is shown, for the changed parts only; places tells which part holds what."""
        for term in terms_of(shown, self.base):
            part = _part_of(places, term.element, term.position)
            if part in changed:
                name = f"{term.parameter}:{term.form}" if term.form == "prefix" else term.parameter
                value = keyed_term(self.key, name, term.value) if term.personal else clear_term(name, term.value)
                self.terms.append(NewTerm(part, name, value, self.numbers[part]))
        for moment in moments_of(shown):
            part = _part_of(places, moment.element, moment.position)
            if part in changed:
                self.moments.append(NewMoment(part, moment.parameter, moment.low, moment.high, self.numbers[part]))


def _segment(draft: Draft, part: Part) -> Segment:
    return Segment(
        custodian=draft.key.custodian,
        origin=draft.arrival.origin.org,
        labels=tuple(sorted(part.labels)),
        info_class=str(part.info_class),
        requester=draft.requester,
        performer=draft.performer,
    )


def _changed(
    parts: Sequence[Part],
    numbers: Mapping[str, int],
    before: Mapping[str, KeptPart],
    hidden: frozenset[str],
    now: datetime,
) -> Iterator[NewPart]:
    """Parts that are new or differ, and tombstones of those gone; equal fragments advance only the counter."""
    for part in parts:
        content, old, segment = wire.serialise(part.content), before.get(part.name), numbers[part.name]
        if part.name in hidden or (old and not old.removed and (old.content, old.segment) == (content, segment)):
            continue
        moved_only = old is not None and not old.removed and old.segment == segment and _same(part, old)
        counter, shown = (old.counter + 1, old.shown + (not moved_only)) if old else (1, 1)
        recorded = old.recorded if old and moved_only else now
        yield NewPart(part.name, segment, counter, shown, recorded, content)
    present = {part.name for part in parts} | hidden
    for name, old in before.items():
        if name not in present and not old.removed:
            yield NewPart(name, old.segment, old.counter + 1, old.shown + 1, now, b"{}", removed=True)


def _same(part: Part, old: KeptPart) -> bool:
    return fragment(part) == fragment(part_of(old.name, old.content))


def whole(kept: KeptRecord | None) -> Json | None:
    """The record as its custodian's adapter last left it: all parts but overlays; None where there is none."""
    if kept is None:
        return None
    parts = [part_of(part.name, part.content) for part in kept.parts.values() if not part.removed and part.name != NEWS]
    return join(parts)


def repoint(value: Any, gone: Mapping[str, str]) -> Any:
    """FHIR JSON with every reference to what is gone replaced."""
    if isinstance(value, dict):
        return {
            name: gone.get(inner, inner) if name == "reference" and isinstance(inner, str) else repoint(inner, gone)
            for name, inner in value.items()
        }
    return [repoint(each, gone) for each in value] if isinstance(value, list) else value


def news_of(kept: KeptRecord | None) -> tuple[News, ...]:
    """The news that a record carries."""
    found = kept.parts.get(NEWS) if kept else None
    if found is None or found.removed:
        return ()
    return (News(part_of(found.name, found.content, InfoClass.REFERRAL_STATUS), found.segment),)


def elements_of(part: Part) -> Json:
    """The elements that a part holds whole."""
    elements = part.content["elements"]
    return elements if isinstance(elements, dict) else {}


def _places(parts: Sequence[Part]) -> Iterator[tuple[tuple[str, int | None], str]]:
    """Which part holds each element, and each list item by its place in the whole record; overlays win."""
    items: dict[str, list[tuple[int, str]]] = {}
    for part in sorted(parts, key=lambda part: part.name != ROOT):
        held: Json = part.content
        yield from (((element, None), part.name) for element in held["elements"])
        for element, pairs in held["items"].items():
            items.setdefault(element, []).extend((place, part.name) for place, _ in pairs)
    for element, found in items.items():
        yield from (((element, position), name) for position, (_, name) in enumerate(sorted(found)))


def _part_of(places: Mapping[tuple[str, int | None], str], element: str, position: int | None) -> str:
    return places.get((element, position), places.get((element, None), ROOT))
