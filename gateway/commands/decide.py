"""``crosswalk decide``: disclosure scenarios into decisions, one a line, with no database."""

import sys
from pathlib import Path
from typing import Annotated

import orjson
import typer

from gateway.commands.terminal import refuse
from gateway.scenarios import BadRow, decide_scenarios


def decide(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON array of scenarios; - is standard input.")],
    *,
    explain: Annotated[
        bool, typer.Option("--explain", help="Add why, and the least change that would permit.")
    ] = False,
) -> None:
    """Print one decision a line for each scenario; status 1 if a row cannot be read, the others are still decided."""
    faulty = False
    for number, row in enumerate(_rows(file), 1):
        try:
            (answer,) = decide_scenarios([row], explained=explain, first=number)
        except BadRow as fault:
            faulty = True
            typer.echo(f"{file}: {fault}", err=True)
            continue
        typer.echo(orjson.dumps(answer).decode())
    raise typer.Exit(1 if faulty else 0)


def _rows(file: str) -> list[object]:
    try:
        read = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        rows = orjson.loads(read)
    except OSError as fault:
        refuse(f"{file}: cannot be read ({fault.strerror}): name a file of scenarios.")
    except orjson.JSONDecodeError as fault:
        refuse(f"{file}: line {fault.lineno} is not JSON: give a JSON array of scenarios.")
    if not isinstance(rows, list):
        refuse(f"{file}: is not a JSON array: give an array of scenarios, one object each.")
    return rows
