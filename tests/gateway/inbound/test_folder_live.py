"""A real gateway and its folders: files in, receipts and statuses out, whatever is killed meanwhile."""

import csv
import time
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from tests.live import Live
from tests.messages import Visit

CHANNEL = """
[[channels]]
name = "drop"
adapter = "hospital"
transport = "folder"
folder = "city-drop"
senders = [{ application = "EHR", facility = "CITYHOSP" }]
"""
FILES = 40


def _within(seconds: float, holds: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, what
        time.sleep(0.05)


@pytest.fixture
def live(start_gateway: Callable[..., Live], monkeypatch: pytest.MonkeyPatch) -> Live:
    """A gateway with two workers; its hospital drops files, in a folder beside its data."""
    made = start_gateway(workers=2)
    made.stop()
    monkeypatch.setenv("CROSSWALK_FOLDERS", str(made.site.folder / "folders"))
    file = made.site.agencies / "cityhosp.toml"
    file.write_text(file.read_text() + CHANNEL)
    made.start()
    return made


def _drop(live: Live) -> Path:
    folder = live.site.folder / "folders" / "in" / "city-drop"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _put(folder: Path, name: str, content: bytes) -> None:
    (folder / f"{name}.part").write_bytes(content)
    (folder / f"{name}.part").rename(folder / name)


def test_killed_again_and_again_every_file_ends_in_a_receipt_and_every_message_is_there_once(live: Live) -> None:
    folder, visits = _drop(live), [Visit() for _ in range(FILES)]
    for number, visit in enumerate(visits):
        _put(folder, f"f{number}.hl7", visit.a03(diagnosis="Z59.0^Homelessness"))
        if number % 13 == 12:
            time.sleep(0.4 + number / 100)
            live.kill9()
            live.start()
    _within(60, lambda: len(list(folder.glob("*.receipt.json"))) == FILES, "a file has no receipt")
    fates = [orjson.loads(each.read_bytes())["messages"] for each in folder.glob("*.receipt.json")]
    assert all(each in ({"kept": 1}, {"repeated": 1}) for each in fates)
    assert [each.name for each in folder.iterdir() if each.suffix == ".hl7"] == []
    _within(5, lambda: not list((folder / ".taken").iterdir()), "a file was taken and never finished")
    hospital = live.party("cityhosp-ehr")
    for visit in visits:
        assert hospital.get(f"Patient?identifier={visit.mrn}&_total=accurate").json["total"] == 1


def test_who_drops_a_discharge_finds_the_answer_to_its_referral_in_its_folders(live: Live) -> None:
    folder, visit = _drop(live), Visit()
    _put(folder, "a03.hl7", visit.a03(diagnosis="Z59.0^Homelessness"))
    _within(10, (folder / "a03.hl7.receipt.json").exists, "no receipt")
    out = live.site.folder / "folders" / "out" / "bridge-community"
    _within(10, lambda: out.is_dir() and bool(list(out.glob("referral-*.csv"))), "no worklist for the receiver")
    (sheet,) = out.glob("referral-*.csv")
    head, row = list(csv.reader(sheet.read_text("utf-8-sig").splitlines()))
    with (live.site.folder / "back.csv").open("w", newline="") as file:
        csv.writer(file).writerows([head, [*row[:-2], "accepted", ""]])
    _put(folder.parent / "bridge-community", "back.csv", (live.site.folder / "back.csv").read_bytes())
    _within(10, (folder.parent / "bridge-community" / "back.csv.receipt.json").exists, "not taken back")
    status = folder / "status"
    _within(10, lambda: status.is_dir() and bool(list(status.glob("*.hl7"))), "no reply")
    (reply,) = status.glob("*.hl7")
    assert b"RRI^I12" in reply.read_bytes()
    assert b"A^Accepted^HL70283^accepted" in reply.read_bytes()
