"""Promise 4 for deliveries: hidden events change neither count, order, names nor bytes of what a recipient gets.

Two gateways on the same keys and clock live through the same town, except that in the second the steps hidden from
one recipient happen too. What each sends to that recipient, or writes into its folders, is compared step by step.
"""

import random

import pytest

from tests.promises.mail import RECIPIENTS, Recipient
from tests.promises.mail_town import mail_town
from tests.promises.mail_worlds import Worlds

QUICK = RECIPIENTS[:4]
LEAST = 3
"""Fewer letters than this would prove nothing."""


async def compare(worlds: Worlds, recipient: Recipient, seed: int, missing: float = 0) -> None:
    """One random town in both worlds, and no difference in what left for the recipient."""
    chosen = random.Random(f"{recipient.client} {seed}")  # noqa: S311
    await worlds.live_through(recipient, chosen, mail_town(), missing)
    letters = worlds.got(recipient, rich=False)
    ways = sorted({each.way for _, each in letters})
    print(f"{recipient.client}: {len(letters)} letters by {', '.join(ways)}; {len(worlds.alone)} hidden steps")  # noqa: T201
    assert worlds.alone
    assert len(letters) >= LEAST
    found = worlds.differences(recipient)
    assert not found, f"{recipient.client} notices {worlds.alone}:\n" + "\n".join(found[:8])


@pytest.mark.parametrize("recipient", QUICK, ids=lambda each: each.client)
async def test_what_leaves_for_a_recipient_does_not_tell_what_is_hidden_from_it(
    recipient: Recipient, worlds: Worlds
) -> None:
    await compare(worlds, recipient, 1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, 6))
@pytest.mark.parametrize("recipient", RECIPIENTS, ids=lambda each: each.client)
async def test_no_letter_changes_in_many_random_towns(recipient: Recipient, seed: int, worlds: Worlds) -> None:
    await compare(worlds, recipient, seed, 0.15)
