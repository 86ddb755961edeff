"""What is owed to agencies and not yet delivered, as the operator sees it: ids, counts and reasons, never a person."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from gateway import clock
from gateway.commands.operating import Store
from gateway.store import outbox
from gateway.store.audit import AuditChains, AuditEntry
from gateway.store.outbox import Outstanding, State

Json = dict[str, Any]

STATES: dict[str, State] = {"waiting": "due", "dead": "dead"}
"""The words of the command for the states of the outbox."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One delivery, or news between two agencies, that is still owed. route is the delivery's name, empty for news."""

    id: str
    kind: str
    agency: str
    route: str
    status: str
    attempts: int
    due: datetime
    reason: str
    direction: str = "out"

    def as_json(self) -> Json:
        """The JSON that ``--json`` prints."""
        return asdict(self)


async def outgoing(store: Store, status: str, agency: str | None, limit: int) -> list[Outgoing]:
    """What is owed and waiting, or dead; the newest first."""
    return [_shown(each) for each in await outbox.outstanding(store.driver, STATES[status], agency, limit)]


async def one_outgoing(store: Store, delivery: str) -> Outgoing | None:
    """The one of this id, None where nothing of that id is owed any more."""
    found = await outbox.found(store.driver, delivery)
    return _shown(found) if found else None


async def resend(store: Store, delivery: str, who: str, reason: str) -> bool:
    """Owe a dead letter again, with its audit row; whether there was one of this id."""
    found = await outbox.found(store.driver, delivery)
    if found is None:
        return False
    at, owed = clock.now(), found.owed
    recipient = store.operator.id if store.operator else ""
    content = {"delivery": owed.id, "route": owed.route, "who": who, "reason": reason}
    entry = AuditEntry(at, "resend", owed.target, recipient, "owed again", owed.subject, content)
    async with store.driver.transaction():
        revived = await outbox.revive(store.driver, owed, at)
        if revived:
            await AuditChains().append(store.driver, [(entry, store.keyring[owed.target])])
    return revived


def _shown(each: Outstanding) -> Outgoing:
    owed = each.owed
    word = next(word for word, state in STATES.items() if state == each.state)
    return Outgoing(owed.id, owed.kind, owed.target, owed.route, word, owed.attempts, owed.due, each.reason)
