"""Consents as the people of an agency handle them: recorded, waiting, confirmed, revoked, and what each covers."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from consent.instruments import ConsentDecision
from consent.reading import Filing, read
from gateway.agencies.model import Agency, Person
from gateway.auth.access_token import Session
from gateway.clock import now
from gateway.consents.covering import Covered, Covering
from gateway.consents.form import SignedForm, consent_of
from gateway.fhir.outcome import Absent, Issue, Unprocessable, absent
from gateway.receive.checklist import shortcomings
from gateway.receive.consents import (
    Act,
    Consents,
    Deed,
    Kept,
    Noted,
    Recording,
    concerns,
    faults_of,
    waits,
)
from gateway.receive.receive import Receive
from gateway.receive.writer import Writer
from gateway.store import confirmations, grants, relations
from gateway.store.audit import AuditEntry
from gateway.store.database import Database
from gateway.store.kept import RecordKey, is_id

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class People:
    """What the people of the agencies can do about consents, over one worker's way in."""

    database: Database = field(repr=False)
    receive: Receive
    asking: str = "a client"
    """Who looks, for the audit: where a person acts, the act itself names the person."""

    def agency(self, name: str) -> Agency:
        """The agency of this id. Raises Absent."""
        found = self.receive.registry.current.agencies.get(name)
        if found is None:
            raise Absent(f"{name!r} is no agency here.")
        return found

    def person(self, agency: str, name: str) -> Person:
        """The person of this id in the agency's file, who acts for a purpose listed there. Raises Unprocessable."""
        people = self.agency(agency).people
        found = next((each for each in people if each.id == name), None)
        if found is None:
            raise Unprocessable(f"There is no such person under [[people]] of {agency}: name one of its people.")
        if not found.purposes:
            raise Unprocessable(f"This person has no purposes under [[people]] of {agency}: list what they act for.")
        return found

    async def patient_of(self, agency: str, task: str) -> str:
        """The patient of a referral that the agency has a part in. Raises Absent."""
        async with self.database.transaction("receive") as driver:
            found = await relations.handoff_of_task(driver, task) if is_id(task) else None
        if found is None or agency not in {found.custodian, found.receiver}:
            raise absent("Task")
        return found.patient

    async def known(self, agency: str, patient: str) -> str:
        """The patient, if the agency keeps records about them. Raises Absent."""
        async with self.database.transaction("receive") as driver:
            await relations.begin_keeping(driver, [agency], ())
            held = await confirmations.parts_held(driver, agency, patient) if is_id(patient) else []
        if not held:
            raise absent("Patient")
        return patient

    async def record(self, form: SignedForm, by: str) -> str:
        """Keep a signed form as an active consent of the holder; answers its id. Raises Unprocessable."""
        session = self.session(form.holder, by)
        resource = {**consent_of(form), "id": str(uuid.uuid4())}
        resolve = self.receive.registry.current.agency_of
        faults = shortcomings(read(resource, resolve, Filing(form.holder, form.holder, by)))
        if faults:
            text = f"Nothing was recorded: {'; '.join(faults)}. Read the form again and say what stands on it."
            raise Unprocessable.of([Issue("business-rule", text, "Consent")])
        await self.receive.made(lambda: Recording(self._writer(session), resource))
        return str(resource["id"])

    async def waiting(self, holder: str) -> list[Kept]:
        """The consents about the holder's records that wait for one of its people: refusals first, then by age."""
        agencies, snapshot = self.receive.registry.current.agencies, self.receive.registry.current
        self.agency(holder)
        async with self.database.transaction("receive") as driver:
            await relations.begin_keeping(driver, agencies, ())
            about = await confirmations.consents_about(driver, holder)
            confirmed = await confirmations.of(driver, [consent for _, consent, _ in about])
        found = await self._read({RecordKey(owner, "Consent", each): patient for owner, each, patient in about})
        waiting = [each for each in found if waits(each, holder, confirmed, snapshot)]
        shown = sorted([each for each in waiting if await self._sees(holder, each)], key=_urgency)
        await self._note(self._shown(each, holder) for each in shown if each.custodian != holder)
        return shown

    async def find(self, holder: str, consent: str) -> Kept:
        """A consent about the holder's records, which the holder may see. Raises Absent for every other alike."""
        async with self.database.transaction("receive") as driver:
            facts = (await grants.open_records(driver, [("Consent", consent)])).get(("Consent", consent))
        found: list[Kept] = []
        if facts is not None and facts.patient:
            found = await self._read({RecordKey(facts.custodian, "Consent", consent): facts.patient})
        for each in found:
            if concerns(each, holder, self.receive.registry.current) and await self._sees(holder, each):
                await self._note([self._shown(each, holder)] if each.custodian != holder else [])
                return each
        raise absent("Consent")

    async def act(self, holder: str, shown: Kept, deed: Deed, by: str, reason: str = "") -> None:
        """Confirm or revoke what was shown, as this person. Raises Absent, PreconditionFailed, Unprocessable.

        The last for a stranger, and where it is to be confirmed and the law could not rely on it.
        """
        session = self.session(holder, by)
        await self.receive.made(lambda: Act(self._writer(session), by, deed, shown, reason))

    def faults(self, holder: str, shown: Kept) -> list[str]:
        """Why the holder could not rely on it, if a person confirmed it; none where it could."""
        return faults_of(shown, holder, "somebody", self.receive.registry.current)

    async def covers(self, holder: str, consent: str) -> list[Covered]:
        """What it does to the holder's records, a row for each class of each record and recipient. Raises Absent."""
        found = await self.find(holder, consent)
        async with self.database.transaction("receive") as driver:
            await relations.begin_keeping(driver, [holder], ())
            rows = await self._covering.of(driver, holder, found.patient, found.id)
        content = {"consent": f"Consent/{consent}", "version": found.version, "asked_by": self.asking}
        await self._note([AuditEntry(now(), "consent", holder, "", "covers shown", found.patient, content)])
        return rows

    async def _sees(self, holder: str, found: Kept) -> bool:
        """Its own consents, and another's that the law lets it read: a lodged form is a record like any other."""
        if found.custodian == holder:
            return True
        async with self.database.transaction("receive") as driver:
            by = (await confirmations.of(driver, [found.id])).get(found.lodged(holder))
            if by is not None and by.counters == found.version:  # shown before: it can always be withdrawn
                return True
            return await self._covering.sees(driver, holder, found.patient, found.segment)

    def _shown(self, found: Kept, holder: str) -> AuditEntry:
        """Another's consent was shown to the holder: a disclosure of whoever keeps it."""
        content = {"record": f"Consent/{found.id}", "version": found.version, "asked_by": self.asking}
        return AuditEntry(now(), "disclose", found.custodian, holder, "disclosed", found.patient, content)

    async def _note(self, entries: Iterable[AuditEntry]) -> None:
        if rows := tuple(entries):
            await self.receive.submit(Noted(rows))

    async def _read(self, wanted: Mapping[RecordKey, str]) -> list[Kept]:
        found: list[Kept] = await self.receive.submit(Consents(wanted)) if wanted else []
        return found

    @property
    def _covering(self) -> Covering:
        receive = self.receive
        return Covering(receive.registry.current, receive.keyring, receive.segments, now())

    def _writer(self, session: Session) -> Writer:
        receive = self.receive
        return Writer(session, receive.registry.current, receive.keeper, receive.segments, now(), session.token_id)

    def session(self, agency: str, by: str) -> Session:
        """The capacity in which a person acts: no client's, for a minute. Raises Unprocessable for a stranger."""
        person = self.person(agency, by)
        name = f"person {by}"
        return Session(name, agency, str(person.role), person.purposes[0], (), now() + MINUTE, name)


def _urgency(each: Kept) -> tuple[bool, datetime]:
    return each.resource.get("provision", {}).get("type") != ConsentDecision.DENY, each.since
