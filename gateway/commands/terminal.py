"""What every command says and how it ends: 1 for a refusal, 2 for misuse, tables for people, JSON for programs."""

from collections.abc import Iterable, Sequence
from typing import NoReturn
from uuid import UUID

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text


def refuse(text: str) -> NoReturn:
    """Say on standard error why it was not done, and end with status 1."""
    typer.echo(text, err=True)
    raise typer.Exit(1)


def misuse(text: str) -> NoReturn:
    """Say on standard error what to write instead, and end with status 2."""
    typer.echo(text, err=True)
    raise typer.Exit(2)


def message_id(text: str) -> str:
    """The id of a message or delivery as it is kept; what is none is misuse."""
    try:
        return str(UUID(text))
    except ValueError:
        misuse("That is no id of a message: take one from `crosswalk message list`.")


def print_json(value: object) -> None:
    """One JSON value on standard output, indented."""
    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> Table:
    """A table of plain text: nothing in a cell is read as markup, and no control character reaches the terminal."""
    made = Table(title=Text(title) if title else None, title_justify="left")
    for heading in headings:
        made.add_column(heading, overflow="fold")
    for row in rows:
        made.add_row(*(Text(printable(cell)) for cell in row))
    return made


def printable(text: str) -> str:
    """The text without characters that a terminal would obey; line ends stay."""
    return "".join(each if each.isprintable() or each == "\n" else "\N{REPLACEMENT CHARACTER}" for each in text)


def console(*, stderr: bool = False) -> Console:
    """Where tables go; wide enough for a table even where there is no terminal."""
    found = Console(stderr=stderr, highlight=False)
    return found if found.is_terminal else Console(stderr=stderr, highlight=False, width=140)
