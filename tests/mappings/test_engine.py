"""Rows of a table: what they may say, what they do, and what is entered for every field."""

from typing import Any

import pytest

from mappings.account import Account, Setting
from mappings.engine import HERE, BadRow, compile_table, fill, table
from mappings.parts import Component, Parts


def run(rows: list[dict[str, Any]], fields: dict[int | str, str], label: str = "") -> tuple[dict[str, Any], Account]:
    account = Account(Setting(), split=split)
    resource: dict[str, Any] = {}
    fill(compile_table({"name": "PID", "into": "Patient", "row": rows}), fields.items(), resource, account, label)
    return resource, account


def split(raw: str) -> list[Parts]:
    return [] if raw == '""' else [[_component(part) for part in each.split("^")] for each in raw.split("~")]


def _component(raw: str) -> Component:
    return [text.strip() for text in raw.split("&")] if "&" in raw else raw.strip()


def lines(account: Account) -> dict[str, str]:
    return {line.path: line.outcome for line in account.lines}


def row(**keys: Any) -> dict[str, Any]:
    return {"from": "PID-1", "because": "test", **keys}


def test_a_row_copies_looks_up_ignores_or_leaves_to_python() -> None:
    rows = [
        row(to="a", use="text"),
        {**row(to="b.c", codes="administrative-gender"), "from": "PID-2"},
        {"from": "PID-3", "ignore": "no use"},
        {**row(by="python"), "from": "PID-4"},
        {**row(to="d[]", use="text"), "from": "Name"},
    ]
    resource, account = run(rows, {1: "x", 2: "F", 3: "y", 4: "z", "Name": "one~two", 9: "?"}, "PID")
    assert resource == {"a": "x", "b": {"c": "female"}, "d": ["one", "two"]}
    assert lines(account) == {
        "PID-1": "mapped",
        "PID-2": "mapped",
        "PID-3": "ignored",
        "PID-Name[1]": "mapped",
        "PID-Name[2]": "mapped",
        "PID-9": "unmapped",
    }
    assert account.pending == {"PID-4": "test"}
    assert [line.target for line in account.lines if line.path == "PID-2"] == ["Patient.b.c"]


def test_a_transform_may_make_several_values_of_one() -> None:
    resource, _ = run([row(to="telecom[]", use="contact_points")], {1: "555^^PH^a@b.example"})
    assert [point["system"] for point in resource["telecom"]] == ["phone", "email"]


def test_an_element_that_takes_one_value_says_so_of_the_others() -> None:
    resource, account = run([row(to="a", use="text")], {1: "~x~y"})
    assert resource == {"a": "x"}
    assert lines(account) == {"1[1]": "unmapped", "1[2]": "mapped", "1[3]": "unmapped"}


def test_what_a_transform_does_not_read_is_entered() -> None:
    _, account = run([row(to="a", use="text")], {1: "x&sub& ^second^ ^third&fourth^& "})
    assert lines(account) == {"1": "mapped", "1.1.2": "unmapped", "1.2": "unmapped", "1.4": "unmapped"}


def test_a_value_of_which_nothing_can_be_used_is_entered() -> None:
    resource, account = run(
        [row(to="a", use="name"), {**row(to="b[]", use="name"), "from": "PID-2"}], {1: " ", 2: "^^^"}
    )
    assert resource == {}
    assert lines(account) == {"1": "unmapped", "2": "unmapped"}


def test_a_delete_is_entered_and_removes_the_element() -> None:
    rows = [row(to="a.b", use="text"), {**row(to="c[]", use="text"), "from": "PID-2"}]
    resource, account = run(rows, {1: '""', 2: '""'})
    assert resource == {}
    assert account.removed == ["a", "c"]
    assert lines(account) == {"1": "mapped", "2": "mapped"}


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (row(to="a", use="shout"), "no transform"),
        (row(to="a", use="name", codes="race"), "no transform"),
        (row(to="a"), "one of ignore"),
        (row(to="a", use="text", ignore="x"), "one of ignore"),
        (row(use="text"), "where the value goes"),
        (row(to="a", use="text", when="x"), "no key of a row"),
        ({"from": "PID-1", "to": "a", "use": "text"}, "say why"),
    ],
)
def test_a_row_that_says_nothing_or_two_things_is_refused(bad: dict[str, Any], says: str) -> None:
    with pytest.raises(BadRow, match=says):
        run([bad], {})


def test_two_rows_for_one_field_are_refused_and_a_missing_table_is_named() -> None:
    with pytest.raises(BadRow, match="two rows"):
        run([row(to="a", use="text")] * 2, {})
    with pytest.raises(FileNotFoundError):
        table("hospital/none")
    with pytest.raises(FileNotFoundError):
        run([row(to="a", codes="none")], {})


def test_a_table_need_not_say_what_it_fills() -> None:
    account = Account(Setting())
    fill(
        compile_table({"name": "x", "row": [{**row(to="a", use="text"), "from": "Name"}]}), [("Name", "v")], {}, account
    )
    assert [(line.path, line.target) for line in account.lines] == [("Name", "a")]


@pytest.mark.parametrize("path", sorted(HERE.glob("hospital/*.toml")), ids=lambda path: path.stem)
def test_every_table_of_the_hospital_compiles(path: Any) -> None:
    assert table(f"hospital/{path.stem}").rows
