"""What the facts say ends by itself: emergencies and agreements, without any write."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.consents.establishing import Said
from tests.gateway.consents.acting import EMERGENCY, acts
from tests.messages import Visit
from tests.promises.agencies import apply_changed
from tests.promises.conftest import OpenHouse
from tests.promises.house import FixedClock, House
from tests.promises.stories import charted, referred
from tests.promises.worlds import HOSPITAL, LIVING_ROOM, POLICE

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
CHICAGO = ZoneInfo("America/Chicago")


async def status(house: House, client: str, path: str) -> int:
    return (await house.asker(client).get(path)).status


async def test_a_documented_emergency_opens_to_medical_personnel_until_it_ends(
    open_house: OpenHouse, fixed_clock: FixedClock
) -> None:
    house = await open_house()
    treat = 'purposes = ["TREAT"]\nrole = "treating-physician"'
    await apply_changed(house, {"cityhosp.toml": (treat, treat.replace("TREAT", "ETREAT"))})
    await house.asker(POLICE).found("Patient")  # the gateway hears of the change by its next request
    patient = await referred(house, Visit())
    path = await charted(house, patient)
    assert await status(house, HOSPITAL, path) == 404
    end = fixed_clock.at + timedelta(hours=2)
    await acts(house).record(
        "harbor-recovery", Said("emergency", patient, "cityhosp", ends=end, facts=EMERGENCY), "noor-castellan"
    )
    assert await status(house, HOSPITAL, path) == 200
    assert [each["id"] for each in await house.asker(HOSPITAL).found(f"Condition?_id={path.split('/')[1]}")]
    fixed_clock.at = end - timedelta(seconds=1)
    assert await status(house, HOSPITAL, path) == 200
    fixed_clock.at = end
    assert await status(house, HOSPITAL, path) == 404, "it ended without any write"
    assert await house.asker(HOSPITAL).found(f"Condition?_id={path.split('/')[1]}") == []


async def test_an_agreement_lapses_without_any_write(open_house: OpenHouse, fixed_clock: FixedClock) -> None:
    house = await open_house()
    day = fixed_clock.at.date()
    mou = 'kind = "MOU"\nwith = "{}"\nfrom = 2026-01-01\n'
    last = f"until = {day}\n"
    changes = {
        f"{file}.toml": (mou.format(other), mou.format(other) + last)
        for file, other in (("living-room", "riverton-pd"), ("riverton-pd", "living-room"))
    }
    await apply_changed(house, changes)
    report = (SAMPLES / "police" / "crisis_report.json").read_bytes()
    assert (await house.asker(POLICE).messages(report)).status == 200
    patient = await house.asker(POLICE).one("Patient?family=Quillfeather")
    path = f"Patient/{patient['id']}"
    assert await status(house, LIVING_ROOM, path) == 200
    fixed_clock.at = datetime.combine(day + timedelta(days=1), datetime.min.time(), CHICAGO) - timedelta(seconds=1)
    assert await status(house, LIVING_ROOM, path) == 200, "its last day is a whole day in the holder's zone"
    fixed_clock.at += timedelta(seconds=2)
    assert await status(house, LIVING_ROOM, path) == 404
