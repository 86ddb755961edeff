"""The page for those who take consents can be followed to the letter, beside a gateway at work."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from gateway.consents.establishing import basic_of
from tests.gateway.consents.acting import acts, lodged, said
from tests.messages import Visit
from tests.promises.house import House
from tests.promises.stories import charted, receiver_task, referred
from tests.promises.worlds import HOSPITAL, PROGRAM

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "consents.md"
CIRCUMSTANCES = ROOT / "docs" / "circumstances.md"
BIN = Path(sys.executable).parent
CONFIRM = ("consent", "confirm", "--agency", "harbor-recovery", "--by", "noor-castellan")


def _environment(house: House, **more: str) -> dict[str, str]:
    keys = {"DATABASE_URL": house.url, "CROSSWALK_KEY_FILE": str(house.template.site.key_file)}
    keys["PYTHONPATH"] = str(ROOT)
    return {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": os.environ.get("HOME", "/"), **keys, **more}


def _run(block: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    words = ["bash", "-euo", "pipefail", "-c", block]
    return subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=False)


def _command(house: House, *words: str) -> subprocess.CompletedProcess[str]:
    line = [str(BIN / "crosswalk"), *words]
    return subprocess.run(line, env=_environment(house), capture_output=True, text=True, timeout=60, check=False)


def _killed(house: House, seconds: float, *words: str) -> None:
    line = [str(BIN / "crosswalk"), *words]
    running = subprocess.Popen(line, env=_environment(house), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    running.kill()
    running.wait()


async def test_each_command_of_the_page_runs(house: House) -> None:
    if not shutil.which("bash"):
        pytest.skip("bash is not installed: the page uses it")
    patient = await referred(house, Visit())
    path, task = await charted(house, patient), await receiver_task(house, PROGRAM, patient)
    environment = _environment(house, TASK=task["id"], CONSENT=await lodged(house, patient))
    blocks = re.findall(r"^```shell\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    seen = []
    for block in blocks:
        done = await asyncio.to_thread(_run, block, environment)
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        seen.append((await house.asker(HOSPITAL).get(path)).status)
        said = done.stdout + done.stderr
        assert "QUILLFEATHER" not in said
        if "record" in block:
            (made,) = re.findall(r"Recorded as Consent/([0-9a-f-]{36})", said)
            revoke = f"crosswalk consent revoke {made} --agency harbor-recovery --by noor-castellan"
            assert (await asyncio.to_thread(_run, revoke, environment)).returncode == 0
    assert len(blocks) == 5
    assert seen == [200, 404, 404, 200, 404]


async def test_each_command_of_the_page_on_circumstances_runs(house: House) -> None:
    if not shutil.which("bash"):
        pytest.skip("bash is not installed: the page uses it")
    patient = await referred(house, Visit())
    await charted(house, patient)
    basic = basic_of(said("restriction", patient, "lakeside-bh", kind="agreed"), "lakeside-bh")
    assert (await house.asker(HOSPITAL).post(f"Patient/{patient}/$circumstance", basic)).status == 200
    (waiting,) = [each for each in await acts(house).of("cityhosp") if each.patient == patient]
    environment = _environment(house, PATIENT=patient, CIRCUMSTANCE=waiting.id)
    blocks = re.findall(r"^```shell\n(.*?)^```", CIRCUMSTANCES.read_text(), re.DOTALL | re.MULTILINE)
    said_so = []
    for block in blocks:
        done = await asyncio.to_thread(_run, block, environment)
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        said_so.append(done.stdout)
    assert waiting.id in said_so[1]
    assert "agreed" in said_so[2]
    last = [each.strip().splitlines()[-1].split()[0] for each in (said_so[0], *said_so[3:])]
    assert last == ["Recorded", "Confirmed:", "Ended:", "Recorded"]
    assert waiting.id not in [each.id for each in await acts(house).of("cityhosp")]


async def test_a_stranger_and_a_form_with_a_gap_are_refused_with_status_1(house: House) -> None:
    patient = await referred(house, Visit())
    task = await receiver_task(house, PROGRAM, patient)
    words = ["consent", "record", "--agency", "harbor-recovery", "--referral", task["id"], "--form", "part2-named"]
    words += ["--to", "cityhosp", "--purpose", "TREAT", "--signed", "2026-03-05", "--until", "2027-12-31"]
    gap = await asyncio.to_thread(_command, house, *words, "--by", "noor-castellan")
    stranger = await asyncio.to_thread(
        _command, house, *words, "--by", "amara-lindqvist", "--states", "right-to-revoke"
    )
    assert (gap.returncode, stranger.returncode) == (1, 1)
    assert "right to revoke (42 CFR 2.31(a)(6))" in gap.stderr
    assert "no such person" in stranger.stderr
    assert await house.asker(PROGRAM).found(f"Consent?patient={patient}") == []


@pytest.mark.parametrize("seconds", [0.5, 0.9, 1.2, 1.6])
async def test_a_command_that_is_killed_leaves_all_of_the_act_or_nothing(house: House, seconds: float) -> None:
    patient = await referred(house, Visit())
    path, consent = await charted(house, patient), await lodged(house, patient)
    await asyncio.to_thread(_killed, house, seconds, *CONFIRM, consent)
    async with house.owner() as owner:
        kept = await owner.fetchval("SELECT count(*) FROM consent_confirmed WHERE consent = $1", uuid.UUID(consent))
        told = await owner.fetchval(
            "SELECT count(*) FROM audit WHERE outcome = 'confirmed' AND patient = $1", uuid.UUID(patient)
        )
    assert kept == told
    assert (await house.asker(HOSPITAL).get(path)).status == (200 if kept else 404)
