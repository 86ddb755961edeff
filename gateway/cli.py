"""The command line. Exit status 0 only on success, 1 for a refusal, 2 for misuse."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

COMMANDS = {
    "serve": "gateway.commands.serve:serve",
    "demo": "gateway.commands.demo:demo_command",
    "translate": "gateway.commands.translate:translate",
    "decide": "gateway.commands.decide:decide",
    "agency": "gateway.commands.registering:agency_group",
    "token": "gateway.commands.token:token",
    "form-link": "gateway.commands.form_link:form_link",
    "consent": "gateway.commands.consent:consent_commands",
    "circumstance": "gateway.commands.circumstance:circumstance_commands",
    "message": "gateway.commands.message:message_commands",
    "replay": "gateway.commands.replay:replay",
    "accounting": "gateway.commands.accounting:account",
    "audit": "gateway.commands.audit:audit_commands",
    "keys": "gateway.commands.keys:keys_commands",
    "backup": "gateway.commands.backup:backup",
    "restore": "gateway.commands.backup:restore",
    "doctor": "gateway.commands.doctor:doctor",
}
"""Every command and where it is written: a function, or a group of commands. Only the one asked for is imported."""


class Commands(TyperGroup):
    """The commands of the table, in its order. Typer keeps Click's types to itself: they are Any here."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, for help."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name, None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        written = getattr(import_module(module), name)
        command = get_command(written if isinstance(written, typer.Typer) else _alone(written))
        command.name = cmd_name
        return command


def _alone(function: Callable[..., None]) -> typer.Typer:
    made = typer.Typer(add_completion=False)
    made.command()(function)
    return made


app = typer.Typer(name="crosswalk", cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def crosswalk() -> None:
    """Crosswalk, a FHIR gateway between hospitals, police, behavioral health and community agencies."""


def main() -> None:
    """The entry point of the ``crosswalk`` command."""
    app()
