"""Where the story plays: every agency's client signed in, the operator beside the gateway, and what chapters share."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from consent.terms import Effect
from gateway.demo.clients import Answer, Client, acknowledgement, send, sign_in
from gateway.demo.receiver import Hooked, hooked
from gateway.demo.samples import message
from gateway.demo.sandbox import Sandbox
from gateway.demo.told import Row, Sight, Story
from gateway.demo.why import Operator, operator
from gateway.registry import organization_id

Json = dict[str, Any]
HOSPITAL, PROGRAM, LAKESIDE, POLICE = "cityhosp-ehr", "harbor-recovery-system", "lakeside-bh-system", "riverton-rms"
OUTSIDERS = (
    "riverton-social-work",
    "bridge-community-system",
    "safe-haven-system",
    "riverton-schools-system",
    "county-court-system",
    "line-988-system",
    "living-room-system",
)
SOCIAL_WORK, HOUSING, SHELTER = "riverton-social-work", "bridge-community-system", "safe-haven-system"
CRISIS = "living-room-system"
NEWS_SECONDS = 5.0
POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Referral:
    """One patient and the two Tasks that hand them over; mrn and encounter are empty outside a hospital."""

    person: str
    patient: str
    request: str
    sender_task: str
    receiver_task: str
    mrn: str = ""
    encounter: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything a chapter acts with."""

    place: Sandbox
    clients: Mapping[str, Client] = field(repr=False)
    operator: Operator
    story: Story
    hook: Hooked

    async def send(self, name: str) -> str:
        """Send a message of the day over MLLP as it stands; MSA-1 of the answer."""
        return acknowledgement(await send(self.place, message(name)))

    async def referral(self, person: str, mrn: str, receiver: str) -> Referral:
        """The referral about a patient, as both sides find their own Task. Raises LookupError."""
        hospital, other = self.clients[HOSPITAL], self.clients[receiver]
        patient = _only(await hospital.search("Patient", identifier=mrn), f"patient {mrn}")["id"]
        own = _only(await hospital.search("Task", patient=patient), "Task of the hospital")
        theirs = [each for each in await other.search("Task", patient=patient) if "partOf" in each]
        return Referral(
            person=person,
            mrn=mrn,
            patient=f"Patient/{patient}",
            encounter=own["encounter"]["reference"],
            request=own["focus"]["reference"],
            sender_task=f"Task/{own['id']}",
            receiver_task=f"Task/{_only(theirs, 'Task of the receiver')['id']}",
        )

    async def handed(self, person: str, receiver: str, sender: str, owner: str, **found: str) -> Referral:
        """The referral of somebody found in the sender's records to this agency or unit. Raises LookupError."""
        mine, theirs = self.clients[sender], self.clients[receiver]
        patient = _only(await mine.search("Patient", **found), person)["id"]
        agency, _, unit = owner.partition("/")
        party = f"Organization/{organization_id(agency, unit)}"
        tasks = [each for each in await mine.search("Task", patient=patient) if each["owner"]["reference"] == party]
        own = _only([each for each in tasks if "partOf" not in each], "Task of the sender")
        part = {"reference": f"Task/{own['id']}"}
        other = _only(
            [each for each in await theirs.search("Task", patient=patient) if part in each.get("partOf", ())],
            "Task of the receiver",
        )
        return Referral(
            person=person,
            patient=f"Patient/{patient}",
            request=own["focus"]["reference"],
            sender_task=f"Task/{own['id']}",
            receiver_task=f"Task/{other['id']}",
        )

    async def accept(self, client: str, task: str, **more: Any) -> Answer:
        """Accept a referral: the receiver's own Task from requested to accepted."""
        got = await self.clients[client].get(task)
        return await self.clients[client].put({**got.json, "status": "accepted", **more}, got.headers["etag"])

    async def look(
        self, about: Referral, client: str, reference: str, keeper: str, when: str = "", keeper_client: str = ""
    ) -> Answer:
        """Read a record as a client, and enter what it got into the table with the engine's reason.

        keeper is the keeping agency's client, or the agency with keeper_client for one of its units.
        """
        got = await self.clients[client].get(reference)
        whole = await self.clients[keeper_client or keeper].get(reference)
        reason = await self.operator.reason(client, *reference.split("/"))
        kind = reference.split("/")[0]
        row = Row(
            agency=self.operator.party(client),
            record=f"{about.person}: {kind} kept by {self.operator.party(keeper_client or keeper)}{when}",
            sight=sight_of(got, whole),
            said=got.json["status"] if kind == "Task" and got.status == 200 else "",
            permitted=reason.effect is not Effect.DENY,
            citation=reason.citation,
            review=reason.review,
        )
        self.story.chapters[-1].rows.append(row)
        return got

    async def status_becomes(self, client: str, task: str, status: str) -> str:
        """The status of a Task once it is the one awaited, or the last one seen when the time is over."""
        seen = ""
        for _ in range(int(NEWS_SECONDS / POLL_SECONDS)):
            seen = (await self.clients[client].get(task)).json.get("status", "")
            if seen == status:
                break
            await asyncio.sleep(POLL_SECONDS)
        return seen


def sight_of(got: Answer, whole: Answer) -> Sight:
    """What a recipient got, beside what the record's own keeper sees."""
    if got.status != 200:
        return Sight.ABSENT
    return Sight.SEEN if _within(whole.json, got.json) else Sight.REDACTED


def _within(part: Any, whole: Any) -> bool:
    """Whether everything in one resource stands in the other; meta is each recipient's own."""
    if isinstance(part, dict):
        inner = (each for each in part.items() if each[0] != "meta")
        return isinstance(whole, dict) and all(name in whole and _within(value, whole[name]) for name, value in inner)
    if isinstance(part, list):
        return (
            isinstance(whole, list)
            and len(part) == len(whole)
            and all(_within(one, other) for one, other in zip(part, whole, strict=True))
        )
    return bool(part == whole)


def _only(found: list[Json], what: str) -> Json:
    if len(found) != 1:
        raise LookupError(f"the story expects one {what} and found {len(found)}")
    return found[0]


@asynccontextmanager
async def stage(place: Sandbox, story: Story) -> AsyncIterator[Stage]:
    """The stage at a gateway that runs."""
    async with (
        operator(place) as beside,
        httpx.AsyncClient(base_url=place.root, timeout=20) as http,
        hooked(place) as hook,
    ):
        wanted = (HOSPITAL, PROGRAM, LAKESIDE, POLICE, *OUTSIDERS)
        yield Stage(place, {name: await sign_in(place, http, name) for name in wanted}, beside, story, hook)
