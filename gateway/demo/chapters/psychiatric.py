"""A psychiatric discharge to a provider that is no Part 2 program: the hospital hears back under HIPAA alone."""

from gateway.demo.stage import HOSPITAL, LAKESIDE, Stage


async def psychiatric(stage: Stage) -> None:
    """Tell it."""
    chapter = stage.story.chapter("Patient C: psychiatric discharge, no Part 2 program")
    answer = await stage.send("3_psychiatric")
    chapter.expect("The hospital's discharge is acknowledged (AA)", held=answer == "AA", detail=answer)
    referral = await stage.referral("Patient C", "800203", LAKESIDE)
    await stage.look(referral, LAKESIDE, referral.patient, HOSPITAL)
    accepted = await stage.accept(LAKESIDE, referral.receiver_task)
    chapter.expect("Lakeside accepts its own Task", held=accepted.status == 200, detail=accepted.body)
    status = await stage.status_becomes(HOSPITAL, referral.sender_task, "accepted")
    name = "The hospital's Task turns `accepted` without any Part 2 consent"
    chapter.expect(name, held=status == "accepted", detail=status)
    await stage.look(referral, HOSPITAL, referral.sender_task, HOSPITAL)
    got = await stage.look(referral, HOSPITAL, referral.receiver_task, LAKESIDE)
    chapter.expect("The hospital can read Lakeside's Task", held=got.status == 200, detail=got.body)
