"""Files dropped into watched folders: taken once, whole, by one worker, and answered beside where they were."""

import asyncio
import os
import re
import socket
from collections import Counter
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
import structlog

from gateway.drops import Folder, opened
from gateway.fhir.outcome import Unavailable
from gateway.inbound import folder as watching
from gateway.inbound import receipts
from gateway.inbound.claims import held, waiting
from gateway.receive.message import Receipt
from gateway.registry import Snapshot
from tests.gateway.inbound.conftest import Drop

TABLE = b'case,who\r\n1,ann\r\n2,"bo\r\nb"\r\n3,c\xe9c\r\n4,dee\r\n'


async def test_a_file_is_received_and_a_receipt_takes_its_place(drop: Drop) -> None:
    drop.put("adt.hl7", b"MSH|...")
    await drop.looked()
    assert drop.got == [("one", b"MSH|...")]
    assert drop.names() == ["adt.hl7.receipt.json"]
    receipt = drop.receipt("adt.hl7")
    assert receipt["file"] == "adt.hl7"
    assert receipt["sha256"] == sha256(b"MSH|...").hexdigest()
    assert receipt["messages"] == {"kept": 1}
    assert (receipt["refused"], receipt["left_out"]) == ([], [])


async def test_the_receipt_says_what_of_a_kept_message_did_not_go_on(drop: Drop) -> None:
    drop.put("march.csv")
    told = b'{"status":"kept","left_out":[{"place":"column \\"Phone\\"","because":"not its form"}]}'
    drop.answer = lambda _: [
        Receipt("kept", "m1", told, place="row 2"),
        Receipt("repeated", "m2", told),
        Receipt("kept", "m3", b"MSH|"),
    ]
    await drop.looked()
    assert drop.receipt("march.csv")["left_out"] == [
        {"place": 'row 2 column "Phone"', "because": "not its form"},
        {"place": 'column "Phone"', "because": "not its form"},
    ]


async def test_what_is_made_is_for_the_operators_group_and_nobody_else(drop: Drop) -> None:
    drop.put("adt.hl7")
    drop.answer = lambda _: [Receipt("refused", "", b"", "The message has no header.")]
    await drop.looked()
    made = drop.folder() / "quarantine" / "adt.hl7"
    assert (made.stat().st_mode & 0o777, made.parent.stat().st_mode & 0o777) == (0o640, 0o750)
    assert (drop.folder("two").stat().st_mode & 0o777) == 0o750


async def test_a_file_that_still_grows_is_left_until_it_stands_still(drop: Drop) -> None:
    path = drop.put("big.csv", b"a")
    for _ in range(3):
        await drop.watcher.look()
        path.write_bytes(path.read_bytes() + b"b")
    assert drop.got == []
    await drop.looked()
    assert drop.got == [("one", b"abbb")]


@pytest.mark.parametrize("name", ["x.tmp", "x.part", "x.FILEPART", "x~", ".x", "x.receipt.json"])
async def test_unfinished_and_hidden_names_are_left(drop: Drop, name: str) -> None:
    drop.put(name)
    await drop.looked(3)
    assert drop.got == []
    (drop.folder() / name).rename(drop.folder() / "done")
    await drop.looked()
    assert [raw for _, raw in drop.got] == [b"content"]


async def test_links_pipes_and_folders_are_left(drop: Drop, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    drop.put("real")
    (drop.folder() / "link").symlink_to(secret)
    os.mkfifo(drop.folder() / "pipe")
    (drop.folder() / "inner").mkdir()
    await drop.looked(3)
    assert drop.got == [("one", b"content")]
    assert (drop.folder() / "link").is_symlink()


async def test_what_is_no_file_is_told_of_once_while_it_lies_there_and_without_its_name(
    drop: Drop, tmp_path: Path
) -> None:
    drop.put("real")
    inner = drop.folder() / "ann-smith"
    with structlog.testing.capture_logs() as lines, socket.socket(socket.AF_UNIX) as listener:
        for odd in ("one-ann-smith", "two-ann-smith"):
            (drop.folder() / odd).symlink_to(tmp_path / "nowhere")
        os.mkfifo(drop.folder() / "pipe-ann-smith")
        listener.bind(str(drop.folder() / "socket"))
        for name in ("quarantine", "status", ".ssh", "upload.part"):
            (drop.folder() / name).mkdir()
        await drop.looked(3)
        inner.mkdir()
        (inner / "n.csv").write_bytes(b"content")
        await drop.looked(3)
        inner.rename(tmp_path / "away")
        await drop.looked(1)
        (tmp_path / "away").rename(inner)
        await drop.looked(2)
    told = [line for line in lines if line["event"] == "no file, left alone"]
    assert Counter((line["kind"], line["entries"]) for line in told) == {
        ("link", 2): 1, ("pipe", 1): 1, ("socket", 1): 1, ("folder", 1): 2,
    }  # fmt: skip
    assert {(line["agency"], line["channel"], line["log_level"]) for line in told} == {("one", "drop", "warning")}
    assert all("drop the file itself" in line["remedy"] for line in told)
    assert "smith" not in str(lines)
    assert drop.got == [("one", b"content")]


@pytest.mark.parametrize("name", [".taken", "quarantine"])
async def test_a_link_planted_for_a_folder_of_ours_is_not_followed(drop: Drop, tmp_path: Path, name: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    drop.put("a")
    drop.put("b", agency="two")
    (drop.folder() / name).symlink_to(elsewhere)
    drop.answer = lambda _: [Receipt("refused", "", b"", "No header.")]
    await drop.looked()
    assert list(elsewhere.iterdir()) == []
    assert drop.receipt("b", "two")["messages"] == {"refused": 1}


async def test_a_file_refused_as_a_whole_goes_to_quarantine_as_it_was_with_its_reason_beside_it(drop: Drop) -> None:
    drop.put("x.hl7", b"\xff\x00junk")
    drop.answer = lambda _: [Receipt("refused", "", b"", "No header.")]
    await drop.looked()
    assert drop.quarantined() == {"x.hl7": b"\xff\x00junk", "x.hl7.reason.txt": b"No header.\n"}
    receipt = drop.receipt("x.hl7")
    assert receipt["refused"] == [{"place": "", "reason": "No header."}]
    assert receipt["quarantine"] == "quarantine/x.hl7"
    assert receipt["quarantine_reason"] == "quarantine/x.hl7.reason.txt"


async def test_a_reason_is_laid_over_no_file_of_the_same_name(drop: Drop) -> None:
    drop.answer = lambda _: [Receipt("refused", "", b"", "No header.")]
    for name, content in (("x.reason.txt", b"theirs"), ("x", b"junk")):
        drop.put(name, content)
        await drop.looked()
    found = drop.quarantined()
    assert found["x.reason.txt"] == b"theirs"
    assert found[drop.receipt("x")["quarantine_reason"].removeprefix("quarantine/")] == b"No header.\n"
    assert len(found) == 4


async def test_rows_that_were_all_refused_have_their_number_and_reason_in_front_too(drop: Drop) -> None:
    drop.put("t.csv", b"case,who\r\n1,ann\r\n2,bo")
    drop.answer = lambda _: [Receipt("refused", "", b"", f"No {row}.", f"row {row}") for row in (2, 3)]
    await drop.looked()
    rows = b"crosswalk_row,crosswalk_reason,case,who\r\n2,No 2.,1,ann\r\n3,No 3.,2,bo\r\n"
    assert drop.quarantined() == {"t.csv": rows}
    assert "quarantine_reason" not in drop.receipt("t.csv")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b",", b";", b"\t"])
async def test_refused_again_out_of_quarantine_a_row_has_one_number_and_one_reason(
    drop: Drop, mark: bytes, end: bytes
) -> None:
    head = mark + b'"crosswalk_row",crosswalk_reason,crosswalk_task,new_status\r\n'.replace(b",", end)
    row = b'7,"Odd, ""or""; not.",1,maybe\r\n'.replace(b",1,", end + b"1" + end).replace(b"7,", b"7" + end)
    drop.put("t.csv", head + row)
    drop.answer = lambda _: [Receipt("refused", "", b"", "Still not", "row 2")]
    await drop.looked()
    again = mark + b"crosswalk_row,crosswalk_reason,crosswalk_task,new_status\r\n2,Still not,1,maybe\r\n"
    assert drop.quarantined() == {"t.csv": again.replace(b",", end)}


async def test_refused_rows_of_a_table_lie_in_quarantine_in_their_own_bytes(drop: Drop) -> None:
    drop.put("t.csv", TABLE)
    drop.answer = lambda _: [
        Receipt("kept", "1", b"", "", "row 2"),
        Receipt("refused", "2", b"", 'The field is wrong, or "odd".', "row 3"),
        Receipt("refused", "3", b"", "No text.", "row 4"),
        Receipt("repeated", "4", b"", "", "row 5"),
    ]
    await drop.looked()
    assert (drop.folder() / "quarantine" / "t.csv").read_bytes() == (
        b"crosswalk_row,crosswalk_reason,case,who\r\n"
        b'3,"The field is wrong, or ""odd"".",2,"bo\r\nb"\r\n'
        b"4,No text.,3,c\xe9c\r\n"
    )
    receipt = drop.receipt("t.csv")
    assert receipt["messages"] == {"kept": 1, "refused": 2, "repeated": 1}
    assert [each["place"] for each in receipt["refused"]] == ["row 3", "row 4"]


async def test_a_worklist_saved_with_semicolons_keeps_them_and_its_mark_in_quarantine(drop: Drop) -> None:
    drop.put("back.csv", b"\xef\xbb\xbfcrosswalk_task;new_status\r\n1;accepted\r\n2;maybe\r\n")
    drop.answer = lambda _: [Receipt("kept", "", b"", "", "row 2"), Receipt("refused", "", b"", "A; b.", "row 3")]
    await drop.looked()
    assert (drop.folder() / "quarantine" / "back.csv").read_bytes() == (
        b'\xef\xbb\xbfcrosswalk_row;crosswalk_reason;crosswalk_task;new_status\r\n3;"A; b.";2;maybe\r\n'
    )


async def test_a_table_whose_declared_character_set_is_none_stops_no_file_behind_it(drop: Drop) -> None:
    (agency,) = (each for name, each in drop.registry.current.agencies.items() if name == "one")
    channel = replace(agency.channels[0], charset="klingon")
    drop.registry.current = Snapshot(9, {"one": replace(agency, channels=(channel,))}, None, {})
    drop.answer = lambda _: [Receipt("kept", "", b"", "", "row 2"), Receipt("refused", "", b"", "No.", "row 3")]
    drop.put("t.csv", b"a,b\r\n1,2\r\n3,4\r\n")
    drop.put("u.csv", b"a,b\r\n1,2\r\n3,4\r\n")
    await drop.looked()
    assert drop.names() == ["quarantine", "t.csv.receipt.json", "u.csv.receipt.json"]


async def test_files_that_may_not_be_taken_are_told_of_once_and_without_their_name(
    drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(folder: Folder, name: str) -> int:
        raise PermissionError(name)

    drop.put("ann-smith.hl7")
    with structlog.testing.capture_logs() as lines, monkeypatch.context() as patched:
        patched.setattr(Folder, "open", refused)
        await drop.looked(4)
    assert [(line["event"], line["files"]) for line in lines] == [("files cannot be taken", 1)]
    assert "smith" not in str(lines)
    await drop.looked()
    assert drop.names() == ["ann-smith.hl7.receipt.json"]


async def test_a_receipt_holds_nothing_of_the_file(drop: Drop) -> None:
    drop.put("t.csv", TABLE)
    drop.answer = lambda _: [Receipt("refused", "", b"reply about ann", "No text.", "row 2")]
    await drop.looked()
    written = (drop.folder() / "t.csv.receipt.json").read_bytes()
    assert not any(word in written for word in (b"ann", b"bo", b"dee"))


async def test_a_file_of_the_same_name_gets_a_receipt_and_a_quarantine_of_its_own(drop: Drop) -> None:
    drop.answer = lambda _: [Receipt("refused", "", b"", "No header.")]
    for content in (b"one", b"two", b"three"):
        drop.put("x.hl7", content)
        await drop.looked()
    written = [name for name in drop.names() if name.endswith(".receipt.json")]
    files = {name: content for name, content in drop.quarantined().items() if not name.endswith(".reason.txt")}
    assert len(written) == 3
    assert sorted(files.values()) == [b"one", b"three", b"two"]
    assert drop.quarantined().keys() == {*files, *(f"{name}.reason.txt" for name in files)}


async def test_a_file_that_is_too_large_is_refused_unread(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "SIZE_LIMIT", 10)
    drop.put("x.csv", b"0123456789a")
    await drop.looked()
    receipt = drop.receipt("x.csv")
    assert drop.got == []
    assert (receipt["sha256"], receipt["messages"]) == (None, {"refused": 1})
    assert (drop.folder() / receipt["quarantine"]).read_bytes() == b"0123456789a"
    assert (drop.folder() / receipt["quarantine_reason"]).read_text().startswith("The file is larger than")


async def test_while_the_store_is_away_a_file_is_kept_and_received_later(
    drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "AWAY_SECONDS", 0)
    away = [True, True]

    def answer(_: bytes) -> list[Receipt]:
        if away:
            away.pop()
            raise Unavailable("away")
        return [Receipt("kept", "", b"")]

    drop.answer = answer
    drop.put("x")
    await drop.looked(5)
    assert drop.names() == ["x.receipt.json"]
    assert len(drop.got) == 3


async def test_a_file_the_gateway_fails_on_stops_neither_those_behind_it_nor_other_folders(drop: Drop) -> None:
    def answer(raw: bytes) -> list[Receipt]:
        if raw == b"bad":
            raise RuntimeError("boom")
        return [Receipt("kept", "", b"")]

    drop.answer = answer
    drop.put("a", b"bad")
    drop.put("b", b"good")
    drop.put("c", b"good", agency="two")
    await drop.looked(2)
    assert drop.receipt("b")["messages"] == drop.receipt("c", "two")["messages"] == {"kept": 1}
    await drop.looked(2)
    assert drop.receipt("a")["messages"] == {"refused": 1}
    assert (drop.folder() / "quarantine" / "a").read_bytes() == b"bad"


async def test_a_folder_that_cannot_be_opened_stops_no_other(drop: Drop) -> None:
    drop.put("x", agency="two")
    drop.folder("one").write_bytes(b"a file where a folder should be")
    await drop.looked()
    assert drop.receipt("x", "two")["messages"] == {"kept": 1}


async def test_a_folder_named_in_force_later_is_watched_and_one_no_longer_in_force_is_not(drop: Drop) -> None:
    drop.in_force("one")
    drop.put("x", agency="two")
    await drop.looked()
    assert drop.got == []
    drop.in_force("two")
    drop.put("y")
    await drop.looked()
    assert drop.got == [("two", b"content")]


async def test_two_workers_receive_each_file_once(drop: Drop) -> None:
    workers = [drop.watcher, drop.another(), drop.another()]
    for number in range(30):
        drop.put(f"f{number}", str(number).encode())
    for _ in range(4):
        await asyncio.gather(*(each.look() for each in workers))
    assert sorted(raw for _, raw in drop.got) == sorted(str(number).encode() for number in range(30))
    assert len(drop.names()) == 30


async def test_what_another_worker_holds_is_left_and_taken_once_it_lets_go(drop: Drop) -> None:
    def answer(_: bytes) -> list[Receipt]:
        raise Unavailable("away")

    drop.answer = answer
    watching.AWAY_SECONDS, before = 0, watching.AWAY_SECONDS
    drop.put("x")
    await drop.looked()
    watching.AWAY_SECONDS = before
    drop.answer = lambda _: [Receipt("kept", "", b"")]
    with opened(drop.root / "in", "one/.taken") as taken:
        (name,) = waiting(taken)
        with held(taken, name) as claim:
            assert claim is not None
            await drop.looked()
            assert drop.names() == []
    await drop.looked(1)
    assert drop.names() == ["x.receipt.json"]


@pytest.mark.parametrize("step", ["quarantine", "explain", "issue", "remove"])
async def test_killed_between_any_two_steps_the_file_ends_in_one_receipt_and_one_quarantine(
    drop: Drop, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class Killed(BaseException):
        """As a kill: nothing after it runs."""

    def killed(*_: object, **__: object) -> None:
        raise Killed

    drop.answer = lambda _: [Receipt("refused", "", b"", "No header.")]
    drop.put("x.hl7", b"bad")
    await drop.looked(1)
    with monkeypatch.context() as patched:
        where = Folder if step == "remove" else receipts
        patched.setattr(where, step, killed)
        with pytest.raises(Killed):
            await drop.looked(1)
    drop.watcher = drop.another()
    await drop.looked(1)
    assert drop.names() == ["quarantine", "x.hl7.receipt.json"]
    assert drop.quarantined() == {"x.hl7": b"bad", "x.hl7.reason.txt": b"No header.\n"}
    assert list((drop.folder() / ".taken").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("=cmd.csv", "=cmd.csv"),
        ("Zoë 100%.csv", "Zoë 100%.csv"),
        ("new\nline\x1b[31m.csv", "new%0Aline%1B[31m.csv"),
        ("\x9b31m\u202efdp.csv", "%C2%9B31m%E2%80%AEfdp.csv"),
        ("\udcff\udcfe.csv", "%FF%FE.csv"),
        ("n" * 255, "n" * 160),
        ("\x01" * 255, "%01" * 46 + "%0" + "01" + "%01" * 6),
        ("é" * 127, "é" * 80),
        ("aé" + "é" * 125, "aé" + "é" * 78),
    ],
)
async def test_odd_names_are_taken_and_answered_under_names_that_may_be_shown(drop: Drop, name: str, safe: str) -> None:
    drop.put(name)
    drop.answer = lambda _: [Receipt("refused", "", b"", "No header.")]
    await drop.looked()
    assert set(drop.names()) == {"quarantine", f"{safe}.receipt.json"}
    assert drop.quarantined() == {safe: b"content", f"{safe}.reason.txt": b"No header.\n"}
    assert (drop.receipt(safe)["file"], drop.receipt(safe)["quarantine"]) == (safe, f"quarantine/{safe}")


async def test_an_odd_name_that_is_dropped_again_is_answered_beside_the_first_under_its_number(drop: Drop) -> None:
    drop.answer = lambda _: [Receipt("refused", "", b"", "No header.")]
    for _ in range(2):
        drop.put("new\nline.csv")
        await drop.looked()
    drop.put("new%0Aline.csv", b"another")
    await drop.looked()
    first, *others = sorted(drop.names(), key=len)[1:]
    assert first == "new%0Aline.csv.receipt.json"
    assert len(others) == 2
    assert all(re.fullmatch(r"new%0Aline\.csv\.\d{27}\.receipt\.json", each) for each in others)
    refused = [content for name, content in drop.quarantined().items() if not name.endswith(".reason.txt")]
    assert sorted(refused) == [b"another", b"content"]


async def test_a_file_still_written_to_while_it_is_received_is_received_again(drop: Drop) -> None:
    path = drop.put("x", b"half")
    handle = path.open("ab")

    def answer(raw: bytes) -> list[Receipt]:
        if raw == b"half":
            handle.write(b" and the rest")
            handle.flush()
        return [Receipt("kept", "", b"")]

    drop.answer = answer
    await drop.looked(3)
    handle.close()
    assert [raw for _, raw in drop.got] == [b"half", b"half and the rest"]
    assert drop.receipt("x")["sha256"] == sha256(b"half and the rest").hexdigest()
