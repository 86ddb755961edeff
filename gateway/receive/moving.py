"""A referral Task moved by one of its two sides: what the side may change, and what its move makes due.

Task life cycle: http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition/SDOHCC-TaskForReferralManagement
"""

from datetime import datetime
from typing import Any

from adapters.worklist import wording
from gateway import referral
from gateway.fhir.outcome import Issue
from gateway.store.intake import Desk
from gateway.store.outbox import Owed
from gateway.store.relations import Handoff, Relationship, ended

Json = dict[str, Any]

OFFERED = ("focus", "for", "basedOn", "partOf", "requester", "owner", "intent", "authoredOn")
"""Elements of a referral Task that stay as they were offered."""
UNDONE = frozenset({"rejected", "cancelled"})
"""Statuses of a referral by which nobody was handed over after all."""
REASONS = ("statusReason", "businessStatus")
"""Elements that say in words why a Task stands where it stands."""

REFERRAL_PROFILE = "http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition/SDOHCC-TaskForReferralManagement"
EXPLAINED = frozenset({"rejected", "cancelled", "on-hold", "failed"})
"""Statuses that the profile wants a reason for."""


def ill_told(record: Json) -> list[Issue]:
    """What is wrong with the words of a Task: a reason that is missing, too long, or more than text."""
    if record["resourceType"] != "Task":
        return []
    found = [(element, unfit) for element in REASONS if (unfit := _unfit(record.get(element) or {}))]
    if missing := unexplained(record):
        found.append(("statusReason", missing))
    return [Issue("business-rule", fault, f"Task.{element}") for element, fault in found]


def _unfit(concept: Json) -> str:
    words = [concept.get("text", ""), *(coding.get("display", "") for coding in concept.get("coding", ()))]
    return next(filter(None, map(wording.unfit, words)), "")


def unexplained(record: Json) -> str:
    """Why a Task that claims the referral profile lacks its reason in words, empty if it does not."""
    claimed = {str(each).partition("|")[0] for each in (record.get("meta") or {}).get("profile") or ()}
    wanted = record["resourceType"] == "Task" and record.get("status") in EXPLAINED
    if not wanted or REFERRAL_PROFILE not in claimed or (record.get("statusReason") or {}).get("text"):
        return ""
    return f"A Task of this profile that is {record['status']} says why: send statusReason.text."


def check_move(handoff: Handoff, task_id: str, own: Json, before: Json, after: Json) -> str:
    """Why the side whose Task this is may not change it so, empty if it may.

    own is the Task without the news of the other side, before the same with the news that the writer sees.
    """
    if fault := referral.illegal_move(before["status"], after["status"], _side(handoff, task_id)):
        return fault
    if fault := _retold(own, before, after):
        return fault
    changed = (element for element in OFFERED if after.get(element) != before.get(element))
    return next((f"Task.{element} of a referral stays as it was offered." for element in changed), "")


def _retold(own: Json, before: Json, after: Json) -> str:
    """Why a side may not change the reason of a referral that the other side has ended."""
    told = before["status"] in referral.ENDED and own["status"] != before["status"] == after["status"]
    if not told or all(after.get(element) == before.get(element) for element in REASONS):
        return ""
    return "The other side ended this referral, and why is for it to say: leave the reason as it was told."


def consequences(desk: Desk, handoff: Handoff, before: Json, after: Json, task_id: str, at: datetime) -> None:
    """The other side is owed news; an answer by the receiver makes the sender a treating party of its own."""
    if referral.news_of(before) == referral.news_of(after):
        return
    if after["status"] in UNDONE and before["status"] != after["status"]:
        undo(desk, handoff, at)
    receiving = _side(handoff, task_id) == "performer"
    if receiving:
        desk.relationships.append(_accepted(handoff, at))
        desk.turned.add(handoff.patient)
    desk.owed.append(owed_news(handoff, at, from_receiver=receiving))


def undo(desk: Desk, handoff: Handoff, at: datetime) -> None:
    """A referral that was declined or taken back hands nobody over any more: what rested on it is decided anew."""
    kind = ended(handoff.request)
    parties = handoff.custodian, handoff.receiver, handoff.patient
    desk.relationships.append(Relationship(*parties, kind, handoff.request, at))
    desk.turned.add(handoff.patient)


def owed_news(handoff: Handoff, due: datetime, *, from_receiver: bool) -> Owed:
    """News of one side's Task, owed to the other side's."""
    receiver = (handoff.receiver, handoff.receiver_task)
    sender = (handoff.custodian, handoff.sender_task)
    source, target = (receiver, sender) if from_receiver else (sender, receiver)
    return Owed("news", handoff.patient, source[0], "Task", source[1], target[0], target[1], due)


def _side(handoff: Handoff, task_id: str) -> referral.Side:
    return "performer" if handoff.receiver_task == task_id else "requester"


def _accepted(handoff: Handoff, at: datetime) -> Relationship:
    return Relationship(handoff.receiver, handoff.custodian, handoff.patient, "accepted", handoff.receiver_task, at)
