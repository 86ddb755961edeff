"""Invariants: each is broken once and kept once."""

import pytest

from gateway.fhir.check import check, check_structure
from gateway.fhir.invariants import INVARIANTS
from tests.gateway.fhir.samples import BUNDLE, CONDITION, ENCOUNTER, OBSERVATION, PATIENT, SERVICE_REQUEST, TASK

CONSENT = {
    "resourceType": "Consent",
    "status": "active",
    "scope": {"text": "privacy"},
    "category": [{"text": "disclosure"}],
    "policy": [{"uri": "urn:a"}],
}
ORGANIZATION = {"resourceType": "Organization", "name": "Shelter"}
APPOINTMENT = {
    "resourceType": "Appointment",
    "status": "booked",
    "start": "2026-05-02T10:00:00Z",
    "end": "2026-05-02T11:00:00Z",
    "participant": [{"status": "accepted", "actor": {"reference": "Patient/p1"}}],
}
ALLERGY = {
    "resourceType": "AllergyIntolerance",
    "patient": {"reference": "Patient/p1"},
    "clinicalStatus": {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]
    },
}
PLAN = {"resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": {"reference": "Patient/p1"}}
ANSWERS = {"resourceType": "QuestionnaireResponse", "status": "completed"}
AUDIT = {
    "resourceType": "AuditEvent",
    "type": {"code": "rest"},
    "recorded": "2026-05-02T10:00:00Z",
    "agent": [{"requestor": True}],
    "source": {"observer": {"display": "gateway"}},
}
WITHDRAWN = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "entered-in-error"}]
}
ENTRY = BUNDLE["entry"][0]
SEARCHSET = {"resourceType": "Bundle", "type": "searchset", "total": 0}
DETAIL = {"status": "scheduled"}

KEPT = [
    PATIENT, TASK, CONSENT, ORGANIZATION, APPOINTMENT, ALLERGY, PLAN, ANSWERS, AUDIT, BUNDLE, SEARCHSET, CONDITION,
    APPOINTMENT | {"status": "cancelled"},
    ORGANIZATION | {"address": [{"use": "work", "city": "x"}]},
    PATIENT | {"extension": [{"url": "urn:a", "extension": [{"url": "b", "valueBoolean": False}]}]},
    PATIENT | {"telecom": [{"value": "1", "_system": {"extension": [{"url": "urn:a", "valueCode": "x"}]}}]},
    ENCOUNTER | {"period": {"start": "2026-05-02", "end": "2026-05-02T10:00:00Z"}},
    TASK | {"lastModified": TASK["authoredOn"]},
    {"resourceType": "Bundle", "type": "history", "entry": [
        {"fullUrl": "urn:a", "request": {"method": "DELETE", "url": "Task/1"}, "response": {"status": "204"}},
        {"fullUrl": "urn:a", "request": {"method": "DELETE", "url": "Task/1"}, "response": {"status": "204"}},
    ]},
]  # fmt: skip
BROKEN = {
    "ext-1": PATIENT | {"extension": [{"url": "urn:a"}]},
    "per-1": ENCOUNTER | {"period": {"start": "2026-05-02T10:00:00Z", "end": "2026-05-02T11:00:00+02:00"}},
    "cpt-2": PATIENT | {"telecom": [{"value": "1"}]},
    "qty-3": OBSERVATION | {"valueQuantity": {"value": 1, "code": "kg"}},
    "att-1": PATIENT | {"photo": [{"data": "aGk="}]},
    "ait-1": {k: v for k, v in ALLERGY.items() if k != "clinicalStatus"},
    "app-1": APPOINTMENT | {"participant": [{"status": "accepted"}]},
    "app-2": {k: v for k, v in APPOINTMENT.items() if k != "end"},
    "app-3": {k: v for k, v in APPOINTMENT.items() if k not in {"start", "end"}},
    "sev-1": AUDIT | {"entity": [{"name": "a", "query": "aGk="}]},
    "bdl-1": BUNDLE | {"total": 1},
    "bdl-3": BUNDLE | {"entry": [{"resource": PATIENT}]},
    "bdl-4": SEARCHSET | {"entry": [{"resource": PATIENT, "response": {"status": "200"}}]},
    "bdl-5": SEARCHSET | {"entry": [{"fullUrl": "urn:a"}]},
    "bdl-7": BUNDLE | {"entry": [ENTRY | {"fullUrl": "urn:a"}, ENTRY | {"fullUrl": "urn:a"}]},
    "bdl-8": BUNDLE | {"entry": [ENTRY | {"fullUrl": "https://x.example.org/Patient/1/_history/2"}]},
    "cpl-3": PLAN | {"activity": [{"detail": DETAIL, "reference": {"reference": "Task/t1"}}]},
    "con-1": CONDITION | {"stage": [{"type": {"text": "a"}}]},
    "con-2": CONDITION | {"evidence": [{"id": "a"}]},
    "con-4": CONDITION | {"abatementString": "last year"},
    "con-5": CONDITION | {"verificationStatus": WITHDRAWN},
    "ppc-1": {k: v for k, v in CONSENT.items() if k != "policy"},
    "obs-3": OBSERVATION | {"referenceRange": [{"type": {"text": "a"}}]},
    "obs-6": OBSERVATION | {"dataAbsentReason": {"text": "a"}},
    "org-1": {"resourceType": "Organization", "active": True},
    "org-2": ORGANIZATION | {"address": [{"use": "home", "city": "x"}]},
    "org-3": ORGANIZATION | {"telecom": [{"use": "home", "system": "phone", "value": "1"}]},
    "pat-1": PATIENT | {"contact": [{"gender": "male"}]},
    "qrs-1": ANSWERS | {"item": [{"linkId": "1", "answer": [{"valueBoolean": True}], "item": [{"linkId": "2"}]}]},
    "prr-1": {k: v for k, v in SERVICE_REQUEST.items() if k != "code"} | {"orderDetail": [{"text": "a"}]},
    "inv-1": TASK | {"lastModified": "2026-05-01T10:00:00Z"},
    "dom-3": TASK | {"contained": [{**ORGANIZATION, "id": "a"}]},
    "ref-1": TASK | {"owner": {"reference": "#a"}},
}


@pytest.mark.parametrize("key", BROKEN)
def test_a_broken_invariant_is_named(key):
    assert [each.text[:5] for each in check_structure(BROKEN[key])] == [key]


@pytest.mark.parametrize("resource", KEPT, ids=lambda resource: resource["resourceType"])
def test_what_keeps_the_invariants_passes(resource):
    assert check(resource) == []


def test_every_invariant_is_broken_here_once():
    keys = {key[:5] for rules in INVARIANTS.values() for key, _, _ in rules}
    assert keys | {"dom-3", "ref-1"} == BROKEN.keys()


def test_contained_resources_are_led_to():
    contained = {"contained": [{**ORGANIZATION, "id": "a"}]}
    assert check(TASK | contained | {"owner": {"reference": "#a"}}) == []
    questionnaire = {"resourceType": "Questionnaire", "id": "q", "status": "active"}
    assert check(ANSWERS | {"contained": [questionnaire], "questionnaire": "#q"}) == []
    provenance = {"resourceType": "Provenance", "id": "v", "target": [{"reference": "#"}]}
    provenance |= {"recorded": AUDIT["recorded"], "agent": [{"who": {"display": "a"}}]}
    assert check(TASK | {"contained": [provenance]}) == []
    entries = [{"resource": TASK | {"owner": {"reference": "#a"}}}, {"resource": PATIENT}]
    issues = check_structure({"resourceType": "Bundle", "type": "collection", "entry": entries})
    assert [each.expression for each in issues] == ["Bundle.entry[0].resource.owner"]
