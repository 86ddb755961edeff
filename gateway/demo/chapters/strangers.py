"""Those who have no part in it: a patient of the program and a person nobody knows get the same bytes."""

from gateway.demo.clients import Client
from gateway.demo.stage import HOSPITAL, OUTSIDERS, POLICE, PROGRAM, Referral, Stage
from gateway.demo.told import Chapter

STRANGER_MRN = "899999"
STRANGER = "00000000-0000-4000-8000-000000000000"


async def police(stage: Stage, patient: Referral) -> None:
    """The police ask about the program's patient and about a stranger."""
    chapter = stage.story.chapter("The police ask about patient A and about a stranger")
    asker = stage.clients[POLICE]
    for name, differing in (await _compared(asker, patient)).items():
        chapter.expect(f"The same bytes for patient A as for a stranger: {name}", held=not differing, detail=differing)
    for record, keeper in _records(patient):
        await stage.look(chapter, POLICE, record, keeper)


async def outsiders(stage: Stage, patient: Referral) -> None:
    """Community organisation, shelter, school, court, 988 line and social workers see nothing either."""
    chapter = stage.story.chapter("Everybody else sees nothing of patient A")
    for name in OUTSIDERS:
        differing = {what: bad for what, bad in (await _compared(stage.clients[name], patient)).items() if bad}
        agency = stage.agency(name)
        chapter.expect(f"{name}: the same bytes as for a stranger", held=not differing, detail=differing)
        await _row(stage, chapter, name, patient)
        tasks = await stage.clients[name].search("Task")
        chapter.expect(f"{name}: no Task of others ({agency})", held=not tasks, detail=len(tasks))


async def _row(stage: Stage, chapter: Chapter, name: str, patient: Referral) -> None:
    await stage.look(chapter, name, patient.receiver_task, PROGRAM)


def _records(patient: Referral) -> list[tuple[str, str]]:
    of_hospital = (patient.patient, patient.encounter, patient.request, patient.sender_task)
    return [*((each, HOSPITAL) for each in of_hospital), (patient.receiver_task, PROGRAM)]


async def _compared(asker: Client, patient: Referral) -> dict[str, str]:
    """Each question asked twice, about the patient and about a stranger; the difference in the answers, if any."""
    records = [record for record, _ in _records(patient)]
    pairs = {f"reading {each.split('/')[0]} ({place})": (each, _nobody(each)) for place, each in enumerate(records, 1)}
    pairs |= {
        f"versions of {each.split('/')[0]} ({place})": (f"{each}/_history", f"{_nobody(each)}/_history")
        for place, each in enumerate(records, 1)
    }
    pairs["Patient by record number"] = (f"Patient?identifier={patient.mrn}", f"Patient?identifier={STRANGER_MRN}")
    for kind in ("Task", "Condition", "Encounter", "ServiceRequest", "Consent"):
        pairs[f"{kind} of the patient"] = (f"{kind}?patient={patient.patient}", f"{kind}?patient=Patient/{STRANGER}")
    return {name: await _difference(asker, *pair) for name, pair in pairs.items()}


def _nobody(reference: str) -> str:
    return f"{reference.split('/')[0]}/{STRANGER}"


async def _difference(asker: Client, known: str, unknown: str) -> str:
    one, other = await asker.get(known), await asker.get(unknown)
    ours, theirs = one.bytes_for(_value(known)), other.bytes_for(_value(unknown))
    return "" if ours == theirs else f"{ours} is not {theirs}"


def _value(question: str) -> str:
    """What the asker typed: it may come back to them as they typed it."""
    return question.split("=")[1].split("/")[-1] if "=" in question else ""
