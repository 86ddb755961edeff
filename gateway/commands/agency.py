"""``crosswalk agency``: new, check, apply and list, for agencies as files."""

import json
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from consent.vocabulary import Jurisdiction, OrgType
from gateway import clock
from gateway.agencies.apply import Change, Outdated, Register, apply
from gateway.agencies.founding import Refused, found, keys_beside
from gateway.agencies.model import Agency
from gateway.agencies.problems import Level, Problem
from gateway.agencies.reading import Reading, read_folder
from gateway.agencies.record import digest
from gateway.agencies.template import Answers, needs_ori
from gateway.agencies.within import ID, MAX_ID, ORI

OpenRegister = Callable[[Path | None, Path | None, str | None], AbstractAsyncContextManager[Register]]
"""(--data, --database-url) -> the register of the store they name."""

Folder = Annotated[Path, typer.Argument(help="Folder of agency files.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
MllpHost = Annotated[str, typer.Option("--mllp-host", help="Address that the MLLP listener binds.")]


def agency_commands(open_register: OpenRegister | None = None) -> typer.Typer:
    """The command group; open_register leads to the store, without which apply refuses."""
    group = typer.Typer(help="Agencies as files: new, check, apply, list.", no_args_is_help=True, add_completion=False)
    group.command("new")(new)
    group.command("check")(check)
    group.command("list")(list_)
    group.command("apply")(_apply_command(open_register))
    return group


def new(
    id_: Annotated[str, typer.Argument(metavar="ID", help="Id of the agency, such as city-hospital.")],
    kind: Annotated[OrgType, typer.Option(help="What kind of organisation it is.")],
    folder: Annotated[Path, typer.Option("--dir", help="Folder of agency files.")] = Path("agencies"),
    keys: Annotated[Path | None, typer.Option(help="Folder of private keys; DIR-keys beside DIR if omitted.")] = None,
    name: Annotated[str, typer.Option(help="Name that people see; the id if omitted.")] = "",
    jurisdiction: Annotated[Jurisdiction, typer.Option(help="Law of its records.")] = Jurisdiction.US,
    zone: Annotated[str, typer.Option(help="IANA time zone.")] = "America/Chicago",
    ori: Annotated[str, typer.Option(help="ORI of a criminal justice agency.")] = "",
) -> None:
    """Write a commented agency file and the key pair of its first client."""
    key_folder = keys or keys_beside(folder)
    answers = Answers(id_, name or id_, kind, jurisdiction, zone, key_folder.name, ori)
    _check_answers(answers)
    try:
        founded = found(answers, folder, key_folder)
    except (Refused, OSError) as fault:
        _fail(str(fault))
    typer.echo(f"Agency file: {founded.agency}")
    typer.echo(f"Private key: {founded.private_key} (hand it to the agency safely; the file holds the public half)")
    if founded.operator:
        typer.echo(f"Operator:    {founded.operator} (state who runs the gateway and on what standing)")
    typer.echo(f"Next:        crosswalk agency check {folder}")


def check(folder: Folder, *, as_json: AsJson = False, mllp_host: MllpHost = "127.0.0.1") -> None:
    """Report everything that is wrong in a folder of agency files; exit status 1 if an apply would be refused."""
    reading = _read(folder, mllp_host)
    if as_json:
        _print_json(_verdict(reading))
    else:
        _print_problems(reading)
    raise typer.Exit(1 if reading.errors else 0)


def list_(folder: Folder, *, as_json: AsJson = False) -> None:
    """List the agencies of a folder; exit status 1 if a file has errors."""
    reading = _read(folder)
    if as_json:
        _print_json({"agencies": [_summary(agency) for agency in reading.agencies]})
    else:
        Console().print(_agency_table(reading.agencies))
    if reading.errors:
        _fail(f"{len(reading.errors)} errors in {folder}: run `crosswalk agency check {folder}`.")


def _apply_command(open_register: OpenRegister | None) -> Callable[..., None]:
    def apply_(
        folder: Folder,
        *,
        data: Annotated[Path | None, typer.Option(help="Data folder of the gateway.")] = None,
        key_file: Annotated[Path | None, typer.Option(help="Key-encryption key of the gateway.")] = None,
        database_url: Annotated[str | None, typer.Option(envvar="DATABASE_URL", help="PostgreSQL elsewhere.")] = None,
        mllp_host: MllpHost = "127.0.0.1",
        as_json: AsJson = False,
    ) -> None:
        """Put the files in force, print what changes; what a change withdraws ends at once."""
        reading = _read(folder, mllp_host)
        if reading.errors or reading.operator is None:
            _print_problems(reading)
            _fail(f"Nothing was applied: correct the errors in {folder} first.")
        if open_register is None:
            _fail("Nothing was applied: this command line has no store to apply to.")
        from gateway.commands.operating import carried_out  # what it needs is slow to load, and only this command does

        try:
            done = carried_out(_apply(open_register(data, key_file, database_url), reading))
        except Outdated as fault:
            _fail(f"Nothing was applied: {fault}")
        _print_json(_report(done)) if as_json else _print_change(done)

    return apply_


async def _apply(opening: AbstractAsyncContextManager[Register], reading: Reading) -> Change:
    if reading.operator is None:
        raise Refused("operator.toml is missing")
    async with opening as register:
        return await apply(register, reading.agencies, reading.operator)


def _check_answers(answers: Answers) -> None:
    if len(answers.id) > MAX_ID or not ID.fullmatch(answers.id) or answers.id == "operator":
        _misuse(f"{answers.id!r} is no id for an agency: use lower-case letters, digits and single hyphens.")
    if not answers.name.isprintable() or not answers.zone.isprintable():
        _misuse("Name and zone stand on one line: leave out control characters.")
    if answers.ori and not ORI.fullmatch(answers.ori):
        _misuse("--ori takes nine capital letters and digits.")
    if needs_ori(answers.kind) and not answers.ori:
        _misuse(f"An agency of kind {answers.kind} has an ORI: give it with --ori.")


def _read(folder: Path, mllp_host: str = "127.0.0.1") -> Reading:
    return read_folder(folder, clock.now().date(), mllp_host)


def _verdict(reading: Reading) -> dict[str, object]:
    return {
        "ok": not reading.errors,
        "agencies": [agency.id for agency in reading.agencies],
        "problems": [asdict(problem) for problem in reading.problems],
    }


def _summary(agency: Agency) -> dict[str, object]:
    return {
        "id": agency.id,
        "name": agency.name,
        "kind": agency.kind,
        "channels": [channel.name for channel in agency.channels],
        "handoffs": [f"{rule.name} -> {rule.receiver}" for rule in agency.handoffs],
        "clients": [client.id for client in agency.clients],
        "people": len(agency.people),
        "version": digest(agency),
    }


def _report(done: Change) -> dict[str, object]:
    return {
        "changed": not done.empty,
        "agencies": {each.id: {each.word: [str(one) for one in each.differences]} for each in done.agencies},
        "operator": [str(one) for one in done.operator],
        "withdrawn": list(done.withdrawn),
        "decided_anew": sorted(done.decided_anew),
    }


def _print_change(done: Change) -> None:
    if done.empty:
        typer.echo("Nothing to do: the files say what is in force.")
    for each in done.agencies:
        typer.echo(f"{each.id}: {each.word}")
        if each.word == "changed":
            _print_lines("  ", map(str, each.differences))
    _print_lines("operator: ", map(str, done.operator))
    _print_lines("Withdrawn at once: ", done.withdrawn)


def _print_lines(prefix: str, lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(f"{prefix}{line}")


def _print_problems(reading: Reading) -> None:
    console = Console()
    if reading.problems:
        console.print(_problem_table(reading.problems))
    warnings = len(reading.problems) - len(reading.errors)
    console.print(f"{len(reading.agencies)} agencies, {len(reading.errors)} errors, {warnings} warnings")


def _table(*headings: str) -> Table:
    table = Table(show_lines=True)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _problem_table(problems: tuple[Problem, ...]) -> Table:
    table = _table("", "Where", "What", "Remedy")
    for problem in problems:
        style = "bold red" if problem.level is Level.ERROR else "yellow"
        where = Text(f"{problem.file}\n{problem.place}")
        table.add_row(Text(problem.level, style=style), where, Text(problem.fault), Text(problem.remedy))
    return table


def _agency_table(agencies: tuple[Agency, ...]) -> Table:
    table = _table("Agency", "Kind", "Channels", "Hands over to", "Clients", "Version")
    for agency in agencies:
        channels = "\n".join(f"{each.name} ({each.adapter}/{each.transport})" for each in agency.channels)
        receivers = "\n".join(sorted({rule.receiver for rule in agency.handoffs}))
        clients = "\n".join(client.id for client in agency.clients)
        cells = (f"{agency.id}\n{agency.name}", agency.kind, channels, receivers, clients, digest(agency)[:12])
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _fail(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(1)


def _misuse(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(2)
