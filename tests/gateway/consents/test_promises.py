"""The promises hold for acts of people: revocation is ordered, the unconfirmed is silent, an act is whole."""

import random
from typing import Any

import pytest

from gateway.store.audit import AuditChains
from tests.gateway.consents.acting import act, lodged, people, signed
from tests.messages import Visit
from tests.promises import test_revocation as ordered
from tests.promises.asking import asking, every_record
from tests.promises.conftest import OpenHouse, fixed_clock
from tests.promises.house import FixedClock, House
from tests.promises.stories import charted, consented, referred
from tests.promises.test_non_interference import differences
from tests.promises.worlds import BRIDGE, HOSPITAL, LAKESIDE, POLICE, SHELTER, part2_consent

__all__ = ["fixed_clock"]


async def test_a_revocation_by_command_waits_for_the_read_that_began_before_it(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await open_house()
    patient = await referred(house, Visit())
    path = await charted(house, patient)
    consent = await lodged(house, patient)
    await act(house, consent, "confirmed")
    assert (await house.asker(HOSPITAL).get(path)).status == 200

    async def revoked(holder: House, which: str) -> None:
        await act(holder, which, "revoked")

    monkeypatch.setattr(ordered, "revoked", revoked)
    barrier = ordered.Barrier().install(monkeypatch)
    other = await open_house(house.url)
    assert await ordered.revocation_waits(house, other, path, path, consent, barrier)


@pytest.mark.parametrize("recipient", [HOSPITAL, LAKESIDE, POLICE, SHELTER])
@pytest.mark.parametrize("decision", ["permit", "deny"])
async def test_an_unconfirmed_consent_changes_no_byte_for_anybody(
    recipient: str, decision: str, open_house: OpenHouse, fixed_clock: FixedClock
) -> None:
    visit, poor, rich = Visit(mrn="830001", family="FENWICK"), await open_house(), await open_house()
    for house in (poor, rich):
        fixed_clock.again()
        patient = await referred(house, visit)
        path = await charted(house, patient)
        if decision == "deny":
            await consented(house, patient)
        await house.settled()
    fixed_clock.step()
    before = (await rich.asker(HOSPITAL).get(path)).status
    provision = {**part2_consent(patient, "cityhosp")["provision"], "type": decision}
    hidden = await lodged(rich, patient, BRIDGE, provision=provision)
    assert (await rich.asker(HOSPITAL).get(path)).status == before == (200 if decision == "deny" else 404)
    chosen = random.Random(recipient)  # noqa: S311
    records = await every_record(rich)
    assert hidden in str(records)
    found = await differences(poor, rich, recipient, asking(records, chosen), fixed_clock)
    assert not found, "\n".join(found[:8])


async def test_an_act_whose_audit_row_cannot_be_written_has_not_happened(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await open_house()
    patient = await referred(house, Visit())
    path, consent = await charted(house, patient), await lodged(house, patient)
    honest = AuditChains.append

    async def append(chains: AuditChains, driver: Any, entries: Any) -> Any:
        if any(entry.outcome in {"confirmed", "recorded"} for entry, _ in entries):
            raise RuntimeError("no room")
        return await honest(chains, driver, entries)

    with monkeypatch.context() as patch:
        patch.setattr(AuditChains, "append", append)
        with pytest.raises(RuntimeError):
            await act(house, consent, "confirmed")
        with pytest.raises(RuntimeError):
            await people(house).record(signed(patient), "noor-castellan")
    assert (await house.asker(HOSPITAL).get(path)).status == 404
    await act(house, consent, "confirmed")
    assert (await house.asker(HOSPITAL).get(path)).status == 200
