"""Disclosure scenarios played with real agencies, records, consents and tokens: the wire agrees with the law."""

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.clients.agency_files import started
from tests.consent.case_files import cases
from tests.consent.case_files import scenario as scenario_of
from tests.gateway.scenario_authored import AUTHORED
from tests.gateway.scenario_facts import answer, as_written, unplayable
from tests.gateway.scenario_world import agencies, arrange, ask, disclosed, establish

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "scenarios" / "decisions.json"
AT_ONCE = 4
AREAS = {"victim": "victims", "school": "schools", "state": "illinois", "crisis": "crisis-line"}
"""The published name of an area, and ours."""
ONLY_PERMITS = {"everyday"}
Json = dict[str, Any]


@dataclass(frozen=True)
class Played:
    """What the gateway answered: the status, whether it said that there is nothing, and what its audit says."""

    scenario: Json
    status: int
    absent: bool
    audit: Json | None

    @property
    def difference(self) -> str:
        """How it differs from ``crosswalk decide``; a denial is the answer for what does not exist."""
        effect, obligations, citations = answer(self.scenario)
        if effect != "permit":
            hidden = self.status == 404 and self.absent and self.audit is None
            return "" if hidden else f"denied, but answered {self.status}"
        if self.status != 200 or self.audit is None:
            return f"permitted, but answered {self.status}"
        found = {
            "obligations": obligations ^ set(self.audit["obligations"]),
            "because": citations ^ set(self.audit["because"]),
        }
        return "; ".join(f"{name} differ in {sorted(each)}" for name, each in found.items() if each)


def every() -> list[Json]:
    """The scenarios written here, those of the cases of the law, and those published, where they are there."""
    published: list[Json] = json.loads(SHARED.read_text()) if SHARED.exists() else []
    own = [scenario_of(case) for case in cases().values()]
    return [{**each, "area": AREAS.get(each["area"], each["area"])} for each in (*AUTHORED, *own, *published)]


def play(scenarios: list[Json]) -> Iterator[Played]:
    """All of them in one gateway, each with agencies and a patient of its own."""
    written = list(map(as_written, scenarios))
    places = range(len(written))
    with started(*(agency for place in places for agency in agencies(written[place], place))) as live:
        with ThreadPoolExecutor(AT_ONCE) as workers:
            stands = list(workers.map(arrange, [live] * len(written), written, places))
            establish(live, stands)
            answers = list(workers.map(ask, [live] * len(written), stands))
        audit = disclosed(live)
    for scenario, stand, (status, body) in zip(scenarios, stands, answers, strict=True):
        kind = stand.path.partition("/")[0]
        absent = f"There is no such {kind}.".encode() in body
        yield Played(scenario, status, absent, audit.get((stand.request, stand.path)))


@pytest.fixture(scope="module")
def played() -> list[Played]:
    return list(play([each for each in every() if not unplayable(each)]))


def test_the_answer_over_http_is_that_of_the_law(played: list[Played]) -> None:
    assert {each.scenario["id"]: each.difference for each in played if each.difference} == {}


def test_every_area_is_played_with_permits_and_denials(played: list[Played]) -> None:
    why = Counter(filter(None, map(unplayable, every())))
    found = Counter((each.scenario["area"], answer(each.scenario)[0]) for each in played)
    areas = sorted({each["area"] for each in every()})
    table = {area: (found[area, "permit"], found[area, "deny"]) for area in areas}
    print(f"played {len(played)} of {len(every())}, permits and denials by area: {table}")  # noqa: T201  # pytest -rP
    print("not played: " + "; ".join(f"{n} {reason}" for reason, n in why.most_common()))  # noqa: T201
    assert len(played) >= 60
    for area, counts in table.items():
        assert sum(counts) >= 3, area
        assert min(counts) > 0 or area in ONLY_PERMITS, area


def test_the_scenarios_written_here_are_all_played() -> None:
    assert {each["id"]: unplayable(each) for each in AUTHORED if unplayable(each)} == {}
