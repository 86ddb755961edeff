"""A disclosure scenario made real: agencies, a person, a record, consents on the wire, a handoff; then the question.

Dates are moved so that the scenario's day is today. What a scenario states and no live source can supply is named
by ``unplayable``; docs/law/facts.md lists the sources.
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from gateway import clock
from tests.clients.agency_files import Agency, Client, msa
from tests.live import Live
from tests.messages import Visit
from tests.parties import Party

Json = dict[str, Any]

SITE = "https://crosswalk-gateway.org/fhir/"
V3 = "http://terminology.hl7.org/CodeSystem/v3-"
V3_PURPOSES = {"TREAT", "ETREAT", "HPAYMT", "HOPERAT", "HRESCH", "PUBHLTH", "BTG", "PATRQT", "FAMRQT", "COC"}
RECORDS: dict[str, Json] = {
    "diagnosis": {"resourceType": "Condition"},
    "treatment-record": {"resourceType": "Procedure", "status": "completed"},
    "encounter": {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"system": f"{V3}ActCode", "code": "IMP"},
    },
    "contact": {"resourceType": "RelatedPerson"},
    "demographics": {"resourceType": "Patient"},
    "referral": {"resourceType": "ServiceRequest", "status": "active", "intent": "order"},
}
"""A record of each information class that a native write can make."""
SUD, MH = "F11.20", "F32.9"
CONTEXT = {"now", "timezone", "jurisdiction", "break_glass", "agreements", "legal_process"}
TOLD = ("right-to-revoke", "redisclosure", "refusal-consequences", "inspection-right", "witness")
HEALTH = {"hospital", "behavioral-health", "part2-program"}


def unplayable(scenario: Json) -> str:
    """Why a scenario has a fact without live source here, by its fields alone; empty where it can be played."""
    return next((why for why, holds in _checks(scenario) if not holds), "")


def _checks(scenario: Json) -> Iterator[tuple[str, bool]]:
    actor, holder, resource, context = (scenario[each] for each in ("actor", "holder", "resource", "context"))
    labels = set(resource["labels"])
    yield "area", scenario["area"] in {"part2", "hipaa", "cjis", "leak"}
    yield (
        "context of a later source",
        set(context) <= CONTEXT and not (context["legal_process"] or context["break_glass"]),
    )
    yield "parts or aggregates", not (resource["parts"] or resource["aggregate"])
    yield "provenance of the record", resource["origin"] == holder["org"] and not resource["received_under"]
    yield "derived labels", not resource["derived_from_labels"]
    yield (
        "request made otherwise",
        scenario["request"]["stage"] == "live" and scenario["request"]["client_override"] == "none",
    )
    yield "person who asks", actor["relation_to_patient"] == "none" and actor["registered"] and actor["mfa"]
    yield "no purpose", scenario["purpose"] is not None
    yield "information class", resource["info_class"] in RECORDS
    parties = resource["requester"] or resource["performer"]
    yield "requester and performer", resource["info_class"] == "referral" or not parties
    yield "matter or clinical date", not (resource["matter"] or resource["effective"])
    yield "kind of holder", holder["org_type"] in HEALTH | {"police"} and not holder["victim_service_grantee"]
    yield "labels", labels - {"SUD", "MH"} == _standing(holder)
    yield "form of consent", all(_writable(each) for each in scenario["consents"])
    yield "own record", actor["org"] != holder["org"]


def _standing(holder: Json) -> set[str]:
    flags = (("PHI", holder["covered_entity"]), ("42CFRPart2", holder["part2_program"]))
    return {label for label, flag in (*flags, ("LE-LOCAL", holder["org_type"] == "police")) if flag}


def _writable(consent: Json) -> bool:
    plain = set(consent["problems"]) <= {"recipient-unresolvable"} and not (
        consent["provisions"] or consent["revocable_from"] or consent["matter"]
    )
    named = all("org" in each or "class" in each for each in consent["recipients"])
    signed = consent["signers"] == ["patient"] and consent["form"] == "written" and not consent["signer_is_abuser"]
    told = {"2.31(a)(10)"} >= set(consent["missing_elements"])
    return plain and named and signed and told and consent["data_period"] is None


# --- agencies


def agencies(scenario: Json, place: int) -> list[Agency]:
    """The agencies of one scenario, under ids of its own."""
    actor, holder = scenario["actor"], scenario["holder"]
    named = {
        each["org"]
        for consent in scenario["consents"]
        for each in consent["recipients"]
        if each.get("org", "").startswith("Org/")
    }
    resource = scenario["resource"]
    named |= {each for each in (resource["requester"], resource["performer"]) if each}
    others = [Agency(_id(org, place), "community-org", {}) for org in sorted(named - {actor["org"], holder["org"]})]
    return [_asker(scenario, place), _holder(scenario, place), *others]


def _id(org: str, place: int) -> str:
    return f"s{place}-{org.rpartition('/')[2]}"


def _status(party: Json) -> Json:
    names = ("covered_entity", "part2_program", "victim_service_grantee", "criminal_justice_agency")
    found: Json = {name: True for name in names if party.get(name)}
    if party["org_type"] == "police":
        found["criminal_justice_agency"] = True
    if party.get("health_care_provider") or party["org_type"] in HEALTH:
        found["health_care_provider"] = True
    return {**found, "ori": "IL0990000"} if found.get("criminal_justice_agency") else found


def _asker(scenario: Json, place: int) -> Agency:
    actor = scenario["actor"]
    facts: Json = {name: True for name in ("medical_personnel", "screened") if actor[name]}
    facts |= {"duties": actor["duties"]} if actor["duties"] else {}
    client = Client(f"{_id(actor['org'], place)}-asks", (scenario["purpose"],), actor["role"], facts)
    jurisdiction = scenario["context"]["jurisdiction"]
    return Agency(_id(actor["org"], place), actor["org_type"], _status(actor), (client,), jurisdiction=jurisdiction)


def _holder(scenario: Json, place: int) -> Agency:
    holder, treating = scenario["holder"], scenario["actor"]["treating_relationship"]
    name = _id(holder["org"], place)
    rule = (
        f'[[handoffs]]\nname = "all"\nreceiver = "{_id(scenario["actor"]["org"], place)}"\n'
        'when = { event = ["A03"] }\ncategory = { system = "s", code = "c" }\ncode = { system = "s", code = "c" }\n'
    )
    return Agency(
        name,
        holder["org_type"],
        _status(holder),
        (Client(f"{name}-keeps", ("TREAT",), "system"),),
        ((f"EHR{place}", name.upper()),),
        scenario["context"]["jurisdiction"],
        ("BAA", "QSOA"),
        rule if treating else "",
    )


# --- playing


def play(live: Live, scenario: Json, place: int) -> tuple[int, bytes, str]:
    """The status and body of the actor's read, and the type that was read."""
    name = _id(scenario["holder"]["org"], place)
    keeper = live.party(f"{name}-keeps")
    patient = _arrive(live, scenario, place)
    kind, record = _keep(keeper, scenario, patient, place)
    for consent in scenario["consents"]:
        kept = keeper.post("Consent", wire(consent, scenario, patient, place))
        assert kept.status == 201, kept.body
    asker = live.party(f"{_id(scenario['actor']['org'], place)}-asks")
    answer = asker.get(f"{kind}/{record}")
    return answer.status, answer.body, kind


def _arrive(live: Live, scenario: Json, place: int) -> str:
    """The person at the holder: admitted and discharged, so handed over, where the actor treats."""
    keeper = live.party(f"{_id(scenario['holder']['org'], place)}-keeps")
    if not scenario["actor"]["treating_relationship"]:
        born = _moved(scenario["patient"]["birth_date"], scenario)
        return str(keeper.post("Patient", {"resourceType": "Patient", "birthDate": born}).json["id"])
    person = Visit(mrn=f"7{place:05d}", birth=_moved(scenario["patient"]["birth_date"], scenario).replace("-", ""))
    sender = f"EHR{place}|{_id(scenario['holder']['org'], place).upper()}".encode()
    for message in (person.a01(), person.a03(diagnosis="")):
        assert msa(live.mllp(message.replace(b"EHR|CITYHOSP", sender, 1)))[0] == "AA"
    (patient,) = keeper.search(f"Patient?identifier={person.mrn}")
    return str(patient["id"])


def _keep(keeper: Party, scenario: Json, patient: str, place: int) -> tuple[str, str]:
    """The type and id of the record that is asked for, kept by the holder."""
    sent = _record(scenario, patient, place)
    if sent["resourceType"] == "Patient":
        return "Patient", patient
    made = keeper.post(sent["resourceType"], sent)
    assert made.status == 201, made.body
    return sent["resourceType"], str(made.json["id"])


def _record(scenario: Json, patient: str, place: int) -> Json:
    resource = scenario["resource"]
    made = dict(RECORDS[resource["info_class"]])
    made["patient" if made["resourceType"] == "RelatedPerson" else "subject"] = {"reference": f"Patient/{patient}"}
    if made["resourceType"] == "ServiceRequest":
        requester, performer = (
            {"reference": f"Organization/{_id(resource[e], place)}"} for e in ("requester", "performer")
        )
        made |= {"requester": requester, "performer": [performer]}
    code = {"SUD": SUD, "MH": MH}.get(next((each for each in ("SUD", "MH") if each in resource["labels"]), ""), "J06.9")
    coded = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}]}
    coding: Json = {"Condition": {"code": coded}, "RelatedPerson": {}}.get(
        made["resourceType"], {"reasonCode": [coded]}
    )
    return {**made, **coding}


def wire(consent: Json, scenario: Json, patient: str, place: int) -> Json:
    """A consent as docs/consent-on-the-wire.md writes it."""
    told = TOLD[:1] + TOLD[3:] if "2.31(a)(10)" in consent["missing_elements"] else TOLD
    says: list[Json] = [{"url": each, "valueBoolean": True} for each in told]
    if consent["expiry"] in {"event", "stated-none"}:
        says.append({"url": "expiry", "valueCode": consent["expiry"]})
        says += [{"url": "event-occurred", "valueBoolean": True}] if consent["event_occurred"] else []
    if consent["revoked_at"]:
        revoked = _moved(consent["revoked_at"], scenario) + consent["revoked_at"][10:]
        says.append({"url": "revoked-at", "valueDateTime": revoked})
    period = {name: _moved(day, scenario) for name, day in consent["period"].items() if day}
    return {
        "resourceType": "Consent",
        "extension": [{"url": f"{SITE}StructureDefinition/consent-statements", "extension": says}],
        "status": consent["status"],
        "scope": _concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [_concept(f"{SITE}CodeSystem/consent-kind", consent["kind"])],
        "patient": {"reference": f"Patient/{patient}"},
        "dateTime": _moved(consent["signed_on"], scenario),
        "performer": [{"reference": f"Patient/{patient}"}],
        "organization": [{"reference": f"Organization/{_id(scenario['holder']['org'], place)}"}],
        "sourceAttachment": {"title": "signed form"},
        "policyRule": _concept(f"{V3}ActCode", "OPTIN" if consent["decision"] == "permit" else "OPTOUT"),
        "provision": {
            "type": consent["decision"],
            **({"period": period} if period else {}),
            "actor": [_recipient(each, place) for each in consent["recipients"]],
            "purpose": [
                {"system": f"{V3}ActReason" if each in V3_PURPOSES else f"{SITE}CodeSystem/purpose", "code": each}
                for each in consent["purposes"]
            ],
            "class": [{"system": f"{SITE}CodeSystem/info-class", "code": each} for each in consent["info_classes"]],
        },
    }


def _recipient(entry: Json, place: int) -> Json:
    role = _concept(f"{V3}ParticipationType", "IRCP")
    if "class" in entry:
        stated = {"url": f"{SITE}StructureDefinition/recipient-class", "valueCode": entry["class"]}
        return {"role": role, "reference": {"display": "as the form says"}, "extension": [stated]}
    job = (
        [{"url": f"{SITE}StructureDefinition/recipient-role", "valueCode": entry["role"]}] if entry.get("role") else []
    )
    reference = {"reference": f"Organization/{_id(entry['org'], place)}"}
    return {"role": role, "reference": reference, **({"extension": job} if job else {})}


def _concept(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


def _moved(day: str, scenario: Json) -> str:
    """A day of the scenario, as far from today as it was from the scenario's day."""
    today = clock.now().astimezone().date()
    shift: timedelta = today - date.fromisoformat(scenario["context"]["now"][:10])
    return (date.fromisoformat(day[:10]) + shift).isoformat()


def varied(base: Json, **changes: Any) -> Json:
    """A deep copy of a scenario with members of its groups replaced: ``actor__role="clinician"``."""
    copy: Json = json.loads(json.dumps(base))
    for path, value in changes.items():
        group, _, member = path.partition("__")
        if member:
            copy[group][member] = value
        else:
            copy[group] = value
    return copy
