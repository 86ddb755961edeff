"""Promise 8 for police and community: what is sent again, in whatever form, changes nothing and is told once."""

import json
from pathlib import Path

import pytest

from tests.promises.house import House

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SENT = (
    ("riverton-pd", "web", "police/crisis_report.json"),
    ("riverton-pd", "web", "police/overdose_report.json"),
    ("riverton-pd", "export", "police/rms_export.csv"),
    ("riverton-pd", "ndex", "police/ndex_incident.xml"),
    ("bridge-community", "csv", "community/referrals.csv"),
    ("bridge-community", "web", "community/referrals.json"),
)


async def counts(house: House) -> dict[str, int]:
    """How much is kept of everything that a message makes."""
    tables = ("part", "handoff", "relationship", "raw_message", "outbox", "patient_epoch")
    async with house.owner() as driver:
        return {name: await driver.fetchval(f"SELECT count(*) FROM {name}") for name in tables}  # noqa: S608  # our own names


async def send(house: House, agency: str, channel: str, raw: bytes) -> list[str]:
    """The bytes on a channel; the fate of each message in them."""
    found = house.gateway.registry.current.agencies[agency]
    way = next(each for each in found.channels if each.name == channel)
    return [each.fate for each in await house.gateway.inlet.batch(found, way, raw)]


@pytest.mark.parametrize(("agency", "channel", "name"), SENT)
async def test_sent_three_times_it_is_kept_once(house: House, agency: str, channel: str, name: str) -> None:
    raw = (SAMPLES / name).read_bytes()
    first = await send(house, agency, channel, raw)
    assert "kept" in first
    await house.settled()
    before = await counts(house)
    for _ in range(2):
        again = await send(house, agency, channel, raw)
        assert again == ["repeated" if each == "kept" else each for each in first]
        await house.settled()
        assert await counts(house) == before


async def test_what_was_left_out_is_told_and_told_in_the_same_bytes_again(house: House) -> None:
    raw = (SAMPLES / "police" / "crisis_report.json").read_bytes()
    raw = raw.replace(b"Would like someone to talk to in the evenings.", b"Zeta was on parole.")
    answers = [await house.asker("riverton-rms").raw("POST", "/messages?channel=web", raw) for _ in range(3)]
    first, again, third = (json.loads(each.body)[0] for each in answers)
    assert (first["status"], again["status"]) == ("kept", "repeated")
    assert [each["place"] for each in first["left_out"]] == ["/referral/summary"]
    assert again == third == first | {"status": "repeated"}
    assert b"Zeta" not in answers[0].body


async def test_a_table_with_its_columns_in_another_order_is_the_same_table(house: House) -> None:
    raw = (SAMPLES / "community" / "referrals.csv").read_text().splitlines()[:2]
    turned = "\r\n".join(",".join(reversed(line.split(","))) for line in raw) + "\r\n"
    straight = "\r\n".join(raw) + "\r\n"
    assert await send(house, "bridge-community", "csv", straight.encode()) == ["kept"]
    before = await counts(house)
    assert await send(house, "bridge-community", "csv", turned.encode()) == ["repeated"]
    assert await counts(house) == before


async def test_a_later_report_changes_the_referral_and_makes_no_second_one(house: House) -> None:
    raw = (SAMPLES / "police" / "crisis_report.json").read_bytes()
    await send(house, "riverton-pd", "web", raw)
    before = await counts(house)
    later = raw.replace(b'"version": "2"', b'"version": "3"').replace(b"2026-03-06T22:40", b"2026-03-06T23:40")
    later = later.replace(b"after five", b"after six")
    assert later != raw
    assert await send(house, "riverton-pd", "web", later) == ["kept"]
    after = await counts(house)
    assert after["handoff"] == before["handoff"]
    assert after["relationship"] == before["relationship"]
