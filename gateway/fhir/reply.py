"""What may be sent: Released resources, Bundles of them, and content-free replies. Nothing else reaches a serializer.

The type checker holds the wall: ``gateway.http.answer`` takes Released and Reply alone, and a Reply comes from the
functions of this module only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NoReturn, Self

from consent.terms import Released
from gateway.clock import iso
from gateway.fhir.outcome import Issue, operation_outcome
from gateway.fhir.subset import subset

Json = dict[str, Any]
BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"
TOPIC = "http://hl7.org/fhir/us/sdoh-clinicalcare/SubscriptionTopic/Task"
DELIVERY_SYSTEM = "https://crosswalk-gateway.org/fhir/delivery"
"""Identifier system of deliveries, named agency/delivery."""

_MAKING: Final = object()


class Reply:
    """JSON without a person in it, or made of Released resources alone."""

    __slots__ = ("content",)
    content: Json

    def __new__(cls, making: object, content: Json) -> Self:
        """Refuse to anybody but this module."""
        if making is not _MAKING:
            raise TypeError("a Reply is made by gateway.fhir.reply alone: outcome, statement, bundle or notification")
        made = super().__new__(cls)
        object.__setattr__(made, "content", content)
        return made

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a Reply never changes")

    def __repr__(self) -> str:
        return f"Reply({self.content.get('resourceType')})"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a Bundle: what was released, under its URL; elements narrows it, beside says search or request."""

    url: str
    released: Released = field(repr=False)
    beside: Mapping[str, Json]
    elements: tuple[str, ...] = ()


def outcome(*issues: Issue) -> Reply:
    """An OperationOutcome."""
    return Reply(_MAKING, operation_outcome(issues))


def statement(capability: Json) -> Reply:
    """The CapabilityStatement."""
    if capability.get("resourceType") != "CapabilityStatement":
        raise TypeError("only a CapabilityStatement is a statement")
    return Reply(_MAKING, capability)


def bundle(kind: str, links: Sequence[Json], entries: Sequence[Entry], total: int | None = None) -> Reply:
    """A searchset or history of Released resources."""
    made: Json = {"resourceType": "Bundle", "type": kind, "link": list(links)}
    if total is not None:
        made["total"] = total
    if entries:
        made["entry"] = [_entry(each) for each in entries]
    return Reply(_MAKING, made)


@dataclass(frozen=True, slots=True)
class Answered:
    """What one entry of a batch or transaction was answered: status, headers' worth, and what was shown if anything.

    An OperationOutcome goes into the response, anything else beside it; url is that of the record, empty for none.
    """

    response: Mapping[str, str]
    shown: "Released | Reply | None" = field(default=None, repr=False)
    url: str = ""


def responses(kind: str, answers: Sequence[Answered]) -> Reply:
    """A batch-response or transaction-response of what was released or says nothing about anybody."""
    made: Json = {"resourceType": "Bundle", "type": kind}
    if answers:
        made["entry"] = [_answered(each) for each in answers]
    return Reply(_MAKING, made)


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification apart from what it carries: its stable id, for which delivery (agency/name), sent and due when.

    focus is ``Task/<id>``, empty where the delivery wants empty notifications.
    """

    id: str
    delivery: str
    base: str
    sent: datetime
    changed: datetime
    focus: str = ""


def notification(notice: Notice, carried: Sequence[Released]) -> Reply:
    """A notification Bundle of Released resources alone, in R4: its status first, then the focus and what goes along.

    http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-notification-r4
    """
    entries = [_status(notice)]
    if notice.focus and not carried:
        entries.append({"fullUrl": f"{notice.base}/{notice.focus}", **_put(notice.focus)})
    for each in carried:
        named = f"{each.resource['resourceType']}/{each.resource['id']}"
        entries.append({"fullUrl": f"{notice.base}/{named}", "resource": each.resource, **_put(named)})
    made: Json = {
        "resourceType": "Bundle",
        "id": notice.id,
        "meta": {"profile": [f"{BACKPORT}/backport-subscription-notification-r4"]},
        "type": "history",
        "timestamp": iso(notice.sent),
        "entry": entries,
    }
    return Reply(_MAKING, made)


def _put(named: str) -> Json:
    return {"request": {"method": "PUT", "url": named}, "response": {"status": "200"}}


def _status(notice: Notice) -> Json:
    event: list[Json] = [{"name": "event-number", "valueString": str(int(notice.changed.timestamp() * 1000))}]
    if notice.focus:
        event.append({"name": "timestamp", "valueInstant": iso(notice.changed)})
        event.append({"name": "focus", "valueReference": {"reference": f"{notice.base}/{notice.focus}"}})
    subscription = {"type": "Subscription", "identifier": {"system": DELIVERY_SYSTEM, "value": notice.delivery}}
    parameters: list[Json] = [
        {"name": "subscription", "valueReference": subscription},
        {"name": "topic", "valueCanonical": TOPIC},
        {"name": "status", "valueCode": "active"},
        {"name": "type", "valueCode": "event-notification"},
        {"name": "notification-event", "part": event},
    ]
    status: Json = {
        "resourceType": "Parameters",
        "meta": {"profile": [f"{BACKPORT}/backport-subscription-status-r4"]},
        "parameter": parameters,
    }
    request = {"method": "GET", "url": "Subscription/$status"}
    return {"fullUrl": f"urn:uuid:{notice.id}", "resource": status, "request": request, "response": {"status": "200"}}


def _answered(answered: Answered) -> Json:
    made: Json = {"fullUrl": answered.url} if answered.url else {}
    shown = answered.shown
    content = shown.resource if isinstance(shown, Released) else shown.content if shown else {}
    if content.get("resourceType") == "OperationOutcome":
        return {"response": {**answered.response, "outcome": content}}
    return {**made, **({"resource": content} if content else {}), "response": dict(answered.response)}


def _entry(entry: Entry) -> Json:
    shown = subset(entry.released.resource, entry.elements)
    return {"fullUrl": entry.url, "resource": shown, **entry.beside}
