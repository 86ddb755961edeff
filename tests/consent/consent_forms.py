"""Complete consent forms of every kind in the wire form, to take things out of."""

from consent.forms import Statement
from consent.instruments import (
    ConsentKind,
)
from consent.reading import Filing, read
from consent.terms import Consent, FhirJson

BASE = "https://crosswalk-gateway.org/fhir/"
REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
OWN = Filing(holder="riverside", lodged_by="riverside")
AGENCIES = {"Organization/riverside": "riverside", "Organization/mercy": "mercy", "Organization/hie": "hie",
            "urn:npi|123": "mercy"}  # fmt: skip


def concept(system: str, code: str) -> FhirJson:
    return {"coding": [{"system": system, "code": code}]}


def actor(org: str, role: str = "IRCP", system: str = PARTICIPATION) -> FhirJson:
    return {"role": concept(system, role), "reference": {"reference": f"Organization/{org}"}}


def of_class(code: str) -> FhirJson:
    url = f"{BASE}StructureDefinition/recipient-class"
    return {"role": concept(PARTICIPATION, "IRCP"), "reference": {"display": "as the form says"},
            "extension": [{"url": url, "valueCode": code}]}  # fmt: skip


def through(org: str) -> FhirJson:
    return actor(org, "intermediary", f"{BASE}CodeSystem/consent-actor-role")


def purposes(*codes: str) -> list[FhirJson]:
    return [{"system": REASON if code in {"TREAT", "HPAYMT", "HOPERAT", "COC"} else f"{BASE}CodeSystem/purpose",
             "code": code} for code in codes]  # fmt: skip


ACTORS: dict[ConsentKind, list[FhirJson]] = {
    ConsentKind.PART2_TPO: [of_class("tpo-standard")],
    ConsentKind.PART2_INTERMEDIARY: [through("hie"), of_class("treating-participants")],
    ConsentKind.HIPAA_AUTHORIZATION: [of_class("anyone")],
}
TOLD = ("right-to-revoke", "redisclosure", "refusal-consequences", "inspection-right", "witness")


def form(kind: ConsentKind) -> FhirJson:
    """A complete form of a kind, as docs/consent-on-the-wire.md writes it."""
    says = [{"url": name, "valueBoolean": True} for name in TOLD]
    return {
        "resourceType": "Consent",
        "id": "c1",
        "extension": [{"url": f"{BASE}StructureDefinition/consent-statements", "extension": says}],
        "status": "active",
        "scope": concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [concept("http://loinc.org", "59284-0"), concept(f"{BASE}CodeSystem/consent-kind", kind)],
        "patient": {"reference": "Patient/p1"},
        "dateTime": "2026-01-05T09:00:00-06:00",
        "performer": [{"reference": "Patient/p1"}],
        "organization": [{"reference": "Organization/riverside"}],
        "sourceAttachment": {"title": "signed form"},
        "policyRule": concept(ACT_CODE, "OPTIN"),
        "provision": {
            "type": "permit",
            "period": {"start": "2026-01-05", "end": "2026-12-31"},
            "actor": ACTORS.get(kind, [actor("mercy")]),
            "purpose": purposes("TREAT"),
            "class": [{"system": f"{BASE}CodeSystem/info-class", "code": "*"}],
        },
    }


def reading(resource: FhirJson, filing: Filing = OWN) -> Consent:
    return read(resource, AGENCIES.get, filing)


def says(resource: FhirJson) -> list[FhirJson]:
    return resource["extension"][0]["extension"]  # type: ignore[index,call-overload,return-value]


def provision(resource: FhirJson) -> FhirJson:
    return resource["provision"]  # type: ignore[return-value]


def without(kind: ConsentKind, statement: Statement) -> FhirJson:
    """The complete form with one statement taken out."""
    resource = form(kind)
    if statement in TOLD:
        says(resource)[:] = [each for each in says(resource) if each["url"] != statement]
    elif statement is Statement.EXPIRY:
        del provision(resource)["period"]["end"]  # type: ignore[union-attr,index,arg-type]
    elif statement in {Statement.INFORMATION, Statement.RECIPIENT, Statement.PURPOSE}:
        del provision(resource)[{"information": "class", "recipient": "actor", "purpose": "purpose"}[statement]]
    else:
        elements = {
            "patient": "patient",
            "discloser": "organization",
            "signature": "sourceAttachment",
            "date": "dateTime",
        }
        del resource[elements[statement]]
    return resource


def nested(depth: int) -> FhirJson:
    return {"type": "permit", "provision": [nested(depth - 1)]} if depth else {"type": "permit"}
