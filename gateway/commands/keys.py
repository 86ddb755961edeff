"""``crosswalk keys rotate``: a new key-encryption key for the same data, in one transaction."""

from pathlib import Path
from typing import Annotated

import typer

from gateway import clock
from gateway.commands.operating import Place, carried_out, opened_store, operating_user
from gateway.commands.options import Data, DatabaseUrl, KeyFile
from gateway.commands.terminal import misuse
from gateway.settings import Settings
from gateway.store.audit import AuditChains, AuditEntry
from gateway.store.keys import read_key_file, read_or_create_key_file
from gateway.store.rotation import rewrap

keys_commands = typer.Typer(help="The key-encryption key.", no_args_is_help=True, add_completion=False)


@keys_commands.callback()
def _group() -> None:
    """The key-encryption key."""


@keys_commands.command("rotate")
def rotate(
    new_key_file: Annotated[Path, typer.Option(help="File of the new key, made where there is none.")],
    *,
    data: Data = None,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Wrap the keys of the gateway and of every agency under the key of --new-key-file, all of them or none.

    No record is written anew. A running gateway goes on with the keys it has opened; restart it with the new file.
    """
    settings = Place(data, key_file, database_url).settings
    if new_key_file.resolve() == settings.key_file.resolve():
        misuse("--new-key-file is the key file in use: name another file.")
    rewrapped = carried_out(_rotate(settings, new_key_file))
    typer.echo(f"{rewrapped} keys are wrapped under {new_key_file}")
    typer.echo(f"Next: restart the gateway with --key-file {new_key_file} before agencies are applied again")
    typer.echo(f"Keep {settings.key_file} as long as you keep a backup made before now: that opens with it alone")


async def _rotate(settings: Settings, new_key_file: Path) -> int:
    async with opened_store(settings) as store:
        old, new = read_key_file(settings.key_file), read_or_create_key_file(new_key_file)
        async with store.driver.transaction():
            rewrapped = await rewrap(store.driver, old, new)
            if store.operator:
                name = store.operator.id
                entry = AuditEntry(clock.now(), "rotate keys", name, name, "rotated", None, {"who": operating_user()})
                await AuditChains().append(store.driver, [(entry, store.keyring[name])])
        return rewrapped
