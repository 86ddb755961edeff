"""A charity's spreadsheet: each row a referral; whom it is about is told once the client has signed a release."""

import json
from datetime import timedelta

from consent.instruments import ConsentKind
from consent.vocabulary import InfoClass, Purpose
from gateway.clock import now
from gateway.consents.form import Recipient, SignedForm, consent_of
from gateway.demo.chapters.reports import appears, drop
from gateway.demo.samples import file
from gateway.demo.stage import CRISIS, HOUSING, Referral, Stage
from gateway.demo.told import Chapter


async def spreadsheet(stage: Stage) -> None:
    """Dropped, read row by row, and told on as far as the client agreed."""
    chapter = stage.story.chapter("A charity drops its spreadsheet")
    folder = stage.place.folders / "in" / "bridge-community"
    drop(folder / "march.csv", file("11_community.csv"))
    receipt = await appears(folder / "march.csv.receipt.json")
    told = json.loads(receipt) if receipt else {}
    counted = told.get("messages", {})
    held = counted.get("kept") == 2 and counted.get("refused") == 1
    chapter.expect("Two rows are kept, the ragged one is refused by its number", held=held, detail=receipt)
    person = await stage.handed("Person S", CRISIS, HOUSING, "living-room", family="Wetherell")
    request = await stage.look(person, CRISIS, person.request, HOUSING)
    chapter.expect("The crisis center reads what is asked for", held=request.status == 200, detail=request.body)
    hidden = await stage.look(person, CRISIS, person.patient, HOUSING, ", before a release is signed")
    chapter.expect("But not whom it is about", held=hidden.status == 404, detail=hidden.body)
    await _released(stage, chapter, person)


async def _released(stage: Stage, chapter: Chapter, person: Referral) -> None:
    found = await stage.clients[HOUSING].search("Consent", patient=person.patient.split("/")[1])
    proposed = bool(found) and found[0]["status"] == "proposed"
    chapter.expect("A `yes` in a column is a proposed Consent: nobody relies on it", held=proposed, detail=found)
    answer = await stage.clients[HOUSING].post(consent_of(release(person.patient.split("/")[1])))
    chapter.expect(
        "The charity records the release that the client signed", held=answer.status == 201, detail=answer.body
    )
    seen = await stage.look(person, CRISIS, person.patient, HOUSING, ", once a release is signed")
    chapter.expect("Now the crisis center reads whom it is about", held=seen.status == 200, detail=seen.body)


def release(patient: str) -> SignedForm:
    """What stands on the form: who may know whom the referral is about, for what, and until when."""
    today = now().date()
    return SignedForm(
        holder="bridge-community",
        patient=patient,
        kind=ConsentKind.GENERAL_RELEASE,
        recipients=(Recipient("living-room"),),
        purposes=(Purpose.TREAT, Purpose.COC),
        classes=(InfoClass.REFERRAL, InfoClass.DEMOGRAPHICS, InfoClass.CONTACT),
        signed=today - timedelta(days=1),
        until=today + timedelta(days=90),
    )
