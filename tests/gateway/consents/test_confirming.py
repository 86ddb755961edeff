"""A consent opens a holder's records only where the holder's own person confirmed this version of it."""

import uuid

import pytest

from gateway.fhir.outcome import Absent, PreconditionFailed, Refusal, Unprocessable
from tests.gateway.consents.acting import COUNSELOR, HARBOR, act, confirming, lodged, people
from tests.messages import Visit
from tests.promises.house import House
from tests.promises.stories import charted, receiver_task, referred
from tests.promises.worlds import BRIDGE, HOSPITAL, LAKESIDE, PROGRAM, part2_consent

pytestmark = pytest.mark.asyncio(loop_scope="module")
SHORTER = {"provision": {"period": {"start": "2026-01-05", "end": "2027-11-30"}}}


def _without_a_right() -> object:
    (said,) = part2_consent("", "cityhosp")["extension"]
    return [{**said, "extension": [each for each in said["extension"] if each["url"] != "right-to-revoke"]}]


async def _status(house: House, path: str) -> int:
    return (await house.asker(HOSPITAL).get(path)).status


async def test_it_opens_on_confirmation_and_closes_on_change_and_on_withdrawal(house: House) -> None:
    patient = await referred(house, Visit())
    path, consent = await charted(house, patient), await lodged(house, patient)
    assert await _status(house, path) == 404
    await act(house, consent, "confirmed")
    assert await _status(house, path) == 200
    assert path.split("/")[1] in [
        each["id"] for each in await house.asker(HOSPITAL).found(f"Condition?patient={patient}")
    ]
    await house.asker(HOSPITAL).patch(f"Consent/{consent}", SHORTER)
    assert await _status(house, path) == 404
    await act(house, consent, "confirmed")
    assert await _status(house, path) == 200
    await act(house, consent, "revoked")
    assert await _status(house, path) == 404


async def test_its_lodger_revokes_at_once(house: House) -> None:
    patient = await referred(house, Visit())
    path, consent = await charted(house, patient), await lodged(house, patient)
    await act(house, consent, "confirmed")
    assert await _status(house, path) == 200
    await act(house, consent, "revoked", "cityhosp", "amara-lindqvist")
    assert await _status(house, path) == 404
    assert (await house.asker(HOSPITAL).get(f"Consent/{consent}")).json["status"] == "inactive"


async def test_a_confirmation_opens_news_of_the_referral_too(house: House) -> None:
    patient = await referred(house, Visit())
    task = await receiver_task(house, PROGRAM, patient)
    await house.asker(PROGRAM).patch(f"Task/{task['id']}", {"status": "accepted"})
    consent = await lodged(house, patient)
    await house.settled()
    (own,) = [each for each in await house.asker(HOSPITAL).found(f"Task?patient={patient}") if not each.get("partOf")]
    assert own["status"] == "requested"
    await act(house, consent, "confirmed")
    await house.settled()
    assert (await house.asker(HOSPITAL).get(f"Task/{own['id']}")).json["status"] == "accepted"


async def test_what_changed_since_it_was_shown_is_not_confirmed(house: House) -> None:
    patient = await referred(house, Visit())
    consent = await lodged(house, patient)
    shown = await people(house).find(HARBOR, consent)
    await house.asker(HOSPITAL).patch(f"Consent/{consent}", SHORTER)
    with pytest.raises(PreconditionFailed):
        await people(house).act(HARBOR, shown, "confirmed", COUNSELOR)


async def test_another_agency_cannot_confirm_for_the_holder(house: House) -> None:
    patient = await referred(house, Visit())
    path, consent = await charted(house, patient), await lodged(house, patient)
    with pytest.raises(Absent):
        await people(house).find("lakeside-bh", consent)
    with pytest.raises(Unprocessable, match="discloser"):
        await act(house, consent, "confirmed", "cityhosp", "amara-lindqvist")
    assert await _status(house, path) == 404


@pytest.mark.parametrize("person", ["amara-lindqvist", "nobody", ""])
async def test_only_a_person_of_the_holder_confirms(house: House, person: str) -> None:
    patient = await referred(house, Visit())
    path, consent = await charted(house, patient), await lodged(house, patient)
    with pytest.raises(Unprocessable):
        await act(house, consent, "confirmed", by=person)
    assert (await confirming(house, consent, person)).status == 422
    assert await _status(house, path) == 404


async def test_an_incomplete_form_is_refused_with_the_words_it_lacks(house: House) -> None:
    patient = await referred(house, Visit())
    consent = await lodged(house, patient, extension=_without_a_right())
    with pytest.raises(Unprocessable, match=r"right to revoke \(42 CFR 2.31\(a\)\(6\)\)"):
        await act(house, consent, "confirmed")


async def test_what_the_resource_says_of_its_verification_confirms_nothing(house: House) -> None:
    patient = await referred(house, Visit())
    path = await charted(house, patient)
    await lodged(house, patient, verification=[{"verified": True, "verificationDate": "2026-03-05"}])
    assert await _status(house, path) == 404


async def test_a_consent_proposed_by_the_agencys_own_system_becomes_active(house: House) -> None:
    patient = await referred(house, Visit())
    path = await charted(house, patient)
    answer = await house.asker(PROGRAM).post("Consent", part2_consent(patient, "cityhosp", status="proposed"))
    consent = str(answer.json["id"])
    assert consent in [each.id for each in await people(house).waiting(HARBOR)]
    assert await _status(house, path) == 404
    await act(house, consent, "confirmed")
    assert await _status(house, path) == 200
    assert consent not in [each.id for each in await people(house).waiting(HARBOR)]


async def test_what_waits_is_listed_until_it_is_confirmed_and_again_once_it_changed(house: House) -> None:
    patient = await referred(house, Visit())
    consent = await lodged(house, patient)

    async def waits() -> bool:
        return consent in [each.id for each in await people(house).waiting(HARBOR)]

    assert await waits()
    await act(house, consent, "confirmed")
    assert not await waits()
    await house.asker(HOSPITAL).patch(f"Consent/{consent}", SHORTER)
    assert await waits()


async def test_refusals_are_listed_first(house: House) -> None:
    patient = await referred(house, Visit())
    await lodged(house, patient)
    made = part2_consent(patient, "cityhosp")
    refusal = await lodged(house, patient, provision={**made["provision"], "type": "deny"})
    assert (await people(house).waiting(HARBOR))[0].id == refusal


async def test_the_holder_learns_of_no_consent_that_it_may_not_see(house: House) -> None:
    """A program's consent is a Part 2 record: to name another agency in it does not show it to them."""
    patient = await referred(house, Visit())
    named = [{"reference": "Organization/bridge-community"}]
    consent = await lodged(house, patient, PROGRAM, organization=named, provision=_for_lakeside(patient))
    assert (await house.asker(BRIDGE).get(f"Consent/{consent}")).status == 404
    assert consent not in [each.id for each in await people(house).waiting("bridge-community")]
    with pytest.raises(Absent):
        await people(house).find("bridge-community", consent)


def _for_lakeside(patient: str) -> object:
    return part2_consent(patient, "lakeside-bh")["provision"]


async def test_what_was_confirmed_can_be_withdrawn_though_it_may_not_be_seen_any_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = await referred(house, Visit())
    path, consent = await charted(house, patient), await lodged(house, patient)
    await act(house, consent, "confirmed")

    async def hidden(*_: object) -> bool:
        return False

    monkeypatch.setattr("gateway.consents.covering.Covering.sees", hidden)
    await act(house, consent, "revoked")
    assert await _status(house, path) == 404
    with pytest.raises(Absent):
        await people(house).find(HARBOR, consent)


async def test_every_act_leaves_a_row_in_the_audit(house: House) -> None:
    patient = await referred(house, Visit())
    consent = await lodged(house, patient)
    await act(house, consent, "confirmed")
    await act(house, consent, "revoked")
    async with house.owner() as owner:
        rows = await owner.fetch(
            "SELECT outcome, custodian FROM audit WHERE kind = 'consent' AND patient = $1 ORDER BY at, number",
            uuid.UUID(patient),
        )
    assert [(row["outcome"], row["custodian"]) for row in rows] == [("confirmed", HARBOR), ("revoked", HARBOR)]


async def test_a_refused_act_changes_nothing(house: House) -> None:
    patient = await referred(house, Visit())
    consent = await lodged(house, patient, extension=_without_a_right())
    with pytest.raises(Refusal):
        await act(house, consent, "confirmed")
    async with house.owner() as owner:
        assert (
            await owner.fetchval("SELECT count(*) FROM consent_confirmed WHERE consent = $1", uuid.UUID(consent)) == 0
        )


# --- over HTTP


async def test_the_holders_client_confirms_in_a_persons_name(house: House) -> None:
    patient = await referred(house, Visit())
    path, consent = await charted(house, patient), await lodged(house, patient)
    answer = await confirming(house, consent)
    assert answer.status == 200, answer.body
    assert path in answer.body.decode()
    assert await _status(house, path) == 200


@pytest.mark.parametrize("client", [LAKESIDE, BRIDGE])
async def test_to_others_the_operations_answer_as_for_what_does_not_exist(house: House, client: str) -> None:
    patient = await referred(house, Visit())
    consent = await lodged(house, patient)
    absent, asker = str(uuid.uuid4()), house.asker(client)
    assert (await confirming(house, consent, client=client)).told == (
        await confirming(house, absent, client=client)
    ).told
    both = [await asker.get(f"Consent/{each}/$covers") for each in (consent, absent)]
    assert both[0].told == both[1].told
    assert both[0].status == 404


@pytest.mark.parametrize(
    "sent", [{}, {"resourceType": "Parameters"}, {"resourceType": "Parameters", "parameter": [{"name": "person"}, 1]}]
)
async def test_a_body_without_a_person_is_refused(house: House, sent: dict[str, object]) -> None:
    patient = await referred(house, Visit())
    consent = await lodged(house, patient)
    assert (await house.asker(PROGRAM).post(f"Consent/{consent}/$confirm", sent)).status == 400
