"""Circumstances as the people and systems of the agencies handle them: recorded, lodged, confirmed, ended, listed."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.auth.access_token import Session
from gateway.circumstances import CODE, FACTS, KINDS, WORDS, BadCircumstance, Json, facts_of, read
from gateway.clock import now
from gateway.consents.people import People
from gateway.fhir.outcome import Absent, Issue, Unprocessable, absent
from gateway.receive.circumstances import Deed, Lodging, Settling
from gateway.receive.writer import Writer
from gateway.registry import organization_id
from gateway.store import circumstances
from gateway.store.circumstances import Lodged
from gateway.store.kept import is_id


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says is so: facts and words by their names on the wire, values as text."""

    kind: str
    patient: str = field(repr=False)
    recipient: str = ""
    starts: datetime | None = None
    ends: datetime | None = None
    facts: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What can be done about circumstances, over one worker's way in."""

    people: People

    async def record(self, holder: str, said: Said, by: str) -> str:
        """A person at the holder says that it is so: relied on from now; answers its id.

        Raises Absent for a patient of whom the holder keeps nothing, Unprocessable for what cannot be relied on.
        """
        session = self.people.session(holder, by)
        if said.ends is not None and said.ends <= now():
            raise Unprocessable("--until has passed: nothing would rest on it.")
        await self.people.known(holder, said.patient)
        recipient = self.people.agency(said.recipient).id if said.recipient else ""
        return await self._lodge(session, holder, said.patient, basic_of(said, recipient), by)

    async def lodge(self, session: Session, patient: str, resource: Json) -> str:
        """A system says so: nothing rests on it until a person at the holder confirms it; answers its id.

        The holder is the one that the resource names, else the caller's agency. Raises Unprocessable.
        """
        try:
            holder = read(resource, self.people.receive.registry.current.agency_of).holder or session.agency
        except BadCircumstance as error:
            raise Unprocessable.of([Issue("business-rule", f"{error}. See docs/circumstances.md.", "Basic")]) from None
        return await self._lodge(session, holder, patient, resource, "")

    async def of(self, holder: str) -> list[Lodged]:
        """Those about the holder's records that nobody has ended, oldest first. Raises Absent."""
        self.people.agency(holder)
        async with self.people.database.transaction("receive") as driver:
            return await circumstances.of_holder(driver, holder, self.people.receive.keyring)

    async def find(self, holder: str, circumstance: str) -> Lodged:
        """One about the holder's records that nobody has ended. Raises Absent."""
        found = next((each for each in await self.of(holder) if each.id == circumstance), None)
        if found is None:
            raise Absent("There is no such circumstance about the agency's records.")
        return found

    async def settle(self, holder: str, circumstance: str, deed: Deed, by: str) -> None:
        """Confirm or end one, as this person. Raises Absent, Unprocessable."""
        session = self.people.session(holder, by)
        found = await self.find(holder, circumstance)
        receive = self.people.receive
        await receive.made(
            lambda: Settling(self._writer(session), receive.keyring, found.patient, circumstance, deed, by)
        )

    async def _lodge(self, session: Session, holder: str, patient: str, resource: Json, person: str) -> str:
        if not is_id(patient):
            raise absent("Patient")
        made = Lodged(str(uuid.uuid4()), holder, patient, session.agency, now(), resource)
        receive = self.people.receive
        await receive.made(lambda: Lodging(self._writer(session), receive.keyring, patient, made, person))
        return made.id

    def _writer(self, session: Session) -> Writer:
        receive = self.people.receive
        return Writer(session, receive.registry.current, receive.keeper, receive.segments, now(), session.token_id)


def basic_of(said: Said, recipient: str) -> Json:
    """The Basic that says it. Raises Unprocessable for a name or value that no circumstance has."""
    if said.kind not in KINDS:
        raise Unprocessable(f"There is no such circumstance: use one of {', '.join(sorted(KINDS))}.")
    inner: list[Json] = []
    if recipient:
        inner.append(
            {"url": "recipient", "valueReference": {"reference": f"Organization/{organization_id(recipient)}"}}
        )
    for name, at in (("from", said.starts), ("until", said.ends)):
        if at is not None:
            inner.append({"url": name, "valueDateTime": at.isoformat()})
    for name, values in said.facts.items():
        inner += [_fact(said.kind, name, value) for value in values]
    return {
        "resourceType": "Basic",
        "code": {"coding": [{"system": CODE, "code": said.kind}]},
        "subject": {"reference": f"Patient/{said.patient}"},
        "extension": [{"url": FACTS, "extension": inner}],
    }


def _fact(kind: str, name: str, value: str) -> Json:
    if name in WORDS:
        return {"url": name, "valueString": value}
    if name not in facts_of(kind):
        names = ", ".join(sorted(facts_of(kind) | WORDS))
        raise Unprocessable(f"{name!r} is no fact of a {kind}: give those of {names}.")
    if value in {"true", "false"}:
        return {"url": name, "valueBoolean": value == "true"}
    return {"url": name, "valueDate" if name == "suspended-until" else "valueCode": value}
