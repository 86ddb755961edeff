"""The town of ``worlds.py`` with more of what makes deliveries: referrals of all sectors, and answers to them.

What is hidden from whom follows the law that the receiver is under: what a Part 2 program (42 CFR Part 2), a shelter
(34 USC 12291(b)(2)) or a crisis center (740 ILCS 110) answers is told to nobody without consent.
"""

import csv
import io
from pathlib import Path

from tests.gateway.receive.test_in_house import NOTE, report
from tests.messages import Visit
from tests.promises.house import House
from tests.promises.worlds import (
    BRIDGE,
    CRISIS,
    DESK,
    HIV,
    HOSPITAL,
    HOUSING,
    LIVING_ROOM,
    OTHERS,
    POLICE,
    PROGRAM,
    SHELTER,
    Act,
    Step,
    answers,
    condition,
    consents,
    keeps,
    person,
    sends,
    town,
)

EVERYBODY = OTHERS | {HOSPITAL}
DEPARTMENT = frozenset({POLICE, DESK})
BOTH = Visit(mrn="810005", family="EASTLEY", given="RUE")
"""Handed to the program and to Bridge at once."""
SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def only(*clients: str) -> frozenset[str]:
    """Hidden from everybody else."""
    return EVERYBODY - set(clients)


def first_row(sample: str, **changed: str) -> bytes:
    """The first row of a sample table, with cells changed; underscores in their names stand for spaces."""
    text = (SAMPLES / sample).read_text()
    row = next(csv.DictReader(io.StringIO(text, newline="")))
    changes = {name.replace("_", " ") if name not in row else name: cell for name, cell in changed.items()}
    assert changes.keys() <= row.keys()
    made = io.StringIO(newline="")
    csv.writer(made).writerows([row.keys(), {**row, **changes}.values()])
    return made.getvalue().encode()


def export(case: str, family: str, to: str, day: str = "03/12/2026 14:30") -> bytes:
    """A row of the police records system."""
    return first_row("police/rms_export.csv", Case_No=case, Last=family, Refer_To=to, Report_Date=day)


def asked(number: str, family: str, to: str) -> bytes:
    """A row of Bridge's own referrals."""
    changes = {"referral_number": number, "client_id": f"C-{number}", "family_name": family, "consent_to": to}
    return first_row("community/referrals.csv", **changes, referred_to=to)


def drops(agency: str, channel: str, raw: bytes) -> Act:
    """An agency's file or report is received whole."""

    async def act(house: House) -> None:
        found = house.gateway.registry.current.agencies[agency]
        way = next(each for each in found.channels if each.name == channel)
        fates = [each.fate for each in await house.gateway.inlet.batch(found, way, raw)]
        assert fates == ["kept"], fates

    return act


def moves(client: str, sender: str, family: str, status: str, note: str = "") -> Act:
    """The receiver of a sender's referral moves its Task about a person, if this town ever saw that person.

    The Tasks of others that it sees it may not move (403), nor its own where a step before was left out (422); where
    the referral itself was left out there is nothing to move.
    """

    async def act(house: House) -> None:
        people = {f"Patient/{each['id']}" for each in await house.asker(sender).found(f"Patient?family={family}")}
        tasks = await house.asker(client).found("Task?_count=200")
        mine = [each for each in tasks if each.get("partOf") and each["for"]["reference"] in people]
        change = {"status": status, **({"note": [{"text": note}]} if note else {})}
        told = [(await house.asker(client).patch(f"Task/{each['id']}", change)).status for each in mine]
        assert set(told) <= {200, 403, 422}

    return act


def hospital_days() -> list[Step]:
    """The hospital's patients, and what became of their referrals."""
    both = BOTH.a03(control="B3", diagnosis="F11.20^Opioid dependence~Z59.0^Homelessness")
    return [
        Step("both: admission", sends(BOTH.a01(control="B1")), OTHERS),
        Step("both: discharge to program and Bridge", sends(both), only(HOSPITAL, BRIDGE)),
        Step("both: program accepts", answers(PROGRAM, BOTH, "accepted"), EVERYBODY),
        Step("housing: Bridge accepts", answers(BRIDGE, HOUSING, "accepted"), only(HOSPITAL, BRIDGE)),
        Step("both: Bridge accepts", answers(BRIDGE, BOTH, "accepted"), only(HOSPITAL, BRIDGE)),
        Step("both: hidden diagnoses", sends(BOTH.a08(control="B8", diagnosis=HIV)), OTHERS),
        Step("both: program begins", answers(PROGRAM, BOTH, "in-progress"), EVERYBODY),
        Step("both: program consents to tell 988", consents(BOTH, "line-988"), EVERYBODY),
        Step("both: Bridge begins", answers(BRIDGE, BOTH, "in-progress"), only(HOSPITAL, BRIDGE)),
        Step("crisis: center accepts", answers(LIVING_ROOM, CRISIS, "accepted"), only(LIVING_ROOM)),
        Step("crisis: HIV again", sends(CRISIS.a08(control="C9", diagnosis=HIV)), OTHERS - {LIVING_ROOM}),
        Step("crisis: discharge cancelled", sends(CRISIS.a13(control="C13")), OTHERS - {LIVING_ROOM}),
        Step("both: program completes", answers(PROGRAM, BOTH, "completed"), EVERYBODY),
        Step("both: Bridge completes", answers(BRIDGE, BOTH, "completed"), only(HOSPITAL, BRIDGE)),
        Step("crisis: center completes", answers(LIVING_ROOM, CRISIS, "completed"), only(LIVING_ROOM)),
    ]


def police_days() -> list[Step]:
    """Cases dropped by the records system and reports posted, and what became of them."""
    pd = ("riverton-pd", "export")
    again = export("26-1", "FENWICK", "harbor-recovery", "03/12/2026 15:30")
    crisis = report("26-9", "JESSAMY")
    return [
        Step("case 1 to Bridge", drops(*pd, export("26-1", "FENWICK", "bridge-community")), only(*DEPARTMENT, BRIDGE)),
        Step("case 2 to the program", drops(*pd, export("26-2", "GRAYLING", "harbor-recovery")), only(*DEPARTMENT)),
        Step("case 1 to the program too", drops(*pd, again), only(*DEPARTMENT)),
        Step("program takes case 2", moves(PROGRAM, POLICE, "GRAYLING", "accepted"), EVERYBODY),
        Step("program takes case 1", moves(PROGRAM, POLICE, "FENWICK", "accepted"), EVERYBODY),
        Step("Bridge takes case 1", moves(BRIDGE, POLICE, "FENWICK", "accepted"), only(*DEPARTMENT, BRIDGE)),
        Step("case 3 to the shelter", drops(*pd, export("26-3", "HAWTREY", "safe-haven")), only(*DEPARTMENT, SHELTER)),
        Step("shelter takes case 3", moves(SHELTER, POLICE, "HAWTREY", "accepted"), only(SHELTER)),
        Step("crisis report", drops("riverton-pd", "web", crisis), only(*DEPARTMENT, LIVING_ROOM)),
        Step("center takes the crisis", moves(LIVING_ROOM, POLICE, "JESSAMY", "accepted"), only(LIVING_ROOM)),
        Step("desk takes the crisis", moves(DESK, POLICE, "JESSAMY", "accepted"), only(*DEPARTMENT)),
        Step("desk notes", moves(DESK, POLICE, "JESSAMY", "accepted", NOTE), only(DESK)),
        Step("desk charts", keeps(DESK, person("MARWOOD", "D-1"), condition("R10.9")), only(DESK)),
        Step("program begins case 1", moves(PROGRAM, POLICE, "FENWICK", "in-progress"), EVERYBODY),
        Step("Bridge completes case 1", moves(BRIDGE, POLICE, "FENWICK", "completed"), only(*DEPARTMENT, BRIDGE)),
        Step("desk begins", moves(DESK, POLICE, "JESSAMY", "in-progress"), only(*DEPARTMENT)),
        Step("shelter begins case 3", moves(SHELTER, POLICE, "HAWTREY", "in-progress"), only(SHELTER)),
    ]


def community_days() -> list[Step]:
    """Referrals of Bridge's own."""
    way = ("bridge-community", "csv")
    return [
        Step("Bridge asks the shelter", drops(*way, asked("BC-1", "KINROSS", "safe-haven")), only(BRIDGE, SHELTER)),
        Step("shelter takes Bridge's", moves(SHELTER, BRIDGE, "KINROSS", "accepted"), only(SHELTER)),
        Step("Bridge asks the center", drops(*way, asked("BC-2", "LANGTRY", "living-room")), only(BRIDGE, LIVING_ROOM)),
        Step("center takes Bridge's", moves(LIVING_ROOM, BRIDGE, "LANGTRY", "accepted"), only(LIVING_ROOM)),
        Step("Bridge calls it off", moves_own(BRIDGE, "KINROSS", "cancelled"), only(BRIDGE, SHELTER)),
    ]


def moves_own(client: str, family: str, status: str) -> Act:
    """The sender of a referral moves its own Task."""

    async def act(house: House) -> None:
        for each in await house.asker(client).found(f"Patient?family={family}"):
            tasks = await house.asker(client).found(f"Task?patient={each['id']}")
            for task in [task for task in tasks if not task.get("partOf")]:
                answer = await house.asker(client).patch(f"Task/{task['id']}", {"status": status})
                assert answer.status == 200, answer.body

    return act


def mail_town() -> list[Step]:
    """All of it, in order."""
    return [*town(), *hospital_days(), *police_days(), *community_days()]
