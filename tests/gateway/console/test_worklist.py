"""The worklist that an agency fetches: its own open referrals, as far as it may see each, taken back once filled in."""

import csv
import io
from pathlib import Path

import pytest

from adapters.worklist import recognises
from gateway.agencies.model import Route
from gateway.delivery.folder import FolderCarrier
from gateway.delivery.telling import PROHIBITED, entry
from tests.gateway.delivery.parcels import TASK, parcel, view
from tests.messages import Visit
from tests.promises.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSPITAL, HARBOR, BRIDGE = "cityhosp-ehr", "harbor-recovery-system", "bridge-community-system"


async def _referred(house: House, mrn: str) -> str:
    await house.hospital(Visit(mrn=mrn).a03(diagnosis="Z59.0^Homeless"))
    patient = (await house.asker(HOSPITAL).one(f"Patient?identifier={mrn}"))["id"]
    (task,) = [t for t in await house.asker(BRIDGE).found(f"Task?patient={patient}") if "partOf" in t]
    return str(task["id"])


async def _rows(house: House, client: str) -> dict[str, dict[str, str]]:
    answer = await house.asker(client).raw("GET", "/worklist.csv")
    assert answer.status == 200, answer.body
    assert recognises(answer.body)
    rows = csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"), newline=""))
    return {row["crosswalk_task"]: row for row in rows}


async def test_the_receiver_fetches_its_open_referrals_and_nobody_else_does(house: House) -> None:
    task = await _referred(house, "880001")
    row = (await _rows(house, BRIDGE))[task]
    assert (row["status"], row["requester"], row["new_status"]) == ("requested", "City Hospital", "")
    seen = await house.asker(BRIDGE).get(f"Task/{task}")
    assert row["priority"] == seen.json["priority"]
    for other in (HOSPITAL, HARBOR):
        assert task not in await _rows(house, other)


async def test_a_row_shows_of_the_person_what_the_receiver_may_read_and_no_more(house: House) -> None:
    task = await _referred(house, "880002")
    bridge = house.asker(BRIDGE)
    subject = (await bridge.get(f"Task/{task}")).json["for"]["reference"]
    person = await bridge.get(subject)
    shown = (await _rows(house, BRIDGE))[task]["person"]
    assert shown == ("TESS QUILLFEATHER" if person.status == 200 and "name" in person.json else "")


async def test_filled_in_and_sent_back_the_row_moves_the_task_and_an_ended_one_is_no_longer_listed(
    house: House,
) -> None:
    task = await _referred(house, "880003")
    sheet = (await house.asker(BRIDGE).raw("GET", "/worklist.csv")).body.decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(sheet, newline=""))
    made = io.StringIO(newline="")
    filled = [[*row[:-2], "rejected", "no room"] if row[0] == task else row for row in rows]
    csv.writer(made).writerows([head, *filled])
    answer = await house.asker(BRIDGE).messages(made.getvalue().encode())
    assert answer.status == 200, answer.body
    assert (await house.asker(BRIDGE).get(f"Task/{task}")).json["status"] == "rejected"
    assert task not in await _rows(house, BRIDGE)


async def test_it_is_a_file_for_the_holder_of_a_token_alone_and_kept_by_no_cache(house: House) -> None:
    answer = await house.asker(BRIDGE).raw("GET", "/worklist.csv")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert headers["content-disposition"].startswith("attachment")
    assert headers["cache-control"] == "no-store"
    assert (await house.http.get("http://gateway.example/worklist.csv")).status_code == 401


async def test_fetching_it_is_audited_as_a_search(house: House) -> None:
    await _referred(house, "880004")
    counted = "SELECT count(*) FROM audit WHERE kind = 'disclose'"
    async with house.owner() as owner:
        before = await owner.fetchval(counted)
        await _rows(house, BRIDGE)
        assert await owner.fetchval(counted) > before


async def test_a_receivers_folder_holds_the_worklist_of_one_referral(tmp_path: Path) -> None:

    patient = view("Patient", "p", name=[{"family": "QUILLFEATHER", "given": ["TESS"]}])
    sent = parcel("bridge", Route.FOLDER, side="performer", patient=patient)
    await FolderCarrier(tmp_path).carry(sent)
    (file,) = (tmp_path / "out" / "bridge").iterdir()
    assert file.name == f"referral-{TASK}.csv"
    (row,) = csv.DictReader(io.StringIO(file.read_text("utf-8-sig"), newline=""))
    assert (row["crosswalk_task"], row["person"], row["requester"]) == (TASK, "TESS QUILLFEATHER", "Bridge")


async def test_who_must_not_be_contacted_is_listed_without_a_number() -> None:
    request = {"orderDetail": [{"coding": [{"code": "contacting-subject-prohibited"}]}]}
    patient = {"telecom": [{"value": "5550100"}]}
    row = entry({"id": TASK}, request, patient, "City")
    assert (row.contact, row.safe_contact) == ("", PROHIBITED)
    assert entry({"id": TASK}, None, patient, "City").contact == "5550100"
