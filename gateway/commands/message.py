"""``crosswalk message``: what came in and what became of it; persons are shown only with --reveal, which is audited."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer

from gateway.commands.messages import Filter, Reveal, Seen, Shown, seen, shown
from gateway.commands.operating import Place, carried_out, opened_store, operating_user
from gateway.commands.options import AsJson, Data, DatabaseUrl, KeyFile
from gateway.commands.terminal import console, misuse, print_json, printable, refuse, table


class Status(StrEnum):
    """What became of a message."""

    KEPT = "kept"
    REFUSED = "refused"


message_commands = typer.Typer(
    help="Messages: what came in and what became of it.", no_args_is_help=True, add_completion=False
)


@message_commands.command("list")
def list_(
    *,
    agency: Annotated[str | None, typer.Option(help="Agency that sent them; every agency if omitted.")] = None,
    status: Annotated[Status | None, typer.Option(help="What became of them.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Received at or after this time, UTC.")] = None,
    control_id: Annotated[str | None, typer.Option(help="Control id that the sender gave (MSH-10).")] = None,
    mrn: Annotated[str | None, typer.Option(help="Identifier of the patient; needs --agency.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    data: Data = None,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List messages, newest first, without anything about a person."""
    if mrn is not None and agency is None:
        misuse("A record number belongs to one agency: name it with --agency.")
    wanted = Filter(agency, status, since, control_id, mrn, limit)
    found = carried_out(_list(Place(data, key_file, database_url), wanted))
    if as_json:
        print_json([each.as_json() for each in found])
        return
    headings = ("Id", "Received", "Agency", "Channel", "Kind", "Became", "Acknowledged", "Then")
    console().print(table(headings, map(_row, found)))
    typer.echo(f"{len(found)} messages", err=True)


@message_commands.command("show")
def show(
    message: Annotated[str, typer.Argument(metavar="ID", help="Id of the message, from `message list`.")],
    *,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show the bytes and the FHIR; audited.")] = False,
    reason: Annotated[str, typer.Option(help="Why they must be seen; needed with --reveal, kept in the audit.")] = "",
    data: Data = None,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show what became of one message: received, mapped field by field, handed off, acknowledged."""
    if reveal and not reason.strip():
        misuse("--reveal shows a person's data: say why with --reason; it is kept in the audit.")
    asked = Reveal(operating_user(), reason.strip()) if reveal else None
    found = carried_out(_show(Place(data, key_file, database_url), _id(message), asked))
    if found is None:
        refuse(f"There is no message {message}: take an id from `crosswalk message list`.")
    print_json(found.as_json()) if as_json else _print(found)


async def _list(place: Place, wanted: Filter) -> list[Seen]:
    async with opened_store(place.settings) as store:
        if wanted.agency and wanted.agency not in store.keyring.all:
            refuse(f"{wanted.agency!r} is no agency here: name one of {', '.join(sorted(store.agencies)) or 'none'}.")
        return await seen(store, wanted)


async def _show(place: Place, message: str, asked: Reveal | None) -> Shown | None:
    async with opened_store(place.settings) as store:
        return await shown(store, message, asked)


def _id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        misuse("That is no id of a message: take one from `crosswalk message list`.")


def _row(each: Seen) -> tuple[str, ...]:
    then = "; ".join(each.handoffs) or each.reason
    received = each.received.isoformat(timespec="seconds")
    return (each.id, received, each.agency, each.channel, each.kind, each.status, each.acknowledged, then)


def _print(found: Shown) -> None:
    out = console()
    out.print(table(("", ""), _facts(found.seen), f"Message {found.seen.id}"))
    rows = [(line["path"], line["outcome"], line["target"], line["because"]) for line in found.report]
    if rows:
        out.print(table(("Field", "Outcome", "FHIR", "Because"), rows, "Mapped"))
    _block("Acknowledgement", found.reply)
    if found.revealed is not None:
        _block("Bytes as they came in", found.revealed.raw)
        typer.echo("FHIR as the adapter reads it now")
        print_json(found.revealed.bundle)


def _facts(each: Seen) -> list[tuple[str, str]]:
    steps = [
        ("received", f"{each.received.isoformat(timespec='milliseconds')} from {each.agency} on {each.channel}"),
        ("mapped", ", ".join(f"{count} {outcome}" for outcome, count in each.mapped.items())),
        ("became", f"{each.status} {each.reason}".strip()),
        *(("handed off", text) for text in each.handoffs),
        ("acknowledged", each.acknowledged),
    ]
    return [("kind", each.kind), *((name, text) for name, text in steps if text)]


def _block(heading: str, text: str) -> None:
    if text:
        typer.echo(f"{heading}\n{printable(text.replace(chr(13), chr(10))).strip()}\n")
