"""The facts that a decision reads, from their live sources: the registry, the token, and the records themselves.

Each fact and its source is listed in docs/law/facts.md, checked by a test.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from consent.circumstances import Agreement, CjisSession, Context
from consent.parts import SENSITIVITIES, join
from consent.reading import Filing, disclosers, read
from consent.terms import AgreementKind, Consent, Disclosure, Holder, Party, Patient
from consent.vocabulary import InfoClass, Jurisdiction, Label, OrgType, Purpose, ReceivedUnder, Role
from gateway.agencies.model import Agency, ClientEntry
from gateway.agencies.model import Agreement as Agreed
from gateway.agencies.standing import runs
from gateway.auth.access_token import Session
from gateway.circumstances import BadCircumstance, Circumstance, established
from gateway.circumstances import read as read_circumstance
from gateway.parts import class_of, labels_of, part_of
from gateway.registry import Snapshot
from gateway.store import circumstances, confirmations, grants
from gateway.store.confirmations import Lodged, version
from gateway.store.keyring import KeyRing
from gateway.store.records import open_part
from gateway.store.segments import NO_PATIENT, Segment

Json = dict[str, Any]

TREATING = frozenset({"handoff", "accepted", "encounter"})
"""Relationships that make a treating provider of a provider; all of them arise from what the holder did."""

ONE_DAY = timedelta(days=1)
OF_A_REFERRAL = frozenset({AgreementKind.MOU})
"""Agreements that say how people are handed over: they open what was handed over, and nothing else."""
WHO = frozenset({InfoClass.DEMOGRAPHICS, InfoClass.NAME, InfoClass.CONTACT, InfoClass.ADDRESS, InfoClass.IDENTIFIER})
"""Who the person is, which every referral of the person is about."""


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """What decisions about one patient's records read, as of one epoch."""

    patient: str = field(repr=False)
    epoch: int
    birth_date: date | None = field(default=None, repr=False)
    consents: Mapping[str, tuple[Consent, ...]] = field(default_factory=dict, repr=False)
    related: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    circumstances: Mapping[str, tuple[Circumstance, ...]] = field(default_factory=dict, repr=False)
    """By whose records they are about."""
    handed: Mapping[tuple[str, str], frozenset[Label]] = field(default_factory=dict, repr=False)
    """By holder and receiver: the sensitivities of the referrals that the holder handed over, none of them undone."""


NOBODY = PatientFacts(NO_PATIENT, 0)


async def of_patient(
    driver: asyncpg.Connection, patient: str, epoch: int, snapshot: Snapshot, keyring: KeyRing
) -> PatientFacts:
    """The facts about a patient, read inside the transaction that discloses."""
    kept: dict[tuple[str, str, str], list[asyncpg.Record]] = {}
    for row in await grants.sealed_facts(driver, patient):
        kept.setdefault((row["custodian"], row["type"], str(row["id"])), []).append(row)
    born: date | None = None
    lodged: dict[Lodged, tuple[Json, str]] = {}
    for (custodian, kind, record), rows in kept.items():
        resource = join(part_of(row["part"], open_part(row, keyring[custodian])) for row in rows)
        if resource is None:
            continue
        if kind == "Patient" and record == patient:
            born = _day(resource.get("birthDate"))
        elif kind == "Consent":
            found = resource, version((row["part"], row["counter"]) for row in rows)
            holders = disclosers(resource, snapshot.agency_of) | {custodian}
            lodged.update({Lodged(holder, custodian, record): found for holder in holders})
    consents = await _relied_on(driver, lodged, snapshot)
    related = {(holder, org) for holder, org, kind in await grants.related(driver, patient) if kind in TREATING}
    said = await _circumstances(driver, patient, snapshot, keyring)
    return PatientFacts(patient, epoch, born, consents, frozenset(related), said, await _handed(driver, patient))


async def _handed(driver: asyncpg.Connection, patient: str) -> dict[tuple[str, str], frozenset[Label]]:
    found: dict[tuple[str, str], frozenset[Label]] = dict.fromkeys(
        await grants.open_handoffs(driver, patient), frozenset()
    )
    for holder, performer, labels in await grants.handed(driver, patient):
        key = holder, performer
        if key in found:
            found[key] |= labels_of(labels) & SENSITIVITIES
    return found


async def _circumstances(
    driver: asyncpg.Connection, patient: str, snapshot: Snapshot, keyring: KeyRing
) -> dict[str, tuple[Circumstance, ...]]:
    """What people at each holder confirmed; one that cannot be read any more, as its recipient left, says nothing."""
    found: dict[str, tuple[Circumstance, ...]] = {}
    for lodged in await circumstances.standing(driver, patient, keyring):
        with suppress(BadCircumstance):
            said = read_circumstance(lodged.content, snapshot.agency_of)
            found[lodged.holder] = (*found.get(lodged.holder, ()), said)
    return found


async def _relied_on(
    driver: asyncpg.Connection, lodged: Mapping[Lodged, tuple[Json, str]], snapshot: Snapshot
) -> dict[str, tuple[Consent, ...]]:
    """Every consent by whose records it opens; what another lodged is none before its holder confirmed that version.

    Not even as a proposal: a flaw in it would ask for the privacy officer, and recipients would see that it came.
    """
    others = [each.consent for each in lodged if each.holder != each.custodian]
    confirmed = await confirmations.of(driver, others) if others else {}
    found: dict[str, list[Consent]] = {}
    for each, (resource, counters) in lodged.items():
        by = confirmed.get(each)
        person = by.person if by and by.counters == counters else None
        if person is None and each.holder != each.custodian:
            continue
        filing = Filing(holder=each.holder, lodged_by=each.custodian, confirmed_by=person)
        found.setdefault(each.holder, []).append(read(resource, snapshot.agency_of, filing))
    return {holder: tuple(each) for holder, each in found.items()}


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, in which capacity, for what: the session's agency with the client as registered now."""

    agency: Agency
    client: ClientEntry | None
    role: Role
    purpose: Purpose

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells recipients apart for decisions."""
        return self.agency.id, f"{self.role}/{self.client.id if self.client else ''}", str(self.purpose)


def asker(session: Session, snapshot: Snapshot) -> Asker | None:
    """The party behind a session, None if its agency or client is no longer registered."""
    found = snapshot.client(session.client_id)
    if found is None or found[0].id != session.agency:
        return None
    return Asker(found[0], found[1], Role(session.role), session.purpose)


def disclosure(who: Asker, segment: Segment, about: PatientFacts, snapshot: Snapshot, now: datetime) -> Disclosure:
    """Every fact for one decision: this asker, this segment, this patient, now.

    A consent, or a refusal, is about disclosure to others: it does not bind the holder's own use.
    """
    holder = _holder(segment.custodian, snapshot)
    zone = snapshot.agencies[segment.custodian].zone if segment.custodian in snapshot.agencies else "UTC"
    home = snapshot.agencies.get(segment.origin) or snapshot.agencies.get(segment.custodian)
    zone_of = _zone(zone)
    opened = _handed_over(who.agency.id, segment, about)
    agreements = _agreements(snapshot, who.agency.id, segment.custodian, now.astimezone(zone_of).date())
    context = Context(
        now=now,
        timezone=zone_of,
        agreements=tuple(each for each in agreements if opened or each.kind not in OF_A_REFERRAL),
        cjis=CjisSession(requestor_validated=True),
        jurisdiction=home.jurisdiction if home else Jurisdiction.US,
        break_glass=who.purpose is Purpose.BTG,
        **established(about.circumstances.get(segment.custodian, ()), who.agency.id, now),
    )
    return Disclosure(
        actor=_party(who, _treats(who.agency.id, segment.custodian, about)),
        holder=holder,
        patient=Patient(f"Patient/{about.patient}", about.birth_date or context.today),
        purpose=who.purpose,
        own_labels=labels_of(segment.labels),
        info_class=class_of(segment.info_class),
        origin=segment.origin,
        context=context,
        received_under=ReceivedUnder(segment.received_under) if segment.received_under else None,
        requester=segment.requester or None,
        performer=segment.performer or None,
        consents=() if who.agency.id == segment.custodian else about.consents.get(segment.custodian, ()),
    )


def _treats(asker: str, custodian: str, about: PatientFacts) -> bool:
    """Whether a provider treats the patient: whose record it is itself, or who was handed the patient by the holder."""
    return asker == custodian or (custodian, asker) in about.related


def _handed_over(asker: str, segment: Segment, about: PatientFacts) -> bool:
    """Whether the holder handed this over to the asker: with its referral, or as far as the person is its subject.

    Nobody learns by one referral that there was another: what is sensitive about the person was handed to those alone
    whose referral is so too.
    """
    asked = segment.custodian, asker
    if asker == segment.custodian or asked not in about.handed:
        return asker == segment.custodian
    if asker in {segment.requester, segment.performer}:
        return True
    sensitive = labels_of(segment.labels) & SENSITIVITIES
    return class_of(segment.info_class) in WHO and sensitive <= about.handed[asked]


def _holder(custodian: str, snapshot: Snapshot) -> Holder:
    agency = snapshot.agencies.get(custodian)
    if agency is None:
        return Holder(custodian, OrgType.GATEWAY_OPERATOR)
    status = agency.status
    return Holder(custodian, agency.kind, status.covered_entity, status.part2_program, status.victim_service_grantee)


def _party(who: Asker, treating: bool) -> Party:  # noqa: FBT001  # one fact among many, named at the only call
    status, client = who.agency.status, who.client
    return Party(
        org=who.agency.id,
        org_type=who.agency.kind,
        role=who.role,
        registered=True,
        covered_entity=status.covered_entity,
        health_care_provider=status.health_care_provider,
        part2_program=status.part2_program,
        treating_relationship=treating,
        medical_personnel=bool(client and client.medical_personnel),
        criminal_justice_agency=status.criminal_justice_agency,
        victim_service_grantee=status.victim_service_grantee,
        screened=bool(client and client.screened),
        mfa=client is not None,
        duties=frozenset(client.duties) if client else frozenset(),
    )


def turns(who: Asker, segment: Segment, about: PatientFacts, snapshot: Snapshot, now: datetime) -> datetime | None:
    """The next instant at which an agreement or a circumstance begins or ends, None for none ahead."""
    custodian = snapshot.agencies.get(segment.custodian)
    zone = _zone(custodian.zone if custodian else "UTC")
    days = [
        day
        for _, each in _made(snapshot, who.agency.id, segment.custodian)
        for day in (each.from_, each.until + ONE_DAY if each.until and each.until < date.max else None)
        if day is not None
    ]
    ends = [datetime.combine(day, time(), zone) for day in days]
    ends += [end for each in about.circumstances.get(segment.custodian, ()) for end in each.turns]
    return min((end for end in ends if end > now), default=None)


def _agreements(snapshot: Snapshot, one: str, other: str, on: date) -> tuple[Agreement, ...]:
    """Agreements in force between two organisations, in whichever file they stand."""
    return tuple(
        Agreement(each.kind, frozenset({agency, each.with_}))
        for agency, each in _made(snapshot, one, other)
        if runs(each.from_, each.until, on)
    )


def _made(snapshot: Snapshot, one: str, other: str) -> Iterable[tuple[str, Agreed]]:
    """Agreements between two organisations, whenever they run, with the agency in whose file each stands."""
    return (
        (agency.id, each)
        for agency in _both(snapshot, one, other)
        for each in agency.agreements
        if {agency.id, each.with_} == {one, other}
    )


def _both(snapshot: Snapshot, one: str, other: str) -> Iterable[Agency]:
    return [snapshot.agencies[name] for name in (one, other) if name in snapshot.agencies]


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
