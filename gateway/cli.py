"""The command line. Exit status 0 only on success, 1 for a refusal, 2 for misuse."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway.commands.agency import agency_commands
from gateway.commands.audit import audit_commands
from gateway.commands.backup import backup, restore
from gateway.commands.decide import decide
from gateway.commands.demo import demo_command
from gateway.commands.doctor import doctor
from gateway.commands.keys import keys_commands
from gateway.commands.message import message_commands
from gateway.commands.options import Data, DatabaseUrl, KeyFile, settings_of
from gateway.commands.registering import open_register
from gateway.commands.replay import replay
from gateway.commands.token import token
from gateway.commands.translate import translate
from gateway.logs import set_up
from gateway.settings import Settings

app = typer.Typer(
    name="crosswalk",
    help="Crosswalk, a FHIR gateway between hospitals, police, behavioral health and community agencies.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(agency_commands(open_register), name="agency")
app.add_typer(message_commands, name="message")
app.add_typer(audit_commands, name="audit")
app.add_typer(keys_commands, name="keys")
app.command()(replay)
app.command()(doctor)
app.command()(backup)
app.command()(restore)
app.command()(translate)
app.command()(decide)
app.command("demo")(demo_command)
app.command()(token)
errors = Console(stderr=True)


@app.command()
def serve(
    data: Data = None,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
    agencies: Annotated[Path | None, typer.Option(help="Folder of agency files to put in force.")] = None,
    host: Annotated[str | None, typer.Option(help="Address of HTTP.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of HTTP.")] = None,
    mllp_host: Annotated[str | None, typer.Option(help="Address of MLLP.")] = None,
    mllp_port: Annotated[int | None, typer.Option(help="Port of MLLP.")] = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes.")] = None,
    public_url: Annotated[str | None, typer.Option(help="URL by which clients reach the gateway.")] = None,
) -> None:
    """Serve HTTP and MLLP, with a database of our own unless --database-url names one."""
    from gateway.store.database import UnsafeRole
    from gateway.store.embedded import DatabaseUnavailable
    from gateway.store.keys import KeyFileFault
    from gateway.supervisor import BadAgencies, Supervisor

    set_up()
    given = {name: value for name, value in locals().items() if name in Settings.model_fields}
    try:
        Supervisor(settings_of(**given)).run()
    except (BadAgencies, DatabaseUnavailable, KeyFileFault, UnsafeRole, OSError) as fault:
        errors.print(f"[red]cannot serve:[/red] {fault}", highlight=False)
        raise typer.Exit(1) from fault


def main() -> None:
    """The entry point of the ``crosswalk`` command."""
    app()
