"""What is counted: by agency and outcome, never by person; shown to the operator, for counts tell too.

That something was withheld, or that an agency is at work, must reach no other agency by a counter
(42 CFR 2.13(c)(2)). Without the operator's token /metrics shows only that the gateway runs.
"""

import hmac
import secrets
from contextlib import suppress
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

PUBLIC = CollectorRegistry()
READY = Gauge("crosswalk_ready", "Whether this worker serves", registry=PUBLIC)

METRICS = CollectorRegistry()
MESSAGES = Counter("crosswalk_messages", "Messages by agency and fate", ["agency", "fate"], registry=METRICS)
MLLP_CONNECTIONS = Gauge("crosswalk_mllp_connections", "Open MLLP connections", registry=METRICS)
INTAKE_DEPTH = Gauge("crosswalk_intake_depth", "Items waiting to be kept", registry=METRICS)
OUTBOX = Counter("crosswalk_outbox", "Outbox rows by outcome", ["outcome"], registry=METRICS)
DELIVERIES = Counter(
    "crosswalk_deliveries", "Deliveries by agency and outcome", ["agency", "outcome"], registry=METRICS
)
DEAD_LETTERS = Counter("crosswalk_dead_letters", "Outbox rows set aside after the last attempt", registry=METRICS)
PAUSED = Gauge("crosswalk_receivers_paused", "Deliveries paused because their receiver keeps failing", registry=METRICS)
ALARMS = Counter("crosswalk_alarms", "Decisions denied because a law failed", registry=METRICS)
REQUESTS = Histogram(
    "crosswalk_request_seconds", "FHIR requests by method and status", ["method", "status"], registry=METRICS
)


def token_file(data: Path) -> Path:
    """Where the operator's token for /metrics lies, as Prometheus reads it (``bearer_token_file``)."""
    return data / "metrics-token"


def ensure_token(data: Path) -> None:
    """Make the operator's token where there is none, readable by the gateway's own account alone."""
    path = token_file(data)
    with suppress(FileExistsError):
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(secrets.token_urlsafe(32) + "\n")


def shown(data: Path, authorization: str) -> bytes:
    """The metrics that the sender of this Authorization header may see, as Prometheus text."""
    try:
        token = token_file(data).read_text().strip()
    except OSError:
        token = ""
    known = bool(token) and hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode())
    return generate_latest(PUBLIC) + (generate_latest(METRICS) if known else b"")
