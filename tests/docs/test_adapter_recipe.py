"""The recipe for an adapter works as it is written: a test builds the adapter from the page alone."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "contributing" / "adapter.md"
BIN = Path(sys.executable).parent
COPIED = ("gateway", "adapters", "mappings", "consent", "samples", "tests")
FILE = re.compile(r"^`([\w/.]+)`[^\n]*\n\n```(?:python|text)\n(.*?)^```", re.DOTALL | re.MULTILINE)
CHANGE = re.compile(r"^[^\n]*`([\w/.]+\.py)`[^\n]*:\n\n((?:```diff\n.*?^```\n*)+)", re.DOTALL | re.MULTILINE)
DIFF = re.compile(r"^```diff\n(.*?)^```", re.DOTALL | re.MULTILINE)
COMMANDS = re.compile(r"^```text\n(crosswalk translate .*?)^```", re.DOTALL | re.MULTILINE)


def changed(text: str, diff: str) -> str:
    """The text with one change made; the lines that stay and go must stand there as the page shows them."""
    lines = diff.splitlines()
    before = "\n".join(line[1:] for line in lines if line[:1] != "+")
    after = "\n".join(line[1:] for line in lines if line[:1] != "-")
    assert text.count(before) == 1, f"the page shows lines that do not stand there:\n{before}"
    return text.replace(before, after)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources with everything that the page says."""
    folder = tmp_path_factory.mktemp("recipe")
    for package in COPIED:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "keys"))
    for file in (".importlinter", "pyproject.toml"):
        shutil.copy(ROOT / file, folder)
    page = PAGE.read_text()
    for name, content in FILE.findall(page):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    for name, diffs in CHANGE.findall(page):
        for diff in DIFF.findall(diffs):
            (folder / name).write_text(changed((folder / name).read_text(), diff))
    return folder


def run(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "PYTHONPATH": str(folder)}
    return subprocess.run(line.split(), cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_page_names_three_files_and_two_that_change() -> None:
    page = PAGE.read_text()
    assert len(FILE.findall(page)) == 3
    assert [name for name, _ in CHANGE.findall(page)] == ["adapters/__init__.py", "gateway/agencies/channels.py"]


def test_every_command_of_the_page_succeeds(copy: Path) -> None:
    (found,) = COMMANDS.findall(PAGE.read_text())
    for line in found.splitlines():
        done = run(copy, line)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        if line.startswith("crosswalk"):
            assert '"text":"groceries for two"' in done.stdout
        if line.startswith("pytest"):
            assert "2 passed" in done.stdout
        if line.startswith("lint-imports"):
            assert " 0 broken" in done.stdout


def test_the_code_of_the_page_is_written_as_code_is_here(copy: Path) -> None:
    for line in ("ruff check adapters/pantry tests/adapters/pantry", "mypy --strict adapters/pantry"):
        done = run(copy, line)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
