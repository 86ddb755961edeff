"""The command line: every command of the table is there, explains itself, and refuses misuse with status 2."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from gateway.cli import COMMANDS, app

GROUPS = {"agency": "check", "message": "show", "audit": "verify", "keys": "rotate"}


def test_help_names_every_command_with_a_sentence() -> None:
    result = CliRunner().invoke(app, ["--help"], terminal_width=200)
    assert result.exit_code == 0
    lines = [line.strip("│ ") for line in result.stdout.splitlines()]
    told = {line.split()[0]: line.split()[1:] for line in lines if line.split()}
    assert [name for name in COMMANDS if not told.get(name)] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself_and_refuses_an_unknown_option_with_status_2(name: str) -> None:
    words = [name, GROUPS[name]] if name in GROUPS else [name]
    told = CliRunner().invoke(app, [*words, "--help"])
    assert (told.exit_code, "Usage" in told.stdout) == (0, True)
    assert CliRunner().invoke(app, [*words, "--no-such-option"]).exit_code == 2


def test_an_unknown_command_is_misuse() -> None:
    assert CliRunner().invoke(app, ["frobnicate"]).exit_code == 2


def test_a_decision_loads_no_database_and_no_server() -> None:
    program = """
import sys
from typer.testing import CliRunner
from gateway.cli import app
CliRunner().invoke(app, ["decide", "-"], input="[]")
print([name for name in ("asyncpg", "sqlalchemy", "fastapi") if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
