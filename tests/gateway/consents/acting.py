"""What the people of the sample agencies do about consents in tests."""

from datetime import date, datetime
from typing import Any

from consent.forms import Statement
from consent.instruments import ConsentKind
from consent.vocabulary import InfoClass, Purpose
from gateway.consents.establishing import Circumstances, Said
from gateway.consents.form import Recipient, SignedForm
from gateway.consents.people import People
from gateway.receive.consents import Deed
from tests.parties import Answer, Json
from tests.promises.house import House
from tests.promises.worlds import HOSPITAL, PROGRAM, part2_consent

COUNSELOR = "noor-castellan"
"""A person of the program."""
HARBOR = "harbor-recovery"
STATED = (
    Statement.RIGHT_TO_REVOKE,
    Statement.REDISCLOSURE,
    Statement.REFUSAL_CONSEQUENCES,
    Statement.INSPECTION_RIGHT,
    Statement.WITNESS,
)


def people(house: House) -> People:
    """The people of the agencies, at work in this gateway."""
    return People(house.gateway.database, house.gateway.receive)


def signed(patient: str, **more: Any) -> SignedForm:
    """A complete form of the program that opens all to City Hospital for treatment, with these things changed."""
    given: dict[str, Any] = {
        "holder": HARBOR,
        "patient": patient,
        "kind": ConsentKind.PART2_NAMED,
        "recipients": (Recipient("cityhosp"),),
        "purposes": (Purpose.TREAT,),
        "classes": (InfoClass.EVERY,),
        "signed": date(2026, 3, 5),
        "until": date(2027, 12, 31),
        "states": STATED,
    }
    return SignedForm(**{**given, **more})


async def lodged(house: House, patient: str, client: str = HOSPITAL, **changes: Any) -> str:
    """Another agency's client lodges a complete consent that names the program to disclose; its id."""
    answer = await house.asker(client).post("Consent", {**part2_consent(patient, "cityhosp"), **changes})
    assert answer.status == 201, answer.body
    return str(answer.json["id"])


async def act(house: House, consent: str, deed: Deed, holder: str = HARBOR, by: str = COUNSELOR) -> None:
    """A person looks at a consent and confirms or revokes it."""
    await people(house).act(holder, await people(house).find(holder, consent), deed, by)


async def confirming(house: House, consent: str, person: str = COUNSELOR, client: str = PROGRAM) -> Answer:
    """The holder's client confirms in a person's name."""
    sent: Json = {"resourceType": "Parameters", "parameter": [{"name": "person", "valueString": person}]}
    return await house.asker(client).post(f"Consent/{consent}/$confirm", sent)


EMERGENCY = {
    "medical": ["true"],
    "consent-obtainable": ["false"],
    "patient-refused": ["false"],
    "received-by": ["Dr. Lindqvist, City Hospital"],
    "disclosed-by": ["N. Castellan"],
    "nature": ["Found unconscious"],
}
"""An emergency as 42 CFR 2.51(c) has it written down."""


def acts(house: House) -> Circumstances:
    """What people can do, in the house's own process."""
    return Circumstances(people(house))


def said(named: str, patient: str, recipient: str, ends: datetime | None = None, **facts: str) -> Said:
    """One circumstance, facts by their names."""
    given = {name.replace("_", "-"): [value] for name, value in facts.items()}
    return Said(named, patient, recipient, ends=ends, facts=given)
