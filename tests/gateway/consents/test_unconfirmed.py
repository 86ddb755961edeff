"""A consent that another agency lodged and nobody at the holder confirmed changes nothing for anybody."""

import pytest

from tests.messages import Visit
from tests.parties import Json
from tests.promises.house import House
from tests.promises.stories import charted, consented, referred
from tests.promises.worlds import BRIDGE, HOSPITAL, part2_consent

pytestmark = pytest.mark.asyncio(loop_scope="module")


def _flawed(patient: str, flaw: str) -> Json:
    made = part2_consent(patient, "cityhosp")
    if flaw == "implicitRules":
        return {**made, flaw: "http://example.org/rules"}
    said = made["extension"][0]["extension"]
    said += [{"url": flaw, "valueBoolean": True}] if flaw else []
    return made


@pytest.mark.parametrize("flaw", ["", "materially-false", "signer-is-alleged-abuser", "implicitRules"])
async def test_it_changes_no_byte_of_what_is_read_whatever_is_wrong_with_it(house: House, flaw: str) -> None:
    patient = await referred(house, Visit())
    path = await charted(house, patient)
    await consented(house, patient)
    hospital = house.asker(HOSPITAL)
    before = [(await hospital.get(each)).told for each in (path, f"{path}/_history", f"Condition?patient={patient}")]
    assert (await house.asker(BRIDGE).post("Consent", _flawed(patient, flaw))).status == 201
    after = [(await hospital.get(each)).told for each in (path, f"{path}/_history", f"Condition?patient={patient}")]
    assert after == before
