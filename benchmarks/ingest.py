"""Ingest over MLLP to the acknowledgement after the commit, beside the floor on the same tables; and two workers."""

from benchmarks.load import Job, run_load
from benchmarks.row import Load, Row, Scale, median_rate, quantile, ratio_of, told
from benchmarks.stand import Stand

MIRTH = 453.0
"""Messages per second published for Mirth Connect with its store on; not measured here."""


def ingest(stand: Stand, scale: Scale) -> list[Row]:
    """Checked, sealed and audited messages per second against the floor."""
    gateway = stand.gateway()
    floor = stand.floor("floor_mllp")
    ours, theirs = _interleaved(scale, gateway.mllp_port, floor)
    latencies = [each for load in ours for each in load.latencies]
    figures = {
        "ours": told(ours, "msg"),
        "floor": told(theirs, "msg"),
        "setting": f"{scale.connections} connections, every message about a new patient",
    }
    published = {"published": f"{MIRTH:.0f} msg/s, p99 64 ms, on a machine of its own: not measured here"}
    p99 = Row("ingest p99, ms", quantile(latencies, 0.99), 32, {"ours": told(ours, "msg")}, below=True)
    return [
        Row("ingest over MLLP / floor", ratio_of(ours, theirs), 0.4, figures),
        Row("ingest over MLLP / published Mirth", median_rate(ours) / MIRTH, 2, published),
        p99,
    ]


def workers(stand: Stand, scale: Scale) -> list[Row]:
    """Several worker processes against one, on one database."""
    one, several = stand.gateway(), stand.gateway(scale.workers)
    ours, alone = _interleaved(scale, several.mllp_port, one.mllp_port)
    figures = {
        "ours": told(ours, "msg"),
        "one": told(alone, "msg"),
        "setting": "the workers share the cores with PostgreSQL and the load generator",
    }
    return [Row(f"ingest, {scale.workers} workers / 1", ratio_of(ours, alone), 1.7, figures)]


def _interleaved(scale: Scale, one: int, other: int) -> tuple[list[Load], list[Load]]:
    first, second = [], []
    for _ in range(scale.rounds):
        first.append(run_load(Job(one, scale.connections, scale.messages)))
        second.append(run_load(Job(other, scale.connections, scale.messages)))
    return first, second
