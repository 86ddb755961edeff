"""``crosswalk circumstance``: a person at the holder records, confirms or ends what the law asks for beside consent."""

from datetime import datetime
from typing import Annotated

import typer

from gateway.circumstances import KINDS
from gateway.commands.at_work import people
from gateway.commands.operating import Place, carried_out
from gateway.commands.options import AsJson, Data, DatabaseUrl, KeyFile
from gateway.commands.terminal import console, misuse, print_json, table
from gateway.consents.establishing import Circumstances, Said
from gateway.receive.circumstances import Deed
from gateway.store.circumstances import Lodged
from gateway.store.kept import is_id

circumstance_commands = typer.Typer(
    help="Orders, emergencies, threats, restrictions: what the law asks for beside consent.",
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
    print_json({"circumstance": made}) if as_json else typer.echo(f"Recorded as {made}, relied on from now.")


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

    async def work() -> list[Lodged]:
        async with people(Place(data, key_file, database_url)) as house:
            return await Circumstances(house).of(agency)

    rows = [_row(each) for each in carried_out(work())]
    if as_json:
        print_json({"circumstances": rows})
        return
    shown = ("circumstance", "kind", "lodged_by", "since", "confirmed_by")
    headings = ("Circumstance", "Kind", "Lodged by", "Since", "Confirmed by")
    console().print(table(headings, (tuple(each[name] for name in shown) for each in rows)))


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
    if not is_id(circumstance):
        misuse("That is no id of a circumstance: take one from `crosswalk circumstance list`.")

    async def work() -> None:
        async with people(place) as house:
            await Circumstances(house).settle(agency, circumstance, deed, by)

    carried_out(work())


def _facts(given: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not (name and equals and value):
            misuse(f"{each!r} is no fact: write name=value, such as mandate=true.")
        found.setdefault(name, []).append(value)
    return found


def _row(each: Lodged) -> dict[str, str]:
    return {
        "circumstance": each.id,
        "kind": each.content["code"]["coding"][0]["code"],
        "patient": each.patient,
        "lodged_by": each.lodged_by,
        "since": each.lodged_at.isoformat(timespec="minutes"),
        "confirmed_by": each.confirmed_by or "",
    }
