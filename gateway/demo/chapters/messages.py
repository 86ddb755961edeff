"""What becomes of messages: one that no rule hands over, one sent twice, one in another agency's name."""

from gateway.demo.stage import HOSPITAL, Stage
from gateway.receive.handing_off import NO_RULE


async def messages(stage: Stage) -> None:
    """Tell it."""
    await _no_rule(stage)
    await _sent_again(stage)
    await _foreign(stage)


async def _no_rule(stage: Stage) -> None:
    chapter = stage.story.chapter("A discharge that no rule hands over")
    answer = await stage.send("4_no_rule")
    chapter.expect("It is acknowledged (AA)", held=answer == "AA", detail=answer)
    kept = await stage.clients[HOSPITAL].search("Patient", identifier="800204")
    chapter.expect("It is kept: the hospital finds its patient", held=len(kept) == 1, detail=len(kept))
    tasks = await stage.clients[HOSPITAL].search("Task", patient=kept[0]["id"]) if kept else []
    chapter.expect("It is handed to nobody", held=bool(kept) and not tasks, detail=len(tasks))
    told = (await stage.operator.reports("cityhosp"))[0]["handoffs"]
    chapter.expect("Its report says so", held=told == [NO_RULE], detail=told)


async def _sent_again(stage: Stage) -> None:
    chapter = stage.story.chapter("The same message sent again")
    before = await _everything(stage)
    answer = await stage.send("1_opioid_no_consent")
    chapter.expect("It is acknowledged again (AA)", held=answer == "AA", detail=answer)
    after = await _everything(stage)
    chapter.expect("Nothing is new", held=before == after, detail=(before, after))


async def _foreign(stage: Stage) -> None:
    chapter = stage.story.chapter("A message in another agency's name")
    before = await _everything(stage)
    answer = await stage.send("5_foreign_sender")
    chapter.expect("It is rejected (AR)", held=answer == "AR", detail=answer)
    after = await _everything(stage)
    found = await stage.clients[HOSPITAL].search("Patient", identifier="800205")
    chapter.expect("Nothing of it is kept", held=before == after and not found, detail=(before, after))


async def _everything(stage: Stage) -> tuple[int, dict[str, str]]:
    """How many messages are kept, and the version of every record the hospital sees."""
    hospital = stage.clients[HOSPITAL]
    kinds = ("Patient", "Encounter", "Condition", "ServiceRequest", "Task")
    found = [each for kind in kinds for each in await hospital.search(kind, _count="200")]
    versions = {f"{each['resourceType']}/{each['id']}": each["meta"]["versionId"] for each in found}
    return len(await stage.operator.reports("cityhosp")), versions
