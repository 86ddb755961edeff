"""A worklist that comes back with its status column filled moves the Tasks, for any kind of agency, once."""

import csv
import io
from pathlib import Path

import orjson
import pytest

from adapters.worklist import Entry, write
from gateway.inbound.folder import Watcher
from mappings.tabular import is_formula
from tests.messages import Visit
from tests.promises.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSPITAL, HARBOR, BRIDGE = "cityhosp-ehr", "harbor-recovery-system", "bridge-community-system"
FORMULA = "=cmd|' /C calc'!A0"


async def referred(house: House, mrn: str) -> dict[str, str]:
    """The hospital hands a homeless patient to Bridge Community; the two Tasks."""
    await house.hospital(Visit(mrn=mrn).a03(diagnosis="Z59.0^Homeless"))
    patient = (await house.asker(HOSPITAL).one(f"Patient?identifier={mrn}"))["id"]
    sender = await house.asker(HOSPITAL).one(f"Task?patient={patient}")
    (receiver,) = [t for t in await house.asker(BRIDGE).found(f"Task?patient={patient}") if "partOf" in t]
    return {"sender": sender["id"], "receiver": receiver["id"]}


def filled(task: str, status: str, reason: str = "") -> bytes:
    """A worklist with one row, as somebody sends it back."""
    sheet = write([Entry(task, person="=1+1")]).decode("utf-8-sig")
    head, row = sheet.splitlines()
    return f"{head}\r\n{row[:-1]}{status},{reason}\r\n".encode()


async def test_a_row_accepts_the_referral_and_the_sender_hears(house: House) -> None:
    task = await referred(house, "870001")
    answer = await house.asker(BRIDGE).messages(filled(task["receiver"], "Yes"))
    assert answer.status == 200, answer.body
    assert answer.json[0]["status"] == "kept"  # type: ignore[index]  # a list of receipts
    assert (await house.asker(BRIDGE).get(f"Task/{task['receiver']}")).json["status"] == "accepted"


async def test_the_same_file_again_changes_nothing(house: House) -> None:
    task = await referred(house, "870002")
    bridge, sheet = house.asker(BRIDGE), filled(task["receiver"], "accepted")
    await bridge.messages(sheet)
    await bridge.messages(filled(task["receiver"], "reached"))
    before = await bridge.get(f"Task/{task['receiver']}")
    again = await bridge.messages(sheet)
    assert again.json[0]["status"] == "repeated"  # type: ignore[index]
    assert (await bridge.get(f"Task/{task['receiver']}")).body == before.body
    assert before.json["status"] == "in-progress"


async def test_a_row_of_another_agency_reads_as_one_of_nobody(house: House) -> None:
    task = await referred(house, "870003")
    harbor = house.asker(HARBOR)
    theirs = await harbor.raw("POST", "/messages", filled(task["receiver"], "accepted"))
    nobodys = await harbor.raw("POST", "/messages", filled("00000000-0000-4000-8000-000000000000", "accepted"))
    assert theirs.status == nobodys.status
    assert [{**each, "message": ""} for each in theirs.json] == [{**each, "message": ""} for each in nobodys.json]
    assert (await house.asker(BRIDGE).get(f"Task/{task['receiver']}")).json["status"] == "requested"


@pytest.mark.parametrize(
    ("status", "reason", "place"),
    [("completed", "", "new_status"), ("perhaps", "", "new_status"), ("declined", "", "new_reason")],
)
async def test_a_step_that_cannot_be_is_refused_by_row(house: House, status: str, reason: str, place: str) -> None:
    task = await referred(house, f"8701{status[:2].encode().hex()}")
    answer = await house.asker(BRIDGE).messages(filled(task["receiver"], status, reason))
    assert answer.status == 422
    (told,) = answer.json
    assert told["place"] == "row 2"  # type: ignore[index]
    assert (await house.asker(BRIDGE).get(f"Task/{task['receiver']}")).json["status"] == "requested"
    assert place in str(told) or "requested" in str(told)


async def test_a_status_copied_over_is_neither_a_step_nor_an_error(house: House) -> None:
    task = await referred(house, "870005")
    bridge = house.asker(BRIDGE)
    before = await bridge.get(f"Task/{task['receiver']}")
    sheet = filled(task["receiver"], "requested").replace(b",,requested,", b",requested,requested,")
    answer = await bridge.messages(sheet)
    assert (answer.status, answer.json) == (200, [])
    assert (await bridge.get(f"Task/{task['receiver']}")).body == before.body


async def test_rows_about_one_referral_are_taken_in_their_order(house: House) -> None:
    task = await referred(house, "870006")
    head, row = filled(task["receiver"], "received").decode().splitlines()
    steps = ("received,", "waitlist,", "accepted,", "waitlist,", "scheduled,", "completed,", "declined,too late")
    rows = [row.replace("received,", step) for step in steps]
    answer = await house.asker(BRIDGE).messages("\r\n".join([head, *rows, ""]).encode())
    told = [each["status"] for each in answer.json]  # type: ignore[index]  # a list of receipts
    assert told == ["kept", "refused", "kept", "kept", "kept", "kept", "refused"]
    assert (await house.asker(BRIDGE).get(f"Task/{task['receiver']}")).json["status"] == "completed"


async def test_a_formula_for_a_reason_is_kept_as_text_and_runs_in_no_table_that_is_written(house: House) -> None:
    task = await referred(house, "870007")
    bridge = house.asker(BRIDGE)
    await bridge.messages(filled(task["receiver"], "accepted"))
    await bridge.messages(filled(task["receiver"], "on-hold", FORMULA))
    assert (await bridge.get(f"Task/{task['receiver']}")).json["statusReason"]["text"] == FORMULA
    for client in (BRIDGE, HOSPITAL):
        sheet = (await house.asker(client).raw("GET", "/worklist.csv")).body.decode("utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(sheet, newline="")) for cell in row]
        assert not any(is_formula(cell) for cell in cells)


@pytest.mark.parametrize("task", ["x", "Task/00000000-0000-4000-8000-000000000000", "é"])
async def test_a_row_whose_number_is_none_is_refused_by_itself(house: House, task: str) -> None:
    answer = await house.asker(BRIDGE).messages(filled(task, "accepted"))
    assert answer.status == 422, answer.body
    assert answer.json[0]["place"] == "row 2"  # type: ignore[index]


@pytest.mark.parametrize("number", ["x", "Task/00000000-0000-4000-8000-000000000000", "é", "1.2E+35"])
async def test_dropped_into_a_folder_a_row_whose_number_is_none_is_quarantined_alone(
    house: House, tmp_path: Path, number: str
) -> None:
    task = await referred(house, f"8702{number[:2].encode().hex()}")
    head, good = filled(task["receiver"], "accepted").decode().splitlines()
    bad = good.replace(task["receiver"], number)
    folder = tmp_path / "in" / "bridge-community"
    folder.mkdir(parents=True)
    (folder / "back.csv").write_text("\r\n".join([head, bad, good, ""]), newline="")
    watcher = Watcher(tmp_path, house.gateway.registry, house.gateway.inlet.batch)
    for _ in range(2):
        await watcher.look()
    receipt = orjson.loads((folder / "back.csv.receipt.json").read_bytes())
    assert receipt["messages"] == {"refused": 1, "kept": 1}
    assert (await house.asker(BRIDGE).get(f"Task/{task['receiver']}")).json["status"] == "accepted"
    (told,) = receipt["refused"]
    assert told["place"] == "row 2"
    assert "No referral of yours has this number" in told["reason"]
    (row,) = csv.DictReader(io.StringIO((folder / "quarantine" / "back.csv").read_text(), newline=""))
    assert (row["crosswalk_row"], row["crosswalk_reason"]) == ("2", told["reason"])
    assert (row["crosswalk_task"], row["new_status"]) == (number, "accepted")
