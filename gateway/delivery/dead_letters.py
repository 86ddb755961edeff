"""What is owed and could not be delivered: the operator hears of each once, and `crosswalk message` shows them all."""

import structlog

from gateway.metrics import DEAD_LETTERS
from gateway.store.outbox import Owed

log = structlog.get_logger("gateway.delivery")


def alert(owed: Owed, reason: str) -> None:
    """Tell the operator of a dead letter, once."""
    DEAD_LETTERS.inc()
    log.error("dead letter", delivery=owed.id, kind=owed.kind, agency=owed.target, route=owed.route, reason=reason)
