"""``crosswalk backup`` and ``restore``: the records in FILE, the wrapped keys apart in FILE.keys."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from gateway import clock
from gateway.commands.operating import Place, carried_out
from gateway.commands.options import Data, DatabaseUrl, KeyFile
from gateway.commands.terminal import refuse
from gateway.settings import Settings
from gateway.store.backup import Manifest, Unusable, back_up, keys_of, read_manifest
from gateway.store.backup import restore as restore_into
from gateway.store.embedded import EmbeddedServer
from gateway.store.keys import read_key_file
from gateway.store.owner import database_at

File = Annotated[Path, typer.Argument(metavar="FILE", help="File of the records; the keys stand in FILE.keys.")]


def backup(file: File, *, data: Data = None, key_file: KeyFile = None, database_url: DatabaseUrl = None) -> None:
    """Write the records to FILE and the wrapped keys to FILE.keys, while the gateway serves or not.

    Keep FILE.keys apart and for a short time only: what is deleted from the gateway is deleted from a backup when
    the last file of keys that holds its key is gone. The key file itself is in neither.
    """
    settings = Place(data, key_file, database_url).settings
    begun = time.monotonic()
    with _progress("backing up"):
        manifest = carried_out(_backup(settings, file))
    typer.echo(f"{file}: {_size(file)}, mode 0600; keep it as long as the records")
    typer.echo(f"{keys_of(file)}: {_size(keys_of(file))}, mode 0600; keep it apart, and for a short time only")
    typer.echo(f"{manifest.rows} rows in {time.monotonic() - begun:.1f} s")
    typer.echo(f"State of {manifest.taken.isoformat(timespec='seconds')}: a restore loses what comes in after it (RPO)")


def restore(file: File, *, data: Data = None, key_file: KeyFile = None, database_url: DatabaseUrl = None) -> None:
    """Fill an empty data folder or database from FILE and FILE.keys, with the same key file, and verify it."""
    settings = Place(data, key_file, database_url).settings
    begun = time.monotonic()
    with _progress("restoring"):
        manifest = carried_out(_restore(settings, file))
    lost = (clock.now() - manifest.taken).total_seconds()
    typer.echo(f"{manifest.rows} rows of {len(manifest.tables)} tables restored; each table's digest is the backup's")
    typer.echo(f"Recovery time (RTO): {time.monotonic() - begun:.1f} s")
    typer.echo(f"Recovery point (RPO): {manifest.taken.isoformat(timespec='seconds')}, {lost:.0f} s ago")
    typer.echo("Next: crosswalk audit verify, then crosswalk serve, with the same options")


async def _backup(settings: Settings, file: Path) -> Manifest:
    try:
        read_key_file(settings.key_file)
        async with database_at(settings) as url:
            return await back_up(url, file)
    except Unusable as fault:
        refuse(f"Nothing was backed up: {fault}.")


async def _restore(settings: Settings, file: Path) -> Manifest:
    under = read_key_file(settings.key_file)
    try:
        read_manifest(file, under)
        _refuse_over_data(settings)
        async with database_at(settings) as url:
            return await restore_into(url, file, under)
    except Unusable as fault:
        refuse(f"Nothing was restored: {fault}.")


def _refuse_over_data(settings: Settings) -> None:
    if not settings.database_url and EmbeddedServer(settings.data).running():
        raise Unusable(f"a gateway is running on {settings.data}: restore into a new folder (--data)")


@contextmanager
def _progress(what: str) -> Iterator[None]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    out = Console(stderr=True)
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as progress:
        progress.add_task(what)
        yield


def _size(path: Path) -> str:
    size = path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size} bytes"
