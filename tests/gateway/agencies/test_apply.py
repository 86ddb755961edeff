"""Apply tells what changes, what ends at once, and leaves alone what already holds."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.agencies.apply import Applied, Change, Outdated, apply, change
from gateway.agencies.model import Agency, Operator, Status
from gateway.agencies.reading import Reading

ReadWith = Callable[..., Reading]


class Kept:
    """A register in memory that takes every change onto what it holds."""

    def __init__(self, state: Applied) -> None:
        self.state = state
        self.changes: list[Change] = []

    async def applied(self) -> Applied:
        return self.state

    async def apply(self, change: Change) -> None:
        if change.before != self.state:
            raise Outdated
        self.state = change.after
        self.changes.append(change)


@pytest.fixture
def files(read_with: ReadWith) -> tuple[tuple[Agency, ...], Operator]:
    reading = read_with()
    assert reading.operator is not None
    return reading.agencies, reading.operator


Sound = tuple[tuple[Agency, ...], Operator]


async def test_the_first_apply_adds_all_and_the_second_nothing(files: Sound) -> None:
    register = Kept(Applied())
    first = await apply(register, *files)
    assert [(each.id, each.word) for each in first.agencies] == [("clinic", "added"), ("pantry", "added")]
    assert first.withdrawn == ()
    second = await apply(register, *files)
    assert second.empty
    assert len(register.changes) == 1


def test_a_lost_standing_is_withdrawn_and_its_agency_decided_anew(files: Sound) -> None:
    agencies, operator = files
    done = change(Applied(agencies, operator), Applied(agencies, replace(operator, standing=())))
    assert done.agencies == ()
    assert done.decided_anew == {"clinic"}
    assert "operator: standing[clinic QSOA].kind: 'QSOA' -> (none)" in done.withdrawn


def test_a_removed_agency_is_withdrawn_whole(files: Sound) -> None:
    agencies, operator = files
    done = change(Applied(agencies, operator), Applied(agencies[1:], operator))
    assert [(each.id, each.word) for each in done.agencies] == [("clinic", "removed")]
    assert "clinic: people[ann].role: 'physician' -> (none)" in done.withdrawn


def changed(files: Sound, **fields: object) -> Change:
    (clinic, pantry), operator = files
    return change(Applied((clinic, pantry), operator), Applied((replace(clinic, **fields), pantry), operator))  # type: ignore[arg-type]  # fields of Agency by name


def test_a_changed_legal_fact_is_decided_anew(files: Sound) -> None:
    done = changed(files, status=Status(covered_entity=True))
    assert done.decided_anew == {"clinic"}
    assert "clinic: status.health_care_provider: True -> (none)" in done.withdrawn


def test_an_end_put_to_an_agreement_is_withdrawn_but_not_the_end_of_a_new_one(files: Sound) -> None:
    (clinic, pantry), operator = files
    endless = replace(clinic, agreements=(replace(clinic.agreements[0], until=None),))
    without = replace(clinic, agreements=())
    ended = change(Applied((endless, pantry), operator), Applied((clinic, pantry), operator))
    begun = change(Applied((without, pantry), operator), Applied((clinic, pantry), operator))
    assert ended.withdrawn == ("clinic: agreements[MOU pantry].until: (none) -> '2030-01-01'",)
    assert begun.withdrawn == ()


def test_a_new_delivery_route_voids_no_decision(files: Sound) -> None:
    done = changed(files, deliveries=())
    assert [each.id for each in done.agencies] == ["clinic"]
    assert done.decided_anew == frozenset()
    assert done.withdrawn == ()


def test_a_new_order_of_people_is_told_by_id(files: Sound) -> None:
    clinic = files[0][0]
    ann = clinic.people[0]
    done = changed(files, people=(replace(ann, id="bea"), ann))
    assert {one.path.split(".")[0] for one in done.agencies[0].differences} == {"people[bea]"}


def test_keys_are_not_printed(files: Sound) -> None:
    done = changed(files, clients=())
    key = files[0][0].clients[0].jwks[0]
    assert key["x"] not in "".join(done.withdrawn)
    assert any(line.endswith(".x: key changed or removed") for line in done.withdrawn)
