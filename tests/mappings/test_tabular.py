"""Tables of text: every row for itself, nothing guessed, nothing run."""

import csv
import io
from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings import tabular
from mappings.tabular import BOM, CONTROL, MAX_BROKEN, MAX_COLUMNS, MAX_FIELD, BadTable, Profile

CELL = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x7f"), max_size=20).filter(
    lambda text: not CONTROL.search(text)
)


def written(*rows: list[str], delimiter: str = ",") -> bytes:
    made = io.StringIO(newline="")
    csv.writer(made, delimiter=delimiter).writerows(rows)
    return made.getvalue().encode()


def refused(message: bytes, **how: str) -> BadTable:
    with pytest.raises(BadTable) as fault:
        tabular.read(message, **how)
    return fault.value


@given(
    rows=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=6), delimiter=st.sampled_from(",;\t|")
)
def test_what_was_written_is_read_row_by_row(rows: list[list[str]], delimiter: str) -> None:
    table = BOM + written(["a", "b", "c"], *rows, delimiter=delimiter)
    found = [tabular.read(each.message, delimiter) for each in tabular.split(table, delimiter)]
    sent = [{name: cell.strip() for name, cell in zip("abc", row, strict=True)} for row in rows]
    assert [row for row in found if any(row.values())] == [row for row in sent if any(row.values())]


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    found = list(tabular.split(b'a,b\r\n1,2\r\n\r\n"",\r\n3,4'))
    assert [each.number for each in found] == [2, 5]
    assert found[1].message == b"a,b\r\n3,4"


def test_a_quoted_field_may_hold_line_ends_and_separators() -> None:
    (only,) = tabular.split(b'a,b\n"one\ntwo","x,y"\n')
    assert tabular.read(only.message) == {"a": "one\ntwo", "b": "x,y"}


@pytest.mark.parametrize("raw", [b"a,b", b"a,b\r\n"])
def test_a_header_alone_has_no_rows(raw: bytes) -> None:
    assert list(tabular.split(raw)) == []


@pytest.mark.parametrize("raw", [b"", BOM, b"\r\n1,2\r\n"])
def test_a_table_without_header_is_refused(raw: bytes) -> None:
    with pytest.raises(BadTable, match="first row names the columns"):
        list(tabular.split(raw))


def test_a_header_whose_quotes_stay_open_is_refused() -> None:
    with pytest.raises(BadTable) as fault:
        list(tabular.split(b'"a,b\n1,2\n'))
    assert (fault.value.code, fault.value.place) == ("structure", "header")
    with pytest.raises(BadTable, match="close its quotes"):
        tabular.header(b'"a"x,b\n')


@pytest.mark.parametrize("bad", [b'"open,2', b'"shut"x,2', b'1,"open'])
def test_a_row_with_broken_quotes_does_not_stop_the_others(bad: bytes) -> None:
    found = list(tabular.split(b"a,b\n1,2\n" + bad + b"\n3,4\n5,6\n"))
    assert [each.number for each in found] == [2, 3, 4, 5]
    assert [tabular.read(found[each].message)["a"] for each in (0, 2, 3)] == ["1", "3", "5"]
    assert refused(found[1].message).place == "row"


def test_a_table_with_broken_quotes_everywhere_is_refused_as_a_whole() -> None:
    rows = b'"x"y,2\n' * MAX_BROKEN
    assert len(list(tabular.split(b"a,b\n" + rows))) == MAX_BROKEN
    with pytest.raises(BadTable, match="separator") as fault:
        list(tabular.split(b"a,b\n" + rows + b'"x"y,2\n'))
    assert fault.value.place == f"row {MAX_BROKEN + 2}"


def test_a_field_of_one_megabyte_is_read_and_a_longer_one_refused_for_its_row() -> None:
    table = b"a,b\n" + b"x" * MAX_FIELD + b",1\n" + b"x" * (MAX_FIELD + 1) + b",2\n3,4\n"
    fits, too_long, after = tabular.split(table)
    assert len(tabular.read(fits.message)["a"]) == MAX_FIELD
    assert "below 1 MB" in str(refused(too_long.message))
    assert tabular.read(after.message) == {"a": "3", "b": "4"}


@pytest.mark.parametrize("row", [b"1", b"1,2,3"])
def test_a_ragged_row_is_refused_with_both_counts(row: bytes) -> None:
    fault = refused(b"a,b\n" + row)
    assert (fault.code, fault.place) == ("structure", "row")
    assert "and the header 2" in str(fault)


@pytest.mark.parametrize("message", [b"a,b\n", b"a,b\n1,2\n3,4\n", b""])
def test_a_record_is_a_header_and_one_row(message: bytes) -> None:
    assert "a header and one row" in str(refused(message))


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (b"a,a", "twice"),
        (b"a,", "without a name"),
        (b",".join([b"c"] * (MAX_COLUMNS + 1)), f"more than {MAX_COLUMNS}"),
    ],
)
def test_a_header_that_names_no_column_or_one_twice_is_refused(head: bytes, told: str) -> None:
    fault = refused(head + b"\n1,2\n")
    assert fault.place == "header"
    assert told in str(fault)


def test_another_character_set_must_be_declared() -> None:
    message = "name\nZoë\n".encode("cp1252")
    fault = refused(message)
    assert (fault.place, "cp1252" in str(fault)) == ("name", True)
    assert tabular.read(message, charset="cp1252") == {"name": "Zoë"}
    assert "not text in" in str(refused(message, charset="no-such-charset"))


@pytest.mark.parametrize("control", ["\x00", "\x0b", "\x1b", "\x7f"])
def test_a_control_character_is_refused_by_its_column(control: str) -> None:
    fault = refused(f"a,b\n1,x{control}y\n".encode())
    assert (fault.code, fault.place) == ("value", "b")
    assert control not in str(fault)


def test_bytes_of_no_known_character_set_stay_as_they_are() -> None:
    assert tabular.octets("a;b\nà;\xa0x\n".encode(), ";") == {"a": "à".encode(), "b": "\xa0x".encode()}


def test_the_header_is_read_alone() -> None:
    assert tabular.header(BOM + b" a ;b\n1;2\n", ";") == ["a", "b"]
    assert tabular.header(b"") == []


def test_a_date_is_read_by_the_first_form_that_fits() -> None:
    forms = Profile().dates
    assert tabular.moment("2026-03-05", forms) == (datetime(2026, 3, 5), False)  # noqa: DTZ001  # as it was written
    assert tabular.moment("2026-03-05 14:30", forms) == (datetime(2026, 3, 5, 14, 30), True)  # noqa: DTZ001  # as above
    assert tabular.moment("5 March", forms) == (None, False)


@pytest.mark.parametrize("text", ["=1+1", " =cmd|' /C calc'!A0", "+SUM(A1)", "-2+3", "@x", "\uff1d1", "=\n1"])
def test_what_a_spreadsheet_would_run_is_known_and_defused(text: str) -> None:
    assert tabular.is_formula(text)
    assert tabular.defused(text.strip()) == f"'{text.strip()}"


@pytest.mark.parametrize("text", ["", "-4", "+1 (217) 555-0100", "a=b", "12-3", "-", "mail@example.org"])
def test_signed_numbers_and_telephones_are_no_formulas(text: str) -> None:
    assert not tabular.is_formula(text)


def test_a_cell_that_we_write_never_begins_as_a_formula() -> None:
    assert [tabular.defused(each) for each in ("\t=1", "\r=1", "\n=1", "+1", "plain")] == [
        *(f"'{each}" for each in ("\t=1", "\r=1", "\n=1", "+1")),
        "plain",
    ]


def test_a_long_run_of_blanks_costs_no_time() -> None:
    assert tabular.is_formula("-" + " " * 200_000 + "x")
    assert not tabular.is_formula(" " * 200_000 + "x")


@given(st.binary(max_size=200), st.sampled_from(",;\t"))
def test_any_bytes_end_in_rows_or_in_a_named_refusal(raw: bytes, delimiter: str) -> None:
    places = []
    with suppress(BadTable):
        for each in tabular.split(raw, delimiter):
            try:
                tabular.read(each.message, delimiter)
            except BadTable as fault:
                places.append(fault.place)
    assert all(places)
