"""Scopes are narrowed to what is registered, never widened (security checklist T05)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.auth.scopes import INTERACTIONS, InvalidScope, Scope, allows, covers, grant, parse, spelled

TYPES = ["*", "Task", "Patient", "Observation"]
LETTERS = ["".join(c for c, bit in zip("cruds", f"{n:05b}", strict=True) if bit == "1") for n in range(1, 32)]
SCOPES = st.lists(st.builds(Scope, st.sampled_from(TYPES), st.sampled_from(LETTERS)), min_size=1, max_size=5)


@pytest.mark.parametrize("letters", LETTERS)
def test_letters_in_order_are_read(letters):
    assert parse(f"system/Task.{letters}") == (Scope("Task", letters),)


@pytest.mark.parametrize(("word", "letters"), [("read", "rs"), ("write", "cud"), ("*", "cruds")])
def test_version_1_words_are_read_as_letters(word, letters):
    assert parse(f"system/*.{word}") == (Scope("*", letters),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "system/Task.rs ",
        "system/Task.rs  system/Patient.rs",
        "system/Task.rs\tsystem/Patient.rs",
        "system/Task.sr",
        "system/Task.rr",
        "system/Task.crudsx",
        "system/Task.",
        "system/Task",
        "system/.rs",
        "system/**.rs",
        "system/task.rs",
        "system/Task.READ",
        "system/Task.readwrite",
        "system/Task.rs?_tag=x",
        "system/Observation.rs?category=laboratory",
        "system/Task.rs?",
        "patient/Task.rs",
        "patient/*.read",
        "user/*.cruds",
        "SYSTEM/Task.rs",
        "launch",
        "launch/patient",
        "openid fhirUser",
        "offline_access",
        "system/Task.rs openid",
        "system/Task.rs\n",
        "system/Tásk.rs",
        "system/../Task.rs",
        "*",
        "*/*.*",
    ],
)
def test_what_is_no_system_scope_is_invalid(text):
    with pytest.raises(InvalidScope):
        parse(text)


def test_too_many_scopes_are_invalid():
    assert parse(" ".join(["system/Task.r"] * 256)) == (Scope("Task", "r"),)
    with pytest.raises(InvalidScope, match="256"):
        parse(" ".join(["system/Task.r"] * 257))


@pytest.mark.parametrize(
    ("asked", "registered", "granted"),
    [
        ("system/*.cruds", "system/Task.rs system/Patient.r", "system/Patient.r system/Task.rs"),
        ("system/Task.cruds", "system/*.rs", "system/Task.rs"),
        ("system/Task.read system/Task.c", "system/Task.cruds", "system/Task.crs"),
        ("system/Task.r system/Patient.r", "system/Task.cruds", "system/Task.r"),
    ],
)
def test_grant_is_what_both_hold(asked, registered, granted):
    assert " ".join(map(str, grant(parse(asked), parse(registered)))) == granted


@pytest.mark.parametrize(
    ("asked", "registered"), [("system/Task.c", "system/Task.rs"), ("system/Task.rs", "system/Patient.rs")]
)
def test_nothing_in_common_is_invalid(asked, registered):
    with pytest.raises(InvalidScope):
        grant(parse(asked), parse(registered))


@given(asked=SCOPES, registered=SCOPES)
def test_grant_allows_exactly_what_was_asked_and_registered(asked, registered):
    try:
        granted = grant(asked, registered)
    except InvalidScope:
        granted = ()
    for kind in [*TYPES, "Encounter"]:
        for code in INTERACTIONS:
            both = allows(asked, kind, code) and allows(registered, kind, code)
            assert allows(granted, kind, code) == both
    assert covers(registered, granted)
    assert covers(asked, granted)


@given(scopes=SCOPES)
def test_granted_scopes_read_back_as_they_are_written(scopes):
    granted = grant(scopes, parse("system/*.cruds"))
    assert parse(" ".join(map(str, granted))) == granted
    assert parse(spelled(granted, "system/*.read")) == granted


@given(text=st.text(max_size=40) | st.from_regex(r"(system|user|patient)/\w*\.\w*(\?\w+=\w+)?", fullmatch=True))
def test_any_text_is_read_or_invalid(text):
    try:
        scopes = parse(text)
    except InvalidScope:
        return
    assert all(scope.letters in LETTERS for scope in scopes)


def test_a_scope_on_one_type_does_not_open_the_system():
    assert not allows(parse("system/Task.cruds"), "*", "search-system")
    assert allows(parse("system/*.s"), "*", "search-system")


def test_answer_uses_the_version_of_the_question():
    granted = parse("system/Patient.rs system/Task.cruds")
    assert spelled(granted, "system/*.*") == "system/Patient.read system/Task.*"
    assert spelled(granted, "system/*.cruds") == "system/Patient.rs system/Task.cruds"
    assert spelled(granted, "system/*.read system/Task.cruds") == "system/Patient.rs system/Task.cruds"
