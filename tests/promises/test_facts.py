"""Promise 6: equal facts, equal decision; a fact that changes at run time changes the next decision of every worker."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.store.registry import set_laws
from tests.messages import Visit
from tests.promises.agencies import apply_changed
from tests.promises.conftest import OpenHouse
from tests.promises.house import FixedClock, House
from tests.promises.stories import charted, consented, referred, revoked
from tests.promises.worlds import BRIDGE, DESK, HOSPITAL, LIVING_ROOM, POLICE, PROGRAM, SHELTER, person

Workers = tuple[House, House]
SAMPLES = Path(__file__).resolve().parents[2] / "samples"
ENDED = "until = 2026-01-02\n"


@pytest.fixture
async def workers(house: House, open_house: OpenHouse) -> Workers:
    """Two workers on one database; facts change through the first, the second has decided before."""
    return house, await open_house(house.url)


async def statuses(workers: Workers, client: str, path: str) -> set[int]:
    """What every worker answers to the same read, twice."""
    return {(await each.asker(client).get(path)).status for each in (*workers, *workers)}


async def test_equal_facts_give_equal_answers_on_every_worker(workers: Workers) -> None:
    patient = await referred(workers[0], Visit())
    answers = {(await each.asker(HOSPITAL).get(f"Patient/{patient}")).told for each in (*workers, *workers)}
    assert len(answers) == 1


async def test_a_consent_and_its_revocation_are_obeyed(workers: Workers) -> None:
    patient = await referred(workers[0], Visit())
    path = await charted(workers[0], patient)
    for _ in range(2):
        assert await statuses(workers, HOSPITAL, path) == {404}
        consent = await consented(workers[0], patient)
        assert await statuses(workers, HOSPITAL, path) == {200}
        await revoked(workers[0], consent)
    assert await statuses(workers, HOSPITAL, path) == {404}


async def test_a_consent_that_runs_out_is_obeyed_without_any_write(workers: Workers, fixed_clock: FixedClock) -> None:
    patient = await referred(workers[0], Visit())
    path = await charted(workers[0], patient)
    await consented(workers[0], patient, start="2026-01-05", end="2026-11-23")
    assert await statuses(workers, HOSPITAL, path) == {200}
    fixed_clock.at = datetime(2026, 11, 24, 5, 59, 59, tzinfo=UTC)
    assert await statuses(workers, HOSPITAL, path) == {200}, "a date-only end includes its day in the agency's zone"
    fixed_clock.at = datetime(2026, 11, 24, 6, 0, 1, tzinfo=UTC)
    assert await statuses(workers, HOSPITAL, path) == {404}
    assert await workers[1].asker(HOSPITAL).found(f"Condition?_id={path.split('/')[1]}") == []


async def test_a_relationship_made_by_the_holder_is_obeyed(workers: Workers) -> None:
    visit = Visit()
    await workers[0].hospital(visit.a01(diagnosis="R45.851^Suicidal ideations"))
    condition = await workers[0].asker(HOSPITAL).one("Condition?code=R45.851")
    assert await statuses(workers, LIVING_ROOM, f"Condition/{condition['id']}") == {404}
    assert await workers[1].asker(LIVING_ROOM).found("Condition") == []
    await workers[0].hospital(visit.a03(diagnosis="R45.851^Suicidal ideations"))
    assert await statuses(workers, LIVING_ROOM, f"Condition/{condition['id']}") == {200}
    assert len(await workers[1].asker(LIVING_ROOM).found("Condition")) >= 1


async def test_no_relationship_comes_of_what_the_asker_wrote(workers: Workers) -> None:
    visit = Visit()
    await workers[0].hospital(visit.a01(diagnosis="R45.851^Suicidal ideations"))
    hidden = await workers[0].asker(HOSPITAL).one("Condition?code=R45.851")
    asker, subject = workers[0].asker(LIVING_ROOM), {"reference": hidden["subject"]["reference"]}
    encounter = {"resourceType": "Encounter", "status": "in-progress", "class": {"code": "AMB"}, "subject": subject}
    task = {"resourceType": "Task", "status": "accepted", "intent": "order", "for": subject}
    for each in (encounter, task):
        await asker.post(str(each["resourceType"]), each)
    assert await statuses(workers, LIVING_ROOM, f"Condition/{hidden['id']}") == {404}


async def reported(house: House, report: str, family: str) -> list[str]:
    """A report of the police is sent in; paths of all that they keep about this person."""
    answer = await house.asker(POLICE).messages((SAMPLES / report).read_bytes())
    assert answer.status == 200, answer.body
    patient = await house.asker(POLICE).one(f"Patient?family={family}")
    about = f"subject=Patient/{patient['id']}"
    found = [patient, *await house.asker(POLICE).found(f"ServiceRequest?{about}")]
    return [f"{each['resourceType']}/{each['id']}" for each in found]


async def test_an_agreement_opens_those_who_were_handed_over_and_nobody_else(workers: Workers) -> None:
    for path in await reported(workers[0], "day/8_police_domestic.json", "Thornbury"):
        assert await statuses(workers, SHELTER, path) == {200}
        for partner in (HOSPITAL, LIVING_ROOM, BRIDGE):
            assert await statuses(workers, partner, path) == {404}, partner
    for partner in (HOSPITAL, LIVING_ROOM, BRIDGE):
        assert await workers[1].asker(partner).found("Patient?family=Thornbury") == []
    kept = await workers[0].asker(DESK).post("Patient", person("MERRIWEATHER", "Q-1"))
    for partner in (HOSPITAL, LIVING_ROOM, BRIDGE, SHELTER):
        assert await statuses(workers, partner, f"Patient/{kept.json['id']}") == {404}, partner


def case(number: str, call: str, to: str, at: str, **person: object) -> bytes:
    """A report about one and the same woman, who is handed to one partner."""
    domestic = call == "DVA"
    her = {"number": "SAME-9", "role": "victim" if domestic else "subject", "sex": "F", "birth_date": "1990-02-03"}
    name = {"family": "Ostrander", "given": "Verity"}
    report = {
        "ori": "IL0990100",
        "case_number": number,
        "updated_at": at,
        "action": "report",
        "incident": {"began_at": at, "call_type": call, "domestic": domestic, "naloxone_given": call == "OVERDOSE"},
        "persons": [{**her, "name": name, **person}],
        "referral": {"to": to, "need": "food", "summary": f"Asks for help of {to}."},
    }
    return json.dumps(report).encode()


SAFE, ORDINARY = "+1 217 555 0999", "+1 217 555 0100"
CASES = (
    case("26-210001", "WELFARE CHK", "bridge-community", "2026-03-01T08:00:00-06:00",
         address={"line": "9 Icefield St", "city": "Riverton", "state": "IL"}, phone=ORDINARY),
    case("26-210002", "DVA", "safe-haven", "2026-03-02T08:00:00-06:00", safe_contact={"phone": SAFE}),
    case("26-210003", "OVERDOSE", "harbor-recovery", "2026-03-03T08:00:00-06:00", phone=ORDINARY),
)  # fmt: skip


async def seen_of(workers: Workers, client: str, patient: str) -> tuple[set[str], bytes]:
    """What a partner finds about a patient of the police, and every byte that it was told."""
    asker, found, told = workers[1].asker(client), set(), b""
    queries = [f"{kind}?subject=Patient/{patient}" for kind in ("ServiceRequest", "Observation", "Condition")]
    for query in (*queries, f"Task?patient=Patient/{patient}", f"Patient?_id={patient}"):
        answer = await asker.get(query)
        told += answer.body
        found |= {f"{each['resource']['resourceType']}" for each in answer.json.get("entry", [])}
    return found, told


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (2, 1, 0)], ids=str)
async def test_one_referral_tells_nobody_of_another(workers: Workers, order: tuple[int, ...]) -> None:
    for number in order:
        answer = await workers[0].asker(POLICE).messages(CASES[number])
        assert answer.status == 200, answer.body
    patient = (await workers[0].asker(POLICE).one("Patient?family=Ostrander"))["id"]
    for client, own, others in (
        (BRIDGE, b"help of bridge-community", (b"safe-haven", b"harbor-recovery", SAFE.encode(), b"SDV", b"SUD")),
        (SHELTER, b"help of safe-haven", (b"bridge-community", b"harbor-recovery", ORDINARY.encode(), b"SUD")),
        (PROGRAM, b"help of harbor-recovery", (b"bridge-community", b"safe-haven", SAFE.encode(), b"SDV")),
    ):
        found, told = await seen_of(workers, client, patient)
        if client != PROGRAM:  # which has no agreement with the department
            assert {"Patient", "ServiceRequest", "Task"} <= found
            assert b"Ostrander" in told
        assert own in told, client
        assert [each for each in others if each in told] == [], client
        assert b"Icefield" not in told
    _, told = await seen_of(workers, SHELTER, patient)
    assert SAFE.encode() in told


@pytest.mark.parametrize("how", ["declined", "taken back"])
async def test_who_was_not_handed_over_after_all_is_not_seen_any_more(workers: Workers, how: str) -> None:
    report = json.loads(CASES[0])
    assert (await workers[0].asker(POLICE).messages(json.dumps(report).encode())).status == 200
    patient = (await workers[0].asker(POLICE).one("Patient?family=Ostrander"))["id"]
    assert await statuses(workers, BRIDGE, f"Patient/{patient}") == {200}
    if how == "declined":
        tasks = await workers[0].asker(BRIDGE).found(f"Task?patient=Patient/{patient}")
        (task,) = [each for each in tasks if each.get("partOf")]
        reason = {"status": "rejected", "statusReason": {"text": "No stock"}}
        assert (await workers[0].asker(BRIDGE).patch(f"Task/{task['id']}", reason)).status == 200
    else:
        taken = {**report, "action": "delete", "updated_at": "2026-03-01T09:00:00-06:00"}
        assert (await workers[0].asker(POLICE).messages(json.dumps(taken).encode())).status == 200
    assert await statuses(workers, BRIDGE, f"Patient/{patient}") == {404}
    again = {**report, "case_number": "26-210009", "updated_at": "2026-03-05T09:00:00-06:00"}
    assert (await workers[0].asker(POLICE).messages(json.dumps(again).encode())).status == 200
    assert await statuses(workers, BRIDGE, f"Patient/{patient}") == {200}, "another referral of the same person"


async def test_an_agreement_that_ends_is_obeyed(workers: Workers) -> None:
    path = (await reported(workers[0], "police/crisis_report.json", "Quillfeather"))[0]
    assert await statuses(workers, LIVING_ROOM, path) == {200}, "an MOU lets a partner read for care"
    mou = 'kind = "MOU"\nwith = "{}"\nfrom = 2026-01-01\n'
    theirs, ours = mou.format("riverton-pd"), mou.format("living-room")
    one = {"living-room.toml": (theirs, theirs + ENDED)}
    await apply_changed(workers[0], one)
    assert await statuses(workers, LIVING_ROOM, path) == {200}, "the other file still holds the agreement"
    await apply_changed(workers[0], {**one, "riverton-pd.toml": (ours, ours + ENDED)})
    assert await statuses(workers, LIVING_ROOM, path) == {404}


async def test_a_client_that_is_struck_out_is_refused_at_once(workers: Workers) -> None:
    assert await statuses(workers, POLICE, "Patient") == {200}
    renamed = ('id = "riverton-rms"\n', 'id = "riverton-rms-2"\n')
    await apply_changed(workers[0], {"riverton-pd.toml": renamed})
    assert await statuses(workers, POLICE, "Patient") == {401}


async def test_a_legal_status_that_ends_is_obeyed(workers: Workers) -> None:
    visit = Visit()
    await workers[0].hospital(visit.a01(), visit.a03(diagnosis="R45.851^Suicidal ideations"))
    condition = await workers[0].asker(HOSPITAL).one("Condition?code=R45.851")
    path = f"Condition/{condition['id']}"
    assert await statuses(workers, LIVING_ROOM, path) == {200}
    provider = "covered_entity = true\nhealth_care_provider = true\n"
    await apply_changed(workers[0], {"living-room.toml": (provider, "")})
    assert await statuses(workers, LIVING_ROOM, path) == {404}


async def test_a_standing_that_ends_closes_the_way_in_at_once(workers: Workers) -> None:
    visit = Visit()
    await workers[0].hospital(visit.a01())
    standing = '[[standing]]\nagency = "cityhosp"\nkind = "BAA"\nfrom = 2026-01-01\n'
    await apply_changed(workers[0], {"operator.toml": (standing, standing + ENDED)})
    for each in workers:
        answer = await each.asker(HOSPITAL).messages(visit.a08())
        assert b"MSA|AA" not in answer.body


async def test_a_standing_that_ends_closes_native_writes_too(workers: Workers) -> None:
    standing = '[[standing]]\nagency = "harbor-recovery"\nkind = "BAA"\nfrom = 2026-01-01\n'
    await apply_changed(workers[0], {"operator.toml": (standing, standing + ENDED)})
    await asyncio.sleep(1.5)
    for each in workers:
        answer = await each.asker(PROGRAM).post("Patient", person("NIGHTINGALE", "N-1"))
        assert 400 <= answer.status < 500


async def test_a_new_law_is_obeyed_without_a_restart(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = await referred(workers[0], Visit())
    path = await charted(workers[0], patient)
    await consented(workers[0], patient)
    assert await statuses(workers, HOSPITAL, path) == {200}
    monkeypatch.setattr("consent.decide.called_up", lambda labels: ())
    assert await statuses(workers, HOSPITAL, path) == {200}, "decisions are remembered while no fact has changed"
    async with workers[0].owner() as driver:
        await set_laws(driver, "changed")
    assert await statuses(workers, HOSPITAL, path) == {404}


async def test_a_hospital_reads_its_own_hiv_diagnosis(house: House) -> None:
    visit = Visit()
    await house.hospital(visit.a01(), visit.a08(diagnosis="B20^HIV disease~I10^Hypertension"))
    codes = {each["code"]["coding"][0]["code"] for each in await house.asker(HOSPITAL).found("Condition")}
    assert codes == {"B20", "I10"}
