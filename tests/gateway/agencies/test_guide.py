"""What docs/agencies.md shows can be done as shown, and it lists every problem code there is."""

import re
import shlex
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway import agencies
from gateway.agencies.apply import Applied, Change
from gateway.commands.agency import agency_commands

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "agencies.md").read_text("utf-8")
COMMANDS = [line for block in re.findall(r"```bash\n(.*?)```", GUIDE, re.DOTALL) for line in block.splitlines()]


class Nothing:
    async def applied(self) -> Applied:
        return Applied()

    async def apply(self, change: Change) -> None:
        assert change.agencies


@asynccontextmanager
async def opening(data: Path | None, key_file: Path | None, database_url: str | None) -> AsyncIterator[Nothing]:
    yield Nothing()


def test_the_commands_work_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    group = agency_commands(opening)
    for line in COMMANDS:
        words = shlex.split(line)
        assert words[:2] == ["crosswalk", "agency"]
        result = CliRunner().invoke(group, words[2:])
        assert result.exit_code == 0, f"{line}\n{result.output}"
    assert len(COMMANDS) >= 6


def test_its_tables_fit_the_files_that_new_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    group = agency_commands()
    for line in COMMANDS[:2]:
        CliRunner().invoke(group, shlex.split(line)[2:])
    for block in re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL):
        tomllib.loads(block)
        name = "operator" if "[[standing]]" in block else "city-clinic"
        path = tmp_path / "agencies" / f"{name}.toml"
        path.write_text(f"{path.read_text('utf-8')}\n{block}", "utf-8")
    result = CliRunner().invoke(group, ["check", "agencies"])
    assert result.exit_code == 0, result.output


def test_it_lists_exactly_the_problem_codes_in_use() -> None:
    (folder,) = agencies.__path__
    source = "\n".join(path.read_text("utf-8") for path in Path(folder).glob("*.py"))
    used = set(re.findall(r'(?:problem|warning|_misfit|_note)\([^"]*?"([a-z]+(?:-[a-z0-9]+)+)"', source))
    listed = set(re.findall(r"`([a-z]+(?:-[a-z0-9]+)+)`", GUIDE.partition("## Problems")[2]))
    assert listed == used
