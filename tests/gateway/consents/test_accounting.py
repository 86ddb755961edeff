"""The accounting of disclosures: what was told, to whom, by which law; for as long as the law says, and no longer."""

import asyncio
import csv
import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.accounting import Register, accounting, as_html, without_suspended, years_before
from gateway.store.audit import Disclosed
from tests.messages import Visit
from tests.promises.house import House
from tests.promises.stories import charted, consented, referred
from tests.promises.worlds import HOSPITAL, PROGRAM

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def run(house: House, *words: str) -> subprocess.CompletedProcess[str]:
    keys = {"DATABASE_URL": house.url, "CROSSWALK_KEY_FILE": str(house.template.site.key_file), "PYTHONPATH": str(ROOT)}
    line = [str(Path(sys.executable).parent / "crosswalk"), "accounting", *words]
    return subprocess.run(line, env={**os.environ, **keys}, capture_output=True, text=True, timeout=60, check=False)


async def test_what_went_by_consent_is_in_the_part_2_register_and_not_in_hipaas(house: House) -> None:
    patient = await referred(house, Visit())
    path = await charted(house, patient)
    await consented(house, patient)
    assert (await house.asker(HOSPITAL).get(path)).status == 200
    assert (await house.asker(PROGRAM).get(path)).status == 200
    who = (patient, "--agency", "harbor-recovery", "--by", "noor-castellan")
    done = await asyncio.to_thread(run, house, *who, "--register", "part2", "--form", "json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    mine = [each for each in told["disclosures"] if path in each["what"]]
    assert [each["recipient"] for each in mine] == ["City Hospital"], "what the program reads itself is no disclosure"
    assert "42 CFR 2.3" in mine[0]["by"]
    assert mine[0]["purpose"] == "TREAT"
    none = await asyncio.to_thread(run, house, *who, "--form", "csv")
    assert list(csv.reader(io.StringIO(none.stdout)))[1:] == []
    page = await asyncio.to_thread(run, house, *who, "--register", "all", "--form", "html")
    assert "City Hospital" in page.stdout
    async with house.owner() as owner:
        noted = await owner.fetchval("SELECT count(*) FROM audit WHERE kind = 'accounting' AND outcome = 'printed'")
    assert noted == 3


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--agency", "nobody", "--by", "noor-castellan"), "is no agency here"),
        (("--agency", "harbor-recovery", "--by", "amara-lindqvist"), "no such person"),
    ],
)
async def test_a_stranger_reads_no_accounting(house: House, words: tuple[str, ...], reason: str) -> None:
    patient = await referred(house, Visit())
    done = await asyncio.to_thread(run, house, patient, *words)
    assert done.returncode == 1
    assert reason in done.stderr
    assert done.stdout == ""


def told(at: datetime, recipient: str, *obligations: str) -> Disclosed:
    record = {"record": "Condition/1", "because": ["45 CFR 164.512(f)"], "obligations": list(obligations)}
    return Disclosed("c:1", at, recipient, {"purpose": "LAW", "records": [record]})


async def test_a_register_goes_back_as_many_years_as_its_law(house: House) -> None:
    agencies = dict(house.gateway.registry.current.agencies)
    holder = agencies["cityhosp"]
    entries = [
        told(datetime(year, month, day, 12, tzinfo=UTC), "riverton-pd", "ACCOUNT_HIPAA_164_528", "ACCOUNT_P2_2_25")
        for year, month, day in ((2020, 11, 22), (2020, 11, 23), (2023, 11, 22), (2023, 11, 23))
    ]
    counts = {each: len(accounting(entries, each, holder, agencies, NOW)) for each in Register}
    assert counts == {Register.HIPAA: 3, Register.PART2: 1, Register.INTERMEDIARY: 0, Register.EVERY: 4}


async def test_what_law_enforcement_suspended_is_left_out_for_the_person(house: House) -> None:
    agencies = dict(house.gateway.registry.current.agencies)
    rows = [told(NOW, "riverton-pd"), told(NOW, "lakeside-bh"), told(NOW, "gone")]
    assert [each.recipient for each in without_suspended(rows, agencies)] == ["lakeside-bh", "gone"]


async def test_the_page_shows_what_it_is_told_as_text(house: House) -> None:
    holder = house.gateway.registry.current.agencies["cityhosp"]
    evil = replace(told(NOW, "<script>alert(1)</script>", "ACCOUNT_HIPAA_164_528"))
    (row,) = accounting([evil], Register.HIPAA, holder, {}, NOW)
    assert "<script>" not in as_html([row], "t", "s")


@pytest.mark.parametrize("day", [(2024, 2, 29), (2026, 11, 23)])
async def test_so_many_years_ago_is_a_day(day: tuple[int, int, int]) -> None:
    assert years_before(datetime(*day, tzinfo=UTC), 3).year == day[0] - 3
