"""A referral: one request and two Tasks, the sender's and the receiver's, and how a Task may move.

Task life cycle: SDOHCC 3.0.0, Task state machine
(http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition/SDOHCC-TaskForReferralManagement).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from gateway.agencies.model import Coding, HandoffRule
from gateway.clock import iso
from gateway.registry import organization_id
from gateway.store.keys import CustodianKeys

Json = dict[str, Any]
Side = Literal["requester", "performer"]

FULFILL = {"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}

MOVES: Mapping[str, Mapping[str, frozenset[Side]]] = {
    "draft": {"requested": frozenset({"requester"})},
    "requested": {
        "accepted": frozenset({"performer"}),
        "rejected": frozenset({"performer"}),
        "cancelled": frozenset({"requester", "performer"}),
    },
    "accepted": {
        "in-progress": frozenset({"performer"}),
        "on-hold": frozenset({"performer"}),
        "completed": frozenset({"performer"}),
        "failed": frozenset({"performer"}),
        "cancelled": frozenset({"requester", "performer"}),
    },
    "in-progress": {
        "on-hold": frozenset({"performer"}),
        "completed": frozenset({"performer"}),
        "failed": frozenset({"performer"}),
        "cancelled": frozenset({"requester", "performer"}),
    },
    "on-hold": {
        "in-progress": frozenset({"performer"}),
        "completed": frozenset({"performer"}),
        "failed": frozenset({"performer"}),
        "cancelled": frozenset({"requester", "performer"}),
    },
}
"""Which side may move a referral Task from one status to another; anything may become entered-in-error by its maker."""

ENDED = frozenset({"completed", "rejected", "failed", "cancelled", "entered-in-error"})
"""Statuses that a referral Task does not leave."""

NEWS = ("status", "statusReason", "businessStatus", "lastModified", "executionPeriod", "output")
"""Elements of the receiver's Task that are news for the sender."""
STATUS = ("status", "businessStatus", "lastModified")
"""Those told to a criminal justice agency: whether it was taken up, reached or closed, never why."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a handoff rule makes of a discharge or referral."""

    request: Json = field(repr=False)
    sender_task: Json = field(repr=False)
    receiver_task: Json = field(repr=False)


@dataclass(frozen=True, slots=True)
class Occasion:
    """The message that makes a hand-off due: whose, about whom, in which visit, when, for which reasons."""

    sender: str
    patient: str
    visit: str
    number: str
    event_time: str
    conditions: tuple[str, ...] = ()
    request: Json | None = field(default=None, repr=False)


def request_id(keys: CustodianKeys, occasion: Occasion, rule: HandoffRule) -> str:
    """One request per visit and receiver: what is announced before departure and the discharge itself are the same."""
    about = occasion.visit or f"{occasion.patient}/{occasion.number}"
    return keys.identify("ServiceRequest", "handoff", f"{about}|{party(rule.receiver, rule.unit)}")


def party(agency: str, unit: str) -> str:
    """An agency or a unit of it in one word, ``agency/unit``."""
    return f"{agency}/{unit}" if unit else agency


def task_ids(request: str, sender: CustodianKeys, receiver: CustodianKeys, unit: str) -> tuple[str, str]:
    """The ids of the sender's Task and of the receiver's, which may be kept by one agency."""
    name = f"handoff to {unit}" if unit else "handoff"
    return sender.identify("Task", "handoff", request), receiver.identify("Task", name, request)


def offer(
    rule: HandoffRule, occasion: Occasion, request: str, sender: CustodianKeys, receiver: CustodianKeys, now: datetime
) -> Offer:
    """The request and both Tasks for one rule, under ids that a repeat of the message makes again."""
    sender_task, receiver_task = task_ids(request, sender, receiver, rule.unit)
    authored = occasion.event_time if "T" in occasion.event_time else iso(now)
    common = _task(rule, occasion, request, authored, now)
    return Offer(
        request=_request(rule, occasion, request, authored),
        sender_task={**common, "id": sender_task},
        receiver_task={**common, "id": receiver_task, "partOf": [{"reference": f"Task/{sender_task}"}]},
    )


def taken_back(at: datetime) -> Json:
    """What the sender's Task says once the sender has taken the referral back."""
    return {"status": "cancelled", "statusReason": {"text": "Taken back by its sender"}, "lastModified": iso(at)}


def _request(rule: HandoffRule, occasion: Occasion, request: str, authored: str) -> Json:
    made: Json = {
        **(occasion.request or {}),
        "resourceType": "ServiceRequest",
        "id": request,
        "status": "active",
        "intent": "order",
        "category": [{"coding": [_coding(rule.category)]}],
        "code": {"coding": [_coding(rule.code)]},
        "priority": rule.priority.value,
        "subject": {"reference": f"Patient/{occasion.patient}"},
        "authoredOn": authored,
        "requester": _organization(occasion.sender),
        "performer": [_organization(rule.receiver, rule.unit)],
    }
    if occasion.visit:
        made["encounter"] = {"reference": f"Encounter/{occasion.visit}"}
    if occasion.conditions:
        made["reasonReference"] = [{"reference": reference} for reference in occasion.conditions]
    return made


def _task(rule: HandoffRule, occasion: Occasion, request: str, authored: str, now: datetime) -> Json:
    due = now + timedelta(minutes=rule.complete_within_minutes)
    made: Json = {
        "resourceType": "Task",
        "basedOn": [{"reference": f"ServiceRequest/{request}"}],
        "status": "requested",
        "intent": "order",
        "priority": rule.priority.value,
        "code": {"coding": [FULFILL]},
        "focus": {"reference": f"ServiceRequest/{request}"},
        "for": {"reference": f"Patient/{occasion.patient}"},
        "authoredOn": authored,
        "requester": _organization(occasion.sender),
        "owner": _organization(rule.receiver, rule.unit),
        "restriction": {"period": {"end": iso(due)}},
    }
    if occasion.visit:
        made["encounter"] = {"reference": f"Encounter/{occasion.visit}"}
    return made


def _organization(agency: str, unit: str = "") -> Json:
    return {"reference": f"Organization/{organization_id(agency, unit)}"}


def _coding(coding: Coding) -> Json:
    made = {"system": coding.system, "code": coding.code}
    return {**made, "display": coding.display} if coding.display else made


def illegal_move(before: str, after: str, side: Side) -> str:
    """Why a referral Task may not move so, empty if it may."""
    if before == after:
        return ""
    if after == "entered-in-error":
        return "" if side == "requester" else "Only the agency that made the referral may take it back as an error."
    allowed = MOVES.get(before, {})
    if after not in allowed:
        ways = ", ".join(sorted(allowed)) or "nowhere: the referral has ended"
        return f"A referral Task cannot move from {before} to {after}; from {before} it can move to {ways}."
    if side not in allowed[after]:
        return f"Only the {' or '.join(sorted(allowed[after]))} may move a referral Task from {before} to {after}."
    return ""


def news_of(task: Json, *, status_only: bool = False) -> Json:
    """What the other side is told of a Task; status_only leaves out reasons in words and what was done."""
    told = STATUS if status_only else NEWS
    return {element: task[element] for element in told if element in task}
