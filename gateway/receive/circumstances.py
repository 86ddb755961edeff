"""What is done about circumstances: lodged by an agency, confirmed or ended by a named person at the holder."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from gateway.circumstances import BadCircumstance, kind_of, read
from gateway.fhir.outcome import Issue, Unprocessable, absent
from gateway.receive.writer import Writer
from gateway.store import circumstances
from gateway.store.audit import AuditEntry
from gateway.store.circumstances import Lodged
from gateway.store.intake import Desk, Known
from gateway.store.kept import RecordKey
from gateway.store.keyring import KeyRing
from gateway.store.messages import ControlKey
from gateway.store.relations import Relationship

Deed = Literal["confirmed", "ended"]


@dataclass(frozen=True, slots=True)
class _Item:
    """What every item here is to the intake: about one patient, under the agencies in force."""

    writer: Writer
    keyring: KeyRing = field(repr=False)
    patient: str = field(repr=False)

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

    @property
    def custodians(self) -> frozenset[str]:
        """The writer's agency."""
        return frozenset({self.writer.agency})

    def wants(self, known: Known) -> Iterable[RecordKey]:
        """Nothing."""
        return ()

    def entry(self, lodged: Lodged, outcome: str, person: str = "") -> AuditEntry:
        """The row of the audit, under the holder's key: what was done, by whom, of what kind."""
        session = self.writer.session
        content = {
            "circumstance": lodged.id,
            "kind": kind_of(lodged.content),
            "by": person or session.client_id,
            "request": self.writer.request,
        }
        return AuditEntry(self.writer.at, "circumstance", lodged.holder, "", outcome, lodged.patient, content)


@dataclass(frozen=True, slots=True)
class Lodging(_Item):
    """A circumstance lodged by the writer's agency; confirmed at once where a person of the holder records it."""

    lodged: Lodged
    person: str = ""

    @property
    def custodians(self) -> frozenset[str]:
        """The holder, and who lodges it."""
        return frozenset({self.writer.agency, self.lodged.holder})

    async def apply(self, desk: Desk) -> None:
        """Keep it. Raises Unprocessable for what cannot be relied on."""
        check(self.lodged, self.writer)
        await circumstances.lodge(desk.driver, self.lodged, self.keyring[self.lodged.holder])
        desk.audit.append(self.entry(self.lodged, "lodged", self.person))
        if self.person:
            await _confirm(desk, self, self.lodged, self.person)


@dataclass(frozen=True, slots=True)
class Settling(_Item):
    """A person at the holder confirms or ends a circumstance."""

    circumstance: str
    deed: Deed
    person: str = field(repr=False)

    async def apply(self, desk: Desk) -> None:
        """Carry it out. Raises Absent for what is not the holder's or has ended, Unprocessable as Lodging does."""
        found = await circumstances.found(desk.driver, self.circumstance, self.keyring)
        if found is None or found.holder != self.writer.agency or found.patient != self.patient or found.ended_at:
            raise absent("Basic")
        if self.deed == "confirmed":
            check(found, self.writer)
            await _confirm(desk, self, found, self.person)
            return
        await circumstances.end(desk.driver, found.id, self.person, self.writer.at)
        desk.turned.add(found.patient)
        desk.audit.append(self.entry(found, "ended", self.person))


def check(lodged: Lodged, writer: Writer) -> None:
    """Refuse what no decision could rely on. Raises Unprocessable."""
    try:
        read(lodged.content, writer.snapshot.agency_of)
    except BadCircumstance as error:
        text = f"The circumstance cannot be relied on: {error}. See docs/circumstances.md."
        raise Unprocessable.of([Issue("business-rule", text, "Basic")]) from None


async def _confirm(desk: Desk, item: _Item, lodged: Lodged, person: str) -> None:
    """Decisions about the patient are void, and whoever it is about may now find the records."""
    await circumstances.confirm(desk.driver, lodged.id, person, item.writer.at)
    desk.turned.add(lodged.patient)
    recipient = read(lodged.content, item.writer.snapshot.agency_of).recipient
    if recipient is not None and recipient != lodged.holder:
        related = (lodged.holder, recipient, lodged.patient, "circumstance", lodged.id, item.writer.at)
        desk.relationships.append(Relationship(*related))
    desk.audit.append(item.entry(lodged, "confirmed", person))
