"""Synthetic resources that several tests use; every one is valid R4."""

PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "active": True,
    "identifier": [{"system": "urn:a", "value": "1"}],
    "name": [{"family": "Muñoz-García", "given": ["Ana"]}],
    "telecom": [{"system": "phone", "value": "555-0100", "use": "home"}],
    "gender": "female",
    "birthDate": "1990-05-02",
    "address": [{"use": "home", "line": ["1 Main St"], "city": "Springfield", "postalCode": "62701"}],
}
ENCOUNTER = {
    "resourceType": "Encounter",
    "id": "e1",
    "status": "finished",
    "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "EMER"},
    "subject": {"reference": "Patient/p1"},
    "period": {"start": "2026-05-02T12:00:00-05:00", "end": "2026-05-02T17:00:00-05:00"},
    "location": [{"location": {"reference": "Location/l1"}}],
}
CONDITION = {
    "resourceType": "Condition",
    "id": "c1",
    "clinicalStatus": {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
    },
    "code": {"text": "Homeless"},
    "subject": {"reference": "Patient/p1"},
    "onsetDateTime": "2026-04",
}
SERVICE_REQUEST = {
    "resourceType": "ServiceRequest",
    "id": "s1",
    "status": "active",
    "intent": "order",
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "710911006"}]},
    "subject": {"reference": "Patient/p1"},
    "authoredOn": "2026-05-02T17:00:00-05:00",
}
TASK = {
    "resourceType": "Task",
    "id": "t1",
    "meta": {"lastUpdated": "2026-05-02T22:00:01.000+00:00"},
    "status": "requested",
    "intent": "order",
    "code": {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]},
    "focus": {"reference": "ServiceRequest/s1"},
    "for": {"reference": "Patient/p1"},
    "authoredOn": "2026-05-02T17:00:00-05:00",
    "requester": {"reference": "Organization/o1"},
    "owner": {"reference": "Organization/o2"},
}
OBSERVATION = {
    "resourceType": "Observation",
    "id": "b1",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "71802-3"}]},
    "subject": {"reference": "Patient/p1"},
    "effectiveDateTime": "2026-05-02",
    "valueQuantity": {"value": 7, "unit": "points"},
}
RESOURCES = [PATIENT, ENCOUNTER, CONDITION, SERVICE_REQUEST, TASK, OBSERVATION]
BUNDLE = {
    "resourceType": "Bundle",
    "type": "transaction",
    "entry": [
        {"resource": each, "request": {"method": "PUT", "url": f"{each['resourceType']}/{each['id']}"}}
        for each in RESOURCES
    ],
}
