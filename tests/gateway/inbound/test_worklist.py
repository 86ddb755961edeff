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


async def fresh(house: House, client: str, task: str, status: str, reason: str = "") -> bytes:
    """The worklist as it is now, with one row filled in."""
    sheet = (await house.asker(client).raw("GET", "/worklist.csv")).body.decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(sheet, newline=""))
    made = io.StringIO(newline="")
    csv.writer(made).writerows([head, *([*row[:-2], status, reason] for row in rows if row[0] == task)])
    return made.getvalue().encode()


async def answered(house: House, sheet: bytes) -> tuple[int, list[str], str]:
    """What Bridge Community is told: the status, the fate of each row, and all that is said."""
    answer = await house.asker(BRIDGE).messages(sheet)
    return answer.status, [each["status"] for each in answer.json], str(answer.json)  # type: ignore[index]


async def test_a_second_no_show_by_a_fresh_worklist_moves_the_referral_again(house: House) -> None:
    task = (await referred(house, "870010"))["receiver"]
    sheets = []
    for word in ("accepted", "scheduled", "no-show", "scheduled", "no-show", "waitlist", "started", "waitlist"):
        sheets.append(await fresh(house, BRIDGE, task, word))
        assert (await answered(house, sheets[-1]))[:2] == (200, ["kept"]), word
        seen = (await house.asker(BRIDGE).get(f"Task/{task}")).json
        said = {"no-show": "no-show", "scheduled": "scheduled"}.get(word)
        assert seen.get("businessStatus") == ({"text": said} if said else None)
    assert seen["status"] == "on-hold"


async def test_every_sheet_sent_again_is_told_that_it_changed_nothing(house: House) -> None:
    task = (await referred(house, "870011"))["receiver"]
    sheets = []
    for word in ("accepted", "no-show", "scheduled", "no-show"):
        sheets.append(await fresh(house, BRIDGE, task, word))
        await answered(house, sheets[-1])
    before = await house.asker(BRIDGE).get(f"Task/{task}")
    for sheet in sheets:
        status, fates, said = await answered(house, sheet)
        assert (status, fates) == (200, ["repeated"])
        assert "into a fresh worklist" in said
    assert (await house.asker(BRIDGE).get(f"Task/{task}")).body == before.body


async def test_what_a_row_is_as_of_is_what_its_reader_sees_of_the_task(house: House) -> None:
    task = (await referred(house, "870012"))["receiver"]
    sheet = (await fresh(house, BRIDGE, task, "")).decode()
    (row,) = csv.DictReader(io.StringIO(sheet, newline=""))
    seen = (await house.asker(BRIDGE).get(f"Task/{task}")).json
    assert row["as_of"] == seen["meta"]["lastUpdated"]


async def test_an_ended_referral_keeps_the_reason_that_was_told(house: House) -> None:
    task = (await referred(house, "870013"))["receiver"]
    ended = filled(task, "cancelled", "moved away")
    assert (await answered(house, ended))[1] == ["kept"]
    before = await house.asker(BRIDGE).get(f"Task/{task}")
    status, fates, said = await answered(house, filled(task, "cancelled", FORMULA))
    assert (status, fates) == (422, ["refused"])
    assert "The referral has ended and stays as it was told." in said
    assert (await answered(house, ended))[1] == ["repeated"]
    assert (await house.asker(BRIDGE).get(f"Task/{task}")).body == before.body


@pytest.mark.parametrize("reason", ["no\x00bed", "no\x1b[31m bed", "x" * 2001])
async def test_a_reason_that_is_no_text_or_too_long_is_refused(house: House, reason: str) -> None:
    task = (await referred(house, f"8704{len(reason):04}"))["receiver"]
    before = await house.asker(BRIDGE).get(f"Task/{task}")
    status, fates, said = await answered(house, filled(task, "declined", reason))
    assert (status, fates) == (422, ["refused"])
    assert "control character" in said or "longer than 2,000 characters" in said
    assert (await house.asker(BRIDGE).get(f"Task/{task}")).body == before.body


async def test_dropped_out_of_quarantine_and_mended_the_rows_are_taken(house: House, tmp_path: Path) -> None:
    task = (await referred(house, "870015"))["receiver"]
    folder = tmp_path / "in" / "bridge-community"
    folder.mkdir(parents=True)
    watcher = Watcher(tmp_path, house.gateway.registry, house.gateway.inlet.batch)
    content = filled(task, "perhaps").decode()
    for name, wrong in (("one.csv", "perhaps"), ("two.csv", "maybe"), ("three.csv", "accepted")):
        (folder / name).write_text(content.replace("perhaps", wrong), newline="")
        for _ in range(2):
            await watcher.look()
        if wrong != "accepted":
            content = (folder / "quarantine" / name).read_text("utf-8-sig").replace(wrong, "perhaps")
            assert content.startswith("crosswalk_row,crosswalk_reason,crosswalk_task,")
            assert content.count("crosswalk_row") == 1
            assert "2," in content.splitlines()[1][:2]
    assert orjson.loads((folder / "three.csv.receipt.json").read_bytes())["messages"] == {"kept": 1}
    assert (await house.asker(BRIDGE).get(f"Task/{task}")).json["status"] == "accepted"


async def test_of_a_dropped_table_without_a_good_row_every_row_lies_in_quarantine_with_its_reason(
    house: House, tmp_path: Path
) -> None:
    folder = tmp_path / "in" / "bridge-community"
    folder.mkdir(parents=True)
    referral = b"referral_number,client_id,given_name,need,referred_to\nG-1,GC-1,Ugo,a bed, tonight,living-room\n"
    (folder / "referrals.csv").write_bytes(referral)
    (folder / "back.csv").write_bytes(b"crosswalk_task,new_status,new_reason\nx,accepted,\nnope,accepted,\n")
    watcher = Watcher(tmp_path, house.gateway.registry, house.gateway.inlet.batch)
    for _ in range(2):
        await watcher.look()
    referrals = (folder / "quarantine" / "referrals.csv").read_text().splitlines()
    assert referrals[0].startswith("crosswalk_row,crosswalk_reason,referral_number,")
    assert referrals[1].startswith('2,"The row has 6 fields and the header 5')
    back = list(csv.DictReader((folder / "quarantine" / "back.csv").read_text().splitlines()))
    assert [(each["crosswalk_row"], each["crosswalk_task"]) for each in back] == [("2", "x"), ("3", "nope")]
    assert all("No referral of yours" in each["crosswalk_reason"] for each in back)
