"""Files that tell of referrals: beside where their sender dropped them, or in an agency's outbox, whole and once."""

import asyncio
import csv
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.agencies.model import Route, Transport
from gateway.delivery.folder import FolderCarrier, encoded
from gateway.delivery.parcel import Parcel, Undelivered
from tests.gateway.delivery.parcels import TASK, original, parcel
from tests.messages import Visit


def _police(case: str = "RPD-26-1", **more: Any) -> Parcel:
    return parcel("riverton", Route.FOLDER, original(b"{}", "police", case), **more)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


async def test_who_dropped_a_case_finds_its_status_beside_it_under_the_case_number(tmp_path: Path) -> None:
    await FolderCarrier(tmp_path).carry(_police())
    path = tmp_path / "in" / "drop" / "status" / "RPD-26-1.csv"
    (row,) = _rows(path)
    assert (row["case_number"], row["receiver"], row["status"]) == ("RPD-26-1", "Bridge", "accepted")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o640, 0o750)


async def test_reason_and_detail_are_told_in_words(tmp_path: Path) -> None:
    given: dict[str, Any] = {
        "status": "rejected",
        "statusReason": {"text": "No bed"},
        "businessStatus": {"coding": [{"code": "wl"}]},
    }
    await FolderCarrier(tmp_path).carry(_police(**given, lastModified="2026-05-02T08:00:00-05:00"))
    (row,) = _rows(tmp_path / "in" / "drop" / "status" / "RPD-26-1.csv")
    assert (row["reason"], row["detail"], row["as_of"]) == ("No bed", "wl", "2026-05-02T08:00:00-05:00")


@pytest.mark.parametrize("adapter", ["police", "community"])
@pytest.mark.parametrize("reason", ["=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "\uff1d1+1", "\t=1"])
async def test_a_formula_for_a_reason_runs_in_no_status_file_however_often_it_is_rewritten(
    tmp_path: Path, adapter: str, reason: str
) -> None:
    message = b"{}" if adapter == "police" else b'{"referral_number": "RPD-26-1", "need": "food"}'
    made_by = original(message, adapter, "RPD-26-1")
    rejected = {"status": "rejected", "statusReason": {"text": reason}}
    await FolderCarrier(tmp_path).carry(parcel("riverton", Route.FOLDER, made_by, **rejected))
    for number in ("e", "f"):
        await FolderCarrier(tmp_path).carry(
            parcel("riverton", Route.FOLDER, made_by, counterpart=f"R{number}", number=number)
        )
    rows = _rows(tmp_path / "in" / "drop" / "status" / "RPD-26-1.csv")
    assert len(rows) == 3
    assert [row["reason"] for row in rows if row["reason"]] == [f"'{reason}"]


async def test_each_receiver_of_a_case_keeps_its_row_and_has_one(tmp_path: Path) -> None:
    carrier = FolderCarrier(tmp_path)
    await carrier.carry(_police())
    await carrier.carry(_police(counterpart="Harbor, Inc.", number="e", status="rejected"))
    await carrier.carry(_police(number="f", status="completed"))
    rows = _rows(tmp_path / "in" / "drop" / "status" / "RPD-26-1.csv")
    assert [(row["receiver"], row["status"]) for row in rows] == [("Bridge", "completed"), ("Harbor, Inc.", "rejected")]


async def test_many_receivers_told_at_once_all_keep_their_rows(tmp_path: Path) -> None:
    carrier = FolderCarrier(tmp_path)
    await asyncio.gather(*(carrier.carry(_police(counterpart=f"R{n}", number=str(n))) for n in range(12)))
    assert len(_rows(tmp_path / "in" / "drop" / "status" / "RPD-26-1.csv")) == 12


async def test_the_same_told_again_does_not_touch_the_file(tmp_path: Path) -> None:
    carrier = FolderCarrier(tmp_path)
    await carrier.carry(_police())
    path = tmp_path / "in" / "drop" / "status" / "RPD-26-1.csv"
    os.utime(path, (1, 1))
    await carrier.carry(_police())
    assert path.stat().st_mtime == 1


async def test_a_status_file_that_was_tampered_with_is_written_anew(tmp_path: Path) -> None:
    carrier = FolderCarrier(tmp_path)
    await carrier.carry(_police())
    path = tmp_path / "in" / "drop" / "status" / "RPD-26-1.csv"
    path.write_bytes(b'\xff"unclosed')
    await carrier.carry(_police())
    assert [row["status"] for row in _rows(path)] == ["accepted"]


async def test_other_senders_find_the_news_in_their_outbox_in_their_own_format(tmp_path: Path) -> None:
    made_by = original(Visit().i12(), "hospital", "R-1", Transport.MLLP)
    await FolderCarrier(tmp_path).carry(parcel("city/out", Route.FOLDER, made_by))
    (file,) = (tmp_path / "out" / "city" / "out").iterdir()
    assert file.name == f"R-1.{TASK}.hl7"
    assert file.read_bytes().startswith(b"MSH|")


async def test_a_referral_that_came_as_fhir_is_told_as_json_by_its_task(tmp_path: Path) -> None:
    await FolderCarrier(tmp_path).carry(parcel("city", Route.FOLDER))
    told = orjson.loads((tmp_path / "out" / "city" / f"{TASK}.json").read_bytes())
    assert (told["status"], told["receiver"]) == ("accepted", "Bridge")


async def test_no_link_is_followed_and_nothing_leaves_the_root(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "root", tmp_path / "elsewhere"
    for folder in (root / "out", elsewhere):
        folder.mkdir(parents=True)
    (root / "out" / "city").symlink_to(elsewhere)
    for to in ("city", "../../elsewhere", "/etc"):
        if to != "/etc":
            with pytest.raises(Undelivered, match="its folder cannot be written to"):
                await FolderCarrier(root).carry(parcel(to, Route.FOLDER))
    assert list(elsewhere.iterdir()) == []


async def test_a_link_in_place_of_the_file_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    status = tmp_path / "in" / "drop" / "status"
    status.mkdir(parents=True)
    (status / "RPD-26-1.csv").symlink_to(secret)
    with pytest.raises(Undelivered):
        await FolderCarrier(tmp_path).carry(_police())
    assert secret.read_bytes() == b"secret"


async def test_a_folder_that_cannot_be_written_to_is_named_as_the_reason(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"a file")
    with pytest.raises(Undelivered, match="NotADirectoryError"):
        await FolderCarrier(tmp_path).carry(parcel("city", Route.FOLDER))


async def test_a_folder_that_somebody_else_locks_holds_up_no_other_work(tmp_path: Path) -> None:
    carrier = FolderCarrier(tmp_path, patience=0.5)
    with _locked(tmp_path / "out" / "city"):
        waiting = [asyncio.create_task(carrier.carry(parcel("city", Route.FOLDER))) for _ in range(40)]
        await asyncio.sleep(0.1)
        elsewhere = asyncio.create_task(carrier.carry(parcel("elsewhere", Route.FOLDER)))
        await asyncio.wait({elsewhere}, timeout=0.3)
        done = elsewhere.done()
        await asyncio.wait(waiting, timeout=2)
    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert done
    assert {str(each) for each in told} == {"its folder is locked by somebody else"}
    await carrier.carry(parcel("city", Route.FOLDER))
    assert (tmp_path / "out" / "city" / f"{TASK}.json").exists()


async def test_what_a_killed_worker_left_half_written_goes_with_the_next_delivery(tmp_path: Path) -> None:
    folder = tmp_path / "out" / "city"
    folder.mkdir(parents=True)
    (folder / ".writing-of-somebody-killed").write_bytes(b"half")
    (folder / ".kept").write_bytes(b"the agency's own")
    await FolderCarrier(tmp_path).carry(parcel("city", Route.FOLDER))
    assert {each.name for each in folder.iterdir()} == {".kept", f"{TASK}.json"}


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True)
    descriptor = os.open(folder, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)


@given(st.text(min_size=1, max_size=300))
def test_any_number_is_a_plain_visible_file_name(number: str) -> None:
    name = encoded(number, ".csv")
    assert len(name) <= 120
    assert name[0] != "."
    assert "/" not in name
    assert name.isascii()
    assert name.isprintable()


@given(st.text(max_size=200), st.text(max_size=200))
def test_two_numbers_never_share_a_file(one: str, other: str) -> None:
    same = one.encode("utf-8", "replace") == other.encode("utf-8", "replace")
    assert same == (encoded(one, ".csv") == encoded(other, ".csv"))
