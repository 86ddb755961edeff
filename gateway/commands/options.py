"""Options that several commands take, and the settings they make."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.settings import Settings

Data = Annotated[Path | None, typer.Option("--data", help="Folder of the embedded database.")]
KeyFile = Annotated[Path | None, typer.Option("--key-file", help="Key-encryption key; keep it outside --data.")]
DatabaseUrl = Annotated[
    str | None, typer.Option("--database-url", envvar="DATABASE_URL", help="PostgreSQL to use instead of our own.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def settings_of(**given: object) -> Settings:
    """The settings: what was given on the command line, else the environment, else the defaults."""
    return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]  # checked by pydantic
