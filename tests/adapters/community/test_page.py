"""The page of formats is true: its fields, its words, its referral and its channels."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path

from adapters.base import Profile
from adapters.community import FIELDS
from adapters.worklist import steps
from adapters.worklist.sheet import HEADER, KEY, REASON, STATUS
from tests.adapters.community.referrals import PLAIN, PROFILE, faults, sample, translate

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "formats-community.md").read_text()


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return str(found)


def rows(heading: str) -> list[list[str]]:
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.rpartition("\n\n|")[2].splitlines() if "|" in line][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_field_stands_on_the_page() -> None:
    assert [cells[0].strip("`") for cells in rows("Every field")] == list(FIELDS)


def test_the_words_of_the_worklist_are_those_that_count() -> None:
    told = {
        "".join(each for each in word.casefold() if each.isalnum()): steps.Step(status, detail, reason == "needed")
        for words, status, detail, reason in rows("The worklist")
        for word in words.split(", ")
    }
    assert told == steps.words()
    assert {KEY, STATUS, REASON} <= set(HEADER) & set(re.findall(r"`(\w+)`", PAGE))


def test_the_referral_on_the_page_becomes_a_bundle() -> None:
    found = translate(block("json").encode())
    assert len(found.bundle["entry"]) == 3
    assert not faults(found)
    assert {mark.code for mark in found.marks} == {"SDV"}


def test_the_profile_on_the_page_reads_the_sample_table() -> None:
    channels = {each["name"]: each for each in tomllib.loads(block("toml"))["channels"]}
    profile = channels["export"]["profile"]
    made = Profile(**{**profile, "dates": tuple(profile["dates"])})
    assert made == PROFILE
    row = b"".join(sample("case_export.csv").splitlines(keepends=True)[:2])
    assert translate(row, replace(PLAIN, profile=made)).number == "77-1"
