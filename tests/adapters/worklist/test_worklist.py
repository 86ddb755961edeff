"""The worklist as a table: what is written can be edited in any spreadsheet and read back."""

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Channel, Unreadable
from adapters.worklist import WORKLIST, Entry, recognises, write
from adapters.worklist.steps import words

CHANNEL = Channel("bridge-community", "web", "worklist")
TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=30)


def edited(sheet: bytes, status: str, reason: str, separator: str = ",", charset: str = "utf-8") -> bytes:
    """The sheet as a spreadsheet saves it after the two columns were filled in."""
    rows = list(csv.reader(io.StringIO(sheet.decode("utf-8-sig"), newline="")))
    made = io.StringIO()
    table = csv.writer(made, delimiter=separator)
    table.writerow(rows[0])
    table.writerows([*row[:-2], status, reason] for row in rows[1:])
    return made.getvalue().encode(charset, "replace")


def test_an_entry_is_one_line_whatever_it_says() -> None:
    sheet = write([replace(Entry("t"), person='=HYPERLINK("x")', need="two\r\nlines", contact="+1 555")])
    lines = sheet.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "'=HYPERLINK" in lines[1]


@given(person=TEXT, need=TEXT, reason=TEXT.filter(str.strip), separator=st.sampled_from(",;\t"))
def test_whatever_stands_beside_it_the_step_is_read(person: str, need: str, reason: str, separator: str) -> None:
    sheet = edited(write([Entry("task-1", person=person, need=need)]), "declined", reason, separator)
    assert recognises(sheet)
    (row,) = WORKLIST.parse(sheet, CHANNEL)
    (move,) = WORKLIST.translate(row, CHANNEL, lambda *_: "").moves
    assert (move.task, move.status) == ("task-1", "rejected")
    assert move.reason.split() == reason.removeprefix("'").split() or move.reason.split() == reason.split()


def test_a_sheet_saved_in_a_western_character_set_is_read() -> None:
    sheet = edited(write([Entry("task-1", person="Zoë Müller")]), "accepted", "", ";", "cp1252")
    (row,) = WORKLIST.parse(sheet, CHANNEL)
    assert WORKLIST.translate(row, CHANNEL, lambda *_: "").moves[0].status == "accepted"


def test_rows_that_nobody_filled_in_are_counted_and_left() -> None:
    found = WORKLIST.parse(write([Entry("a"), Entry("b")]), CHANNEL)
    assert not found
    assert [(each.path, each.outcome) for each in found.report] == [("2 rows", "ignored")]


@pytest.mark.parametrize("copied", ["requested", " Requested ", "on-hold"])
def test_a_status_copied_over_asks_for_nothing(copied: str) -> None:
    sheet = edited(write([Entry("t", status=copied.strip().lower())]), copied, "")
    found = WORKLIST.parse(sheet, CHANNEL)
    assert not found
    assert [(each.path, each.outcome) for each in found.report] == [("1 rows", "ignored")]


def test_a_status_copied_over_with_a_reason_tells_the_reason() -> None:
    (row,) = WORKLIST.parse(edited(write([Entry("t", status="on-hold")]), "on-hold", "until Monday"), CHANNEL)
    (move,) = WORKLIST.translate(row, CHANNEL, lambda *_: "").moves
    assert (move.status, move.reason) == ("on-hold", "until Monday")


@pytest.mark.parametrize("word", ["maybe", "requested"])
def test_an_unknown_word_is_refused_with_every_word_that_may_be_written_each_once(word: str) -> None:
    (row,) = WORKLIST.parse(edited(write([Entry("t")]), word, ""), CHANNEL)
    with pytest.raises(Unreadable) as refused:
        WORKLIST.translate(row, CHANNEL, lambda *_: "")
    listed = str(refused.value).removesuffix(".").partition("write one of ")[2].split(", ")
    folded = ["".join(filter(str.isalnum, each)) for each in listed]
    assert len(folded) == len(set(folded))
    assert set(folded) == set(words())
    assert {"scheduled", "waitlist", "no-show", "received"} <= set(listed)
    assert "requested" not in listed
    assert (listed[0], listed[-1]) == ("accepted", "referred elsewhere")


@pytest.mark.parametrize("reason", ["déjà", "voilà", "x\u0085y", "\u2028 seen", "\u2018later\u2019", "=1+1", "-2 days"])
def test_a_reason_is_read_to_its_last_letter(reason: str) -> None:
    (row,) = WORKLIST.parse(edited(write([Entry("t")]), "failed", reason), CHANNEL)
    assert WORKLIST.translate(row, CHANNEL, lambda *_: "").moves[0].reason.split() == reason.split()


@pytest.mark.parametrize("reason", ["\x00no bed", "no\x1b bed", "no bed\x7f"])
def test_a_control_character_in_a_reason_is_refused(reason: str) -> None:
    (row,) = WORKLIST.parse(edited(write([Entry("t")]), "failed", reason), CHANNEL)
    with pytest.raises(Unreadable, match="control character") as refused:
        WORKLIST.translate(row, CHANNEL, lambda *_: "")
    assert (refused.value.code, refused.value.place) == ("value", "new_reason")
    assert refused.value.envelope is not None


def test_a_control_character_in_another_cell_counts_as_a_blank() -> None:
    (row,) = WORKLIST.parse(edited(write([Entry("t")]), "no\x00 show", ""), CHANNEL)
    assert WORKLIST.translate(row, CHANNEL, lambda *_: "").moves[0].business_status == "no-show"


@pytest.mark.parametrize("word", ["failed", "accepted"])
def test_a_reason_is_as_long_as_a_page_and_no_longer(word: str) -> None:
    (row,) = WORKLIST.parse(edited(write([Entry("t")]), word, "\u00e9" * 2000), CHANNEL)
    assert len(WORKLIST.translate(row, CHANNEL, lambda *_: "").moves[0].reason) == 2000
    (row,) = WORKLIST.parse(edited(write([Entry("t")]), word, "\u00e9" * 2001), CHANNEL)
    with pytest.raises(Unreadable, match="longer than 2,000 characters"):
        WORKLIST.translate(row, CHANNEL, lambda *_: "")


def test_one_broken_row_does_not_stop_the_others() -> None:
    sheet = b'crosswalk_task,new_status,new_reason\r\nt1,yes,\r\nt2,"yes,\r\nt3,yes,\r\nt4,yes\r\n'
    rows = WORKLIST.parse(sheet, CHANNEL)
    told: list[str] = []
    for row in rows:
        try:
            told += [each.task for each in WORKLIST.translate(row, CHANNEL, lambda *_: "").moves]
        except Unreadable as refusal:
            told.append(refusal.place)
    assert list(zip(rows.places, told, strict=True)) == [
        ("row 2", "t1"),
        ("row 3", "row"),
        ("row 4", "t3"),
        ("row 5", "row"),
    ]


@pytest.mark.parametrize("word", sorted(words()))
def test_every_word_of_the_table_is_a_step(word: str) -> None:
    (row,) = WORKLIST.parse(edited(write([Entry("t")]), word.upper(), "because"), CHANNEL)
    (move,) = WORKLIST.translate(row, CHANNEL, lambda *_: "").moves
    assert move.status == words()[word].status


@pytest.mark.parametrize(
    ("raw", "code", "place"),
    [
        (b"crosswalk_task,new_status,new_reason\r\nt,maybe,\r\n", "value", "new_status"),
        (b"crosswalk_task,new_status,new_reason\r\nt,failed,\r\n", "required", "new_reason"),
        (b"crosswalk_task,new_status,new_reason\r\nt,yes,,more\r\n", "structure", "row"),
        (b"crosswalk_task,new_status\r\nt,yes\r\n", "required", "header"),
        (b'crosswalk_task,new_status,new_reason\r\n"t,yes,\r\n', "structure", "row"),
        (b"case,status\r\n1,2\r\n", "structure", "header"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(raw: bytes, code: str, place: str) -> None:
    with pytest.raises(Unreadable) as refused:  # noqa: PT012  # the bytes are cut before they are read
        for row in WORKLIST.parse(raw, CHANNEL):
            WORKLIST.translate(row, CHANNEL, lambda *_: "")
    assert refused.value.code == code
    assert refused.value.place.startswith(place.split()[0])


def test_what_became_of_a_row_is_told_as_json() -> None:
    refusal = Unreadable("value", "new_status", "no word")
    assert b'"refused"' in WORKLIST.acknowledge(b"", CHANNEL, "2026-05-02T12:00:00Z", refusal)
    assert b'"kept"' in WORKLIST.acknowledge(b"", CHANNEL, "2026-05-02T12:00:00Z", None)


def test_a_word_that_says_why_needs_no_reason_beside_it() -> None:
    (row,) = WORKLIST.parse(edited(write([Entry("t")]), "No capacity", ""), CHANNEL)
    (move,) = WORKLIST.translate(row, CHANNEL, lambda *_: "").moves
    assert (move.status, move.reason) == ("rejected", "No capacity")


def test_the_same_step_from_another_status_is_another_message() -> None:
    ids = set()
    for status in ("accepted", "in-progress", "accepted"):
        (row,) = WORKLIST.parse(edited(write([Entry("t", status=status)]), "on-hold", "waits"), CHANNEL)
        ids.add(WORKLIST.envelope(row, CHANNEL).control_id)
    assert len(ids) == 2


def ids(*entries: Entry) -> list[str]:
    """The control ids of these rows, each put on hold for the same reason."""
    rows = WORKLIST.parse(edited(write(entries), "on-hold", "waits"), CHANNEL)
    return [WORKLIST.envelope(row, CHANNEL).control_id for row in rows]


def test_the_same_step_from_a_later_state_is_another_message_and_from_the_same_it_is_not() -> None:
    first, later = (Entry("t", status="accepted", as_of=f"2026-03-1{day}T10:00:00.000+00:00") for day in (1, 2))
    assert len(set(ids(first, later, first))) == 2
    assert ids(first) == ids(replace(first, person="Robin", contact="555"))


def test_a_sheet_without_the_column_is_recognised_as_it_always_was() -> None:
    sheet = b"crosswalk_task,status,new_status,new_reason\r\nt,accepted,on-hold,waits\r\n"
    (row,) = WORKLIST.parse(sheet, CHANNEL)
    assert [WORKLIST.envelope(row, CHANNEL).control_id] == ids(Entry("t", status="accepted"))
    assert WORKLIST.envelope(row, CHANNEL).control_id == "t#695f1239dad60e5bcd67b48c"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_worklist_out_of_quarantine_is_one(separator: str) -> None:
    sheet = b"crosswalk_row,crosswalk_reason,crosswalk_task,new_status,new_reason\r\n2,why,t,yes,\r\n"
    sheet = sheet.replace(b",", separator.encode())
    assert recognises(sheet)
    assert recognises(b"\xef\xbb\xbf" + sheet)
    (row,) = WORKLIST.parse(sheet, CHANNEL)
    assert WORKLIST.translate(row, CHANNEL, lambda *_: "").moves[0].status == "accepted"
