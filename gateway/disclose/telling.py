"""A delivery as a disclosure: who is told in which capacity, and the intent on record before the first byte leaves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.agencies.model import Agency, Delivery
from gateway.disclose.facts import Asker
from gateway.disclose.viewing import View
from gateway.fhir.outcome import Unavailable
from gateway.parts import NEWS
from gateway.registry import Snapshot
from gateway.store.audit import AuditEntry

DELIVER = "deliver"
"""The kind of the audit rows of deliveries."""

Json = dict[str, Any]
Named = tuple[str, str]
"""Type and id of a record."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One delivery still to be decided: its stable id, whose, by which of its routes, of which Task and what else.

    source is the other side's Task where it is owed for news of that one, empty else: who may not see the news, or may
    not be told by its source any more, is not told that there is any.
    """

    id: str
    agency: str
    route: str
    task: str
    beside: tuple[Named, ...]
    source: str

    def recipient(self, snapshot: Snapshot) -> tuple[Agency, Delivery]:
        """Whose delivery it is. Raises Unavailable where the agencies in force know it no more."""
        agency = snapshot.agencies.get(self.agency)
        delivery = delivery_named(agency, self.route) if agency else None
        if agency is None or delivery is None:
            raise Unavailable("The delivery is no longer in force.")
        return agency, delivery


@dataclass(frozen=True, slots=True)
class Told:
    """What a delivery may carry, decided in one transaction: the Task, and beside it what may be seen, in order."""

    snapshot: Snapshot
    agency: Agency
    delivery: Delivery
    task: View
    beside: tuple[View | None, ...]

    @property
    def views(self) -> tuple[View, ...]:
        """Everything that may be seen."""
        return (self.task, *(view for view in self.beside if view))


def delivery_named(agency: Agency, name: str) -> Delivery | None:
    """The agency's delivery of this name."""
    return next((each for each in agency.deliveries if each.name == name), None)


def recipient(agency: Agency, delivery: Delivery) -> Asker:
    """The capacity in which an agency gets a delivery: its role and purpose, in the client of its unit."""
    client = next((each for each in agency.clients if each.unit == delivery.unit), None)
    return Asker(agency, client, delivery.role, delivery.purpose)


def shows(telling: Telling, task: View) -> bool:
    """Whether the Task shows what the delivery is owed for."""
    return NEWS in task.shown or not telling.source


def taken_back(task: View, request: View | None) -> bool:
    """Whether a receiver's referral was taken back: then only that is told, not of whom or what it was."""
    if not task.resource.get("partOf"):
        return False
    revoked = request is not None and request.resource.get("status") in {"revoked", "entered-in-error"}
    return revoked or task.resource["status"] in {"cancelled", "entered-in-error"}


def entries(telling: Telling, told: Told, outcome: str, at: datetime, reason: str = "") -> list[AuditEntry]:
    """One audit row per custodian and patient of what a delivery carries."""
    who = recipient(told.agency, told.delivery)
    common = {
        "delivery": telling.id,
        "route": telling.route,
        "by": str(told.delivery.route),
        "client": who.client.id if who.client else "",
        "role": str(who.role),
        "purpose": str(who.purpose),
    }
    if reason:
        common["reason"] = reason
    return [
        AuditEntry(at, DELIVER, custodian, telling.agency, outcome, patient, {**common, "records": records})
        for (custodian, patient), records in _by_subject(told.views).items()
    ]


def _by_subject(views: Iterable[View]) -> dict[tuple[str, str | None], list[Json]]:
    found: dict[tuple[str, str | None], list[Json]] = {}
    for view in views:
        found.setdefault((view.custodian, view.patient), []).append(accounted(view))
    return found


def accounted(view: View) -> Json:
    """What an audit row says of one record disclosed."""
    decision = view.released.decision
    return {
        "record": f"{view.type}/{view.id}",
        "version": view.version,
        "because": [finding.citation for finding in decision.because],
        "obligations": sorted(decision.obligations),
    }
