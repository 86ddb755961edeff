"""Writes a new agency file, the key pair of its first client, and operator.toml where there is none."""

import os
from dataclasses import dataclass
from pathlib import Path

from gateway.agencies.across import OPERATOR_FILE
from gateway.agencies.template import Answers, agency_file, client_id, operator_file, private_key_name
from gateway.auth.keys import new_key_pair


class Refused(Exception):
    """Nothing was written; the text names what is in the way and the remedy."""


@dataclass(frozen=True, slots=True)
class Founded:
    """The files that were written; operator is None when there was one already."""

    agency: Path
    private_key: Path
    operator: Path | None


def keys_beside(folder: Path) -> Path:
    """The usual folder of private keys: beside the agency files, never among them."""
    absolute = folder.absolute()
    return absolute.with_name(f"{absolute.name}-keys")


def private_key_file(keys: Path, client: str) -> Path:
    """Where the private JWK set of a client stands."""
    return keys / private_key_name(client)


def found(answers: Answers, folder: Path, keys: Path) -> Founded:
    """Write the files of a new agency. Raises Refused when one exists already or keys would lie among the files."""
    agency, private = folder / f"{answers.id}.toml", private_key_file(keys, client_id(answers.id))
    _check_free(folder, keys, agency, private)
    private_jwks, public_jwks = new_key_pair()
    text = agency_file(answers, public_jwks)
    folder.mkdir(parents=True, exist_ok=True)
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(private, private_jwks + "\n", 0o600)
    _write(agency, text, 0o644)
    return Founded(agency, private, _operator(folder))


def _check_free(folder: Path, keys: Path, *paths: Path) -> None:
    if keys.resolve().is_relative_to(folder.resolve()):
        raise Refused(f"{keys} lies among the agency files: choose another folder with --keys.")
    for path in paths:
        if path.exists():
            raise Refused(f"{path} exists already: choose another id, or remove the file first.")


def _operator(folder: Path) -> Path | None:
    path = folder / OPERATOR_FILE
    if path.exists():
        return None
    _write(path, operator_file(), 0o644)
    return path


def _write(path: Path, text: str, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)
