"""Codes add sensitivity by prefix, tobacco excepted, and source marks restrict unless they say no."""

from pathlib import Path

import pytest

from consent.code_sets import (
    ACT_CODE,
    LOCAL,
    mark_label,
    sensitivity,
)
from consent.labels import coding_of
from consent.vocabulary import Label

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("F10.10", {Label.SUD}),
        ("f1920", {Label.SUD}),
        ("F17.210", set()),
        ("F20.0", {Label.MH}),
        ("F32.A", {Label.MH}),
        ("F99", {Label.MH}),
        ("F05", set()),
        ("R45.851", {Label.MH}),
        ("X70", set()),
        ("X71.0XXA", {Label.MH}),
        ("X83.8", {Label.MH}),
        ("X84", set()),
        ("B20", {Label.HIV}),
        ("T74.11XA", {Label.SDV}),
        ("Z04.41", {Label.SDV}),
        ("O03.9", {Label.R}),
        ("O09.90", set()),
        ("I10", set()),
        ("", set()),
    ],
)
def test_icd_10_prefixes(code: str, expected: set[Label]) -> None:
    assert sensitivity(ICD, code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [("303.90", {Label.SUD}), ("305.1", set()), ("296.20", {Label.MH}), ("E950.0", {Label.MH}), ("042", {Label.HIV}),
     ("995.81", {Label.SDV}), ("401.9", set())],
)  # fmt: skip
def test_icd_9_prefixes(code: str, expected: set[Label]) -> None:
    assert sensitivity("http://hl7.org/fhir/sid/icd-9-cm", code) == expected


def test_a_code_of_another_system_says_nothing() -> None:
    assert sensitivity("http://snomed.info/sct", "F11.20") == frozenset()


@pytest.mark.parametrize(
    ("code", "expected"),
    [("Y", {Label.R}), ("n", set()), ("", set()), ("DRG", {Label.SUD}), ("PSY", {Label.MH}), ("VIP", {Label.R}),
     ("HIV", {Label.HIV}), ("U", set()), ("whatever it is", {Label.R})],
)  # fmt: skip
def test_a_source_mark_restricts_unless_it_says_no(code: str, expected: set[Label]) -> None:
    assert mark_label(code) == expected


def test_hl7_codings_exist_in_the_terminology() -> None:
    table = SHARED / "fhir" / "terminology" / "v3-security-and-role-codes.tsv"
    if not table.exists():
        pytest.skip("needs ../shared/fhir/terminology")
    rows = {tuple(line.split("\t")[1:3]) for line in table.read_text(encoding="utf-8").splitlines()}
    for label in Label:
        coding = coding_of(label)
        assert (coding["system"], coding["code"]) in rows or coding["system"] == LOCAL
    assert coding_of(Label.PART2) == {"system": ACT_CODE, "code": "42CFRPart2"}
