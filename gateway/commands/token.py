"""``crosswalk token``: a fresh access token for a registered client whose private key is at hand."""

from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from gateway import clock
from gateway.agencies.founding import keys_beside, private_key_file
from gateway.agencies.reading import read_folder
from gateway.auth.keys import UnusableKeys, sign_assertion
from gateway.auth.token_endpoint import ASSERTION_TYPE, GRANT_TYPE, PURPOSE_FIELD
from gateway.commands.options import AsJson
from gateway.commands.terminal import print_json, refuse
from gateway.settings import Settings

EVERYTHING = "system/*.cruds"
SECONDS = 10.0


def token(
    client: Annotated[str, typer.Argument(help="Id of the client, such as cityhosp-ehr.")],
    *,
    purpose: Annotated[str | None, typer.Option(help="Purpose of use; needed where several are registered.")] = None,
    keys: Annotated[Path | None, typer.Option(help="Folder of private keys; AGENCIES-keys if omitted.")] = None,
    agencies: Annotated[Path, typer.Option(envvar="CROSSWALK_AGENCIES", help="Folder of agency files.")] = Path(
        "agencies"
    ),
    url: Annotated[str | None, typer.Option(help="URL of the gateway.")] = None,
    scope: Annotated[str | None, typer.Option(help="Scopes; those registered if omitted.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print a fresh access token, and nothing else; with --json the whole answer of the token endpoint."""
    token_url = f"{(url or Settings().root).rstrip('/')}/token"
    form = {
        "grant_type": GRANT_TYPE,
        "scope": scope or _registered_scopes(client, agencies),
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": _assertion(client, keys or keys_beside(agencies), token_url),
    }
    if purpose:
        form[PURPOSE_FIELD] = purpose
    answer = _ask(token_url, form)
    print_json(answer) if as_json else typer.echo(answer["access_token"])


def _registered_scopes(client: str, agencies: Path) -> str:
    """The scopes of the client's entry where the agency files are at hand, else everything, which is narrowed."""
    found = read_folder(agencies, clock.now().date()).agencies if agencies.is_dir() else ()
    entries = (each for agency in found for each in agency.clients if each.id == client)
    return next((" ".join(each.scopes) for each in entries), EVERYTHING)


def _assertion(client: str, folder: Path, token_url: str) -> str:
    path = private_key_file(folder, client)
    try:
        return sign_assertion(path.read_text(), client, token_url, clock.now())
    except OSError as fault:
        refuse(f"{path}: cannot be read ({fault.strerror}): give the folder of the client's private key with --keys.")
    except (UnusableKeys, ValueError) as fault:
        refuse(f"{path}: {fault}.")


def _ask(token_url: str, form: dict[str, str]) -> dict[str, Any]:
    try:
        answer = httpx.post(token_url, data=form, timeout=SECONDS)
        body = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        refuse(f"{token_url}: no answer ({type(fault).__name__}): is the gateway serving there? Name it with --url.")
    except ValueError:
        refuse(f"{token_url}: answered no JSON: name the gateway's URL with --url.")
    if answer.status_code != httpx.codes.OK or not isinstance(body, dict) or "access_token" not in body:
        refuse(f"{token_url}: refused ({answer.status_code}): {_reason(body)}")
    return body


def _reason(body: object) -> str:
    told = body if isinstance(body, dict) else {}
    said = f"{told.get('error', 'unknown error')}: {told.get('error_description', 'no description')}"
    if told.get("error") == "invalid_client":
        return f"{said}. Is the client registered with this key, and is --url the URL the gateway calls itself?"
    return said
