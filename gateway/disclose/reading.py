"""Records within one disclosing transaction: facts, decision, visible parts, view."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from consent.labels import references
from consent.terms import Decision, Effect
from gateway.disclose.deciding import Decisions, Entered
from gateway.disclose.viewing import View, Viewer, states
from gateway.fhir import wire
from gateway.store import grants, views
from gateway.store.kept import is_id
from gateway.store.keyring import KeyRing
from gateway.store.segments import Segments
from gateway.store.views import SeenPart


@dataclass(frozen=True, slots=True)
class Reading:
    """Makes views for whoever entered the transaction."""

    decisions: Decisions
    keyring: KeyRing
    segments: Segments

    async def view(self, entered: Entered, kind: str, record: str) -> View | None:
        """The record as the asker may see it, None if absent or hidden."""
        facts = (await grants.open_records(entered.driver, [(kind, record)])).get((kind, record))
        if facts is None:
            return None
        decided = await self.decisions.about(entered, facts.patient, facts.segments, facts.epoch)
        if not any(map(_permits, decided.values())):
            return None
        found = await views.current(entered.driver, kind, [record], self.keyring.all)
        parts = found.get(record, [])
        visible = await self._references(entered, facts.custodian, parts)
        viewer = await self._viewer(entered, decided, facts.custodian, visible)
        return viewer.view(parts)

    async def versions(self, entered: Entered, kind: str, record: str) -> list[View]:
        """The visible versions of a record, newest first."""
        facts = (await grants.open_records(entered.driver, [(kind, record)])).get((kind, record))
        if facts is None:
            return []
        decided = await self.decisions.about(entered, facts.patient, facts.segments, facts.epoch)
        parts = await views.every(entered.driver, kind, record, self.keyring.all)
        visible = await self._references(entered, facts.custodian, parts)
        viewer = await self._viewer(entered, decided, facts.custodian, visible)
        found = [view for state in states(parts) if (view := viewer.view(state))]
        return found[::-1]

    async def views(self, entered: Entered, kind: str, records: Sequence[str], epochs: Mapping[str, int]) -> list[View]:
        """The views of several records, in this order; what turned invisible meanwhile is left out.

        epochs are those of their patients, read when revocations about them were held off.
        """
        found = await views.current(entered.driver, kind, records, self.keyring.all)
        foreign = [part for parts in found.values() for part in parts if part.custodian != entered.who.agency.id]
        visible = await self._visible_references(entered, foreign)
        made = []
        for record in records:
            parts = found.get(record, [])
            if not parts:
                continue
            patient = next((part.patient for part in parts if part.patient), None)
            epoch = epochs.get(patient) if patient else None
            decided = await self.decisions.about(entered, patient, {part.segment for part in parts}, epoch)
            viewer = await self._viewer(entered, decided, parts[0].custodian, visible)
            if view := viewer.view(parts):
                made.append(view)
        return made

    async def _viewer(
        self, entered: Entered, decided: Mapping[int, Decision], custodian: str, visible: frozenset[str]
    ) -> Viewer:
        segments = await self.segments.look_up(entered.driver, decided)
        key = self.keyring.gateway.versions
        if custodian == entered.who.agency.id:
            return Viewer(key, segments, decided)
        return Viewer(key, segments, decided, entered.scopes, visible.__contains__)

    async def _visible_references(self, entered: Entered, parts: Iterable[SeenPart]) -> frozenset[str]:
        """Which records that these parts of others' records refer to the asker may see too."""
        named = {each for part in parts for each in references(wire.parse_kept(part.content))}
        pairs = [(kind, record) for kind, _, record in (each.partition("/") for each in named) if is_id(record)]
        visible = set()
        for (kind, record), facts in (await grants.open_records(entered.driver, pairs)).items():
            decided = await self.decisions.about(entered, facts.patient, [facts.root], facts.epoch)
            if any(map(_permits, decided.values())):
                visible.add(f"{kind}/{record}")
        return frozenset(visible)

    async def _references(self, entered: Entered, custodian: str, parts: Iterable[SeenPart]) -> frozenset[str]:
        own = custodian == entered.who.agency.id
        return frozenset() if own else await self._visible_references(entered, parts)


def _permits(decision: Decision) -> bool:
    return decision.effect is not Effect.DENY
