"""The tokenizer: separators, escapes, deletes, and bounds."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Unreadable
from adapters.hospital import er7
from adapters.hospital.er7 import Segment, tokenize

HEAD = "MSH|^~\\&|A|B\r"


def leaf(raw: str) -> str:
    value = tokenize(HEAD).parts(raw)[0]
    assert isinstance(value, str)
    return value


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (r"a\F\b", "a|b"),
        (r"\S\\T\\R\\E\ ", "^&~\\"),
        (r"one\.br\two\.sp2\three", "one\ntwo  three"),
        (r"\H\bold\N\ plain", "bold plain"),
        (r"\X48C3A9\!", "H\u00e9!"),
        (r"\.in+4\x\.fi\y", "xy"),
        (r"\C2842\a\M2442\b\Zlocal\c", "abc"),
        (r"no \escape", r"no \escape"),
        (r"un\known\sequence", r"un\known\sequence"),
        (r"\XQQ\odd", r"\XQQ\odd"),
        (r"a\X0C\page", "a\npage"),
    ],
)
def test_escapes_are_decoded_at_the_leaf_and_outer_blanks_left_out(raw: str, text: str) -> None:
    assert leaf(raw) == text


@pytest.mark.parametrize("raw", [r"\X00\ ", r"\X08\ ", r"\XFF\ "])
def test_hexadecimal_escapes_of_control_characters_and_broken_text_are_refused(raw: str) -> None:
    with pytest.raises(Unreadable) as refused:
        leaf(raw)
    assert refused.value.code == "value"


def test_delete_is_told_apart_from_empty() -> None:
    message = tokenize(HEAD)
    assert message.split('""') == []
    assert message.split('A~""~~B') == [["A"], [""], ["B"]]


def test_subcomponents_repetitions_and_labels() -> None:
    message = tokenize(HEAD + "NK1|1|A&B^C~D\rNK1|2\rPID|x")
    first, second = message.named("NK1")
    assert message.occurrences(first, 2) == [[["A", "B"], "C"], ["D"]]
    assert [segment.label for segment in message.segments] == ["MSH", "NK1[1]", "NK1[2]", "PID"]
    assert message.first("ZZZ") is None
    assert second.raw(9) == ""
    assert message.occurrences(second, 9) == []
    assert first.populated() == [(1, "1"), (2, "A&B^C~D")]


def test_other_separators_are_taken_from_the_header() -> None:
    message = tokenize("MSH*:;!@*A*B\rPID*1**7:8;9")
    assert message.occurrences(message.segments[1], 3) == [["7", "8"], ["9"]]
    assert tokenize("MSH|^").split("a~b&c") == [["a~b&c"]]


@pytest.mark.parametrize("text", ["", "MSH", "PID|1", "MSHA^~", "MSH ^~", "MSH|^^~\\&|", "MSH||a"])
def test_a_header_without_usable_separators_is_refused(text: str) -> None:
    with pytest.raises(Unreadable) as refused:
        tokenize(text)
    assert refused.value.code == "structure"


def test_segments_and_repetitions_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(er7, "MAX_SEGMENTS", 3)
    monkeypatch.setattr(er7, "MAX_REPETITIONS", 3)
    monkeypatch.setattr(er7, "MAX_SEPARATORS", 12)
    with pytest.raises(Unreadable, match="components"):
        tokenize(HEAD + "NTE|1^2^3&4~5|6|7|8|9|0|1")
    with pytest.raises(Unreadable, match="segments"):
        tokenize(HEAD + "NTE|1\r" * 3)
    with pytest.raises(Unreadable, match="repeats"):
        tokenize(HEAD).split("~~~")


ANY = st.text(st.characters(exclude_characters="\r\n\x00", exclude_categories=["Cs"]), max_size=40)


@given(st.lists(ANY, max_size=6))
def test_any_text_after_a_header_tokenizes_or_is_refused(lines: list[str]) -> None:
    message = tokenize(HEAD + "\r".join(lines))
    for segment in message.segments:
        for number, raw in segment.populated():
            with suppress(Unreadable):
                assert len(message.split(raw)) <= raw.count("~") + 1, number


@given(ANY)
def test_text_escaped_by_the_book_comes_back(text: str) -> None:
    table = {"|": r"\F\ "[:3], "^": r"\S\ "[:3], "&": r"\T\ "[:3], "~": r"\R\ "[:3], "\\": r"\E\ "[:3]}
    raw = "".join(table.get(character, character) for character in text)
    if raw != '""' and raw:
        assert tokenize(HEAD).parts(raw) == [text.strip()]
    assert Segment("PID", "PID", ["PID", raw]).raw(1) == raw
