"""Criminal justice information in a police report changes not one byte for anybody outside criminal justice."""

import json
from pathlib import Path

import pytest

from tests.adapters.police import planting
from tests.promises.asking import every_record, pages
from tests.promises.conftest import OpenHouse
from tests.promises.house import FixedClock, House
from tests.promises.test_non_interference import told

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
OTHERS = frozenset(planting.OTHERS)
LEFT_OUT = sorted(OTHERS - planting.NEEDED)
COLUMNS = (
    *("Report Date", "Call Type", "First", "Sex", "Race", "Phone", "Address", "Need", "Urgency", "Summary"),
    *("Grid", "Narrative"),
)
OUTSIDE = (
    *("riverton-social-work", "living-room-system", "bridge-community-system", "safe-haven-system"),
    *("harbor-recovery-system", "cityhosp-ehr", "riverton-schools-system"),
)
SEARCHES = (
    *(
        "Patient?_total=accurate",
        "Task?_total=accurate",
        "ServiceRequest?_total=accurate",
        "Observation?_total=accurate",
    ),
    *("Consent?_total=accurate", "Condition?_total=accurate", "Task?_include=Task:patient&_include=Task:focus"),
)
NARRATIVE = "LEADS check: NCIC hit, wanted on warrant 22-CF-104, FBI 123456AB7."


def json_planted(raw: bytes) -> bytes:
    """The report with what the department's own queries returned, also as the value of every field it leaves empty."""
    report = json.loads(raw)
    for each in report.get("reports", [report]):
        each["ncic_return"] = {"hit": True, "files": [{"name": "supervised release", "nic": "W123456789"}]}
        each["narrative"] = f"{each.get('narrative', '')} {NARRATIVE}"
        for person in each["persons"]:
            person |= {"fbi_number": "123456AB7", "sid": "IL0012345", "criminal_history": [{"arrest": "2019-01-01"}]}
    return planting.in_empty(json.dumps(report).encode())


def xml_planted(raw: bytes) -> bytes:
    """The incident with an FBI number beside every name, and a value before every element that is read."""
    planted = b"</nc:PersonName><j:PersonAugmentation><j:PersonFBIIdentification><nc:IdentificationID>123456AB7"
    planted += b"</nc:IdentificationID></j:PersonFBIIdentification></j:PersonAugmentation>"
    made = raw.replace(b"</nc:PersonName>", planted)
    assert made != raw
    return planting.in_incident(made, [(where, path) for where, path, field in planting.paths() if field in OTHERS])


def csv_planted(raw: bytes) -> bytes:
    """The export with two more columns and a narrative that speaks of a query."""
    head, *rows = raw.splitlines()
    planted = [row + b",123456AB7," + NARRATIVE.replace(",", ";").encode() for row in rows]
    return b"\r\n".join([head + b",FBI No,NCIC Return", *planted]) + b"\r\n"


def json_valued(raw: bytes) -> bytes:
    """The report with it as the value of every field that can be left out."""
    return planting.with_value(raw, LEFT_OUT)


def json_less(raw: bytes) -> bytes:
    """The report without those fields."""
    return planting.without_value(raw, LEFT_OUT)


def csv_valued(raw: bytes) -> bytes:
    """The export with it in every column that can be left empty."""
    return planting.cells(raw, dict.fromkeys(COLUMNS, NARRATIVE))


def csv_less(raw: bytes) -> bytes:
    """The export with those columns empty."""
    return planting.cells(raw, dict.fromkeys(COLUMNS, ""))


def as_it_is(raw: bytes) -> bytes:
    """The sample."""
    return raw


REPORTS = {
    "police/crisis_report.json": (as_it_is, json_planted, "web"),
    "police/domestic_report.json": (as_it_is, json_planted, "web"),
    "police/overdose_report.json": (as_it_is, json_planted, "web"),
    "police/rms_export.csv": (as_it_is, csv_planted, "export"),
    "police/ndex_incident.xml": (as_it_is, xml_planted, "ndex"),
    "day/6_police_crisis.json": (json_less, json_valued, "web"),
    "day/7_police_export.csv": (csv_less, csv_valued, "export"),
    "day/8_police_domestic.json": (json_less, json_valued, "web"),
    "day/10_police_ndex.xml": (as_it_is, xml_planted, "ndex"),
}


async def sent(house: House, raw: bytes, channel: str) -> list[str]:
    """The bytes on a channel of the department, whatever brings them; the fate of each message."""
    agency = house.gateway.registry.current.agencies["riverton-pd"]
    found = next(each for each in agency.channels if each.name == channel)
    return [each.fate for each in await house.gateway.inlet.batch(agency, found, raw)]


async def seen(house: House, client: str, records: list[str]) -> list[object]:
    """Everything one recipient can read, search and page through."""
    asker = house.asker(client)
    heard = [told(await pages(asker, query)) for query in SEARCHES]
    for path in records:
        heard += [told(await asker.get(path)), told(await asker.get(f"{path}/_history"))]
    return heard


@pytest.mark.parametrize("name", REPORTS)
async def test_with_and_without_it_everybody_outside_reads_the_same_bytes(
    name: str, open_house: OpenHouse, fixed_clock: FixedClock
) -> None:
    remove, plant, channel = REPORTS[name]
    raw = (SAMPLES / name).read_bytes()
    plain, planted = await open_house(), await open_house()
    assert plant(raw).count(b"NCIC") > remove(raw).count(b"NCIC") + 3
    fates = []
    for house, body in ((plain, remove(raw)), (planted, plant(raw))):
        fixed_clock.again()
        fates.append(await sent(house, body, channel))
        await house.settled()
    assert fates[0] == fates[1]
    assert "kept" in fates[0]
    records = sorted(each.path for each in await every_record(plain))
    assert records == sorted(each.path for each in await every_record(planted))
    handed = 0
    for client in OUTSIDE:
        fixed_clock.again()
        one = await seen(plain, client, records)
        fixed_clock.again()
        assert one == await seen(planted, client, records), client
        handed += "'status': 200" in repr(one) or b"requested" in repr(one).encode()
    assert handed


async def test_where_the_gateway_may_not_hold_it_nothing_of_it_is_kept(house: House) -> None:
    raw = json_planted((SAMPLES / "police" / "crisis_report.json").read_bytes())
    assert await sent(house, raw, "web") == ["kept"]
    from gateway.store import messages

    async with house.owner() as driver:
        rows = await messages.listed(driver, messages.Wanted("riverton-pd"))
        keys = house.gateway.keyring["riverton-pd"]
        bodies = b"".join(messages.opened(row, "sealed", keys) + messages.opened(row, "told", keys) for row in rows)
    assert b"Quillfeather" in bodies
    for word in (b"123456AB7", b"W123456789", b"22-CF-104", b"supervised release"):
        assert word not in bodies
