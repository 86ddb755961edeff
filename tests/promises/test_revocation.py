"""Promise 5: a disclosure precedes a revocation only if its audit row committed first."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.store.audit import AuditChains
from tests.messages import Visit
from tests.promises.conftest import OpenHouse
from tests.promises.house import House
from tests.promises.stories import charted, consented, referred, revoked
from tests.promises.worlds import HOSPITAL

PATIENCE = 0.7


@dataclass
class Barrier:
    """Holds the next disclosing transaction open after its decisions, before its audit rows."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def install(self, patch: pytest.MonkeyPatch) -> "Barrier":
        """Put the barrier before the audit of disclosures."""
        honest = AuditChains.append

        async def append(chains: AuditChains, driver: Any, entries: Iterable[Any]) -> Any:
            if any(entry.kind == "disclose" for entry, _ in entries) and not self.reached.is_set():
                self.reached.set()
                await self.released.wait()
            return await honest(chains, driver, entries)  # type: ignore[arg-type]  # passes on what it was given

        patch.setattr(AuditChains, "append", append)
        return self


async def revocation_waits(reader: House, holder: House, path: str, query: str, consent: str, barrier: Barrier) -> bool:
    """Start to disclose, revoke meanwhile; whether the revocation waited for the disclosure's audit row."""
    reading = asyncio.create_task(reader.asker(HOSPITAL).get(query))
    await asyncio.wait_for(barrier.reached.wait(), 10)
    revoking = asyncio.create_task(revoked(holder, consent))
    await asyncio.wait({revoking}, timeout=PATIENCE)
    waited = not revoking.done()
    barrier.released.set()
    answer = await reading
    assert answer.status == 200
    await revoking
    assert (await reader.asker(HOSPITAL).get(path)).status == 404
    return waited


@pytest.fixture
async def shared(house: House) -> tuple[str, str, str]:
    """A program's diagnosis, disclosed to the hospital under a consent: patient, path and consent."""
    patient = await referred(house, Visit())
    path, consent = await charted(house, patient), await consented(house, patient)
    assert (await house.asker(HOSPITAL).get(path)).status == 200
    return patient, path, consent


@pytest.mark.parametrize("channel", ["read", "history", "search", "search of everything"])
async def test_a_revocation_waits_for_the_disclosure_that_began_before_it(
    channel: str, house: House, shared: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    patient, path, consent = shared
    queries = {
        "read": path,
        "history": f"{path}/_history",
        "search": f"Condition?patient={patient}",
        "search of everything": "Condition",
    }
    barrier = Barrier().install(monkeypatch)
    assert await revocation_waits(house, house, path, queries[channel], consent, barrier)


async def test_a_revocation_by_another_worker_waits_too(
    house: House, open_house: OpenHouse, shared: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, path, consent = shared
    other = await open_house(house.url)
    assert await revocation_waits(house, other, path, path, consent, Barrier().install(monkeypatch))


async def test_without_the_lock_the_revocation_would_not_wait(
    house: House, shared: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, path, consent = shared

    await take_the_lock_out(house)
    assert not await revocation_waits(house, house, path, path, consent, Barrier().install(monkeypatch))


async def take_the_lock_out(house: House) -> None:
    """The planted fault: no function of the store takes the shared lock any more."""
    locking = "pg_advisory_xact_lock_shared(n)"
    async with house.owner() as owner:
        functions = await owner.fetch(
            "SELECT pg_get_functiondef(oid) f FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosrc ~ $1",
            "pg_advisory_xact_lock_shared",
        )
        assert functions
        for each in functions:
            await owner.execute(each["f"].replace(locking, "n"))


async def test_the_next_read_on_every_worker_obeys_a_revocation(
    house: House, open_house: OpenHouse, shared: tuple[str, str, str]
) -> None:
    patient, path, consent = shared
    other = await open_house(house.url)
    hospital = other.asker(HOSPITAL)
    assert (await hospital.get(path)).status == 200
    assert len(await hospital.found(f"Condition?patient={patient}&code=F11.20")) == 2
    await revoked(house, consent)
    assert (await hospital.get(path)).status == 404
    assert path.split("/")[1] not in (await hospital.get("Condition")).body.decode()
    assert (await hospital.get(f"{path}/_history")).status == 404
    assert len(await hospital.found(f"Condition?patient={patient}&code=F11.20")) == 1


async def test_a_page_after_the_revocation_shows_nothing_of_it(house: House) -> None:
    patient = await referred(house, Visit())
    paths = [await charted(house, patient) for _ in range(4)]
    consent = await consented(house, patient)
    hospital = house.asker(HOSPITAL)
    first = await hospital.get(f"Condition?patient={patient}&_count=2&_sort=-_lastUpdated")
    (link,) = [each["url"] for each in first.json["link"] if each["relation"] == "next"]
    await revoked(house, consent)
    following = await hospital.raw("GET", link.removeprefix("http://gateway.example"))
    assert not [path for path in paths if path.split("/")[1] in following.body.decode()]


async def test_many_reads_racing_a_revocation_never_follow_it(house: House) -> None:
    patient = await referred(house, Visit())
    path, hospital = await charted(house, patient), house.asker(HOSPITAL)
    for _ in range(5):
        consent = await consented(house, patient)
        ended = asyncio.Event()

        async def read_on(ended: asyncio.Event = ended) -> list[tuple[bool, int]]:
            seen = []
            for _ in range(25):
                late = ended.is_set()
                seen.append((late, (await hospital.get(path)).status))
            return seen

        readers = [asyncio.create_task(read_on()) for _ in range(3)]
        await asyncio.sleep(0.05)
        await revoked(house, consent)
        ended.set()
        seen = [each for found in await asyncio.gather(*readers) for each in found]
        assert {status for late, status in seen if late} <= {404}
        assert 200 in {status for _, status in seen}
