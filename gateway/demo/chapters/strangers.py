"""Those who have no part in it: a patient of the program and a person nobody knows get the same bytes."""

from gateway.demo.clients import Client
from gateway.demo.stage import HOSPITAL, OUTSIDERS, POLICE, PROGRAM, Referral, Stage
from gateway.demo.told import Try

STRANGER_MRN = "899999"
STRANGER = "00000000-0000-4000-8000-000000000000"
SEARCHED = ("Task", "Condition", "Encounter", "ServiceRequest", "Consent")


async def police(stage: Stage, patient: Referral) -> None:
    """The police ask about the program's patient and about a stranger."""
    chapter = stage.story.chapter("The police ask about patient A and about a stranger")
    for question, difference in (await _compared(stage.clients[POLICE], patient)).items():
        chapter.expect(f"The same bytes for both: {question}", held=not difference, detail=difference)
    for reference, keeper in _records(patient).values():
        await stage.look(patient, POLICE, reference, keeper)
    stage.story.tries.append(Try("the police ask for patient A", POLICE, f"Patient?identifier={patient.mrn}"))
    stage.story.tries.append(Try("the police ask for a stranger", POLICE, f"Patient?identifier={STRANGER_MRN}"))


async def outsiders(stage: Stage, patient: Referral) -> None:
    """Community organisation, shelter, school, court, 988 line and social workers see nothing either."""
    chapter = stage.story.chapter("Everybody else asks about patient A")
    for name in OUTSIDERS:
        compared = await _compared(stage.clients[name], patient)
        different = {question: how for question, how in compared.items() if how}
        title = f"{name}: the same bytes as for a stranger, {len(compared)} questions"
        chapter.expect(title, held=not different, detail=different)
        tasks = await stage.clients[name].search("Task")
        chapter.expect(f"{name}: its search for Tasks finds none", held=not tasks, detail=len(tasks))
        await stage.look(patient, name, patient.patient, HOSPITAL)
        await stage.look(patient, name, patient.receiver_task, PROGRAM)


def _records(patient: Referral) -> dict[str, tuple[str, str]]:
    """What there is about the patient: reference and who keeps it."""
    return {
        "Patient": (patient.patient, HOSPITAL),
        "Encounter": (patient.encounter, HOSPITAL),
        "ServiceRequest": (patient.request, HOSPITAL),
        "the hospital's Task": (patient.sender_task, HOSPITAL),
        "the program's Task": (patient.receiver_task, PROGRAM),
    }


async def _compared(asker: Client, patient: Referral) -> dict[str, str]:
    """Each question asked about the patient and about a stranger: how the answers differ, empty if they do not."""
    asked = {}
    for name, (reference, _) in _records(patient).items():
        nobody = f"{reference.split('/')[0]}/{STRANGER}"
        asked[f"reading {name}"] = (reference, nobody)
        asked[f"history of {name}"] = (f"{reference}/_history", f"{nobody}/_history")
    asked["Patient by record number"] = (f"Patient?identifier={patient.mrn}", f"Patient?identifier={STRANGER_MRN}")
    for kind in SEARCHED:
        asked[f"search of {kind}"] = (f"{kind}?patient={patient.patient}", f"{kind}?patient=Patient/{STRANGER}")
    return {question: await _difference(asker, *pair) for question, pair in asked.items()}


async def _difference(asker: Client, known: str, unknown: str) -> str:
    one, other = await asker.get(known), await asker.get(unknown)
    ours, theirs = one.bytes_for(_typed(known)), other.bytes_for(_typed(unknown))
    return "" if ours == theirs else f"{ours} is not {theirs}"


def _typed(question: str) -> str:
    """What the asker typed into a search: it comes back to them as they typed it."""
    return question.split("=")[1].split("/")[-1] if "=" in question else ""
