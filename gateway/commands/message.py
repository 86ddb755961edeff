"""``crosswalk message``: what came in, what became of it, and what is still owed to agencies.

Persons are shown only with --reveal, which is audited.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from gateway.commands.messages import Filter, Reveal, Seen, Shown, seen, shown
from gateway.commands.operating import Place, Store, carried_out, opened_store, operating_user
from gateway.commands.options import AsJson, Data, DatabaseUrl, KeyFile
from gateway.commands.outgoing import STATES, Outgoing, one_outgoing, outgoing, resend
from gateway.commands.terminal import console, message_id, misuse, print_json, printable, refuse, table


class Status(StrEnum):
    """What became of a message that came in, or of a delivery that is to go out."""

    KEPT = "kept"
    REFUSED = "refused"
    WAITING = "waiting"
    DEAD = "dead"


message_commands = typer.Typer(
    help="Messages: what came in, what became of it, and what is still to be delivered.",
    no_args_is_help=True,
    add_completion=False,
)


@message_commands.command("list")
def list_(
    *,
    agency: Annotated[
        str | None, typer.Option(help="Agency that sent, or is to get, them; every agency if omitted.")
    ] = None,
    status: Annotated[Status | None, typer.Option(help="What became of them; waiting and dead are deliveries.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Received at or after this time, UTC.")] = None,
    control_id: Annotated[str | None, typer.Option(help="Control id that the sender gave (MSH-10).")] = None,
    mrn: Annotated[str | None, typer.Option(help="Identifier of the patient; needs --agency.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    data: Data = None,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List messages, newest first, without anything about a person.

    With --status waiting or dead: what is still to be delivered, and what could not be.
    """
    if mrn is not None and agency is None:
        misuse("A record number belongs to one agency: name it with --agency.")
    wanted = Filter(agency, status, since, control_id, mrn, limit)
    place = Place(data, key_file, database_url)
    if status in STATES:
        if since or control_id or mrn:
            misuse("What is to be delivered is narrowed by --agency alone.")
        _print_outgoing(carried_out(_list_outgoing(place, wanted)), as_json=as_json)
        return
    found = carried_out(_list(place, wanted))
    if as_json:
        print_json([each.as_json() for each in found])
        return
    headings = ("Id", "Received", "Agency", "Channel", "Kind", "Became", "Acknowledged", "Then")
    console().print(table(headings, map(_row, found)))
    typer.echo(f"{len(found)} messages", err=True)


@message_commands.command("show")
def show(
    message: Annotated[str, typer.Argument(metavar="ID", help="Id of the message or delivery, from `message list`.")],
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
    found = carried_out(_show(Place(data, key_file, database_url), message_id(message), asked))
    if isinstance(found, Outgoing):
        _print_one(found, as_json=as_json)
        return
    if found is None:
        refuse(f"There is no message {message}: take an id from `crosswalk message list`.")
    print_json(found.as_json()) if as_json else _print(found)


@message_commands.command("resend")
def resend_(
    delivery: Annotated[str, typer.Argument(metavar="ID", help="Id of a dead letter: `message list --status dead`.")],
    *,
    reason: Annotated[str, typer.Option(help="Why it is sent again; kept in the audit.")],
    data: Data = None,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Send a dead letter again, under the same id, as if it had never been tried; what may be told is decided anew."""
    if not reason.strip():
        misuse("Say why it is sent again with --reason; it is kept in the audit.")
    revived = carried_out(_resend(Place(data, key_file, database_url), message_id(delivery), reason.strip()))
    if not revived:
        refuse(f"{delivery} is no dead letter: take an id from `crosswalk message list --status dead`.")
    typer.echo(f"{delivery} is owed again", err=True)


async def _resend(place: Place, delivery: str, reason: str) -> bool:
    async with opened_store(place.settings) as store:
        return await resend(store, delivery, operating_user(), reason)


async def _list_outgoing(place: Place, wanted: Filter) -> list[Outgoing]:
    async with opened_store(place.settings) as store:
        _known(store, wanted.agency)
        return await outgoing(store, wanted.status or "", wanted.agency, wanted.limit)


async def _list(place: Place, wanted: Filter) -> list[Seen]:
    async with opened_store(place.settings) as store:
        _known(store, wanted.agency)
        return await seen(store, wanted)


def _known(store: Store, agency: str | None) -> None:
    if agency and agency not in store.keyring.all:
        refuse(f"{agency!r} is no agency here: name one of {', '.join(sorted(store.agencies)) or 'none'}.")


async def _show(place: Place, message: str, asked: Reveal | None) -> Shown | Outgoing | None:
    async with opened_store(place.settings) as store:
        return await shown(store, message, asked) or await one_outgoing(store, message)


def _print_outgoing(found: list[Outgoing], *, as_json: bool) -> None:
    if as_json:
        print_json([each.as_json() for each in found])
        return
    headings = ("Id", "Kind", "Agency", "Delivery", "Status", "Attempts", "Due", "Reason")
    console().print(table(headings, map(_outgoing_row, found)))
    typer.echo(f"{len(found)} to be delivered", err=True)


def _print_one(found: Outgoing, *, as_json: bool) -> None:
    if as_json:
        print_json(found.as_json())
        return
    facts = [(name, str(value)) for name, value in found.as_json().items() if value != ""]
    console().print(table(("", ""), facts, f"Delivery {found.id}"))


def _outgoing_row(each: Outgoing) -> tuple[str, ...]:
    due = each.due.isoformat(timespec="seconds")
    return (each.id, each.kind, each.agency, each.route, each.status, str(each.attempts), due, each.reason)


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
