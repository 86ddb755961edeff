"""``crosswalk form-link``: the address of a referral form for an organization without software."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from gateway import clock
from gateway.agencies.model import Agency
from gateway.commands.operating import Place, carried_out, opened_store
from gateway.commands.options import Data, DatabaseUrl, KeyFile
from gateway.commands.terminal import misuse, refuse
from gateway.console.form.address import ADAPTER, TooLong, form_key, sign, takes_forms

MAX_DAYS = 366


def form_link(
    agency: Annotated[str, typer.Argument(help="Id of the agency in whose name referrals are sent.")],
    *,
    channel: Annotated[str | None, typer.Option(help="Its channel; needed where several take forms.")] = None,
    days: Annotated[int, typer.Option(help=f"Days that the address works, at most {MAX_DAYS}.")] = 30,
    url: Annotated[str | None, typer.Option(help="URL of the gateway as the organization reaches it.")] = None,
    data: Data = None,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Print the address of the agency's referral form: whoever has it may send referrals, and see nothing."""
    if not 1 <= days <= MAX_DAYS:
        misuse(f"--days is from 1 to {MAX_DAYS}.")
    place = Place(data, key_file, database_url)
    until = clock.now() + timedelta(days=days)
    token = carried_out(_token(place, agency, channel, until))
    typer.echo(f"{(url or place.settings.root).rstrip('/')}/refer/{token}")
    typer.echo(f"It works until {until:%Y-%m-%d %H:%M} UTC. To end it earlier, rename or remove the channel.", err=True)


async def _token(place: Place, agency: str, channel: str | None, until: datetime) -> str:
    async with opened_store(place.settings) as store:
        known = store.agencies.get(agency)
        if known is None:
            refuse(f"{agency} is no agency in force: `crosswalk agency apply` puts one in force.")
        try:
            return sign(form_key(store.keyring.gateway.key), agency, _channel(known, channel), until)
        except TooLong as fault:
            refuse(str(fault))


def _channel(agency: Agency, wanted: str | None) -> str:
    """The one channel that takes forms, or the one that was named."""
    mine = [each.name for each in agency.channels if takes_forms(each)]
    meant = [each for each in mine if wanted in (None, each)]
    if len(meant) == 1:
        return meant[0]
    if not mine:
        refuse(f'{agency.id} has no channel with adapter = "{ADAPTER}" and transport = "http": add one to its file.')
    return refuse(f"Name the channel with --channel: {', '.join(mine)}.")
