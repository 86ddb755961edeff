"""The sender's own message that made a referral, opened for news that is written in its own terms."""

import asyncpg
import orjson

from gateway.agencies.model import Agency, for_adapter
from gateway.delivery.parcel import Original
from gateway.store import messages, relations
from gateway.store.keys import CustodianKeys


async def opened(driver: asyncpg.Connection, agency: Agency, keys: CustodianKeys, message: str) -> Original | None:
    """The agency's message of this id, None where its content was destroyed or its channel is no more."""
    await relations.begin_keeping(driver, [agency.id], ())
    row = await messages.found(driver, message)
    if row is None or row["wrapped"] is None:
        return None
    channel = next((each for each in agency.channels if each.name == row["channel"]), None)
    if channel is None:
        return None
    told = orjson.loads(messages.opened(row, "told", keys))
    body = messages.opened(row, "sealed", keys)
    return Original(body, for_adapter(agency, channel), channel, str(told.get("number", "")))
