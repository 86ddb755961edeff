"""Rotation of the key-encryption key: what it wraps is wrapped anew, and nothing else changes."""

import asyncpg

from gateway.store.keyring import open_key_ring
from gateway.store.owner import ensure_serving_roles
from gateway.store.seal import unwrap, wrap


async def rewrap(driver: asyncpg.Connection, old: bytes, new: bytes) -> int:
    """Wrap the keys of the gateway and of every agency under the new key, within the running transaction.

    Answers how many. The serving roles get the passwords of the new key. Raises Unsealable when old is not the key
    that they are wrapped with.
    """
    await driver.execute("LOCK TABLE gateway_key, custodian_key IN EXCLUSIVE MODE")
    rewrapped = 0
    for every, one in _STATEMENTS:
        for row in await driver.fetch(every):
            await driver.execute(one, row["name"], wrap(unwrap(row["wrapped"], old), new))
            rewrapped += 1
    await open_key_ring(driver, new)
    await ensure_serving_roles(driver, new)
    return rewrapped


_STATEMENTS = (
    ("SELECT name, wrapped FROM gateway_key", "UPDATE gateway_key SET wrapped = $2 WHERE name = $1"),
    (
        "SELECT custodian AS name, wrapped FROM custodian_key",
        "UPDATE custodian_key SET wrapped = $2 WHERE custodian = $1",
    ),
)
