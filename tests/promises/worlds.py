"""Two worlds that differ only in what one recipient may not see: the events of a town, and who must not notice which.

A step is an event; ``hidden_from`` names the clients that may learn nothing of it. The visible steps happen in both
worlds at the same moments, the hidden ones in the second world alone.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from gateway.registry import organization_id
from tests.messages import Visit
from tests.parties import Json
from tests.promises.house import House

HOSPITAL, PROGRAM, LAKESIDE = "cityhosp-ehr", "harbor-recovery-system", "lakeside-bh-system"
BRIDGE, LIVING_ROOM, POLICE = "bridge-community-system", "living-room-system", "riverton-rms"
DESK, SHELTER = "riverton-social-work", "safe-haven-system"
OTHERS = frozenset({LAKESIDE, BRIDGE, LIVING_ROOM, POLICE, DESK, SHELTER})

OPIOID = Visit(mrn="810001", family="ASHGROVE", given="PIA")
HOUSING = Visit(mrn="810002", family="BRAMBLE", given="NOEL")
CRISIS = Visit(mrn="810003", family="CALLOWAY", given="IDA")
STRANGER = Visit(mrn="810004", family="DUNMORE", given="ABEL")

Act = Callable[[House], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Step:
    """One event of the town."""

    name: str
    do: Act
    hidden_from: frozenset[str] = field(default=frozenset())


def sends(*messages: bytes) -> Act:
    """City Hospital sends these."""

    async def act(house: House) -> None:
        await house.hospital(*messages)

    return act


def answers(client: str, visit: Visit, status: str) -> Act:
    """The receiver of a referral moves its Task, if this town ever saw the visit."""

    async def act(house: House) -> None:
        own = house.asker(client)
        tasks = [each for each in await own.found("Task?_count=50") if each.get("partOf")]
        patients = {each["id"] for each in await house.asker(HOSPITAL).found(f"Patient?identifier={visit.mrn}")}
        for task in tasks:
            if task["for"]["reference"].removeprefix("Patient/") in patients:
                await own.patch(f"Task/{task['id']}", {"status": status})

    return act


def keeps(client: str, *resources: Json) -> Act:
    """An agency keeps records of its own; ``{patient}`` stands for the first of them."""

    async def act(house: House) -> None:
        patient = ""
        for each in resources:
            answer = await house.asker(client).post(str(each["resourceType"]), about(each, patient))
            assert answer.status == 201, answer.body
            patient = patient or f"Patient/{answer.json['id']}"

    return act


def about(resource: Json, patient: str) -> Json:
    """The resource with ``{patient}`` put in."""
    return {k: {"reference": patient} if v == {"reference": "{patient}"} else v for k, v in resource.items()}


def relabels(client: str, kind: str, change: Json) -> Act:
    """An agency changes every record of a kind that it keeps."""

    async def act(house: House) -> None:
        for each in await house.asker(client).found(f"{kind}?_count=50"):
            await house.asker(client).patch(f"{kind}/{each['id']}", change)

    return act


def consents(visit: Visit, *recipients: str, status: str = "active") -> Act:
    """The program lodges a written Part 2 consent about the hospital's patient, if this town ever saw one."""

    async def act(house: House) -> None:
        for patient in await house.asker(HOSPITAL).found(f"Patient?identifier={visit.mrn}"):
            consent = part2_consent(patient["id"], *recipients, status=status)
            answer = await house.asker(PROGRAM).post("Consent", consent)
            assert answer.status == 201, answer.body

    return act


SITE = "https://crosswalk-gateway.org/fhir/"
V3 = "http://terminology.hl7.org/CodeSystem/v3-"


def part2_consent(patient: str, *recipients: str, status: str = "active") -> Json:
    """A complete written consent under 42 CFR 2.31, as docs/consent-on-the-wire.md writes it."""
    statements = ["right-to-revoke", "redisclosure", "refusal-consequences"]
    says = [{"url": name, "valueBoolean": True} for name in statements]
    recipient = {"coding": [{"system": f"{V3}ParticipationType", "code": "IRCP"}]}
    actors = [{"role": recipient, "reference": {"reference": organization(each)}} for each in recipients]
    scope = {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}
    kind = {"system": f"{SITE}CodeSystem/consent-kind", "code": "part2-named"}
    return {
        "resourceType": "Consent",
        "extension": [{"url": f"{SITE}StructureDefinition/consent-statements", "extension": says}],
        "status": status,
        "scope": {"coding": [scope]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}, {"coding": [kind]}],
        "patient": {"reference": f"Patient/{patient}"},
        "dateTime": "2026-03-05T09:00:00-06:00",
        "performer": [{"reference": f"Patient/{patient}"}],
        "organization": [{"reference": organization("harbor-recovery")}],
        "sourceAttachment": {"title": "signed form"},
        "policyRule": {"coding": [{"system": f"{V3}ActCode", "code": "OPTIN"}]},
        "provision": {
            "type": "permit",
            "period": {"start": "2026-01-05", "end": "2027-12-31"},
            "actor": actors,
            "purpose": [{"system": f"{V3}ActReason", "code": "TREAT"}],
            "class": [{"system": f"{SITE}CodeSystem/info-class", "code": "*"}],
        },
    }


def organization(agency: str) -> str:
    """The reference to an agency's entry in the directory."""
    return f"Organization/{organization_id(agency)}"


def person(family: str, number: str) -> Json:
    """A synthetic patient as an agency keeps one."""
    system = f"urn:example:{family.lower()}"
    return {
        "resourceType": "Patient",
        "identifier": [{"system": system, "value": number}],
        "name": [{"family": family, "given": ["KIT"]}],
        "birthDate": "1990-04-05",
        "gender": "other",
    }


def condition(code: str) -> Json:
    """A diagnosis of the person kept before."""
    clinical = "http://terminology.hl7.org/CodeSystem/condition-clinical"
    return {
        "resourceType": "Condition",
        "clinicalStatus": {"coding": [{"system": clinical, "code": "active"}]},
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}]},
        "subject": {"reference": "{patient}"},
    }


def restricted(resource: Json) -> Json:
    """The same, marked as restricted."""
    return {"meta": {"security": [{"system": f"{V3}Confidentiality", "code": resource.get("code", "R")}]}}


def town() -> list[Step]:
    """What happens, in order; hidden steps stand where they would come to pass."""
    alone = frozenset({HOSPITAL})
    from_all = OTHERS | alone
    return [
        Step("a stranger is admitted", sends(STRANGER.a01()), OTHERS),
        Step("opioid admission", sends(OPIOID.a01(control="O1")), OTHERS),
        Step("opioid discharge to the program", sends(OPIOID.a03(control="O3")), OTHERS),
        Step("program accepts", answers(PROGRAM, OPIOID, "accepted"), from_all),
        Step("program charts", keeps(PROGRAM, person("HARTWELL", "H-1"), condition("F11.20")), from_all),
        Step("housing admission", sends(HOUSING.a01(control="H1"))),
        Step("housing discharge", sends(HOUSING.a03(control="H3", diagnosis="Z59.0^Homelessness"))),
        Step("hidden diagnoses", sends(HOUSING.a08(control="H8", diagnosis=HIV)), OTHERS),
        Step("crisis admission", sends(CRISIS.a01(control="C1")), OTHERS - {LIVING_ROOM}),
        Step("crisis discharge", sends(CRISIS.a03(control="C3", diagnosis="R45.851^Suicidal")), OTHERS - {LIVING_ROOM}),
        Step("crisis HIV", sends(CRISIS.a08(control="C8", diagnosis=HIV)), OTHERS - {LIVING_ROOM}),
        Step("program begins", answers(PROGRAM, OPIOID, "in-progress"), from_all),
        Step("program lodges a consent for another", consents(OPIOID, "line-988"), from_all),
        Step("program drafts a consent", consents(OPIOID, "cityhosp", status="proposed"), from_all),
        Step("program relabels", relabels(PROGRAM, "Condition", restricted({})), from_all),
        Step("police keep a report", keeps(POLICE, person("INGLEBY", "P-1")), from_all - {POLICE, DESK}),
        Step("shelter keeps a client", keeps(SHELTER, person("JARDINE", "S-1")), from_all - {SHELTER}),
        Step("lakeside charts", keeps(LAKESIDE, person("KESTREL", "L-1"), condition("F32.2")), from_all - {LAKESIDE}),
        Step("bridge keeps a client", keeps(BRIDGE, person("LOXLEY", "B-1")), from_all - {BRIDGE}),
        Step("stranger leaves", sends(STRANGER.a03(diagnosis="F10.20^Alcohol dependence")), OTHERS),
        Step("program refuses the stranger", answers(PROGRAM, STRANGER, "rejected"), from_all),
        Step("stranger changes name", sends(Visit("810004", "DUNMORE-VALE", "ABEL").a08()), OTHERS),
        Step("merge of strangers", sends(STRANGER.a40("810009")), OTHERS),
        Step("program completes", answers(PROGRAM, OPIOID, "completed"), from_all),
    ]


HIV = "B20^HIV disease~F11.20^Opioid dependence"
