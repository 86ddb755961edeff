"""What a named person at the holder does about a kept consent: confirm it, revoke it, or see what waits.

Consent.verification says nothing here: whoever lodges a consent could write it. The gateway keeps the act itself, for
the version that was confirmed (docs/consents.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from consent.instruments import ConsentStatus
from consent.labels import references
from consent.reading import Filing, disclosers, read
from gateway.fhir.outcome import Issue, PreconditionFailed, Unprocessable, absent
from gateway.receive.checklist import confirmed, ended, shortcomings
from gateway.receive.consented import consented
from gateway.receive.keeping import whole
from gateway.receive.transaction import Transaction, Written, transaction
from gateway.receive.writer import Writer
from gateway.registry import Snapshot
from gateway.store import confirmations
from gateway.store.audit import AuditEntry
from gateway.store.confirmations import Confirmation, Lodged
from gateway.store.intake import Desk, Known
from gateway.store.kept import KeptRecord, RecordKey
from gateway.store.messages import ControlKey

Json = dict[str, Any]
Deed = Literal["confirmed", "revoked"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A consent as it is kept: by whom, about whom, since when it stands so, and what it says."""

    custodian: str
    id: str
    patient: str = field(repr=False)
    since: datetime
    resource: Json = field(repr=False)
    version: str
    segment: int
    """Of its root: what decides who may see it."""

    def lodged(self, holder: str) -> Lodged:
        """The consent as one about this holder's records."""
        return Lodged(holder, self.custodian, self.id)


def concerns(found: Kept, holder: str, snapshot: Snapshot) -> bool:
    """Whether a consent is about this holder's records."""
    return found.custodian == holder or holder in disclosers(found.resource, snapshot.agency_of)


def waits(found: Kept, holder: str, confirmed: Mapping[Lodged, Confirmation], snapshot: Snapshot) -> bool:
    """Whether a consent waits for somebody at the holder: proposed by its own system, or lodged by another agency."""
    if found.custodian == holder:
        return bool(found.resource.get("status") == ConsentStatus.PROPOSED)
    by = confirmed.get(found.lodged(holder))
    active = found.resource.get("status") == ConsentStatus.ACTIVE
    return active and concerns(found, holder, snapshot) and (by is None or by.counters != found.version)


def kept(key: RecordKey, patient: str, record: KeptRecord | None) -> Kept | None:
    """The consent of this key, None where it is gone."""
    resource = whole(record)
    if record is None or resource is None:
        return None
    parts = [part for part in record.parts.values() if not part.removed]
    version = confirmations.version((part.name, part.counter) for part in parts)
    since, root = max(part.recorded for part in parts), record.parts[""].segment
    return Kept(key.custodian, key.id, patient, since, resource, version, root)


@dataclass(slots=True)
class Consents:
    """Reads consents by key, with their patients: one item of the intake that keeps nothing."""

    wanted: Mapping[RecordKey, str] = field(repr=False)

    @property
    def custodians(self) -> frozenset[str]:
        """Those who keep them."""
        return frozenset(key.custodian for key in self.wanted)

    @property
    def policy(self) -> int | None:
        """None: nothing is decided."""
        return None

    @property
    def subjects(self) -> frozenset[str]:
        """None: nothing is written."""
        return frozenset()

    @property
    def control(self) -> ControlKey | None:
        """None: no message."""
        return None

    def wants(self, known: Known) -> Iterable[RecordKey]:
        """The consents."""
        return self.wanted

    async def apply(self, desk: Desk) -> list[Kept]:
        """Those that are there."""
        found = (kept(key, patient, desk.kept.get(key)) for key, patient in self.wanted.items())
        return [each for each in found if each]


@dataclass(frozen=True, slots=True)
class Noted:
    """Rows of the audit for what people were shown, as an item of the intake that keeps nothing else."""

    entries: Sequence[AuditEntry]
    policy: int | None = None
    subjects: frozenset[str] = frozenset()
    control: ControlKey | None = None

    @property
    def custodians(self) -> frozenset[str]:
        """Whose records were shown."""
        return frozenset(each.custodian for each in self.entries)

    def wants(self, known: Known) -> Iterable[RecordKey]:
        """Nothing."""
        return ()

    async def apply(self, desk: Desk) -> None:
        """Write them."""
        desk.audit.extend(self.entries)


@dataclass(frozen=True, slots=True)
class Recording:
    """A new consent that a person records for the writer's agency, as an item of the intake."""

    writer: Writer
    consent: Json = field(repr=False)

    @property
    def _kept_by(self) -> Transaction:
        return transaction(self.writer, [Written(self.consent)])

    @property
    def custodians(self) -> frozenset[str]:
        """The writer's agency."""
        return self._kept_by.custodians

    @property
    def policy(self) -> int | None:
        """The agencies in force."""
        return self.writer.snapshot.version

    @property
    def subjects(self) -> frozenset[str]:
        """The patient."""
        return self._kept_by.subjects

    @property
    def control(self) -> ControlKey | None:
        """None: no message."""
        return None

    def wants(self, known: Known) -> Iterable[RecordKey]:
        """The records that it refers to."""
        return self._kept_by.wants(known)

    async def apply(self, desk: Desk) -> None:
        """Keep it, with its own row of the audit. Raises Unprocessable."""
        await self._kept_by.apply(desk)
        (change,) = desk.changes
        version = confirmations.version((part.name, part.counter) for part in change.parts)
        desk.audit.append(entry(self.writer, "recorded", change.key, change.patient, {"version": version}))


@dataclass(frozen=True, slots=True)
class Act:
    """One act of a person upon a consent as it was shown, as an item of the intake; the writer is the holder's."""

    writer: Writer
    person: str
    deed: Deed
    shown: Kept
    reason: str = field(default="", repr=False)

    @property
    def key(self) -> RecordKey:
        """The consent."""
        return RecordKey(self.shown.custodian, "Consent", self.shown.id)

    @property
    def custodians(self) -> frozenset[str]:
        """The holder, and the agency that lodged it."""
        return frozenset({self.writer.agency, self.shown.custodian})

    @property
    def policy(self) -> int | None:
        """The agencies in force."""
        return self.writer.snapshot.version

    @property
    def subjects(self) -> frozenset[str]:
        """The patient."""
        return frozenset({self.shown.patient})

    @property
    def control(self) -> ControlKey | None:
        """None: no message."""
        return None

    def wants(self, known: Known) -> Iterable[RecordKey]:
        """The consent, and what it refers to in the holder's custody, for the labels."""
        return (self.key, *self.writer.keys(references(self.shown.resource)))

    async def apply(self, desk: Desk) -> None:
        """Carry it out on the version shown. Raises Absent, PreconditionFailed where it changed, Unprocessable."""
        record = desk.kept.get(self.key)
        found = kept(self.key, self.shown.patient, record)
        if record is None or found is None or not concerns(found, self.writer.agency, self.writer.snapshot):
            raise absent("Consent")
        if found.version != self.shown.version or record.patient != self.shown.patient:
            raise PreconditionFailed("The consent has changed since it was shown: look at it again, then decide.")
        if self.deed == "confirmed":
            self._check(found)
        if found.custodian == self.writer.agency:
            await self._rewrite(desk, record, found)
        else:
            await self._note_confirmation(desk, found)
        content = {"version": found.version, "lodged_by": found.custodian, "reason": self.reason}
        desk.audit.append(entry(self.writer, self.deed, self.key, found.patient, content))

    def _check(self, found: Kept) -> None:
        """Refuse to rely on what no law would rely on."""
        faults = faults_of(found, self.writer.agency, self.person, self.writer.snapshot)
        if faults:
            text = f"The consent cannot be relied on: {'; '.join(faults)}. Have it completed and lodged again."
            raise Unprocessable.of([Issue("business-rule", text, "Consent")])

    async def _rewrite(self, desk: Desk, record: KeptRecord, found: Kept) -> None:
        """The holder's own consent becomes active, or ends."""
        seen = {name: part.shown for name, part in record.parts.items() if not part.removed}
        made = ended(found.resource, self.writer.at) if self.deed == "revoked" else confirmed(found.resource)
        await transaction(self.writer, [Written(made, seen)]).apply(desk)

    async def _note_confirmation(self, desk: Desk, found: Kept) -> None:
        """The holder relies on another's consent for this version of it, or no more."""
        lodged = found.lodged(self.writer.agency)
        if self.deed == "confirmed":
            confirmation = Confirmation(found.version, self.person)
            await confirmations.confirm(desk.driver, lodged, confirmation, self.writer.at)
        else:
            await confirmations.withdraw(desk.driver, lodged)
        consented(desk, self.writer, found.resource, [found.patient])


def faults_of(found: Kept, holder: str, person: str, snapshot: Snapshot) -> list[str]:
    """Why the holder could not rely on it, if this person confirmed it; none where it could."""
    resource = confirmed(found.resource) if found.custodian == holder else found.resource
    consent = read(resource, snapshot.agency_of, Filing(holder, found.custodian, person))
    faults = shortcomings(consent)
    if consent.status is not ConsentStatus.ACTIVE:
        faults.append(f"its status is {consent.status}")
    return faults


def entry(writer: Writer, outcome: str, key: RecordKey, patient: str | None, content: Json) -> AuditEntry:
    """The row of the audit for an act of a person: who, in which capacity, on which version, with what outcome."""
    session = writer.session
    who = {"person": session.client_id, "role": session.role, "purpose": str(session.purpose)}
    about = {"consent": f"{key.type}/{key.id}", "request": writer.request}
    return AuditEntry(writer.at, "consent", writer.agency, "", outcome, patient, {**who, **about, **content})
