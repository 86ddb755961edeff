"""A discharge to a Part 2 program without consent: the program has what it needs, the hospital learns nothing back."""

import asyncio

from gateway.demo.stage import HOSPITAL, PROGRAM, Referral, Stage
from gateway.demo.told import Chapter, Try

SETTLED_SECONDS = 1.5
"""Longer than news takes, so that what has not come by then was withheld."""


async def no_consent(stage: Stage) -> Referral:
    """Tell it; the referral of patient A for later chapters."""
    chapter = stage.story.chapter("Patient A: opioid use disorder, no consent")
    answer = await stage.send("1_opioid_no_consent")
    chapter.expect("The hospital's discharge is acknowledged (AA)", held=answer == "AA", detail=answer)
    referral = await stage.referral("Patient A", "800201", PROGRAM)
    await _program_has_what_it_needs(stage, chapter, referral)
    asked = (referral.sender_task, f"Task?patient={referral.patient}", f"{referral.sender_task}/_history")
    before = [(await stage.clients[HOSPITAL].get(each)).bytes_for() for each in asked]
    accepted = await stage.accept(PROGRAM, referral.receiver_task)
    chapter.expect("The program accepts its own Task", held=accepted.status == 200, detail=accepted.body)
    await asyncio.sleep(SETTLED_SECONDS)
    after = [(await stage.clients[HOSPITAL].get(each)).bytes_for() for each in asked]
    name = "The hospital gets its Task byte for byte as before: read, search and history"
    chapter.expect(name, held=after == before, detail=after)
    await _hospital_learns_nothing(stage, chapter, referral)
    stage.story.tries.append(Try("patient A's Task as the hospital sees it", HOSPITAL, referral.sender_task))
    stage.story.tries.append(Try("the program's Task, absent for the hospital", HOSPITAL, referral.receiver_task))
    return referral


async def _program_has_what_it_needs(stage: Stage, chapter: Chapter, referral: Referral) -> None:
    found = await stage.clients[PROGRAM].search("Condition", patient=referral.patient.split("/")[1])
    conditions = [f"Condition/{each['id']}" for each in found]
    handed = (referral.patient, referral.encounter, *conditions, referral.request)
    seen = {each: (await stage.look(referral, PROGRAM, each, HOSPITAL)).status for each in handed}
    seen[referral.receiver_task] = (await stage.look(referral, PROGRAM, referral.receiver_task, PROGRAM)).status
    held = len(conditions) == 2 and set(seen.values()) == {200}
    name = "The program sees Patient, Encounter, both Conditions, ServiceRequest and its own Task"
    chapter.expect(name, held=held, detail=seen)


async def _hospital_learns_nothing(stage: Stage, chapter: Chapter, referral: Referral) -> None:
    own = await stage.look(referral, HOSPITAL, referral.sender_task, HOSPITAL)
    requested = own.json.get("status") == "requested"
    chapter.expect("The hospital's Task is still `requested`", held=requested, detail=own.body)
    hidden = await stage.look(referral, HOSPITAL, referral.receiver_task, PROGRAM)
    nowhere = await stage.clients[HOSPITAL].get("Task/00000000-0000-4000-8000-000000000000")
    alike = hidden.status == 404 and hidden.bytes_for() == nowhere.bytes_for()
    name = "To the hospital the program's Task is absent (404), like one that never was"
    chapter.expect(name, held=alike, detail=hidden.body)
