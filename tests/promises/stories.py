"""Short beginnings that several promises start from: a referral, a program's record about a hospital's patient."""

from tests.messages import Visit
from tests.parties import Json
from tests.promises.house import House
from tests.promises.worlds import HOSPITAL, PROGRAM, condition, part2_consent


async def referred(house: House, visit: Visit) -> str:
    """The visit admitted and discharged to the program; the id of the hospital's patient."""
    await house.hospital(visit.a01(), visit.a03())
    await house.settled()
    patient = await house.asker(HOSPITAL).one(f"Patient?identifier={visit.mrn}")
    return str(patient["id"])


async def charted(house: House, patient: str, code: str = "F11.20") -> str:
    """A diagnosis that the program keeps about this patient; its path."""
    diagnosis = {**condition(code), "subject": {"reference": f"Patient/{patient}"}}
    answer = await house.asker(PROGRAM).post("Condition", diagnosis)
    assert answer.status == 201, answer.body
    return f"Condition/{answer.json['id']}"


async def consented(house: House, patient: str, recipient: str = "cityhosp", **period: str) -> str:
    """A written Part 2 consent lodged by the program for the recipient; its path."""
    consent = part2_consent(patient, recipient)
    consent["provision"]["period"].update(period)
    answer = await house.asker(PROGRAM).post("Consent", consent)
    assert answer.status == 201, answer.body
    return f"Consent/{answer.json['id']}"


async def revoked(house: House, consent: str) -> None:
    """The program marks the consent as revoked."""
    answer = await house.asker(PROGRAM).patch(consent, {"status": "inactive"})
    assert answer.status == 200, answer.body


async def receiver_task(house: House, client: str, patient: str) -> Json:
    """The Task that a receiver holds about the patient."""
    tasks = await house.asker(client).found("Task?_count=50")
    return next(task for task in tasks if task.get("partOf") and task["for"]["reference"] == f"Patient/{patient}")
