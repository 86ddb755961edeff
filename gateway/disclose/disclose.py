"""The one way out: nothing leaves but what was decided, redacted and audited in the transaction that read it."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import asyncpg

from gateway.auth.access_token import Session
from gateway.clock import now
from gateway.disclose import searching
from gateway.disclose.deciding import Decisions, Entered
from gateway.disclose.facts import Asker, asker
from gateway.disclose.reading import Reading
from gateway.disclose.searching import Page
from gateway.disclose.telling import Telling, Told, accounted, entries, recipient, shows, taken_back
from gateway.disclose.viewing import View
from gateway.fhir.outcome import Unauthenticated, Unavailable, absent
from gateway.fhir.query import Query
from gateway.registry import Registry, Snapshot
from gateway.store.audit import AuditChains, AuditEntry
from gateway.store.database import Database
from gateway.store.grants import policy_version
from gateway.store.keyring import KeyRing
from gateway.store.segments import Segments

Json = dict[str, Any]

P = ParamSpec("P")
T = TypeVar("T")
RETRIES = 3


def _again(disclosing: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Disclose again where the database ended the transaction because two waited for each other: nothing was told."""

    @wraps(disclosing)
    async def tried(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(RETRIES):
            with suppress(asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
                return await disclosing(*args, **kwargs)
        return await disclosing(*args, **kwargs)

    return tried


@dataclass(slots=True)
class Disclosing:
    """One transaction that discloses to one asker, and the audit rows it owes."""

    entered: Entered
    session: Session
    request: str
    entries: list[AuditEntry]

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
        self._chains = chains
        self.decisions = Decisions(database, keyring, segments)
        self._reading = Reading(self.decisions, keyring, segments)

    @_again
    async def read(self, session: Session, kind: str, record: str, request: str) -> View:
        """The record as the session's agency may see it. Raises Absent for absent and hidden alike."""
        for _ in range(RETRIES):
            async with self._disclosing(session, request) as to:
                view = await self._reading.view(to.entered, kind, record)
                self._note(to, "read", kind, [record], [view] if view else [])
                moved = await policy_version(to.entered.driver) != to.entered.snapshot.version
            if view is not None:
                return view
            if not moved:
                break
        raise absent(kind)

    @_again
    async def history(self, session: Session, kind: str, record: str, request: str) -> list[View]:
        """The visible versions of a record, newest first. Raises Absent."""
        async with self._disclosing(session, request) as to:
            found = await self._reading.versions(to.entered, kind, record)
            self._note(to, "history", kind, [record], found[:1])
        if not found:
            raise absent(kind)
        return found

    @_again
    async def vread(self, session: Session, kind: str, record: str, version: str, request: str) -> View:
        """One visible version of a record. Raises Absent."""
        async with self._disclosing(session, request) as to:
            found = [view for view in await self._reading.versions(to.entered, kind, record) if view.version == version]
            self._note(to, "vread", kind, [record], found)
        if not found:
            raise absent(kind)
        return found[0]

    @_again
    async def search(self, session: Session, query: Query, request: str) -> Page:
        """A page of what the search finds among what the session's agency may see."""
        for attempt in range(RETRIES):
            async with self._disclosing(session, request) as to:
                to.entered.insisting = attempt > 0
                page = await searching.page(self._reading, to.entered, query)
                if page is None:
                    continue
                seen = (*page.matches, *page.included)
                self._note(to, "search", query.resource_type, [view.id for view in seen], seen)
            return page
        raise Unavailable("What may be seen changed while the search ran; search again.")

    @_again
    async def delivery(self, telling: Telling) -> Told | None:
        """What a delivery may carry, decided now, its intent on record when this answers; None: it may not be told.

        Raises Unavailable where the agencies in force change meanwhile.
        """
        who = recipient(*telling.recipient(self._registry.current))

        def still(snapshot: Snapshot) -> Asker:
            return _same(who, recipient(*telling.recipient(snapshot)))

        for _ in range(RETRIES):
            async with self._transaction(who, still) as (entered, owed):
                told = await self._told(entered, telling)
                owed.extend(entries(telling, told, "intended", entered.now) if told else ())
                moved = await policy_version(entered.driver) != entered.snapshot.version
            if told or not moved:
                return told
        raise Unavailable("What may be seen changed while it was decided; it is tried again.")

    async def _told(self, entered: Entered, telling: Telling) -> Told | None:
        task = await self._reading.view(entered, "Task", telling.task)
        if task is None or not shows(telling, task):
            return None
        if telling.source and await self._reading.view(entered, "Task", telling.source) is None:
            return None
        beside = [await self._reading.view(entered, kind, record) for kind, record in telling.beside]
        if taken_back(task, next(iter(beside), None)):
            beside = [None for _ in beside]
        return Told(entered.snapshot, *telling.recipient(entered.snapshot), task, tuple(beside))

    # --- one transaction

    @asynccontextmanager
    async def _disclosing(self, session: Session, request: str) -> AsyncIterator[Disclosing]:
        who = _known(session, self._registry.current)

        def still(snapshot: Snapshot) -> Asker:
            return _same(who, _known(session, snapshot))

        async with self._transaction(who, still) as (entered, owed):
            yield Disclosing(entered, session, request, owed)

    @asynccontextmanager
    async def _transaction(
        self, who: Asker, still: Callable[[Snapshot], Asker]
    ) -> AsyncIterator[tuple[Entered, list[AuditEntry]]]:
        """A transaction bound to the asker, as it is under the policy in force, and the audit rows it will owe."""
        owed: list[AuditEntry] = []
        await self.decisions.introduce(who)
        async with self._database.transaction("disclose") as driver:
            entered = await self.decisions.enter(driver, who, self._registry, now())
            entered.who = still(entered.snapshot)
            yield entered, owed
            appended = await self._chains.append(driver, [(entry, self._keyring[entry.custodian]) for entry in owed])
        self.decisions.committed(entered)
        appended.kept()

    # --- audit

    def _note(self, to: Disclosing, interaction: str, kind: str, records: Sequence[str], seen: Iterable[View]) -> None:
        """One row per custodian and patient disclosed; one under the asker's own key where nothing was."""
        by_subject: dict[tuple[str, str | None], list[View]] = {}
        for view in seen:
            by_subject.setdefault((view.custodian, view.patient), []).append(view)
        who = {"client": to.session.client_id, "role": to.session.role, "purpose": str(to.session.purpose)}
        common = {**who, "token": to.session.token_id, "request": to.request, "interaction": interaction}
        for (custodian, patient), found in by_subject.items():
            content = {**common, "records": [accounted(view) for view in found]}
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


def _same(before: Asker, after: Asker) -> Asker:
    """The asker under the policy in force; one whose capacity changed meanwhile must ask again."""
    if before.key != after.key:
        raise Unauthenticated("The registration of the token's client has changed; ask for a new token.")
    return after
