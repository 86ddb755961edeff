"""Decide: the pure decision, and the same one remembered by a worker."""

import asyncpg

from benchmarks.row import Row, Scale, seconds_per_call
from benchmarks.stand import Stand
from consent.decide import decide
from gateway import clock
from gateway.worker import Gateway
from tests.consent.facts import at_program, facts, tpo

PATIENT = "00000000-0000-4000-8000-000000000001"


def deciding(stand: Stand, scale: Scale) -> list[Row]:
    """Microseconds for a decision taken, and for one remembered."""
    calls = scale.requests * 10
    cases = (facts(), at_program(consents=(tpo(),)))
    fresh = max(seconds_per_call(lambda case=case: decide(case), calls) for case in cases) * 1e6  # type: ignore[misc]  # bound now
    cached = stand.in_process(lambda gateway, sql: _remembered(gateway, sql, calls)) * 1e6
    return [
        Row("decide uncached, µs", fresh, 10, {"ours": f"{fresh:.2f} µs, the slower of two cases"}, below=True),
        Row("decide cached, µs", cached, 0.5, {"ours": f"{cached:.2f} µs"}, below=True),
    ]


async def _remembered(gateway: Gateway, _: asyncpg.Connection, calls: int) -> float:
    """Seconds to find a decision again, its key made anew each time as every disclosure does."""
    decisions, now = gateway.disclose.decisions, clock.now()
    version = gateway.registry.current.version
    decisions._cache[1, PATIENT, 1, 0, version] = decide(facts())
    assert decisions._cached((1, PATIENT, 1, 0, version), now)
    return seconds_per_call(lambda: decisions._cached((1, PATIENT, 1, 0, version), now), calls)
