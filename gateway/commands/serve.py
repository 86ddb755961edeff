"""``crosswalk serve``: HTTP and MLLP, until told to stop."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.options import Data, DatabaseUrl, KeyFile, settings_of
from gateway.commands.terminal import refuse
from gateway.logs import set_up
from gateway.settings import Settings
from gateway.store.database import UnsafeRole
from gateway.store.embedded import DatabaseUnavailable
from gateway.store.keys import KeyFileFault
from gateway.supervisor import BadAgencies, Supervisor


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
    folders: Annotated[Path | None, typer.Option(help="Watched folders: in/ for drops, out/ for deliveries.")] = None,
    secrets: Annotated[Path | None, typer.Option(help="Folder of the keys that sign rest-hooks.")] = None,
) -> None:
    """Serve HTTP and MLLP, with a database of our own unless --database-url names one."""
    set_up()
    given = {name: value for name, value in locals().items() if name in Settings.model_fields}
    try:
        Supervisor(settings_of(**given)).run()
    except (BadAgencies, DatabaseUnavailable, KeyFileFault, UnsafeRole, OSError) as fault:
        refuse(f"Cannot serve: {fault}")
