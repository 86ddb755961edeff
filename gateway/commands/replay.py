"""``crosswalk replay``: a kept message goes through the one way in again."""

from typing import Annotated

import typer

from gateway import clock, worker
from gateway.agencies.model import Agency, Channel, for_adapter
from gateway.commands.operating import Place, Store, carried_out, opened_store, operating_user
from gateway.commands.options import Data, DatabaseUrl, KeyFile
from gateway.commands.terminal import message_id, misuse, refuse
from gateway.logs import set_up
from gateway.receive.message import Receipt
from gateway.settings import Settings
from gateway.store.audit import AuditEntry
from gateway.store.embedded import EmbeddedServer
from gateway.store.keys import read_key_file
from gateway.store.messages import found, opened


def replay(
    message: Annotated[str, typer.Argument(metavar="ID", help="Id of the message, from `message list`.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit.")],
    data: Data = None,
    key_file: KeyFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Send a kept message through receive again, as when its sender resends it.

    What was kept before is recognised and changes nothing; what was refused is read by today's rules. Status 1 if it
    is refused.
    """
    wanted = message_id(message)
    if not reason.strip():
        misuse("--reason is empty: say why; it is kept in the audit.")
    set_up()
    receipts = carried_out(_replay(Place(data, key_file, database_url).settings, wanted, reason.strip()))
    for each in receipts:
        typer.echo(f"{each.fate} {each.message} {each.reason}".strip())
    raise typer.Exit(1 if any(each.fate == "refused" for each in receipts) else 0)


async def _replay(settings: Settings, message: str, reason: str) -> list[Receipt]:
    url, under = settings.database_url or EmbeddedServer(settings.data).url, read_key_file(settings.key_file)
    async with opened_store(settings) as store:
        agency, channel, raw = await _kept(store, message)
        content = {"message": message, "who": operating_user(), "reason": reason}
        recipient = store.operator.id if store.operator else ""
        await store.note(AuditEntry(clock.now(), "replay", agency.id, recipient, "replayed", None, content))
        async with worker.opened(settings, url, under) as gateway:
            return await gateway.receive.batch(agency, for_adapter(agency, channel), raw)


async def _kept(store: Store, message: str) -> tuple[Agency, Channel, bytes]:
    row = await found(store.driver, message)
    if row is None or row["wrapped"] is None:
        refuse(f"There is no message {message}, or its content was destroyed: see `crosswalk message list`.")
    agency = store.agencies.get(row["custodian"])
    channels = agency.channels if agency else ()
    channel = next((each for each in channels if each.name == row["channel"]), None)
    if agency is None or channel is None:
        refuse(f"{row['custodian']} has no channel {row['channel']} any more: put it in force again, then replay.")
    return agency, channel, opened(row, "sealed", store.keyring[agency.id])
