"""What a delivery carries, decided as it leaves, and what every carrier promises."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

from adapters import base
from gateway.agencies.model import Agency, Channel, Delivery
from gateway.disclose.viewing import View
from gateway.store.relations import Handoff

Side = Literal["requester", "performer"]


@dataclass(frozen=True, slots=True)
class Original:
    """The sender's own message that made a referral: its bytes, the channel it came by, the sender's case number.

    told_by is the channel as its adapter takes it, for ``Adapter.write``; channel as the agency's file describes it.
    """

    message: bytes = field(repr=False)
    told_by: base.Channel
    channel: Channel
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery, decided now.

    id is stable across retries and kills: a receiver that gets it twice got the same telling twice. task is the
    agency's own Task; it, its request and the patient are as the delivery's role and purpose may see them, None
    where they may not be seen. original stands on the requester's side alone, and only for a referral that a message
    made. counterpart is the name of the other agency.
    """

    id: str
    agency: Agency
    delivery: Delivery
    task: View
    request: View | None
    patient: View | None
    handoff: Handoff
    side: Side
    original: Original | None
    counterpart: str


class Undelivered(Exception):
    """The receiver did not take it: the text says why, never anything about a person. It is tried again."""


class Refused(Undelivered):
    """The receiver will never take it: it is not tried again."""


class Carrier(Protocol):
    """One route out. It never runs within a transaction, and has ten seconds."""

    async def carry(self, parcel: Parcel) -> None:
        """Bring the parcel to its receiver. Raises Undelivered where it was not taken."""
