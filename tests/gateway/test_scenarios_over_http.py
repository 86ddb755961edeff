"""Disclosure scenarios played with real agencies, records, consents and tokens: the wire agrees with the law."""

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count, repeat
from pathlib import Path
from typing import Any

import pytest

from tests.clients.agency_files import started
from tests.consent.case_files import cases
from tests.consent.case_files import scenario as scenario_of
from tests.gateway.scenario_authored import AUTHORED, HOSPITAL, POLICE, PROGRAM
from tests.gateway.scenario_facts import OWN_WORDS, answer, as_written, unplayable
from tests.gateway.scenario_world import World, agencies, arrange, ask, disclosed, establish

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "scenarios" / "decisions.json"
AT_ONCE = 4
AREAS = {"victim": "victims", "school": "schools", "state": "illinois", "crisis": "crisis-line"}
"""The published name of an area, and ours."""
ONLY_PERMITS = {"everyday"}
SENSITIVE = {"PSYTHPN", "HIV", "SDV"}
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
    """All of them in one gateway, each with a patient of its own; those with the same cast share its agencies."""
    written = list(map(as_written, scenarios))
    casts: dict[str, int] = {}
    places = [casts.setdefault(repr(agencies(each, 0)), len(casts)) for each in written]
    cast = [agency for place in casts.values() for agency in agencies(written[places.index(place)], place)]
    with started(*cast) as live:
        world = World(live, {client.id: live.party(client.id) for agency in cast for client in agency.clients})
        with ThreadPoolExecutor(AT_ONCE) as workers:
            stands = list(workers.map(arrange, repeat(world), written, places, count()))
            establish(live, stands)
            answers = list(workers.map(ask, repeat(world), stands))
        audit = disclosed(live)
    for scenario, stand, (status, body) in zip(scenarios, stands, answers, strict=True):
        kind = stand.path.partition("/")[0]
        absent = f"There is no such {kind}.".encode() in body
        yield Played(scenario, status, absent, audit.get((stand.request, stand.path)))


@pytest.fixture(scope="module")
def judged() -> list[tuple[Json, str]]:
    """Every scenario, and why it is not played."""
    return [(each, unplayable(each)) for each in every()]


@pytest.fixture(scope="module")
def played(judged: list[tuple[Json, str]]) -> list[Played]:
    return list(play([each for each, why in judged if not why]))


def test_the_answer_over_http_is_that_of_the_law(played: list[Played]) -> None:
    assert {each.scenario["id"]: each.difference for each in played if each.difference} == {}


def test_a_record_marked_with_the_code_of_a_label_is_under_that_label(judged: list[tuple[Json, str]]) -> None:
    marked = [each for each, why in judged if not why and not SENSITIVE.isdisjoint(each["resource"]["labels"])]
    found = list(play([{**each, OWN_WORDS: True} for each in marked]))
    assert {each.scenario["id"]: each.difference for each in found if each.difference} == {}


def test_every_area_is_played_with_permits_and_denials(judged: list[tuple[Json, str]], played: list[Played]) -> None:
    found = Counter((each.scenario["area"], answer(each.scenario)[0]) for each in played)
    table = {
        area: (found[area, "permit"], found[area, "deny"]) for area in sorted({each["area"] for each, _ in judged})
    }
    reasons = Counter(why for _, why in judged if why)
    print(f"played {len(played)} of {len(judged)}, permits and denials by area: {table}")  # noqa: T201  # pytest -rP
    print("not played: " + "; ".join(f"{n} {why}" for why, n in reasons.most_common()))  # noqa: T201
    assert len(played) >= 60
    for area, counts in table.items():
        assert sum(counts) >= 3, area
        assert min(counts) > 0 or area in ONLY_PERMITS, area


def test_the_scenarios_written_here_are_all_played_and_as_they_say() -> None:
    assert {each["id"]: unplayable(each) for each in AUTHORED if unplayable(each)} == {}
    permitted = [each["id"] for each in AUTHORED if answer(each)[0] == "permit"]
    assert permitted == [PROGRAM["id"], HOSPITAL["id"], POLICE["id"]]
