"""Reads a folder of agency files and reports everything that is wrong in all of them at once."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from gateway.agencies.across import OPERATOR_FILE, Files, check_across
from gateway.agencies.channels import check_channels
from gateway.agencies.jwks import public_members
from gateway.agencies.model import Agency, Operator
from gateway.agencies.problems import Level, Place, Problem
from gateway.agencies.shape import Reader
from gateway.agencies.within import check_agency

T = TypeVar("T")
MAX_BYTES = 1_000_000
_KEY_SOURCES = ("jwks", "jwks_file", "jwks_uri")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a folder holds; use agencies and operator only when errors is empty."""

    agencies: tuple[Agency, ...]
    operator: Operator | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that stop an apply."""
        return tuple(problem for problem in self.problems if problem.level is Level.ERROR)


def read_folder(folder: Path, today: date, mllp_host: str = "127.0.0.1") -> Reading:
    """Every agency file of a folder, its operator.toml, and all their problems.

    today decides which agreements have lapsed; mllp_host is what the MLLP listener binds. Never raises for what the
    files hold; a folder that cannot be listed is itself a problem.
    """
    problems: list[Problem] = []
    documents = {path.name: _document(path, problems) for path in _files(folder, problems)}
    operator = _operator(documents.pop(OPERATOR_FILE, None), problems)
    agencies = tuple(_agencies(folder, documents, problems))
    for at, agency in agencies:
        problems += check_agency(agency, at)
        problems += check_channels(agency, at, mllp_host)
    problems += check_across(Files(agencies, operator, _claimed_ids(documents), today))
    problems.sort(key=lambda problem: (problem.level, problem.file))
    return Reading(tuple(agency for _, agency in agencies), operator, tuple(problems))


def _files(folder: Path, problems: list[Problem]) -> list[Path]:
    paths = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    if not paths:
        remedy = "Name the folder of agency files, or write one with `crosswalk agency new`."
        problems.append(Place(str(folder)).problem("no-files", "holds no agency file.", remedy))
    return paths


def _document(path: Path, problems: list[Problem]) -> dict[str, Any]:
    at = Place(path.name)
    try:
        if path.stat().st_size > MAX_BYTES:
            problems.append(at.problem("unreadable", "is too large.", f"Keep it below {MAX_BYTES} bytes."))
            return {}
        return tomllib.loads(path.read_bytes().decode())
    except OSError as fault:
        problems.append(at.problem("unreadable", f"cannot be read ({fault.strerror}).", "Check its permissions."))
    except UnicodeDecodeError:
        problems.append(at.problem("unreadable", "is not UTF-8.", "Save it as UTF-8."))
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        problems.append(at.problem("not-toml", f"is not TOML: {str(fault)[:200]}.", "Correct that line."))
    return {}


def _operator(document: dict[str, Any] | None, problems: list[Problem]) -> Operator | None:
    at = Place(OPERATOR_FILE)
    if document is None:
        fault = "is missing: without it the gateway may hold no protected record."
        problems.append(at.problem("no-operator", fault, "Write who runs the gateway and on what standing."))
        return None
    return Reader(problems).table(Operator, document, at) if document else None


def _agencies(
    folder: Path, documents: dict[str, dict[str, Any]], problems: list[Problem]
) -> Iterator[tuple[Place, Agency]]:
    for name, document in documents.items():
        at = Place(name)
        for index, client in enumerate(_clients(document)):
            _take_keys(client, folder, at.key("clients").item(index), problems)
        agency = Reader(problems).table(Agency, document, at) if document else None
        if agency:
            if name != f"{agency.id}.toml":
                problems.append(at.key("id").problem("file-name", "differs from the file's name.", "Make them agree."))
            yield at, agency


def _claimed_ids(documents: dict[str, dict[str, Any]]) -> frozenset[str]:
    """The ids of all files, also of those too faulty to read, so that one fault does not echo as many."""
    names = {Path(name).stem for name, document in documents.items() if not document}
    return frozenset(names | {str(document["id"]) for document in documents.values() if "id" in document})


def _clients(document: dict[str, Any]) -> list[dict[str, Any]]:
    clients = document.get("clients")
    return [each for each in clients if isinstance(each, dict)] if isinstance(clients, list) else []


def _take_keys(client: dict[str, Any], folder: Path, at: Place, problems: list[Problem]) -> None:
    """Put the public keys of a client under jwks, wherever the file says they are."""
    stated = [name for name in _KEY_SOURCES if client.get(name)]
    if len(stated) != 1:
        fault = f"has {'no' if not stated else 'more than one'} source of keys."
        problems.append(at.problem("key-source", fault, f"Give exactly one of {', '.join(_KEY_SOURCES)}."))
    if client.get("jwks"):
        client["jwks"] = public_members(client["jwks"], at.key("jwks"), problems)
    elif isinstance(client.get("jwks_file"), str) and client["jwks_file"]:
        client["jwks"] = _keys_in_file(folder, client["jwks_file"], at.key("jwks_file"), problems)


def _keys_in_file(folder: Path, name: str, at: Place, problems: list[Problem]) -> list[dict[str, object]]:
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            problems.append(at.problem("bad-path", "leads out of the folder.", "Keep public keys beside the file."))
            return []
        if not path.is_file():
            fault = "is not there yet: the client cannot sign in."
            problems.append(at.warning("no-keys", fault, "Write the client's public JWKS to that path."))
            return []
        return public_members(json.loads(path.read_bytes()[:MAX_BYTES]), at, problems)
    except (OSError, ValueError, RecursionError):
        problems.append(at.problem("bad-jwks", "cannot be read as a JWK set.", "Write the public JWKS as JSON."))
        return []
