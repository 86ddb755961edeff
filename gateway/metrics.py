"""What is counted: by agency and outcome, never by person."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

METRICS = CollectorRegistry()
MESSAGES = Counter("crosswalk_messages", "Messages by agency and fate", ["agency", "fate"], registry=METRICS)
MLLP_CONNECTIONS = Gauge("crosswalk_mllp_connections", "Open MLLP connections", registry=METRICS)
INTAKE_DEPTH = Gauge("crosswalk_intake_depth", "Items waiting to be kept", registry=METRICS)
OUTBOX = Counter("crosswalk_outbox", "Outbox rows by outcome", ["outcome"], registry=METRICS)
REQUESTS = Histogram(
    "crosswalk_request_seconds", "FHIR requests by method and status", ["method", "status"], registry=METRICS
)
