"""Promise 1 for FHIR transactions: killed at any moment, all of one is there or none, and what was answered is."""

import random
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress

import httpx

from tests.gateway.receive.bundling import bundle, post
from tests.live import Live
from tests.parties import Json
from tests.promises.worlds import condition, person

CLIENT, SENDERS, EACH, SIZE = "lakeside-bh-system", 4, 40, 6
KEPT = """
SELECT (SELECT count(*) FROM part WHERE part = '' AND counter = 1 AND (id = $1 OR patient = $1)) records,
       (SELECT count(*) FROM audit WHERE kind = 'write' AND patient = $1) audited
"""


def chart(number: str) -> Json:
    """A person and their diagnoses as one transaction."""
    urn = f"urn:uuid:{uuid.uuid4()}"
    diagnosis = {**condition("R10.9"), "subject": {"reference": urn}}
    return bundle("transaction", post(person("RUSH", number), urn), *[post(diagnosis) for _ in range(SIZE - 1)])


def send(live: Live, numbers: list[str], answered: set[str]) -> None:
    """Transactions one after the other until the gateway is gone."""
    with httpx.Client(timeout=10) as http, suppress(httpx.HTTPError):
        party = live.party(CLIENT)
        party.http = http
        for number in numbers:
            if party.post("/fhir", chart(number)).status == 200:
                answered.add(number)


def kill_while_sending(live: Live, numbers: list[str], chosen: random.Random) -> set[str]:
    """The numbers answered for before the kill."""
    answered: set[str] = set()
    parts = [numbers[place::SENDERS] for place in range(SENDERS)]
    senders = [threading.Thread(target=send, args=(live, each, answered)) for each in parts]
    for each in senders:
        each.start()
    while not answered:
        time.sleep(0.005)
    time.sleep(chosen.uniform(0, 0.3))
    live.kill9()
    for each in senders:
        each.join(20)
    return answered


async def faults(live: Live, numbers: list[str], answered: set[str]) -> list[str]:
    """Numbers whose transaction is neither wholly there nor wholly absent, or was answered for and is absent."""
    found = []
    async with live.owner() as database:
        for number in numbers:
            people = live.party(CLIENT).search(f"Patient?identifier={number}")
            row = await database.fetchrow(KEPT, people[0]["id"]) if people else {"records": 0, "audited": 0}
            told = (len(people), row["records"], row["audited"])
            if told != (1, SIZE, SIZE) and (number in answered or told != (0, 0, 0)):
                found.append(f"{number}: people, records, audit rows {told}")
    return found


async def test_a_transaction_is_there_whole_or_not_at_all_after_a_kill(start_gateway: Callable[..., Live]) -> None:
    live, partly = start_gateway(), 0
    for seed in range(3):
        numbers = [f"K-{seed}-{place}" for place in range(SENDERS * EACH)]
        answered = kill_while_sending(live, numbers, random.Random(seed))  # noqa: S311
        partly += len(answered) < len(numbers)
        live.restart()
        assert not await faults(live, numbers, answered), seed
        print(f"seed {seed}: {len(answered)} of {len(numbers)} answered before the kill")  # noqa: T201
    assert partly, "no kill fell among the transactions: send more"
