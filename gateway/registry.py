"""The agencies in force: an immutable snapshot of what was applied, read again when the policy version moves."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg

from consent.origins import OriginStatus
from consent.vocabulary import Label, OrgType
from gateway.agencies.handoffs import Facts, origin_unit
from gateway.agencies.model import Agency, ClientEntry, Operator, Unit
from gateway.agencies.registration import registrations
from gateway.agencies.standing import may_hold, own_labels
from gateway.auth.clients import Client
from gateway.store.grants import policy_version
from gateway.store.keyring import KeyRing
from gateway.store.registry import applied

AGENCY_SYSTEM = "https://crosswalk-gateway.org/fhir/agency"
"""Identifier system of agency ids."""
MENTAL_HEALTH = frozenset({OrgType.BEHAVIORAL_HEALTH, OrgType.MOBILE_CRISIS})


@dataclass(frozen=True)
class Snapshot:
    """Agencies, operator and clients as of one policy version."""

    version: int
    agencies: Mapping[str, Agency] = field(repr=False)
    operator: Operator | None = field(repr=False)
    digests: Mapping[str, str] = field(repr=False)
    registered: Mapping[str, Client] = field(init=False, repr=False)
    _clients: Mapping[str, tuple[Agency, ClientEntry]] = field(init=False, repr=False)
    _by_organization: Mapping[str, tuple[str, str]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        clients = {client.id: (agency, client) for agency in self.agencies.values() for client in agency.clients}
        object.__setattr__(self, "_clients", clients)
        registered = {client.client_id: client for agency in self.agencies.values() for client in registrations(agency)}
        object.__setattr__(self, "registered", registered)
        units = {
            organization_id(name, unit): (name, unit)
            for name, agency in self.agencies.items()
            for unit in ("", *(each.id for each in agency.units))
        }
        object.__setattr__(self, "_by_organization", units)

    def client(self, client_id: str) -> tuple[Agency, ClientEntry] | None:
        """The client and its agency, None when it is not registered (any more)."""
        return self._clients.get(client_id)

    def agency_of(self, reference: str) -> str | None:
        """The agency that a reference names: an Organization of ours by id or agency id, or its identifier."""
        found = self.party_of(reference)
        return found[0] if found else None

    def party_of(self, reference: str) -> tuple[str, str] | None:
        """The agency and unit (empty for none) that a reference names; None for what is none of ours.

        A unit is an Organization of its own, and ``agency/unit`` under the agencies' identifier system.
        """
        identified = reference.removeprefix(f"{AGENCY_SYSTEM}|")
        if identified == reference and "Organization/" not in reference:
            return None
        name = identified if identified != reference else reference.rsplit("/", 1)[-1]
        agency, _, unit = name.partition("/")
        known = self.agencies.get(agency)
        if known is not None and unit in ("", *(each.id for each in known.units)):
            return agency, unit
        return self._by_organization.get(name)


def organization_id(agency: str, unit: str = "") -> str:
    """The id of an agency's or unit's Organization: the directory is no secret, so any gateway may compute it."""
    name = f"{agency}/{unit}" if unit else agency
    return str(uuid.UUID(bytes=hashlib.sha256(f"crosswalk organization {name}".encode()).digest()[:16], version=5))


def origin_status(agency: Agency, facts: Facts | None = None, unit: str = "") -> OriginStatus:
    """The legal facts labelling reads of whoever made or keeps a record.

    The unit is the one named, else the one that a message's facts show: a Part 2 unit makes its agency a program, and
    what a social-work unit makes is a social service's record beside what its agency is.
    """
    made_in = unit_of(agency, unit) or (origin_unit(agency, facts) if facts else None)
    status = agency.status
    return OriginStatus(
        org=agency.id,
        org_type=agency.kind,
        jurisdiction=agency.jurisdiction,
        covered_entity=status.covered_entity,
        part2_program=status.part2_program or (made_in is not None and made_in.part2_program),
        victim_service_grantee=status.victim_service_grantee,
        school=status.school,
        criminal_justice_agency=status.criminal_justice_agency,
        crisis_line_988=status.crisis_line_988,
        social_service=agency.kind is OrgType.COMMUNITY_ORG or (made_in is not None and made_in.social_work),
        mental_health_provider=agency.kind in MENTAL_HEALTH,
    )


def unit_of(agency: Agency, unit: str) -> Unit | None:
    """The unit of this id, None where the agency has none."""
    return next((each for each in agency.units if each.id == unit), None)


def unheld(snapshot: Snapshot, agency: str, at: datetime, facts: Facts | None = None) -> str:
    """Why the gateway may not hold what this agency makes or is handed, empty if it may."""
    found = snapshot.agencies.get(agency)
    if found is None:
        return f"{agency} takes no part any more."
    unit = origin_unit(found, facts) if facts else None
    reasons = (may_hold(snapshot.operator, found, label, at.date()) for label in own_labels(found, unit))
    return next((reason for reason in reasons if reason), "")


def withheld_from_us(snapshot: Snapshot, agency: str, classes: Iterable[str], at: datetime) -> str:
    """Why the gateway may not hold these protected classes of an agency's messages, empty if it may hold them all."""
    found = snapshot.agencies.get(agency)
    if found is None:
        return f"{agency} takes no part any more."
    reasons = (may_hold(snapshot.operator, found, Label(each), at.date()) for each in sorted(classes))
    return next((reason for reason in reasons if reason), "")


class Registry:
    """The snapshot in force in this process."""

    def __init__(self, keyring: KeyRing) -> None:
        self._keyring = keyring
        self.current = Snapshot(0, {}, None, {})

    def client(self, client_id: str) -> Client | None:
        """The registration in force, as the token endpoint and every request ask for it."""
        return self.current.registered.get(client_id)

    async def refresh(self, driver: asyncpg.Connection) -> Snapshot:
        """The snapshot of the policy version in force; agencies are read again only when it has moved."""
        version = await policy_version(driver)
        return await self.at(driver, version)

    async def at(self, driver: asyncpg.Connection, version: int) -> Snapshot:
        """The snapshot of this policy version."""
        if version != self.current.version:
            await self._keyring.refresh(driver)
            agencies, operator, digests = await applied(driver)
            self.current = Snapshot(version, agencies, operator, digests)
        return self.current
