"""The page of formats is true: its fields, its report and its channels."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path

from adapters.base import Profile
from adapters.police.leaf import kinds
from tests.adapters.police.planting import STEERING
from tests.adapters.police.reports import CHANNEL, PROFILE, WEB, sample, translate

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "formats-police.md").read_text()


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return str(found)


def test_every_field_stands_on_the_page_with_its_class() -> None:
    assert dict(re.findall(r"^\| `([a-z_.]+)` \| ([a-z-]+) \|", PAGE, re.MULTILINE)) == {
        name: str(kind) for name, kind in kinds().items()
    }


def test_the_report_on_the_page_becomes_a_bundle() -> None:
    found = translate(block("json").encode(), WEB)
    assert len(found.bundle["entry"]) == 4
    assert found.facts["referred_to"] == ("living-room",)


def test_the_profile_on_the_page_reads_the_sample_table() -> None:
    channels = {each["name"]: each for each in tomllib.loads(block("toml"))["channels"]}
    profile = channels["export"]["profile"]
    made = Profile(**{**profile, "dates": tuple(profile["dates"])})
    assert made == PROFILE
    row = b"".join(sample("rms_export.csv").splitlines(keepends=True)[:2])
    assert translate(row, replace(CHANNEL, profile=made)).number == "26-005101"


def test_the_fields_that_refuse_a_report_stand_on_the_page() -> None:
    (said,) = re.findall(r"\*\*refused\*\* with its place: (.*?), and a call type", PAGE, re.DOTALL)
    assert sorted(re.findall(r"`([a-z_.]+)`", said)) == STEERING
