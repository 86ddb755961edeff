"""A referral made natively: a Task that asks another agency or unit to fulfil the writer's own request.

http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition/SDOHCC-TaskForReferralManagement
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from consent.labels import Arrival
from consent.vocabulary import InfoClass
from gateway import referral
from gateway.fhir.outcome import Issue, Unprocessable
from gateway.fhir.spelling import items
from gateway.receive.about import patient_of
from gateway.receive.handing_off import relate
from gateway.receive.keeping import Draft, whole
from gateway.receive.sent import own_words
from gateway.receive.translated import LabelsOf
from gateway.receive.writer import Writer
from gateway.registry import AGENCY_SYSTEM, Snapshot, organization_id, origin_status, unheld
from gateway.store.intake import Desk
from gateway.store.kept import RecordKey
from gateway.store.relations import Handoff

Json = dict[str, Any]
Party = tuple[str, str]
"""An agency, and its unit or nothing."""

FULFILL = (referral.FULFILL["system"], referral.FULFILL["code"])


@dataclass(frozen=True, slots=True)
class Offering:
    """A Task as it is to be kept, the agency that asks, and whom it asks."""

    task: Json
    sender: str
    receiver: Party

    @property
    def request(self) -> str:
        """The id of the ServiceRequest, empty where the Task names none."""
        kind, _, record = str((self.task.get("focus") or {}).get("reference", "")).partition("/")
        return record if kind == "ServiceRequest" else ""

    @property
    def patient(self) -> str:
        """The id of the patient, empty where the Task names none."""
        return patient_of(self.task) or ""


def offering_of(task: Json, writer: Writer, bundled: Mapping[str, Json]) -> Offering | None:
    """The referral that a record makes, None where it is no Task that asks somebody else known here.

    bundled are the records sent along, by ``Type/id``.
    """
    if task["resourceType"] != "Task" or not _asks(task):
        return None
    receiver = next(_named(task, "owner", writer.snapshot, bundled), None)
    at_home = receiver is not None and receiver[0] == writer.agency and receiver[1] in {"", writer.unit}
    return (
        None if receiver is None or at_home else Offering(_addressed(task, writer, receiver), writer.agency, receiver)
    )


def _addressed(task: Json, writer: Writer, receiver: Party) -> Json:
    """The Task as it is kept: its owner by the directory, the requester filled in, received as requested."""
    made = {**task, "status": "requested", "owner": _organization(*receiver)}
    if task["status"] == "received":
        made.setdefault("businessStatus", {"text": "received"})
    made.setdefault("requester", _organization(writer.agency))
    return _without_owner(made, task)


async def hand_over(
    desk: Desk, writer: Writer, offering: Offering, bundled: Mapping[str, Json], labels: LabelsOf
) -> None:
    """Offer the Task to its receiver: a Task of the receiver's own, and all that a referral makes of it.

    Raises Unprocessable for what is no request and patient of the writer's, or may not be handed over.
    """
    if fault := _unfit(desk, writer, offering, bundled):
        raise Unprocessable.of([Issue("business-rule", *fault)])
    handoff = Handoff(
        custodian=writer.agency,
        request=offering.request,
        sender_task=offering.task["id"],
        receiver=offering.receiver[0],
        receiver_task=str(uuid.uuid4()),
        patient=offering.patient,
        visit=None,
        recorded=writer.at,
        unit=offering.receiver[1],
    )
    await _keep_receivers_task(desk, writer, offering, handoff, labels)
    if f"ServiceRequest/{offering.request}" not in bundled:
        await _keep_as_referral(desk, writer, handoff)
    relate(desk, handoff, writer.snapshot)


async def _keep_receivers_task(
    desk: Desk, writer: Writer, offering: Offering, handoff: Handoff, labels: LabelsOf
) -> None:
    receiver = origin_status(writer.snapshot.agencies[handoff.receiver], unit=handoff.unit)
    maker = receiver if handoff.receiver == writer.agency else writer.status()
    part_of = [{"reference": f"Task/{handoff.sender_task}"}]
    draft = Draft(
        key=RecordKey(handoff.receiver, "Task", handoff.receiver_task),
        resource={**own_words(offering.task, set()), "id": handoff.receiver_task, "partOf": part_of},
        arrival=Arrival(receiver, maker, f"Task/{handoff.receiver_task}", labels_of=labels),
        patient=handoff.patient,
        requester=handoff.custodian,
        performer=handoff.receiver,
        root=InfoClass.REFERRAL_STATUS,
    )
    if change := await writer.keeper.change(draft, None, writer.at):
        desk.changes.append(change)


async def _keep_as_referral(desk: Desk, writer: Writer, handoff: Handoff) -> None:
    """A request that was kept before it was handed over is from now on part of the referral."""
    key = RecordKey(handoff.custodian, "ServiceRequest", handoff.request)
    parties = handoff.custodian, handoff.receiver
    change = await writer.keeper.referred(desk.driver, key, desk.kept[key], parties, writer.at)
    if change:
        desk.changes.append(change)


def _unfit(desk: Desk, writer: Writer, offering: Offering, bundled: Mapping[str, Json]) -> tuple[str, str] | None:
    """Why this Task hands nothing over, and which element says so."""
    request = _record(desk, writer, "ServiceRequest", offering.request, bundled)
    if request is None:
        return "A referral's focus is a ServiceRequest of your own: send it first, or along.", "Task.focus"
    person = _record(desk, writer, "Patient", offering.patient, bundled)
    if person is None or patient_of(request) != offering.patient:
        return "A referral is for a Patient of your own, the subject of its ServiceRequest.", "Task.for"
    if offering.patient in desk.known.survivors:
        return "This Patient was merged into another: refer the one that is left.", "Task.for"
    if any(each[0] != writer.agency for each in _named(offering.task, "requester", writer.snapshot, bundled)):
        return "A referral's requester is your own agency: leave it out, or name yourself.", "Task.requester"
    if any(each.request == offering.request for each in _referrals(desk, offering)):
        return "This ServiceRequest is referred already: make one of its own for another referral.", "Task.focus"
    reason = unheld(writer.snapshot, offering.receiver[0], writer.at)
    return (reason, "Task.owner") if reason else None


def _record(desk: Desk, writer: Writer, kind: str, record: str, bundled: Mapping[str, Json]) -> Json | None:
    return bundled.get(f"{kind}/{record}") or whole(desk.kept.get(RecordKey(writer.agency, kind, record)))


def _referrals(desk: Desk, offering: Offering) -> list[Handoff]:
    return [*desk.handoffs, *desk.known.handoffs.get(offering.patient, ())]


def _asks(task: Json) -> bool:
    """Whether a Task asks that a request be fulfilled."""
    codings = ((each.get("system"), each.get("code")) for each in items(task.get("code") or {}, "coding"))
    asked = task.get("intent") == "order" and task.get("status") in {"requested", "received"}
    return asked and FULFILL in codings


def _named(task: Json, element: str, snapshot: Snapshot, bundled: Mapping[str, Json]) -> Iterator[Party]:
    """The agencies or units that an element names: by Organization, by identifier, or by a record that carries it."""
    named = task.get(element) or {}
    reference = str(named.get("reference", ""))
    carried = bundled.get(reference) or _contained(task, reference) or {}
    identifiers = [named.get("identifier") or {}, *items(carried, "identifier")]
    ids = [f"{AGENCY_SYSTEM}|{each.get('value')}" for each in identifiers if each.get("system") == AGENCY_SYSTEM]
    return filter(None, map(snapshot.party_of, (reference, *ids)))


def _contained(task: Json, reference: str) -> Json | None:
    inside = items(task, "contained") if reference.startswith("#") else ()
    return next((each for each in inside if each.get("id") == reference[1:]), None)


def _without_owner(made: Json, task: Json) -> Json:
    """The Task less a contained Organization to which nothing refers any more."""
    owner = _contained(task, str((task.get("owner") or {}).get("reference", "")))
    left = [each for each in items(made, "contained") if each is not owner]
    rest = {name: value for name, value in made.items() if name != "contained"}
    return {**rest, "contained": left} if left else rest


def _organization(agency: str, unit: str = "") -> Json:
    return {"reference": f"Organization/{organization_id(agency, unit)}"}
