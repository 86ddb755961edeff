"""The native writes of one request as one item of the intake: all are kept or none is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from consent.labels import Arrival, around, propagate
from consent.vocabulary import Label
from gateway.fhir.outcome import Issue, Refusal, Unprocessable
from gateway.receive.about import patient_of
from gateway.receive.native import Context, Write
from gateway.receive.offering import Offering, hand_over, offering_of
from gateway.receive.translated import LabelsOf
from gateway.receive.writer import Writer
from gateway.registry import unheld
from gateway.store.intake import Desk, Known
from gateway.store.kept import RecordKey
from gateway.store.messages import ControlKey

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """A record as it was sent; seen is what the writer's view of it showed, by part, None for a new record.

    place is that of its entry in the Bundle that it came in, None where it came alone.
    """

    resource: Json = field(repr=False)
    seen: Mapping[str, int] | None = None
    place: int | None = None


@dataclass(slots=True)
class Transaction:
    """Records of the writer's own agency, each created or updated, with their labels run along their references."""

    writer: Writer
    writes: Sequence[Write] = field(repr=False)
    offered: Mapping[str, Offering] = field(repr=False)
    """The referrals that Tasks among them may make, by the Task's ``Type/id``."""

    @property
    def custodians(self) -> frozenset[str]:
        """The writer's agency, and the receivers of the referrals."""
        return frozenset({self.writer.agency, *(each.receiver[0] for each in self.offered.values())})

    @property
    def policy(self) -> int | None:
        """The agencies it was made under."""
        return self.writer.snapshot.version

    @property
    def subjects(self) -> frozenset[str]:
        """The patients that the records are about, else the records themselves."""
        return frozenset(patient_of(each.resource) or each.key.id for each in self.writes)

    @property
    def control(self) -> ControlKey | None:
        """None: a native write carries no control id."""
        return None

    def wants(self, known: Known) -> Iterable[RecordKey]:
        """The records, and those of the same agency that they refer to."""
        return dict.fromkeys(key for each in self.writes for key in each.wanted)

    async def apply(self, desk: Desk) -> None:
        """Keep them all. Raises Refusal, naming the entry that it is about."""
        if reason := unheld(self.writer.snapshot, self.writer.agency, self.writer.at):
            raise Unprocessable.of([Issue("business-rule", reason)])
        context = await self._context(desk)
        bundled = {each.about: each.resource for each in self.writes}
        for write in self.writes:
            with _placed(write):
                await self._keep(write, desk, context, bundled)

    async def _keep(self, write: Write, desk: Desk, context: Context, bundled: Mapping[str, Json]) -> None:
        handoff, offering = await write.handoff(desk), self.offered.get(write.about)
        if handoff or offering is None:
            await write.keep(desk, context, handoff)
            return
        await replace(write, resource=offering.task).keep(desk, context, None)
        await hand_over(desk, self.writer, offering, bundled, context.labels)

    async def _context(self, desk: Desk) -> Context:
        records = {each.about: each.resource for each in self.writes}
        known = await self.writer.labels(desk, {key for each in self.writes for key in each.wanted})
        status = self.writer.status()
        found = propagate(records, Arrival(status, status, labels_of=known.get))
        requests = {f"ServiceRequest/{each.request}": each for each in self.offered.values()}
        return Context(_both(found, known), self._around(), requests)

    def _around(self) -> dict[str, frozenset[Label]]:
        """The sensitivities among the records of one patient, where several came together."""
        if len(self.writes) == 1:
            return {}
        charts: dict[str, list[Json]] = {}
        for each in self.writes:
            charts.setdefault(patient_of(each.resource) or "", []).append(each.resource)
        return {patient: around(records) for patient, records in charts.items() if patient}


def transaction(writer: Writer, written: Sequence[Written]) -> Transaction:
    """The item that keeps these records, and makes the referrals among them to those who are known here."""
    bundled = {f"{each.resource['resourceType']}/{each.resource['id']}": each.resource for each in written}
    writes = [Write(writer, each.resource, each.seen, each.place) for each in written]
    found = {each.about: offering_of(each.resource, writer, bundled) for each in writes}
    return Transaction(writer, writes, {about: each for about, each in found.items() if each})


def _both(found: Mapping[str, frozenset[Label]], kept: Mapping[str, frozenset[Label]]) -> LabelsOf:
    """What a record carries as it is sent and as it was kept, None for what is unknown here."""

    def labels(reference: str) -> frozenset[Label] | None:
        known = [each[reference] for each in (found, kept) if reference in each]
        return frozenset[Label]().union(*known) if known else None

    return labels


@contextmanager
def _placed(write: Write) -> Iterator[None]:
    """A refusal of one entry among several names its place."""
    try:
        yield
    except Refusal as refusal:
        if write.place is None:
            raise
        raise placed(refusal, write.place) from refusal


def placed(refusal: Refusal, place: int) -> Refusal:
    """The refusal as one about this entry of a Bundle."""
    issues = [replace(each, expression=_within(each.expression, place)) for each in refusal.issues]
    made = type(refusal).of(issues)
    made.headers = refusal.headers
    return made


def _within(expression: str, place: int) -> str:
    entry = f"Bundle.entry[{place}]"
    if not expression or expression.startswith("Bundle."):
        return expression or entry
    _, _, inside = expression.partition(".")
    return f"{entry}.resource.{inside}" if inside else f"{entry}.resource"
