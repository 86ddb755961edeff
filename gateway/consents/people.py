"""Consents as the people of an agency handle them: recorded, waiting, confirmed, revoked, and what each covers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from consent.reading import Filing, read
from consent.vocabulary import Purpose
from gateway.agencies.model import Agency, Person
from gateway.auth.access_token import Session
from gateway.clock import now
from gateway.consents.covering import Covered, Covering
from gateway.consents.form import SignedForm, consent_of
from gateway.fhir.outcome import Absent, Issue, OutOfScope, Unprocessable, absent
from gateway.receive.consents import Act, Consents, Deed, Kept, concerns, shortcomings, waits
from gateway.receive.receive import Receive
from gateway.receive.writer import Writer
from gateway.store import confirmations, relations
from gateway.store.database import Database
from gateway.store.kept import RecordKey, is_id

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class People:
    """What the people of the agencies can do about consents, over one worker's way in."""

    database: Database = field(repr=False)
    receive: Receive

    def agency(self, name: str) -> Agency:
        """The agency of this id. Raises Absent."""
        found = self.receive.registry.current.agencies.get(name)
        if found is None:
            raise Absent(f"{name!r} is no agency here.")
        return found

    def person(self, agency: str, name: str) -> Person:
        """The person of this id in the agency's file. Raises OutOfScope."""
        people = self.agency(agency).people
        found = next((each for each in people if each.id == name), None)
        if found is None:
            raise OutOfScope(f"{name!r} is nobody under [[people]] of {agency}: name one of its people.")
        return found

    async def patient_of(self, agency: str, task: str) -> str:
        """The patient of a referral that the agency has a part in. Raises Absent."""
        async with self.database.transaction("receive") as driver:
            found = await relations.handoff_of_task(driver, task) if is_id(task) else None
        if found is None or agency not in {found.custodian, found.receiver}:
            raise absent("Task")
        return found.patient

    async def record(self, form: SignedForm, by: str) -> str:
        """Keep a signed form as an active consent of the holder; answers its id. Raises Unprocessable, OutOfScope."""
        session = self.session(form.holder, by)
        resource = consent_of(form)
        resolve = self.receive.registry.current.agency_of
        faults = shortcomings(read(resource, resolve, Filing(form.holder, form.holder, by)))
        if faults:
            text = f"Nothing was recorded: {'; '.join(faults)}. Read the form again and say what stands on it."
            raise Unprocessable.of([Issue("business-rule", text, "Consent")])
        return await self.receive.create(session, resource, session.token_id)

    async def waiting(self, holder: str) -> list[Kept]:
        """The consents about the holder's records that wait for one of its people, oldest first."""
        self.agency(holder)
        found = await self._every()
        async with self.database.transaction("receive") as driver:
            confirmed = await confirmations.of(driver, [each.id for each in found])
        snapshot = self.receive.registry.current
        return [each for each in found if waits(each, holder, confirmed, snapshot)]

    async def find(self, holder: str, consent: str) -> Kept:
        """A consent about the holder's records. Raises Absent for every other alike."""
        snapshot = self.receive.registry.current
        found = next((each for each in await self._every() if each.id == consent), None)
        if found is None or not concerns(found, holder, snapshot):
            raise absent("Consent")
        return found

    async def act(self, holder: str, consent: str, deed: Deed, by: str, reason: str = "") -> None:
        """Confirm or revoke it for the holder, as this person. Raises Absent, OutOfScope, Unprocessable."""
        session, found = self.session(holder, by), await self.find(holder, consent)
        key, at = RecordKey(found.custodian, "Consent", found.id), now()

        def made() -> Act:
            parts = (self.receive.registry.current, self.receive.keeper, self.receive.segments, at, session.token_id)
            return Act(Writer(session, *parts), by, deed, key, found.patient, reason)

        await self.receive.made(made)

    async def covers(self, holder: str, consent: str) -> list[Covered]:
        """What it does to the holder's records, a row for each class of each record and recipient. Raises Absent."""
        found, receive = await self.find(holder, consent), self.receive
        covering = Covering(receive.registry.current, receive.keyring, receive.segments, now())
        async with self.database.transaction("receive") as driver:
            await relations.begin_keeping(driver, [holder, found.custodian], ())
            return await covering.of(driver, holder, found.patient, found.id)

    async def _every(self) -> Sequence[Kept]:
        agencies = self.receive.registry.current.agencies
        async with self.database.transaction("receive") as driver:
            await relations.begin_keeping(driver, agencies, ())
            kept = await confirmations.consents_kept(driver, agencies)
        wanted = {RecordKey(custodian, "Consent", record): patient for custodian, record, patient, _ in kept}
        found: list[Kept] = await self.receive.submit(Consents(wanted)) if wanted else []
        return sorted(found, key=_since)

    def session(self, agency: str, by: str) -> Session:
        """The capacity in which a person acts: no client's, for a minute. Raises OutOfScope for a stranger."""
        person = self.person(agency, by)
        purpose = person.purposes[0] if person.purposes else Purpose.OPERATIONS
        name = f"person {by}"
        return Session(name, agency, str(person.role), purpose, (), now() + MINUTE, name)


def _since(each: Kept) -> datetime:
    return each.since
