"""A gateway whose hospital has rest-hooks, and what tests do with it: refer, answer, deliver when told to."""

import asyncio
import base64
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
from standardwebhooks import Webhook

from gateway import worker
from gateway.agencies.model import Route
from gateway.app import create_app
from gateway.delivery.deliver import Deliverer
from gateway.delivery.rest_hook import RestHook
from gateway.store.audit import AuditChains
from gateway.store.outbox import Retries
from gateway.store.seal import unseal, unwrap
from gateway.supervisor import apply_folder
from tests.gateway.delivery.receiver import Receiver
from tests.live import temporary_folder
from tests.messages import Visit
from tests.promises.house import ROOT, House, Template
from tests.promises.worlds import BRIDGE, HOSPITAL

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
LATER = Retries(attempts=3, first=timedelta(hours=1), longest=timedelta(hours=1), jitter=0)
RUN = Deliverer.run
"""As a worker runs it; the gateway's own is idle in these tests."""
HOMELESS = "Z59.0^Homelessness"

HOOK = """
[[deliveries]]
name = "{name}"
route = "rest-hook"
to = "{url}"
purpose = "TREAT"
role = "treating-physician"
content = "{content}"
secret_file = "cityhosp.secret"
"""


@dataclass(slots=True)
class PostRoom:
    """The gateway, and a deliverer of the test's own; the gateway's own is idle."""

    house: House
    receivers: Sequence[Receiver]
    secrets: Path
    deliverer: Deliverer = field(init=False)

    def __post_init__(self) -> None:
        self.deliverer = self.new()

    def new(self, **more: Any) -> Deliverer:
        """A deliverer, as another worker's."""
        gateway = self.house.gateway
        hook = RestHook(gateway.settings.base, self.secrets, {each.authority for each in self.receivers})
        given = {"carriers": {Route.REST_HOOK: hook}, "retries": LATER, "carrying": 1.0, **more}
        parts = (gateway.database, gateway.disclose, gateway.registry, gateway.keyring, AuditChains())
        return Deliverer(*parts, **given)

    async def referred(self, visit: Visit | None = None, diagnosis: str = HOMELESS) -> str:
        """A discharge handed off; the hospital's patient."""
        visit = visit or Visit()
        await self.house.hospital(visit.a01(), visit.a03(diagnosis=diagnosis))
        return str((await self.house.asker(HOSPITAL).one(f"Patient?identifier={visit.mrn}"))["id"])

    async def answered(self, patient: str, status: str, client: str = BRIDGE) -> None:
        """The receiver of the referral moves its Task, and the news is carried over."""
        tasks = await self.house.asker(client).found("Task?_count=200")
        (task,) = [each for each in tasks if each.get("partOf") and each["for"]["reference"].endswith(patient)]
        moved = await self.house.asker(client).patch(f"Task/{task['id']}", {"status": status})
        assert moved.status == 200, moved.body
        await self.carried_over()

    async def carried_over(self) -> None:
        """Wait until no news is owed; deliveries stay."""
        until = time.monotonic() + 10
        while [each for each in await self.rows() if each["kind"] == "news"]:
            assert time.monotonic() < until, "the news does not arrive"
            await asyncio.sleep(0.02)

    async def nothing_owed(self) -> None:
        """Carry out what is owed for what came so far: a consent that arrives makes news due of its own."""
        await self.carried_over()
        await self.deliver()

    async def rows(self, route: str = "") -> list[Any]:
        """What the outbox holds, oldest first."""
        async with self.house.owner() as owner:
            wanted = "SELECT * FROM outbox WHERE target = 'cityhosp' AND ($1 = '' OR route = $1) ORDER BY number"
            found: list[Any] = await owner.fetch(wanted, route)
            return found

    async def hurried(self) -> None:
        """Whatever is put off, or leased to somebody who is gone, is due now."""
        async with self.house.owner() as owner:
            await owner.execute("UPDATE outbox SET due = now(), claimed_until = NULL")

    async def deliver(self) -> None:
        """Try everything that is due now once."""
        await self.deliverer.deliver_due()

    async def audited(self, delivery: str) -> list[tuple[str, str, Any]]:
        """Custodian, outcome and content of each audit row about a delivery, in order."""
        rows = "SELECT a.*, k.wrapped FROM audit a JOIN data_key k ON k.id = a.key WHERE a.kind = 'deliver' ORDER BY at"
        async with self.house.owner() as owner:
            found = [(row["custodian"], row["outcome"], self._opened(row)) for row in await owner.fetch(rows)]
        return [each for each in found if each[2]["delivery"] == delivery]

    def _opened(self, row: Any) -> Any:
        key = unwrap(row["wrapped"], self.house.gateway.keyring[row["custodian"]].wrapping)
        return orjson.loads(unseal(row["sealed"], key, f"audit|{row['chain']}|{row['number']}".encode()))


def verified(got: Any) -> None:
    """Raise where the signature is not the hospital's."""
    Webhook(SECRET).verify(got.body, got.headers)


@asynccontextmanager
async def opened(template: Template, receivers: Sequence[Receiver], content: str) -> AsyncIterator[PostRoom]:
    """A gateway on a fresh copy, with the hospital's hooks in force: hook, and hook-2 for a second receiver."""
    url = await template.copy()
    with temporary_folder() as folder:
        (folder / "cityhosp.secret").write_text(SECRET + "\n")
        authorities = tuple(each.authority for each in receivers)
        settings = template.site.settings(public_url=ROOT, secrets=folder, local_receivers=authorities)
        async with worker.opened(settings, url, template.under) as gateway:
            transport = httpx.ASGITransport(create_app(gateway), raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, timeout=30) as http:
                house = House(template, url, gateway, http)
                await _put_in_force(house, folder, receivers, content)
                yield PostRoom(house, receivers, folder)


async def _put_in_force(house: House, folder: Path, receivers: Sequence[Receiver], content: str) -> None:
    agencies = folder / "agencies"
    shutil.copytree(house.template.site.agencies, agencies)
    names = ("hook", "hook-2")
    hooks = "".join(
        HOOK.format(name=name, url=each.url, content=content) for name, each in zip(names, receivers, strict=False)
    )
    file = agencies / "cityhosp.toml"
    file.write_text(file.read_text() + hooks)
    async with house.owner() as driver:
        await apply_folder(house.template.site.settings(agencies=agencies), driver, house.template.under)
    async with house.gateway.database.connection("receive") as driver:
        await house.gateway.registry.refresh(driver)
