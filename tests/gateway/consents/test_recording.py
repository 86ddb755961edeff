"""A signed form is recorded so that the law can rely on it, or not at all; and its covering table tells the truth."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from consent.forms import REQUIRED, Statement
from consent.instruments import ConsentDecision, ConsentKind, ConsentStatus
from consent.reading import Filing, read
from consent.vocabulary import InfoClass, Purpose
from gateway.consents.form import Recipient, consent_of, usual_classes, usual_purposes
from gateway.fhir.outcome import Unprocessable
from gateway.receive.checklist import shortcomings
from tests.gateway.consents.acting import COUNSELOR, HARBOR, act, people, signed
from tests.messages import Visit
from tests.promises.house import House
from tests.promises.stories import charted, consented, receiver_task, referred
from tests.promises.worlds import HOSPITAL, PROGRAM

loop = pytest.mark.asyncio(loop_scope="module")
UNFIT = {ConsentKind.PART2_INTERMEDIARY}
"""Needs an intermediary, which the command does not take."""
KINDS = sorted(set(ConsentKind) - UNFIT)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("decision", ConsentDecision)
@pytest.mark.parametrize("usual", [True, False])
async def test_a_complete_form_of_every_kind_reads_without_a_fault(
    house: House, kind: ConsentKind, decision: ConsentDecision, usual: bool
) -> None:
    given = {"purposes": usual_purposes(kind, decision) or (Purpose.TREAT,), "classes": usual_classes(kind, decision)}
    form = signed("00000000-0000-4000-8000-000000000001", kind=kind, decision=decision, **(given if usual else {}))
    resolve = house.gateway.registry.current.agency_of
    consent = read(consent_of(form), resolve, Filing(HARBOR, HARBOR))
    assert shortcomings(consent) == []
    assert (consent.kind, consent.status, consent.decision) == (kind, ConsentStatus.ACTIVE, decision)


@loop
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind in REQUIRED])
@pytest.mark.parametrize("left_out", [*Statement])
async def test_a_form_without_a_required_element_is_not_recorded_and_the_words_are_named(
    house: House, kind: ConsentKind, left_out: Statement
) -> None:
    changes: dict[Statement, dict[str, Any]] = {
        Statement.EXPIRY: {"until": None},
        Statement.PURPOSE: {"purposes": ()},
        Statement.INFORMATION: {"classes": ()},
        Statement.RECIPIENT: {"recipients": ()},
    }
    form = signed("00000000-0000-4000-8000-000000000001", kind=kind)
    stated = tuple(each for each in form.states if each is not left_out)
    lacking = replace(form, states=stated, **changes.get(left_out, {}))
    standard = kind is ConsentKind.PART2_TPO and left_out is Statement.RECIPIENT
    if left_out not in REQUIRED[kind] or lacking == form or standard:
        return
    with pytest.raises(Unprocessable) as refused:
        await people(house).record(lacking, COUNSELOR)
    assert str(left_out).replace("-", " ") in str(refused.value)
    assert REQUIRED[kind][left_out] in str(refused.value)


@loop
@pytest.mark.parametrize("kind", sorted(set(ConsentKind) - set(REQUIRED)))
async def test_a_form_that_would_open_nothing_is_not_recorded(house: House, kind: ConsentKind) -> None:
    with pytest.raises(Unprocessable):
        await people(house).record(signed("00000000-0000-4000-8000-000000000001", kind=kind, purposes=()), COUNSELOR)


@loop
@pytest.mark.parametrize(
    "kind", [ConsentKind.PART2_NAMED, ConsentKind.GENERAL_RELEASE, ConsentKind.HIPAA_AUTHORIZATION]
)
@pytest.mark.parametrize("more", [{}, {"no_expiry": True}, {"recipients": ()}, {"classes": (), "purposes": ()}])
async def test_a_refusal_withholds_also_without_an_end_or_names(
    house: House, kind: ConsentKind, more: dict[str, object]
) -> None:
    patient = await referred(house, Visit())
    path = await charted(house, patient)
    await consented(house, patient)
    assert (await house.asker(HOSPITAL).get(path)).status == 200
    refusal = signed(patient, kind=kind, decision=ConsentDecision.DENY, until=None, **more)
    await people(house).record(refusal, COUNSELOR)
    assert (await house.asker(HOSPITAL).get(path)).status == 404


@loop
async def test_the_sender_hears_the_answer_and_reads_nothing_after_the_revocation(house: House) -> None:
    patient = await referred(house, Visit())
    path, task = await charted(house, patient), await receiver_task(house, PROGRAM, patient)
    await house.asker(PROGRAM).patch(f"Task/{task['id']}", {"status": "accepted"})
    consent = await people(house).record(signed(patient), COUNSELOR)
    await house.settled()
    tasks = await house.asker(HOSPITAL).found(f"Task?patient={patient}")
    assert "accepted" in {each["status"] for each in tasks if not each.get("partOf")}
    assert (await house.asker(HOSPITAL).get(path)).status == 200
    await act(house, consent, "revoked")
    assert (await house.asker(HOSPITAL).get(path)).status == 404


@loop
async def test_a_2_35_consent_is_not_ended_before_its_event(house: House) -> None:
    """42 CFR 2.35(c): revocable when the form says, no later than the final disposition."""
    patient = await referred(house, Visit())
    resource = consent_of(signed(patient, kind=ConsentKind.PART2_2_35))
    resource["extension"][0]["extension"].append({"url": "revocation-event", "valueCode": "final-disposition"})
    answer = await house.asker(PROGRAM).post("Consent", resource)
    await act(house, answer.json["id"], "revoked")
    after = (await house.asker(PROGRAM).get(f"Consent/{answer.json['id']}")).json
    assert after["status"] == "active"
    assert "revoked-at" in str(after)


@loop
@pytest.mark.parametrize(
    "classes", [(InfoClass.EVERY,), (InfoClass.DIAGNOSIS,), (InfoClass.REFERRAL_STATUS,), (InfoClass.LAB,)]
)
async def test_the_covering_table_says_what_reads_then_show(house: House, classes: tuple[InfoClass, ...]) -> None:
    patient = await referred(house, Visit())
    path, task = await charted(house, patient), await receiver_task(house, PROGRAM, patient)
    form = signed(patient, classes=classes, recipients=(Recipient("cityhosp"), Recipient("riverton-pd")))
    consent = await people(house).record(form, COUNSELOR)
    rows = await people(house).covers(HARBOR, consent)
    assert {path, f"Task/{task['id']}", f"Consent/{consent}"} <= {row.record for row in rows}
    for record in {row.record for row in rows}:
        seen = (await house.asker(HOSPITAL).get(record)).status == 200
        assert seen == any(row.now for row in rows if (row.record, row.recipient[:8]) == (record, "cityhosp")), record
    told = (await house.asker(PROGRAM).get(f"Consent/{consent}/$covers")).json["issue"]
    assert sorted(each["diagnostics"].split(":")[0] for each in told) == sorted({row.record for row in rows})
    assert "F11" not in str(told)


@loop
async def test_nobody_else_is_told_what_it_covers(house: House) -> None:
    patient = await referred(house, Visit())
    consent = await people(house).record(signed(patient), COUNSELOR)
    assert (await house.asker(HOSPITAL).get(f"Consent/{consent}")).status == 200
    assert (await house.asker(HOSPITAL).get(f"Consent/{consent}/$covers")).status == 404


def test_a_day_stands_as_it_was_signed() -> None:
    assert consent_of(signed("p", signed=date(2026, 2, 28)))["dateTime"] == "2026-02-28"
