"""Parcels for carriers, made of what a release lets out."""

from datetime import UTC, datetime
from typing import Any

from adapters.base import Channel as Told
from consent.decide import release
from consent.terms import Decision, Effect
from consent.vocabulary import Jurisdiction, OrgType, Purpose, Role
from gateway.agencies.model import Agency, Channel, Content, Delivery, Route, Status, Transport
from gateway.delivery.parcel import Original, Parcel, Side
from gateway.disclose.viewing import View
from gateway.store.relations import Handoff

AT = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
TASK, REQUEST, PATIENT, DELIVERY = (f"{digit * 8}-0000-4000-8000-000000000000" for digit in "abcd")


def view(kind: str, number: str, **elements: Any) -> View:
    """A record as it was released."""
    released = release({"resourceType": kind, "id": number, **elements}, Decision(Effect.PERMIT, (), frozenset()))
    return View("cityhosp", kind, number, PATIENT, "1", AT, released, {"": 1})


def original(
    message: bytes, adapter: str, number: str = "", transport: Transport = Transport.FOLDER, folder: str = "drop"
) -> Original:
    """The message that made a referral, and its channel."""
    channel = Channel("channel", adapter, transport, folder=folder)
    return Original(message, Told("cityhosp", "channel", adapter, "UTC"), channel, number)


def parcel(to: str, route: Route, made_by: Original | None = None, side: Side = "requester", **more: Any) -> Parcel:
    """A referral accepted by Bridge; more: number, counterpart, request, patient, and elements of the Task."""
    agency = Agency("cityhosp", "City", OrgType.HOSPITAL, Jurisdiction("US-IL"), "UTC", Status())
    delivery = Delivery("out", route, to, Purpose.TREAT, Role.TREATING_PHYSICIAN, Content.ID_ONLY)
    handoff = Handoff("cityhosp", REQUEST, TASK, "bridge-community", TASK, PATIENT, None, AT)
    number, counterpart = more.pop("number", DELIVERY), more.pop("counterpart", "Bridge")
    beside = (more.pop("request", None), more.pop("patient", None))
    task = view("Task", more.pop("task", TASK), **{"status": "accepted", "intent": "order", **more})
    return Parcel(number, agency, delivery, task, *beside, handoff, side, made_by, counterpart)
