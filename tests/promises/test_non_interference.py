"""Promise 4: what a recipient may not see never changes one byte they get, in any channel.

Two gateways on the same keys and clock live through the same town, except that in the second the steps hidden from
one recipient happen too. Then that recipient tries everything in both, and is told the same.
"""

import random
from collections.abc import Sequence

import pytest

from tests.messages import Visit
from tests.parties import Answer
from tests.promises.asking import Operation, asking, every_record, first_difference, resending
from tests.promises.conftest import OpenHouse
from tests.promises.house import ROOT, FixedClock, House
from tests.promises.worlds import BRIDGE, DESK, HOSPITAL, LAKESIDE, LIVING_ROOM, POLICE, PROGRAM, SHELTER, answers, town

RECIPIENTS = (HOSPITAL, POLICE, BRIDGE, SHELTER)
MORE_RECIPIENTS = (*RECIPIENTS, LIVING_ROOM, LAKESIDE, DESK)


def told(got: Answer | list[Answer]) -> list[object]:
    """What was learned, without the moment's and the request's own headers."""
    return [each.told for each in (got if isinstance(got, list) else [got])]


async def live_through(poor: House, rich: House, recipient: str, chosen: random.Random, clock: FixedClock) -> list[str]:
    """The town's events in both worlds; answers the names of those that happened in the second alone."""
    alone = []
    for step in town():
        clock.step()
        hidden = recipient in step.hidden_from
        if hidden and chosen.random() < 0.15:
            continue
        for house in (rich,) if hidden else (poor, rich):
            clock.again()
            await step.do(house)
            await house.settled()
        alone += [step.name] if hidden else []
    return alone


async def differences(
    poor: House, rich: House, recipient: str, operations: Sequence[tuple[str, Operation]], clock: FixedClock
) -> list[str]:
    """Operations whose answers differ between the worlds."""
    found = []
    for name, operation in operations:
        clock.step(0.01)
        heard = []
        for house in (poor, rich):
            clock.again()
            heard.append(told(await operation(house.asker(recipient))))
            await house.settled()
        if heard[0] != heard[1]:
            found.append(f"{name}: {first_difference(repr(heard[0]), repr(heard[1]))}")
    return found


@pytest.mark.parametrize("recipient", RECIPIENTS)
async def test_what_a_recipient_may_not_see_changes_no_byte(
    recipient: str, open_house: OpenHouse, fixed_clock: FixedClock
) -> None:
    await live_and_compare(recipient, 1, open_house, fixed_clock)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 12))
@pytest.mark.parametrize("recipient", MORE_RECIPIENTS)
async def test_no_byte_changes_in_many_random_towns(
    recipient: str, seed: int, open_house: OpenHouse, fixed_clock: FixedClock
) -> None:
    await live_and_compare(recipient, seed, open_house, fixed_clock)


async def live_and_compare(recipient: str, seed: int, open_house: OpenHouse, fixed_clock: FixedClock) -> None:
    """One random town in both worlds, then everything the recipient may try."""
    chosen = random.Random(f"{recipient} {seed}")  # noqa: S311
    poor, rich = await open_house(), await open_house()
    alone = await live_through(poor, rich, recipient, chosen, fixed_clock)
    assert alone
    records = await every_record(rich)
    operations = asking(records, chosen)
    operations += [*resending(), *asking(records, chosen)] if recipient == HOSPITAL else []
    assert len(operations) >= 30
    found = await differences(poor, rich, recipient, operations, fixed_clock)
    assert not found, f"{recipient} notices {alone}:\n" + "\n".join(found[:12])


async def test_what_anybody_may_measure_does_not_tell_that_a_program_answered(house: House) -> None:
    """/metrics takes no token: nothing there may move by what only two parties know."""
    visit = Visit()
    await house.hospital(visit.a01(), visit.a03())
    await house.settled()
    before = await measured(house)
    await answers(PROGRAM, visit, "accepted")(house)
    await house.settled()
    assert await measured(house) == before


async def measured(house: House) -> list[str]:
    """Counts of /metrics as read without a token, less the gateway's own running figures."""
    text = (await house.http.get(f"{ROOT}/metrics")).text
    own = ("#", "process_", "python_", "crosswalk_request_seconds")
    return [line for line in text.splitlines() if not line.startswith(own) and "_created" not in line]
