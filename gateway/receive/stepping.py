"""A row of a worklist that came back: the step of the Task and the filing of the row, in one transaction."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from adapters.base import Unreadable
from gateway.fhir.outcome import PreconditionFailed, Refusal
from gateway.receive.message import NOT_TRANSLATED, MessageItem, Receipt
from gateway.receive.transaction import Transaction
from gateway.store.intake import Desk, Known
from gateway.store.kept import RecordKey
from gateway.store.messages import ControlKey

ANSWERED = "This very row came before and changes nothing now: write a new answer into a fresh worklist."


@dataclass(slots=True)
class Step:
    """One row, waiting to be kept; write moves the Task as its agency sees it, None where the row is refused."""

    filing: MessageItem
    write: Transaction | None = field(repr=False)

    @property
    def custodians(self) -> frozenset[str]:
        """The agency whose row it is."""
        return self.filing.custodians

    @property
    def policy(self) -> int | None:
        """The agencies it was read under."""
        return self.filing.policy

    @property
    def subjects(self) -> frozenset[str]:
        """The patient of the Task."""
        return self.write.subjects if self.write else frozenset()

    @property
    def control(self) -> ControlKey | None:
        """The same step of the same Task is the same row."""
        return self.filing.control

    def wants(self, known: Known) -> Iterable[RecordKey]:
        """What moving the Task reads."""
        return self.write.wants(known) if self.write else ()

    async def apply(self, desk: Desk) -> Receipt:
        """Move the Task and file the row, or file it as refused. Raises PreconditionFailed where the Task moved."""
        if repeated := self.filing.repeated(desk):
            return replace(repeated, reason=ANSWERED)
        translation = self.filing.translation
        if self.filing.refusal or translation is None or self.write is None:
            return await self.filing.refuse(desk, self.filing.refusal or Unreadable("exception", "", NOT_TRANSLATED))
        try:
            await self.write.apply(desk)
        except PreconditionFailed:
            raise
        except Refusal as refusal:
            _clear(desk)
            fault = Unreadable("business-rule", "new_status", str(refusal), translation.envelope)
            return await self.filing.refuse(desk, fault)
        return self.filing.file(desk, translation, [each.about for each in self.write.writes], [])


def _clear(desk: Desk) -> None:
    """Nothing of a step that was refused is kept."""
    for waiting in (desk.changes, desk.audit, desk.owed, desk.relationships, desk.handoffs):
        waiting.clear()
    desk.turned.clear()
