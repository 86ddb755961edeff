"""Promises 2 and 3: no disclosure without its audit row; a law that raises, or an unknown label, denies."""

import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

import asyncpg
import orjson
import pytest
import structlog

import consent.decide
from gateway.store.audit import AuditChains, verify
from gateway.store.seal import unseal, unwrap
from tests.messages import Visit
from tests.promises.conftest import OpenHouse
from tests.promises.house import House
from tests.promises.stories import charted, consented, referred
from tests.promises.worlds import HOSPITAL, LIVING_ROOM, POLICE, PROGRAM

NOWHERE = str(uuid.UUID(int=4 << 76 | 8 << 60 | 4712))


async def audited(house: House) -> Counter[tuple[str, str]]:
    """How many rows say that something was disclosed: by request id and recipient, unsealed."""
    rows = "SELECT a.*, k.wrapped FROM audit a JOIN data_key k ON k.id = a.key WHERE a.kind = 'disclose'"
    found: Counter[tuple[str, str]] = Counter()
    async with house.owner() as owner:
        for row in await owner.fetch(rows):
            key = unwrap(row["wrapped"], house.gateway.keyring[row["custodian"]].wrapping)
            content = orjson.loads(unseal(row["sealed"], key, f"audit|{row['chain']}|{row['number']}".encode()))
            if row["outcome"] == "disclosed":
                found[content["request"], row["recipient"]] += 1
    return found


async def test_every_disclosure_has_its_audit_row_and_the_chains_hold(house: House) -> None:
    patient = await referred(house, Visit())
    path = await charted(house, patient)
    await consented(house, patient)
    owed: set[tuple[str, str]] = set()
    for client, agency in ((HOSPITAL, "cityhosp"), (PROGRAM, "harbor-recovery"), (POLICE, "riverton-pd")):
        for query in (f"Patient/{patient}", path, f"{path}/_history", "Task", f"Condition?patient={patient}",
                      "Task?_include=Task:patient", f"Patient?_id={patient}&_total=accurate"):  # fmt: skip
            request = str(uuid.uuid4())
            answer = await house.asker(client).raw("GET", query, None, {"X-Request-Id": request})
            if (answer.status == 200 and b'"resourceType":"Bundle"' not in answer.body) or b'"entry"' in answer.body:
                owed.add((request, agency))
    assert len(owed) >= 13
    found = await audited(house)
    assert not owed - found.keys()
    async with house.owner() as owner:
        verdict = await verify(owner)
    assert (verdict.faults, verdict.rows > len(owed)) == ((), True)


async def test_a_changed_audit_row_is_found(house: House) -> None:
    await referred(house, Visit())
    async with house.owner() as owner:
        await owner.execute("UPDATE audit SET recipient = 'nobody' WHERE ctid = (SELECT max(ctid) FROM audit)")
        assert (await verify(owner)).faults


@pytest.mark.parametrize("fault", [asyncpg.DiskFullError("no space"), OSError("away"), RuntimeError("planted")])
async def test_a_disclosure_whose_audit_row_fails_gives_no_byte(
    fault: Exception, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = Visit()
    patient = await referred(house, visit)
    honest = AuditChains.append

    async def append(chains: AuditChains, driver: Any, entries: Sequence[Any]) -> Any:
        if any(entry.kind == "disclose" for entry, _ in entries):
            raise fault
        return await honest(chains, driver, entries)

    monkeypatch.setattr(AuditChains, "append", append)
    for query in (f"Patient/{patient}", f"Patient/{patient}/_history", "Patient", f"Patient?_id={patient}", "Task"):
        answer = await house.asker(HOSPITAL).get(query)
        assert answer.status in {500, 503}, query
        assert visit.family.encode() not in answer.body
        assert patient.encode() not in answer.body


async def test_a_law_that_raises_alarms(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = await referred(house, Visit())
    plant_broken_law(monkeypatch)
    with structlog.testing.capture_logs() as logs:
        await house.asker(PROGRAM).get(f"Patient/{patient}")
    assert [entry for entry in logs if "broken_law" in str(entry) and entry["log_level"] in {"error", "critical"}]


def plant_broken_law(monkeypatch: pytest.MonkeyPatch) -> None:
    """A law that governs everything and always raises."""

    def broken_law(_: object) -> None:
        raise ZeroDivisionError

    honest = consent.decide.called_up
    monkeypatch.setattr("consent.decide.called_up", lambda labels: (*honest(labels), broken_law))


async def test_a_law_that_raises_denies(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = await referred(house, Visit())
    plant_broken_law(monkeypatch)
    told = [await house.asker(PROGRAM).get(f"Patient/{each}") for each in (patient, NOWHERE)]
    assert (told[0].status, told[0].told) == (404, told[1].told)


@pytest.mark.parametrize(
    "labels",
    [
        [],
        ["A-LABEL-OF-TOMORROW"],
        ["PHI", "A-LABEL-OF-TOMORROW"],
    ],
)
async def test_no_label_and_an_unknown_label_deny_all_but_the_keeper(
    labels: list[str], house: House, open_house: OpenHouse
) -> None:
    visit = Visit()
    await house.hospital(visit.a01(), visit.a03(diagnosis="R45.851^Suicidal ideations"))
    patient = await house.asker(HOSPITAL).one(f"Patient?identifier={visit.mrn}")
    assert (await house.asker(LIVING_ROOM).get(f"Patient/{patient['id']}")).status == 200
    async with house.owner() as owner:
        await owner.execute("DELETE FROM granted")
        await owner.execute(
            """UPDATE segment SET labels = $1, requester = id::text
               WHERE custodian = 'cityhosp' AND id IN (SELECT segment FROM part WHERE type = 'Patient')""",
            labels,
        )
    fresh = await open_house(house.url)
    told = [await fresh.asker(LIVING_ROOM).get(f"Patient/{each}") for each in (patient["id"], NOWHERE)]
    assert told[0].told == told[1].told
    assert (await fresh.asker(LIVING_ROOM).get("Patient")).status == 200
