"""The demo as a whole: a real gateway, real sockets, and an exit status that means what it says."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
PACKAGES = ("gateway", "consent", "adapters", "mappings")
DEMO = (sys.executable, "-c", "from gateway.cli import main; main()", "demo")
SECONDS = 150


def test_the_whole_story_holds_and_ends_with_status_0() -> None:
    ended = subprocess.run([*DEMO, "--exit"], capture_output=True, text=True, timeout=SECONDS, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "NOT HELD" not in ended.stdout
    for word in ("seen: accepted", "seen: requested", "redacted: accepted", "absent", "42 CFR 2.13(a)"):
        assert word in ended.stdout
    assert "Try it by hand" not in ended.stdout
    assert not Path(folder_in(ended.stdout)).exists()


def test_a_program_that_forgets_it_is_one_fails_the_story_with_status_1(copied: Path) -> None:
    """Planted in the agency files: not a Part 2 program any more, so the hospital hears without consent."""
    file = copied / "samples" / "agencies" / "harbor-recovery.toml"
    text = file.read_text().replace('kind = "part2-program"', 'kind = "behavioral-health"')
    file.write_text(text.replace("part2_program = true", "").replace('jurisdiction = "US-IL"', 'jurisdiction = "US"'))
    ended = demo_in(copied)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "NOT HELD The hospital gets its Task byte for byte as before" in ended.stdout
    assert "NOT HELD The hospital's Task is still `requested`" in ended.stdout


def test_without_the_samples_it_says_where_it_looked(copied: Path) -> None:
    shutil.rmtree(copied / "samples")
    ended = demo_in(copied)
    assert ended.returncode == 1
    assert f"{copied}/samples holds no sample agencies" in ended.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_a_demo_that_is_killed_takes_its_gateway_with_it() -> None:
    process = subprocess.Popen([*DEMO, "--exit"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    root = f"http://127.0.0.1:{process.stdout.readline().split()[3]}"
    folder = Path([process.stdout.readline() for _ in range(2)][-1].split(" in ")[1].strip())
    try:
        assert eventually(root, up=True)
        process.kill()
        process.communicate(timeout=20)
        assert eventually(root, up=False)
    finally:
        process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def eventually(root: str, *, up: bool) -> bool:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            answers = httpx.get(f"{root}/livez", timeout=2).status_code == 200
        except httpx.HTTPError:
            answers = False
        if answers is up:
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for name in PACKAGES:
        shutil.copytree(REPOSITORY / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(REPOSITORY / "samples", tmp_path / "samples")
    return tmp_path


def demo_in(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*DEMO, "--exit"],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
    )


def folder_in(output: str) -> str:
    return next(line for line in output.splitlines() if "data in" in line).split(" in ")[1].strip()


@pytest.fixture(scope="module")
def serving() -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A demo that keeps serving, and what it printed until it did."""
    process = subprocess.Popen(DEMO, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    printed: list[str] = []
    for line in process.stdout:
        printed.append(line.rstrip("\n"))
        if line.startswith("Serving"):
            break
    try:
        yield process, printed
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def test_the_story_is_a_page(serving: tuple[subprocess.Popen[str], list[str]]) -> None:
    _, printed = serving
    url = next(line for line in printed if line.startswith("The story as a page:")).split(": ", 1)[1]
    answer = httpx.get(url, timeout=20)
    assert answer.status_code == 200
    assert "Every expectation held." in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.skipif(shutil.which("curl") is None or shutil.which("bash") is None, reason="needs curl and bash")
def test_each_printed_curl_line_runs_as_it_stands(serving: tuple[subprocess.Popen[str], list[str]]) -> None:
    _, printed = serving
    lines = [line for line in printed if line.startswith("curl ")]
    answers = [subprocess.run(["bash", "-c", each], capture_output=True, text=True, check=False) for each in lines]
    statuses = [each.stdout.splitlines()[0].split()[1] for each in answers]
    assert statuses == ["200", "404", "200", "200", "200", "200"]
    assert '"status":"requested"' in answers[0].stdout
    assert '"status":"accepted"' in answers[2].stdout


def test_the_order_to_end_ends_it_well_and_leaves_nothing(serving: tuple[subprocess.Popen[str], list[str]]) -> None:
    process, printed = serving
    process.send_signal(signal.SIGTERM)
    begun = time.monotonic()
    assert process.wait(60) == 0
    assert time.monotonic() - begun < 30
    assert not Path(folder_in("\n".join(printed))).exists()
