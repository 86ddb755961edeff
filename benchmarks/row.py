"""One line of the result, the scale of a run, and the figures that rows are made of."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import thread_time


@dataclass(frozen=True, slots=True)
class Row:
    """A ratio against its goal. ratio is None where there was nothing to compare with; below says less is better."""

    name: str
    ratio: float | None
    goal: float
    figures: Mapping[str, str] = field(default_factory=dict)
    below: bool = False

    @property
    def verdict(self) -> str:
        """met, missed or not measured."""
        if self.ratio is None:
            return "not measured"
        return "met" if (self.ratio <= self.goal if self.below else self.ratio >= self.goal) else "missed"

    @property
    def wanted(self) -> str:
        """The goal as it is printed."""
        return f"{'≤' if self.below else '≥'} {self.goal:g}"


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured. records and grown are sizes of the store, in records."""

    rounds: int = 3
    messages: int = 600
    requests: int = 600
    records: int = 10_000
    grown: int = 50_000
    connections: int = 16
    workers: int = 2
    peers: bool = True


QUICK = Scale(rounds=1, messages=24, requests=24, records=60, grown=120, connections=4, peers=False)
FULL = Scale(rounds=5, messages=3000, requests=3000, records=1_000_000, grown=1_000_000)


def quantile(values: Sequence[float], part: float) -> float:
    """The value below which this part of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def seconds_per_call(work: Callable[[], object], calls: int, rounds: int = 5) -> float:
    """The median over the rounds of the mean time of a call, in CPU time: what else runs here does not count."""
    found = []
    for _ in range(rounds):
        begun = thread_time()
        for _ in range(calls):
            work()
        found.append((thread_time() - begun) / calls)
    return statistics.median(found)


@dataclass(frozen=True, slots=True)
class Load:
    """What a load generator saw in one round: requests per second, and latencies in milliseconds."""

    rate: float
    latencies: tuple[float, ...] = field(repr=False)


def median_rate(loads: Sequence[Load]) -> float:
    """Requests per second, the median of the rounds."""
    return statistics.median(load.rate for load in loads)


def told(loads: Sequence[Load], unit: str) -> str:
    """Rate, spread and latencies in words."""
    every = [each for load in loads for each in load.latencies]
    low, high = min(load.rate for load in loads), max(load.rate for load in loads)
    p50, p95, p99 = (quantile(every, part) for part in (0.5, 0.95, 0.99))
    spread = f" ({low:.0f} to {high:.0f})" if len(loads) > 1 else ""
    return f"{median_rate(loads):.0f} {unit}/s{spread}, p50 {p50:.1f} p95 {p95:.1f} p99 {p99:.1f} ms"


def ratio_of(ours: Sequence[Load], floor: Sequence[Load]) -> float:
    """The median over interleaved rounds of ours to the floor's rate."""
    return statistics.median(one.rate / other.rate for one, other in zip(ours, floor, strict=True))
