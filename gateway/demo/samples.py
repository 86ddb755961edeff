"""The sample agencies and the day's messages, which live beside the packages in the repository."""

import json
from functools import cache
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]


class NoSamples(Exception):
    """The samples are not where a checkout of the repository has them; the text says where they were looked for."""


@cache
def samples() -> Path:
    """The repository's samples folder. Raises NoSamples."""
    folder = REPOSITORY / "samples"
    if not (folder / "agencies" / "operator.toml").is_file() or not (folder / "day").is_dir():
        raise NoSamples(f"{folder} holds no sample agencies: run the demo from a checkout of the repository")
    return folder


def message(name: str) -> bytes:
    """One HL7 v2 message of the day."""
    return (samples() / "day" / f"{name}.hl7").read_bytes()


def file(name: str) -> bytes:
    """A file of the day as an agency's software writes it."""
    return (samples() / "day" / name).read_bytes()


def form(name: str) -> dict[str, Any]:
    """A FHIR resource of the day, as its agency's software would fill it in."""
    filled: dict[str, Any] = json.loads((samples() / "day" / f"{name}.json").read_text())
    return filled
