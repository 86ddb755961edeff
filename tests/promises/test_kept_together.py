"""Promise 1 for transactions: all of its records or none, whatever is killed at whatever moment."""

import random
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress

import httpx

from tests.live import Live
from tests.parties import Json, Party
from tests.promises.worlds import condition, person

SENDERS = 4
TOGETHER = 12
"""Records of one transaction."""


def chart(mrn: str) -> Json:
    """A transaction of one patient and what is known of them."""
    urn = f"urn:uuid:{uuid.uuid4()}"
    patient = {"fullUrl": urn, "resource": person("FENNEL", mrn), "request": {"method": "POST", "url": "Patient"}}
    about = {**condition("R10.9"), "subject": {"reference": urn}}
    known = {"resource": about, "request": {"method": "POST", "url": "Condition"}}
    return {"resourceType": "Bundle", "type": "transaction", "entry": [patient, *[known] * (TOGETHER - 1)]}


def send(party: Party, names: list[str], told: set[str]) -> None:
    """Until the gateway is gone; told takes the names that were acknowledged."""
    with suppress(httpx.HTTPError):
        for name in names:
            if party.post("/fhir", chart(name), {"Prefer": "return=minimal"}).status == 200:
                told.add(name)


def kill_amid(live: Live, names: list[str], chosen: random.Random) -> set[str]:
    """Kill at a random moment; answers what had been acknowledged."""
    told: set[str] = set()
    party = live.party("lakeside-bh-system")
    assert party.token
    senders = [threading.Thread(target=send, args=(party, names[n::SENDERS], told)) for n in range(SENDERS)]
    for each in senders:
        each.start()
    time.sleep(chosen.uniform(0.2, 0.8))
    live.kill9()
    for each in senders:
        each.join(15)
    return told


async def records(live: Live, name: str) -> tuple[int, int, int]:
    """Patients of this record number, their Conditions, and the writes on record about them."""
    party = live.party("lakeside-bh-system")
    found = party.search(f"Patient?identifier={name}")
    if not found:
        return 0, 0, 0
    conditions = party.get(f"Condition?patient={found[0]['id']}&_summary=count").json["total"]
    async with live.owner() as database:
        audited = "SELECT count(*) FROM audit WHERE kind = 'write' AND patient = $1"
        return len(found), conditions, await database.fetchval(audited, found[0]["id"])


async def test_a_transaction_is_there_whole_or_not_at_all_after_a_kill(start_gateway: Callable[..., Live]) -> None:
    live, whole = start_gateway(), 0
    for seed in range(3):
        names = [f"F-{seed}-{n}" for n in range(60)]
        told = kill_amid(live, names, random.Random(seed))  # noqa: S311
        live.restart()
        for name in names:
            found = await records(live, name)
            assert found in {(1, TOGETHER - 1, TOGETHER), (0, 0, 0)}, (seed, name, found)
            assert found[0] or name not in told, (seed, name)
        whole += len(told)
        print(f"kill {seed}: {len(told)} of {len(names)} transactions acknowledged")  # noqa: T201
    assert 0 < whole < 3 * 60, "no kill fell into the sending: change the moments"
