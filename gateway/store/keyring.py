"""The keys in use by one process: the gateway's own and one per agency, unwrapped once."""

from collections.abc import Iterable, Mapping

import asyncpg

from gateway.store.keys import CustodianKeys, GatewayKeys
from gateway.store.seal import new_key, unwrap, wrap

GATEWAY = "gateway"


class KeyRing:
    """Unwrapped keys. An agency's key is made when the agency is first applied."""

    def __init__(self, gateway: GatewayKeys, custodians: dict[str, CustodianKeys], under: bytes) -> None:
        self.gateway = gateway
        self._custodians = custodians
        self._under = under

    @property
    def all(self) -> Mapping[str, CustodianKeys]:
        """The keys of every agency."""
        return self._custodians

    def of(self, custodians: Iterable[str]) -> Mapping[str, CustodianKeys]:
        """The keys of these agencies."""
        return {custodian: self._custodians[custodian] for custodian in custodians}

    def __getitem__(self, custodian: str) -> CustodianKeys:
        return self._custodians[custodian]

    async def refresh(self, driver: asyncpg.Connection) -> None:
        """Unwrap the keys of agencies applied since."""
        rows = await driver.fetch(
            "SELECT custodian, wrapped FROM custodian_key WHERE custodian <> ALL($1)", list(self._custodians)
        )
        for row in rows:
            self._custodians[row["custodian"]] = CustodianKeys(row["custodian"], unwrap(row["wrapped"], self._under))

    def __repr__(self) -> str:
        return f"KeyRing({len(self._custodians)} agencies)"


async def open_key_ring(driver: asyncpg.Connection, under: bytes) -> KeyRing:
    """The key ring under this key-encryption key. Raises Unsealable when it is another one's."""
    wrapped = await driver.fetchval("SELECT wrapped FROM gateway_key WHERE name = $1", GATEWAY)
    ring = KeyRing(GatewayKeys(unwrap(wrapped, under)), {}, under)
    await ring.refresh(driver)
    return ring


async def ensure_gateway_key(driver: asyncpg.Connection, under: bytes) -> None:
    """Make the gateway's own key where there is none; as the owner."""
    await driver.execute(
        "INSERT INTO gateway_key (name, wrapped) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        GATEWAY,
        wrap(new_key(), under),
    )


async def ensure_custodian_key(driver: asyncpg.Connection, custodian: str, under: bytes) -> None:
    """Make an agency's key where there is none; as the owner."""
    await driver.execute(
        "INSERT INTO custodian_key (custodian, wrapped) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        custodian,
        wrap(new_key(), under),
    )
