"""What agencies are owed when a referral reaches them or moves: a row of the outbox for each of their deliveries."""

from datetime import datetime
from typing import Literal

from gateway.agencies.model import Agency, Delivery
from gateway.store.outbox import Owed
from gateway.store.relations import Handoff

Side = Literal["requester", "performer"]


def deliveries_owed(agency: Agency, handoff: Handoff, side: Side, at: datetime) -> list[Owed]:
    """The deliveries that tell an agency of its own Task of a referral; each is decided again when it leaves."""
    task = handoff.sender_task if side == "requester" else handoff.receiver_task
    return [
        Owed("delivery", handoff.patient, agency.id, "Task", task, agency.id, task, at, route=each.name)
        for each in _concerned(agency, handoff, side)
    ]


def _concerned(agency: Agency, handoff: Handoff, side: Side) -> tuple[Delivery, ...]:
    """A unit's own deliveries tell of the referrals that it works; the sender's all tell of what became of it."""
    if side == "requester":
        return agency.deliveries
    mine = tuple(each for each in agency.deliveries if each.unit == handoff.unit)
    return mine or agency.deliveries
