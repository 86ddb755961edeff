"""``crosswalk circumstance``: a person at the holder records, confirms or ends what the law asks for beside consent."""

from datetime import datetime
from typing import Annotated

import typer

from gateway.circumstances import KINDS, kind_of, told
from gateway.commands.at_work import people
from gateway.commands.operating import Place, carried_out
from gateway.commands.options import AsJson, Data, DatabaseUrl, KeyFile
from gateway.commands.terminal import console, misuse, print_json, table
from gateway.consents.establishing import Circumstances, Said
from gateway.consents.people import People
from gateway.receive.circumstances import Deed
from gateway.store.circumstances import Lodged
from gateway.store.kept import is_id

circumstance_commands = typer.Typer(
    help="Orders, emergencies, threats, restrictions: what the law asks for beside consent.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
)

Agency = Annotated[str, typer.Option("--agency", help="The agency whose records it is about: the holder.")]
By = Annotated[str, typer.Option("--by", help="Id of the person who acts, from [[people]] of the agency's file.")]
Id = Annotated[str, typer.Argument(metavar="CIRCUMSTANCE", help="Id, from `crosswalk circumstance list`.")]
MOMENTS = ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"]
Start = Annotated[datetime | None, typer.Option("--from", formats=MOMENTS, help="When it begins; else at once.")]
End = Annotated[datetime | None, typer.Option("--until", formats=MOMENTS, help="When it ends, with the offset.")]


@circumstance_commands.command("record")
def record(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"One of {', '.join(sorted(KINDS))}.")],
    *,
    agency: Agency,
    by: By,
    patient: Annotated[str, typer.Option(help="Id of a patient of whom the agency keeps records.")],
    to: Annotated[str, typer.Option("--to", help="The agency that would receive.")] = "",
    starts: Start = None,
    ends: End = None,
    facts: Annotated[
        list[str], typer.Option("--fact", metavar="NAME=VALUE", help="A fact or words, several times for several.")
    ] = [],  # noqa: B006  # Typer reads it
    data: Data = None,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Record that it is so, on the word of a person at the holder; decisions rest on it from now."""
    said = Said(kind, patient, to, starts, ends, _facts(facts))

    async def work() -> str:
        async with people(Place(data, key_file, database_url)) as house:
            return await Circumstances(house).record(agency, said, by)

    made = carried_out(work())
    if as_json:
        print_json({"circumstance": made})
        return
    since = f"from {starts.isoformat()}" if starts else "from now"
    typer.echo(f"Recorded as {made}, relied on {since}{f' until {ends.isoformat()}' if ends else ''}.")


@circumstance_commands.command("list")
def listed(
    *,
    agency: Agency,
    data: Data = None,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List what stands about the agency's records, and what waits for one of its people."""

    async def work() -> list[dict[str, str]]:
        async with people(Place(data, key_file, database_url)) as house:
            return [_row(each, house) for each in await Circumstances(house).of(agency)]

    rows = carried_out(work())
    if as_json:
        print_json({"circumstances": rows})
        return
    shown = ("circumstance", "kind", "recipient", "until", "lodged_by", "confirmed_by")
    headings = ("Circumstance", "Kind", "Recipient", "Until", "Lodged by", "Confirmed by")
    console().print(table(headings, (tuple(each[name] for name in shown) for each in rows)))


@circumstance_commands.command("show")
def show(
    circumstance: Id,
    *,
    agency: Agency,
    data: Data = None,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Everything that it says: read it before you confirm it."""

    async def work() -> None:
        async with people(Place(data, key_file, database_url)) as house:
            _print_one(await Circumstances(house).find(agency, _id(circumstance)), house)

    carried_out(work())


@circumstance_commands.command("confirm")
def confirm(
    circumstance: Id,
    *,
    agency: Agency,
    by: By,
    data: Data = None,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Rely from now on what an agency or a system lodged."""
    _settle(circumstance, "confirmed", agency, by, Place(data, key_file, database_url))
    typer.echo("Confirmed: relied on from now.")


@circumstance_commands.command("end")
def end(
    circumstance: Id,
    *,
    agency: Agency,
    by: By,
    data: Data = None,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """End it: no decision rests on it any more."""
    _settle(circumstance, "ended", agency, by, Place(data, key_file, database_url))
    typer.echo("Ended: no decision rests on it any more.")


def _settle(circumstance: str, deed: Deed, agency: str, by: str, place: Place) -> None:
    async def work() -> None:
        async with people(place) as house:
            _print_one(await Circumstances(house).find(agency, _id(circumstance)), house)
            await Circumstances(house).settle(agency, circumstance, deed, by)

    carried_out(work())


def _id(circumstance: str) -> str:
    if not is_id(circumstance):
        misuse("That is no id of a circumstance: take one from `crosswalk circumstance list`.")
    return circumstance


def _print_one(each: Lodged, house: People) -> None:
    row = _row(each, house)
    about = [(name.replace("_", " "), row[name]) for name in ("kind", "patient", "lodged_by", "since", "confirmed_by")]
    said = told(each.content, house.receive.registry.current.agency_of)
    console().print(table(("", ""), [*about, *said], each.id))


def _facts(given: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not (name and equals and value):
            misuse(f"{each!r} is no fact: write name=value, such as mandate=true.")
        found.setdefault(name, []).append(value)
    return found


def _row(each: Lodged, house: People) -> dict[str, str]:
    said = dict(told(each.content, house.receive.registry.current.agency_of))
    return {
        "circumstance": each.id,
        "kind": kind_of(each.content),
        "patient": each.patient,
        "recipient": said.get("recipient", ""),
        "from": said.get("from", ""),
        "until": said.get("until", ""),
        "lodged_by": each.lodged_by,
        "since": each.lodged_at.isoformat(timespec="minutes"),
        "confirmed_by": each.confirmed_by or "",
    }
