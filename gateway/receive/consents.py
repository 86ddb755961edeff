"""What a named person at the holder does about a kept consent: confirm it, revoke it, or see what waits.

Consent.verification says nothing here: whoever lodges a consent could write it. The gateway keeps the act itself, for
the version that was confirmed (docs/consents.md).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from consent.instruments import ConsentStatus
from consent.reading import Filing, disclosers, read
from consent.terms import Consent
from gateway.fhir.outcome import Issue, Unprocessable, absent
from gateway.receive.consented import consented
from gateway.receive.keeping import whole
from gateway.receive.transaction import Written, transaction
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

    def lodged(self, holder: str) -> Lodged:
        """The consent as one about this holder's records."""
        return Lodged(holder, self.custodian, self.id)


def shortcomings(consent: Consent) -> list[str]:
    """Why nobody may rely on a consent: what its form lacks, by section of the law, and what cannot be read."""
    lacking = [f"its form lacks {element}" for element in sorted(consent.missing_elements)]
    return [*lacking, *(f"it is {problem}" for problem in sorted(consent.problems))]


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
    return Kept(key.custodian, key.id, patient, max(part.recorded for part in parts), resource, version)


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


@dataclass(slots=True)
class Act:
    """One act of a person, as an item of the intake; the writer is the person's agency, the holder."""

    writer: Writer
    person: str
    deed: Deed
    key: RecordKey
    patient: str = field(repr=False)
    reason: str = field(default="", repr=False)

    @property
    def custodians(self) -> frozenset[str]:
        """The holder, and the agency that lodged it."""
        return frozenset({self.writer.agency, self.key.custodian})

    @property
    def policy(self) -> int | None:
        """The agencies in force."""
        return self.writer.snapshot.version

    @property
    def subjects(self) -> frozenset[str]:
        """The patient."""
        return frozenset({self.patient})

    @property
    def control(self) -> ControlKey | None:
        """None: no message."""
        return None

    def wants(self, known: Known) -> Iterable[RecordKey]:
        """The consent, and the patient for its labels."""
        return (self.key, RecordKey(self.key.custodian, "Patient", self.patient))

    async def apply(self, desk: Desk) -> None:
        """Carry it out. Raises Absent for a consent that is not about the holder's records, Unprocessable."""
        record = desk.kept.get(self.key)
        found = kept(self.key, self.patient, record)
        if record is None or found is None or not concerns(found, self.writer.agency, self.writer.snapshot):
            raise absent("Consent")
        if self.deed == "confirmed":
            self._check(found)
        if found.custodian == self.writer.agency:
            await self._rewrite(desk, record, found)
        else:
            await self._note_confirmation(desk, found)
        desk.audit.append(self._entry(found))

    def _check(self, found: Kept) -> None:
        """Refuse to rely on what no law would rely on."""
        filing = Filing(self.writer.agency, found.custodian, self.person)
        consent = read({**found.resource, "status": self._confirmed(found)}, self.writer.snapshot.agency_of, filing)
        faults = shortcomings(consent)
        if consent.status is not ConsentStatus.ACTIVE:
            faults.append(f"its status is {consent.status}")
        if faults:
            text = f"The consent cannot be relied on: {'; '.join(faults)}. Have it completed and lodged again."
            raise Unprocessable.of([Issue("business-rule", text, "Consent")])

    def _confirmed(self, found: Kept) -> str:
        own = found.custodian == self.writer.agency and found.resource.get("status") == ConsentStatus.PROPOSED
        return ConsentStatus.ACTIVE if own else str(found.resource.get("status", ""))

    async def _rewrite(self, desk: Desk, record: KeptRecord, found: Kept) -> None:
        """The holder's own consent changes its status."""
        status = self._confirmed(found) if self.deed == "confirmed" else ConsentStatus.INACTIVE
        seen = {name: part.shown for name, part in record.parts.items() if not part.removed}
        written = Written({**found.resource, "status": str(status)}, seen)
        await transaction(self.writer, [written]).apply(desk)

    async def _note_confirmation(self, desk: Desk, found: Kept) -> None:
        """The holder relies on another's consent for this version of it, or no more."""
        lodged = found.lodged(self.writer.agency)
        if self.deed == "confirmed":
            confirmation = Confirmation(found.version, self.person)
            await confirmations.confirm(desk.driver, lodged, confirmation, self.writer.at)
        else:
            await confirmations.withdraw(desk.driver, lodged)
        consented(desk, self.writer, found.resource, [self.patient])

    def _entry(self, found: Kept) -> AuditEntry:
        content = {"consent": f"Consent/{found.id}", "version": found.version, "person": self.person}
        content |= {"lodged_by": found.custodian, "reason": self.reason}
        return AuditEntry(self.writer.at, "consent", self.writer.agency, "", self.deed, self.patient, content)
