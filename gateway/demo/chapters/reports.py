"""Police reports: a call that the social-work unit works and a partner takes over, a dropped export, a victim."""

import asyncio
import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

from gateway.demo.chapters.no_consent import SETTLED_SECONDS
from gateway.demo.samples import file
from gateway.demo.stage import CRISIS, HOSPITAL, HOUSING, POLICE, SHELTER, SOCIAL_WORK, Stage
from gateway.demo.told import Chapter, Try

NOTE = "Home visit on Tuesday; afraid of losing the flat. Prefers that nobody calls at work."
EXPORT = "riverton-pd/export"
SECONDS = 15.0


async def crisis_call(stage: Stage) -> None:
    """A report over HTTP: the unit's referral, its notes that stay with it, the partner told by a signed hook."""
    chapter = stage.story.chapter("A crisis call: the social-work unit and a partner")
    answer = await stage.clients[POLICE].messages(file("6_police_crisis.json"))
    chapter.expect("The records system's report is kept", held=answer.status == 200, detail=answer.body)
    unit = await stage.handed("Person P", SOCIAL_WORK, POLICE, "riverton-pd/social-work", family="Ravenscroft")
    work = await stage.clients[SOCIAL_WORK].get(unit.receiver_task)
    chapter.expect("The social worker sees her referral", held=work.status == 200, detail=work.body)
    noted = await stage.accept(SOCIAL_WORK, unit.receiver_task, note=[{"text": NOTE}])
    chapter.expect("She accepts it and writes a note", held=noted.status == 200, detail=noted.body)
    sergeant = await stage.look(unit, POLICE, unit.receiver_task, "riverton-pd", keeper_client=SOCIAL_WORK)
    own = await stage.clients[SOCIAL_WORK].get(unit.receiver_task)
    held = NOTE.encode() in own.body and NOTE.encode() not in sergeant.body
    chapter.expect("Her sergeant, of the same department, does not see her note", held=held, detail=sergeant.body)
    status = await stage.status_becomes(POLICE, unit.sender_task, "accepted")
    chapter.expect("The patrol's own Task turns `accepted`", held=status == "accepted", detail=status)
    stage.story.tries.append(Try("the unit's Task as a patrol officer's system sees it", POLICE, unit.receiver_task))
    await _partner(stage, chapter)


async def _partner(stage: Stage, chapter: Chapter) -> None:
    partner = await stage.handed("Person P", CRISIS, POLICE, "living-room", family="Ravenscroft")
    hook = stage.hook
    told = await until(lambda: any(partner.receiver_task in json.dumps(each) for each in hook.taken.values()))
    name = "The crisis center's own software is told by a signed rest-hook, with nothing but the Task's address"
    held = told and not hook.turned_away and b"Ravenscroft" not in json.dumps(list(hook.taken.values())).encode()
    chapter.expect(name, held=held, detail=(hook.taken, hook.turned_away))
    got = await stage.look(partner, CRISIS, partner.patient, POLICE)
    chapter.expect("It reads whom it is about", held=got.status == 200, detail=got.body)
    request = await stage.look(partner, CRISIS, partner.request, POLICE)
    clean = b"Tarrow" not in request.body and b"26-007101" not in request.body
    chapter.expect("Neither narrative nor case number came with it", held=clean, detail=request.body)


async def dropped_export(stage: Stage) -> None:
    """An export dropped into a folder: one row refused by number, one handed over; the answer comes back beside it."""
    chapter = stage.story.chapter("An export dropped into a folder, and the answer beside it")
    folder = stage.place.folders / "in" / EXPORT
    drop(folder / "2026-05-02.csv", file("7_police_export.csv"))
    receipt = await appears(folder / "2026-05-02.csv.receipt.json")
    told = json.loads(receipt) if receipt else {}
    chapter.expect("The file has its receipt", held=bool(told), detail=list(folder.iterdir()))
    quarantine = await appears(folder / "quarantine" / "2026-05-02.csv")
    held = b"26-007202" in quarantine and b"26-007201" not in quarantine
    chapter.expect("The ragged row lies in quarantine, the other is kept", held=held, detail=quarantine)
    await _worklist(stage, chapter, folder)


async def _worklist(stage: Stage, chapter: Chapter, folder: Path) -> None:
    """The charity's inbox as a table, filled in and dropped; the department's status file."""
    inbox = stage.place.folders / "out" / "bridge-community"
    found = await until(lambda: any(b"Fenwick" in each.read_bytes() for each in inbox.glob("referral-*.csv")))
    chapter.expect("Bridge Community finds the referral in its folder, as a table", held=found, detail=str(inbox))
    sheet = next((each for each in inbox.glob("referral-*.csv") if b"Fenwick" in each.read_bytes()), None)
    if sheet is None:
        return
    drop(stage.place.folders / "in" / "bridge-community" / "filled.csv", filled(sheet.read_bytes(), "yes", ""))
    status = await appears(folder / "status" / "26-007201.csv", lambda body: b"accepted" in body)
    name = "It fills in `yes` and drops it back: the department's status file, by case number, says `accepted`"
    chapter.expect(name, held=b"accepted" in status, detail=status)
    stage.story.shown["The worklist that Bridge Community got"] = sheet.read_bytes().decode("utf-8-sig")
    stage.story.shown["The same, filled in"] = filled(sheet.read_bytes(), "yes", "").decode("utf-8-sig")
    stage.story.shown[f"The status file in {EXPORT}/status"] = status.decode("utf-8-sig")
    housing = await stage.handed("Person Q", HOUSING, POLICE, "bridge-community", family="Fenwick")
    await stage.look(housing, HOUSING, housing.patient, POLICE)
    await stage.look(housing, HOUSING, housing.receiver_task, HOUSING)
    await stage.look(housing, POLICE, housing.receiver_task, HOUSING)


async def incident(stage: Stage) -> None:
    """One N-DEx incident, with a comment inside a name, dropped into its folder."""
    chapter = stage.story.chapter("An N-DEx incident dropped into a folder")
    folder = stage.place.folders / "in" / "riverton-pd" / "ndex"
    drop(folder / "incident.xml", file("10_police_ndex.xml"))
    receipt = await appears(folder / "incident.xml.receipt.json")
    kept = bool(receipt) and json.loads(receipt)["messages"].get("kept") == 1
    chapter.expect("It is kept", held=kept, detail=receipt)
    found = await stage.clients[POLICE].search("Patient", family="Haymere")
    chapter.expect("The comment inside the name hid nothing of it", held=len(found) == 1, detail=len(found))
    made = [await stage.clients[POLICE].search(each, patient=found[0]["id"]) for each in ("Condition", "Encounter")]
    chapter.expect("No Condition and no Encounter was made of it", held=not any(made), detail=made)


async def hospital_answered(stage: Stage) -> None:
    """A discharge without a home, declined by the charity: the hospital reads the answer as HL7 v2."""
    chapter = stage.story.chapter("The hospital is answered in HL7 v2")
    answer = await stage.send("9_homeless")
    chapter.expect("The hospital's discharge is acknowledged (AA)", held=answer == "AA", detail=answer)
    referral = await stage.referral("Patient H", "800209", HOUSING)
    inbox = stage.place.folders / "out" / "bridge-community"
    sheet = await appears(inbox / f"referral-{referral.receiver_task.removeprefix('Task/')}.csv")
    reply = filled(sheet, "declined", "No bed before Friday") if sheet else b""
    drop(stage.place.folders / "in" / "bridge-community" / "declined.csv", reply)
    out = stage.place.folders / "out" / "cityhosp"
    told = await until(lambda: any(b"No bed" in each.read_bytes() for each in out.glob("*.hl7")))
    chapter.expect("Bridge Community declines in its table, and the hospital gets an RRI^I12", held=told, detail=out)
    texts = [each.read_bytes().decode("latin-1") for each in out.glob("*.hl7")]
    named = [each for each in texts if "No bed before Friday" in each]
    chapter.expect("It says rejected, and why", held=bool(named) and "|R^" in named[0], detail=texts)
    if named:
        stage.story.shown["The answer to the hospital"] = named[0].replace("\r", "\n")
    await stage.look(referral, HOUSING, referral.request, HOSPITAL)
    await stage.look(referral, HOSPITAL, referral.receiver_task, HOUSING)


async def victim(stage: Stage) -> None:
    """Domestic violence: the shelter hears of the victim alone, and the department of nothing the shelter does."""
    chapter = stage.story.chapter("A victim is referred to a shelter")
    answer = await stage.clients[POLICE].messages(file("8_police_domestic.json"))
    chapter.expect("The report is kept", held=answer.status == 200, detail=answer.body)
    shelter = await stage.handed("Person V", SHELTER, POLICE, "safe-haven", family="Thornbury")
    seen = [await stage.look(shelter, SHELTER, each, POLICE) for each in (shelter.request, shelter.patient)]
    read = {each.status for each in seen} == {200} and b"+1 217 555 0177" in seen[1].body
    chapter.expect("The shelter reads the request, and how to reach her safely", held=read, detail=seen)
    clean = not any(b"Brackwater" in each.body or b"Orchard" in each.body for each in seen)
    chapter.expect("Neither the suspect nor where she lives stands in it", held=clean, detail=seen)
    for each in (shelter.request, shelter.patient):
        other = await stage.look(shelter, HOSPITAL, each, POLICE)
        name = f"A hospital with an agreement of its own learns nothing of her: {each.split('/')[0]}"
        chapter.expect(name, held=other.status == 404, detail=other.body)
    before = (await stage.clients[POLICE].get(shelter.sender_task)).bytes_for()
    accepted = await stage.accept(SHELTER, shelter.receiver_task)
    chapter.expect("The shelter accepts its own Task", held=accepted.status == 200, detail=accepted.body)
    await asyncio.sleep(SETTLED_SECONDS)
    after = (await stage.clients[POLICE].get(shelter.sender_task)).bytes_for()
    name = "Without a release the department's Task stays as it was, byte for byte"
    chapter.expect(name, held=before == after, detail=after)
    await stage.look(shelter, SHELTER, shelter.receiver_task, SHELTER)
    await stage.look(shelter, POLICE, shelter.receiver_task, SHELTER)


def drop(path: Path, content: bytes) -> None:
    """Write a file elsewhere and rename it into the folder, as careful software drops it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.rename(path)


def filled(sheet: bytes, status: str, reason: str) -> bytes:
    """A worklist with the two columns filled in for every row."""
    head, *rows = csv.reader(io.StringIO(sheet.decode("utf-8-sig"), newline=""))
    made = io.StringIO()
    csv.writer(made).writerows([head, *([*row[:-2], status, reason] for row in rows)])
    return made.getvalue().encode()


async def appears(path: Path, good: Callable[[bytes], bool] = bool) -> bytes:
    """The file once it is there and good, empty when the time is over."""
    await until(lambda: good(_content(path)))
    return _content(path)


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


async def until(good: Callable[[], bool]) -> bool:
    """Whether it became so in time."""
    for _ in range(int(SECONDS / 0.1)):
        if good():
            return True
        await asyncio.sleep(0.1)
    return good()
