"""The same discharge with a Part 2 consent: the hospital hears `accepted`; revoked, the next read already obeys."""

from datetime import timedelta
from typing import Any

from gateway.clock import iso, now
from gateway.demo.clients import Answer
from gateway.demo.samples import form
from gateway.demo.stage import HOSPITAL, PROGRAM, Referral, Stage
from gateway.demo.told import Try
from gateway.registry import organization_id

Json = dict[str, Any]
NOTE = "First visit Monday at nine; wants to talk about work before anything else."


async def consent_given_and_revoked(stage: Stage) -> None:
    """Tell it."""
    chapter = stage.story.chapter("Patient B: the same, with a Part 2 consent")
    answer = await stage.send("2_opioid_with_consent")
    chapter.expect("The hospital's discharge is acknowledged (AA)", held=answer == "AA", detail=answer)
    referral = await stage.referral("Patient B", "800202", PROGRAM)
    filed = await stage.clients[PROGRAM].post(part2_tpo(referral.patient))
    chapter.expect("The program records the signed consent", held=filed.status == 201, detail=filed.body)
    accepted = await stage.accept(PROGRAM, referral.receiver_task, note=[{"text": NOTE}])
    chapter.expect("The program accepts its own Task", held=accepted.status == 200, detail=accepted.body)
    await _hospital_hears(stage, referral)
    await _revoked(stage, referral, filed)


async def _hospital_hears(stage: Stage, referral: Referral) -> None:
    chapter = stage.story.chapters[-1]
    status = await stage.status_becomes(HOSPITAL, referral.sender_task, "accepted")
    chapter.expect("The hospital's Task turns `accepted`", held=status == "accepted", detail=status)
    await stage.look(referral, HOSPITAL, referral.sender_task, HOSPITAL)
    got = await stage.look(referral, HOSPITAL, referral.receiver_task, PROGRAM)
    chapter.expect("The hospital can read the program's Task", held=got.status == 200, detail=got.body)
    own = await stage.clients[PROGRAM].get(referral.receiver_task)
    held = NOTE.encode() in own.body and NOTE.encode() not in got.body
    name = "The counselor's note, which the consent keeps from the hospital, stays with the program"
    chapter.expect(name, held=held, detail=(own.body, got.body))
    tried = Try(
        "patient B's Task at the hospital, told `accepted` while the consent stood", HOSPITAL, referral.sender_task
    )
    stage.story.tries.append(tried)


async def _revoked(stage: Stage, referral: Referral, filed: Answer) -> None:
    chapter = stage.story.chapter("Patient B revokes the consent")
    revoked = await stage.clients[PROGRAM].put({**filed.json, "status": "inactive"}, filed.headers["etag"])
    got = await stage.clients[HOSPITAL].get(referral.receiver_task)
    chapter.expect("The program records the revocation", held=revoked.status == 200, detail=revoked.body)
    chapter.expect("The hospital's very next read of it is 404", held=got.status == 404, detail=got.body)
    await stage.look(referral, HOSPITAL, referral.receiver_task, PROGRAM, ", after the revocation")
    await stage.look(referral, HOSPITAL, referral.sender_task, HOSPITAL, ", after the revocation")


def part2_tpo(patient: str) -> Json:
    """The program's signed consent form about a patient, good for a year from yesterday (42 CFR 2.31)."""
    signed = now() - timedelta(days=1)
    filled = form("part2_tpo_consent")
    period = {"start": signed.date().isoformat(), "end": (signed + timedelta(days=365)).date().isoformat()}
    return {
        **filled,
        "patient": {"reference": patient},
        "performer": [{"reference": patient}],
        "organization": [{"reference": f"Organization/{organization_id('harbor-recovery')}"}],
        "dateTime": iso(signed),
        "provision": {**filled["provision"], "period": period},
    }
