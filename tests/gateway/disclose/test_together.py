"""Disclosures to one party at the same moment wait for each other at most: none of them is turned away."""

import asyncio
import tempfile
from pathlib import Path

import httpx

from gateway import worker
from gateway.app import create_app
from tests.messages import Visit
from tests.promises.house import ROOT, House, Template

REFERRALS = 20


async def test_a_search_beside_a_delivery_to_the_same_party_finds_what_there_is(template: Template) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = template.site.settings(public_url=ROOT, folders=Path(folder))
        url = await template.copy()
        async with (
            worker.opened(settings, url, template.under) as gateway,
            httpx.AsyncClient(transport=httpx.ASGITransport(create_app(gateway)), timeout=30) as http,
        ):
            house = House(template, url, gateway, http)
            sender, receiver = house.asker("cityhosp-ehr"), house.asker("harbor-recovery-system")
            await asyncio.gather(sender.token(), receiver.token())
            for number in range(REFERRALS):
                mrn = f"8800{number:02d}"
                await house.hospital(Visit(mrn=mrn).a03(diagnosis="F11.20^Opioid"))
                patient = (await sender.one(f"Patient?identifier={mrn}"))["id"]
                asked = [receiver.found(f"Task?patient={patient}") for _ in range(3)]
                for found in await asyncio.gather(*asked):
                    assert [each for each in found if "partOf" in each]
