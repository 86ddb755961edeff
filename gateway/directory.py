"""The directory: an Organization for each agency in force, kept by the operator and open to every party."""

from dataclasses import dataclass, field
from typing import Any

from consent.labels import Arrival
from consent.origins import OriginStatus
from consent.vocabulary import OrgType
from gateway.agencies.model import Agency, Unit
from gateway.clock import now
from gateway.receive.keeping import Draft
from gateway.receive.receive import Receive
from gateway.registry import AGENCY_SYSTEM, Snapshot, organization_id
from gateway.store.audit import AuditEntry
from gateway.store.intake import Desk, Known
from gateway.store.kept import RecordKey
from gateway.store.messages import ControlKey

Json = dict[str, Any]


async def keep_directory(receive: Receive, snapshot: Snapshot) -> None:
    """Bring the Organizations up to date with the agencies in force."""
    if snapshot.operator is not None:
        await receive.submit(DirectoryItem(receive, snapshot.operator.id, tuple(snapshot.agencies.values())))


def organizations(agency: Agency) -> list[Json]:
    """The Organizations of an agency and its units: public facts alone."""
    return [organization(agency), *(_unit(agency, unit) for unit in agency.units)]


def _unit(agency: Agency, unit: Unit) -> Json:
    return {
        "resourceType": "Organization",
        "id": organization_id(agency.id, unit.id),
        "identifier": [{"system": AGENCY_SYSTEM, "value": f"{agency.id}/{unit.id}"}],
        "active": True,
        "name": f"{unit.name}, {agency.name}",
        "partOf": {"reference": f"Organization/{organization_id(agency.id)}"},
    }


def organization(agency: Agency) -> Json:
    """The Organization of an agency itself."""
    made: Json = {
        "resourceType": "Organization",
        "id": organization_id(agency.id),
        "identifier": [{"system": AGENCY_SYSTEM, "value": agency.id}],
        "active": True,
        "name": agency.name,
    }
    if agency.status.npi:
        made["identifier"].append({"system": "http://hl7.org/fhir/sid/us-npi", "value": agency.status.npi})
    return made


@dataclass(slots=True)
class DirectoryItem:
    """Every Organization as one item of the intake; what is unchanged is not written again."""

    receive: Receive
    operator: str
    agencies: tuple[Agency, ...] = field(repr=False)

    @property
    def custodians(self) -> frozenset[str]:
        """The operator."""
        return frozenset({self.operator})

    @property
    def policy(self) -> int | None:
        """None: the directory is brought up to date whenever the agencies change."""
        return None

    @property
    def subjects(self) -> frozenset[str]:
        """One directory at a time."""
        return frozenset({organization_id(self.operator)})

    @property
    def control(self) -> ControlKey | None:
        """None: no message."""
        return None

    def wants(self, known: Known) -> list[RecordKey]:
        """The Organizations."""
        return [RecordKey(self.operator, "Organization", each["id"]) for each in self._organizations()]

    async def apply(self, desk: Desk) -> None:
        """Keep those that differ."""
        status, at = OriginStatus(self.operator, OrgType.GATEWAY_OPERATOR), now()
        for made in self._organizations():
            key = RecordKey(self.operator, "Organization", made["id"])
            draft = Draft(key, made, Arrival(status, status, f"Organization/{key.id}"), None)
            if change := await self.receive.keeper.change(draft, desk.kept.get(key), at):
                desk.changes.append(change)
        if desk.changes:
            content = {"records": [f"Organization/{each.key.id}" for each in desk.changes]}
            desk.audit.append(AuditEntry(at, "directory", self.operator, "", "updated", None, content))

    def _organizations(self) -> list[Json]:
        return [each for agency in self.agencies for each in organizations(agency)]
