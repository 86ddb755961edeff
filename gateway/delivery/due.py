"""A row of the outbox that owes a delivery, found in force: whose, by which way, of which referral."""

from dataclasses import dataclass, field

import asyncpg

from gateway.agencies.model import Agency, Delivery
from gateway.delivery import original
from gateway.delivery.parcel import Original, Parcel, Side
from gateway.disclose.telling import Telling, Told, delivery_named
from gateway.registry import Registry, Snapshot
from gateway.store import relations
from gateway.store.keyring import KeyRing
from gateway.store.outbox import Owed
from gateway.store.relations import Handoff


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery found in force: whose, by what, of which referral."""

    owed: Owed
    snapshot: Snapshot = field(repr=False)
    agency: Agency = field(repr=False)
    delivery: Delivery
    handoff: Handoff
    original: Original | None

    @property
    def side(self) -> Side:
        """Which side of the referral the agency is on."""
        return side_of(self.handoff, self.owed.target_id)

    @property
    def telling(self) -> Telling:
        """What is to be decided."""
        owed, handoff = self.owed, self.handoff
        beside = (("ServiceRequest", handoff.request), ("Patient", handoff.patient))
        source = owed.source_id if owed.source_id != owed.target_id else ""
        return Telling(owed.id, owed.target, owed.route, owed.target_id, beside, source)

    def parcel(self, told: Told) -> Parcel:
        """What was decided, for the carrier."""
        request, patient = told.beside
        other = self.handoff.receiver if self.side == "requester" else self.handoff.custodian
        named = self.snapshot.agencies.get(other)
        return Parcel(
            id=self.owed.id,
            agency=told.agency,
            delivery=told.delivery,
            task=told.task,
            request=request,
            patient=patient,
            handoff=self.handoff,
            side=self.side,
            original=self.original,
            counterpart=named.name if named else other,
        )


def side_of(handoff: Handoff, task: str) -> Side:
    """The side whose Task this is."""
    return "requester" if handoff.sender_task == task else "performer"


async def find(driver: asyncpg.Connection, owed: Owed, registry: Registry, keyring: KeyRing) -> Due | None:
    """The delivery as it is in force, None where the agency, its delivery or the referral is no more."""
    snapshot = await registry.refresh(driver)
    agency = snapshot.agencies.get(owed.target)
    delivery = delivery_named(agency, owed.route) if agency else None
    handoff = await relations.handoff_of_task(driver, owed.target_id)
    if agency is None or delivery is None or handoff is None:
        return None
    message = handoff.message if side_of(handoff, owed.target_id) == "requester" else None
    found = await original.opened(driver, agency, keyring[agency.id], message) if message else None
    return Due(owed, snapshot, agency, delivery, handoff, found)
