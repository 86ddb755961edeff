"""The one way out: nothing leaves but what was decided, redacted and audited in the transaction that read it."""

import uuid
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from consent.labels import references
from consent.terms import Decision, Effect
from gateway.auth.access_token import Session
from gateway.clock import now
from gateway.disclose.deciding import Decisions, Entered
from gateway.disclose.facts import Asker, asker
from gateway.disclose.viewing import View, Viewer, states
from gateway.fhir import wire
from gateway.fhir.cursor import decode_cursor, encode_cursor
from gateway.fhir.index import terms
from gateway.fhir.outcome import Unauthenticated, absent
from gateway.fhir.query import Query
from gateway.registry import Registry, Snapshot
from gateway.store import grants, search, views
from gateway.store.audit import AuditChains, AuditEntry
from gateway.store.database import Database
from gateway.store.keyring import KeyRing
from gateway.store.segments import Segments
from gateway.store.views import SeenPart

Json = dict[str, Any]

RETRIES = 3


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a search: matches and what they include, the total where asked for, the cursor of the next page."""

    matches: tuple[View, ...]
    included: tuple[View, ...]
    total: int | None
    cursor: str


@dataclass(slots=True)
class Disclosing:
    """One transaction that discloses to one asker, and the audit rows it owes."""

    entered: Entered
    session: Session
    request: str
    entries: list[AuditEntry] = field(default_factory=list)

    @property
    def who(self) -> Asker:
        """The asker."""
        return self.entered.who


class Disclose:
    """Reads, searches and histories for every recipient, through one gate."""

    def __init__(
        self, database: Database, registry: Registry, keyring: KeyRing, segments: Segments, chains: AuditChains
    ) -> None:
        self._database = database
        self._registry = registry
        self._keyring = keyring
        self._segments = segments
        self._chains = chains
        self.decisions = Decisions(keyring, segments)

    async def read(self, session: Session, kind: str, record: str, request: str) -> View:
        """The record as the session's agency may see it. Raises Absent for absent and hidden alike."""
        async with self._disclosing(session, request) as to:
            view = await self._view(to, kind, record)
            self._note(to, "read", kind, [record], [view] if view else [])
        if view is None:
            raise absent(kind)
        return view

    async def history(self, session: Session, kind: str, record: str, request: str) -> list[View]:
        """The visible versions of a record, newest first. Raises Absent."""
        async with self._disclosing(session, request) as to:
            found = await self._versions(to, kind, record)
            self._note(to, "history", kind, [record], found[:1])
        if not found:
            raise absent(kind)
        return found

    async def vread(self, session: Session, kind: str, record: str, version: str, request: str) -> View:
        """One visible version of a record. Raises Absent."""
        async with self._disclosing(session, request) as to:
            found = [view for view in await self._versions(to, kind, record) if view.version == version]
            self._note(to, "vread", kind, [record], found)
        if not found:
            raise absent(kind)
        return found[0]

    async def search(self, session: Session, query: Query, request: str) -> Page:
        """A page of what the search finds among what the session's agency may see."""
        for _ in range(RETRIES):
            async with self._disclosing(session, request) as to:
                page = await self._page(to, query)
                if page is None:
                    continue
                seen = (*page.matches, *page.included)
                self._note(to, "search", query.resource_type, [view.id for view in seen], seen)
            return page
        return Page((), (), 0 if query.results.total != "none" else None, "")

    # --- one transaction

    @asynccontextmanager
    async def _disclosing(self, session: Session, request: str) -> AsyncIterator[Disclosing]:
        appended = None
        try:
            async with self._database.transaction("disclose") as driver:
                snapshot = await self._registry.refresh(driver)
                entered = await self.decisions.enter(driver, _known(session, snapshot), snapshot, now())
                to = Disclosing(entered, session, request)
                yield to
                entries = [(entry, self._keyring[entry.custodian]) for entry in to.entries]
                appended = await self._chains.append(driver, entries)
        except BaseException:
            self.decisions.forget()
            raise
        appended.kept()

    async def _view(self, to: Disclosing, kind: str, record: str) -> View | None:
        facts = await grants.facts_of_record(to.entered.driver, kind, record)
        if facts is None:
            return None
        decided = await self.decisions.about(to.entered, facts.patient, facts.segments)
        if not any(each.effect is not Effect.DENY for each in decided.values()):
            return None
        found = await views.current(to.entered.driver, kind, [record], self._keyring.all)
        viewer = await self._viewer(to, decided, facts.custodian, found.get(record, ()))
        return viewer.view(found.get(record, ()))

    async def _versions(self, to: Disclosing, kind: str, record: str) -> list[View]:
        facts = await grants.facts_of_record(to.entered.driver, kind, record)
        if facts is None:
            return []
        decided = await self.decisions.about(to.entered, facts.patient, facts.segments)
        parts = await views.every(to.entered.driver, kind, record, self._keyring.all)
        viewer = await self._viewer(to, decided, facts.custodian, parts)
        found = [view for state in states(parts) if (view := viewer.view(state))]
        return found[::-1]

    async def _viewer(
        self, to: Disclosing, decided: Mapping[int, Decision], custodian: str, parts: Iterable[SeenPart]
    ) -> Viewer:
        segments = await self._segments.look_up(to.entered.driver, decided)
        if custodian == to.who.agency.id:
            return Viewer(self._keyring.gateway.versions, segments, decided)
        visible = await self._visible_references(to, parts)
        return Viewer(self._keyring.gateway.versions, segments, decided, visible.__contains__)

    async def _visible_references(self, to: Disclosing, parts: Iterable[SeenPart]) -> set[str]:
        """Which records that these parts refer to the recipient may see too."""
        visible = set()
        for reference in {each for part in parts for each in _references(part.content)}:
            kind, _, record = reference.partition("/")
            facts = await grants.facts_of_record(to.entered.driver, kind, record) if _is_id(record) else None
            if facts is None:
                continue
            decided = await self.decisions.about(to.entered, facts.patient, facts.segments[:1])
            if any(each.effect is not Effect.DENY for each in decided.values()):
                visible.add(reference)
        return visible

    # --- search

    async def _page(self, to: Disclosing, query: Query) -> Page | None:
        """The page, or None where a revocation came between finding and holding: then everything is decided again."""
        await self.decisions.of_own(to.entered)
        await self.decisions.of_related(to.entered)
        driver, keys = to.entered.driver, self._keyring.all
        count = await search.total(driver, query, keys) if _counts(query) else None
        if query.results.count_only:
            return Page((), (), count, "")
        after = _position(decode_cursor(self._keyring.gateway.cursors, query, to.who.key[0]))
        rows = await search.page(driver, query, keys, after, query.results.count + 1)
        shown = rows[: query.results.count]
        await grants.hold(driver, [row.patient for row in shown if row.patient])
        matches = await self._views(to, query.resource_type, [row.id for row in shown])
        if len(matches) != len(shown):
            return None
        cursor = ""
        if len(rows) > len(shown) and shown:
            place = (shown[-1].place.isoformat(), shown[-1].id)
            cursor = encode_cursor(self._keyring.gateway.cursors, query, to.who.key[0], place)
        included = await self._included(to, query, matches)
        return Page(tuple(matches), tuple(included), count, cursor)

    async def _views(self, to: Disclosing, kind: str, records: Sequence[str]) -> list[View]:
        found = await views.current(to.entered.driver, kind, records, self._keyring.all)
        made = []
        for record in records:
            parts = found.get(record, [])
            patient = next((part.patient for part in parts if part.patient), None)
            if not parts:
                continue
            decided = await self.decisions.about(to.entered, patient, {part.segment for part in parts})
            viewer = await self._viewer(to, decided, parts[0].custodian, parts)
            if view := viewer.view(parts):
                made.append(view)
        return made

    async def _included(self, to: Disclosing, query: Query, matches: Sequence[View]) -> list[View]:
        wanted: dict[str, None] = {}
        for include in query.results.includes:
            for view in matches:
                wanted.update(dict.fromkeys(_pointed_at(view.resource, include.parameter, include.target)))
        already = {f"{view.type}/{view.id}" for view in matches}
        found: list[View] = []
        for reference in wanted:
            kind, _, record = reference.partition("/")
            seen = await self._view(to, kind, record) if reference not in already and _is_id(record) else None
            if seen is not None:
                found.append(seen)
        return found

    # --- audit

    def _note(self, to: Disclosing, interaction: str, kind: str, records: Sequence[str], seen: Iterable[View]) -> None:
        """One row per custodian and patient disclosed; one under the asker's own key where nothing was."""
        by_subject: dict[tuple[str, str | None], list[View]] = {}
        for view in seen:
            by_subject.setdefault((view.custodian, view.patient), []).append(view)
        who = {"client": to.session.client_id, "role": to.session.role, "purpose": str(to.session.purpose)}
        common = {**who, "token": to.session.token_id, "request": to.request, "interaction": interaction}
        for (custodian, patient), found in by_subject.items():
            content = {**common, "records": [_accounted(view) for view in found]}
            to.entries.append(self._entry(to, custodian, "disclosed", patient, content))
        if not by_subject:
            asked = {**common, "type": kind, "asked": list(records)}
            to.entries.append(self._entry(to, to.who.agency.id, "nothing", None, asked))

    def _entry(self, to: Disclosing, custodian: str, outcome: str, patient: str | None, content: Json) -> AuditEntry:
        return AuditEntry(to.entered.now, "disclose", custodian, to.who.agency.id, outcome, patient, content)


def _known(session: Session, snapshot: Snapshot) -> Asker:
    who = asker(session, snapshot)
    if who is None:
        raise Unauthenticated("The token's client is not registered any more; ask for a new token.")
    return who


def _accounted(view: View) -> Json:
    decision = view.released.decision
    return {
        "record": f"{view.type}/{view.id}",
        "version": view.version,
        "because": [finding.citation for finding in decision.because],
        "obligations": sorted(decision.obligations),
    }


def _counts(query: Query) -> bool:
    return query.results.count_only or query.results.total != "none"


def _position(cursor: Sequence[str] | None) -> tuple[datetime, str] | None:
    return (datetime.fromisoformat(cursor[0]), cursor[1]) if cursor else None


def _references(content: bytes) -> Iterable[str]:
    return references(wire.parse(content))


def _pointed_at(resource: Json, parameter: str, target: str) -> Iterable[str]:
    for term in terms(resource):
        typed = term.parameter == parameter and term.kind == "reference" and "/" in term.value
        if typed and term.value.startswith(f"{target}/" if target else ""):
            yield term.value


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
