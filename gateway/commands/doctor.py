"""``crosswalk doctor``: whether a gateway can serve here, and what to do where it cannot."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from gateway.commands.checks import Check, Level, examined
from gateway.commands.operating import carried_out
from gateway.commands.options import AsJson, Data, DatabaseUrl, KeyFile, settings_of
from gateway.commands.terminal import console, print_json, printable
from gateway.settings import Settings

STYLES = {Level.OK: "green", Level.WARNING: "yellow", Level.ERROR: "bold red"}


def doctor(
    *,
    data: Data = None,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
    host: Annotated[str | None, typer.Option(help="Address of HTTP.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of HTTP.")] = None,
    mllp_host: Annotated[str | None, typer.Option(help="Address of MLLP.")] = None,
    mllp_port: Annotated[int | None, typer.Option(help="Port of MLLP.")] = None,
    public_url: Annotated[str | None, typer.Option(help="URL by which clients reach the gateway.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check keys, folders, ports, database, roles, agencies, outbox and audit; status 1 if anything is an error.

    Give the options that ``crosswalk serve`` is given. Where no gateway runs, the database is started for the moment.
    """
    given = {name: value for name, value in locals().items() if name in Settings.model_fields}
    found = carried_out(_examine(settings_of(**given)))
    errors = sum(check.level is Level.ERROR for check in found)
    if as_json:
        print_json({"ok": not errors, "checks": [asdict(check) for check in found]})
    else:
        console().print(_table(found))
        warnings = sum(check.level is Level.WARNING for check in found)
        typer.echo(f"{len(found)} checks, {errors} errors, {warnings} warnings")
    raise typer.Exit(1 if errors else 0)


async def _examine(settings: Settings) -> list[Check]:
    return [check async for check in examined(settings)]


def _table(found: list[Check]) -> Table:
    made = Table()
    for heading in ("", "Check", "Found", "Remedy"):
        made.add_column(heading, overflow="fold")
    for check in found:
        cells = (check.name, check.found, check.remedy)
        made.add_row(Text(check.level, style=STYLES[check.level]), *(Text(printable(cell)) for cell in cells))
    return made
