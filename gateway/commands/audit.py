"""``crosswalk audit verify``: whether the audit is as it was written, by chains, anchors and exported anchors."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.operating import Place, carried_out, opened_store
from gateway.commands.options import AsJson, Data, DatabaseUrl, KeyFile
from gateway.commands.terminal import print_json, refuse
from gateway.store.anchors import ExportFault, altered_since_export, forged
from gateway.store.audit import Verdict
from gateway.store.audit import verify as verify_chains

audit_commands = typer.Typer(help="The audit.", no_args_is_help=True, add_completion=False)


@audit_commands.callback()
def _group() -> None:
    """The audit."""


@audit_commands.command("verify")
def verify(
    *,
    anchors: Annotated[
        Path | None, typer.Option(help="Exported anchors.jsonl, kept elsewhere; that of --data if omitted.")
    ] = None,
    data: Data = None,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Recompute every chain and compare it with the anchors; status 1 and the first bad row of each broken chain."""
    verdict = carried_out(_verify(Place(data, key_file, database_url), anchors))
    if as_json:
        print_json(asdict(verdict))
    else:
        _print(verdict)
    raise typer.Exit(1 if verdict.faults else 0)


async def _verify(place: Place, anchors: Path | None) -> Verdict:
    exported = _exported(place, anchors)
    async with opened_store(place.settings) as store:
        verdict = await verify_chains(store.driver)
        seed = store.keyring.gateway.anchors
        try:
            later = [*await forged(store.driver, seed), *await altered_since_export(store.driver, seed, exported)]
        except ExportFault as fault:
            refuse(str(fault))
    return Verdict(verdict.chains, verdict.rows, (*verdict.faults, *(each for each in later if each)))


def _exported(place: Place, anchors: Path | None) -> list[bytes]:
    """The lines of the exported anchors; without --anchors those beside the data, if there are any."""
    path = anchors or place.settings.data / "anchors.jsonl"
    if anchors is None and not path.exists():
        return []
    try:
        return path.read_bytes().splitlines()
    except OSError as fault:
        refuse(f"{path}: cannot be read ({fault.strerror}): name the exported anchors.jsonl with --anchors.")


def _print(verdict: Verdict) -> None:
    typer.echo(f"{verdict.chains} chains, {verdict.rows} rows, {len(verdict.faults)} faults")
    for fault in verdict.faults:
        typer.echo(fault, err=True)
    if verdict.faults:
        typer.echo("The audit was altered: keep this database as evidence and compare with a backup.", err=True)
