"""Whatever is withheld, what is left is structurally valid FHIR R4."""

from itertools import combinations

import pytest
from fhir.resources.R4B import get_fhir_model_class

from consent.code_sets import ACT_CODE
from consent.parts import divide
from consent.redact import View, redact
from consent.terms import FhirJson
from consent.vocabulary import Label

PHI = frozenset({Label.PHI})
SAMPLES: list[FhirJson] = [
    {
        "resourceType": "Patient",
        "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">A</div>'},
        "identifier": [{"system": "urn:a", "value": "1"}, {"system": "urn:b", "value": "2"}],
        "name": [{"family": "Sample"}],
        "birthDate": "1990-01-01",
        "telecom": [{"system": "phone", "value": "555-0100"}],
        "address": [{"city": "Anytown"}],
        "generalPractitioner": [{"reference": "Practitioner/1"}],
    },
    {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"system": ACT_CODE, "code": "IMP"},
        "subject": {"reference": "Patient/1"},
        "diagnosis": [{"condition": {"reference": "Condition/1"}}, {"condition": {"reference": "Condition/2"}}],
        "location": [{"location": {"reference": "Location/1"}}],
        "serviceProvider": {"reference": "Organization/1"},
    },
    {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "description": "d",
        "focus": {"reference": "ServiceRequest/1"},
        "owner": {"reference": "Organization/1"},
        "note": [{"text": "n"}],
        "input": [{"type": {"text": "t"}, "valueReference": {"reference": "Condition/1"}}],
    },
]
NOT_THERE = ["Practitioner/1", "Condition/1", "Location/1", "Organization/1"]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: str(sample["resourceType"]))
def test_whatever_is_withheld_what_is_left_is_valid_fhir(sample: FhirJson) -> None:
    root, *others = divide(sample)
    for count in range(len(others) + 1):
        for some in combinations(others, count):
            for hidden in ([], NOT_THERE):
                shown = redact((root, *some), View(PHI, lambda reference, hidden=hidden: reference not in hidden))  # type: ignore[misc]
                assert get_fhir_model_class(str(sample["resourceType"])).model_validate(shown)
