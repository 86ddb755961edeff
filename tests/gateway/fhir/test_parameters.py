"""The table of search parameters against the guides that ask for them."""

import gzip
import json
import re
from pathlib import Path

import pytest

from gateway.fhir.parameters import PARAMETERS, find_parameter

FHIR = Path(__file__).resolve().parents[4] / "shared" / "fhir"
STATEMENTS = sorted(FHIR.glob("sdohcc-3.0.0/conformance/CapabilityStatement-SDOHCC-*.json"))
needs_definitions = pytest.mark.skipif(not FHIR.exists(), reason="HL7's definitions are not at ../shared/fhir")

US_CORE = {
    "AllergyIntolerance": {"clinical-status", "patient"},
    "CarePlan": {"category", "date", "patient", "status"},
    "Condition": {"abatement-date", "category", "clinical-status", "code", "encounter", "onset-date", "patient"},
    "Coverage": {"patient"},
    "DocumentReference": {"category", "date", "patient", "period", "status", "type"},
    "Encounter": {"class", "date", "discharge-disposition", "identifier", "location", "patient", "status", "type"},
    "Goal": {"lifecycle-status", "patient", "target-date"},
    "Location": {"address", "address-city", "address-postalcode", "address-state", "name"},
    "Observation": {"category", "code", "date", "patient", "status"},
    "Organization": {"address", "name"},
    "Patient": {"birthdate", "death-date", "family", "gender", "given", "identifier", "name"},
    "Practitioner": {"identifier", "name"},
    "PractitionerRole": {"practitioner", "specialty"},
    "Procedure": {"code", "date", "patient", "status"},
    "QuestionnaireResponse": {"authored", "patient", "questionnaire", "status"},
    "RelatedPerson": {"name", "patient"},
    "ServiceRequest": {"authored", "category", "code", "patient", "status"},
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(US_CORE))
def test_us_core_searches_are_served(name):
    assert US_CORE[name] <= PARAMETERS[name].keys()


@needs_definitions
@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.stem)
def test_sdoh_clinical_care_searches_are_served(path):
    composites = {"code-value-concept"}
    for resource in json.loads(path.read_text())["rest"][0]["resource"]:
        if resource["type"] in PARAMETERS:
            asked = {each["name"] for each in resource.get("searchParam", [])} - composites
            assert {name for name in asked if find_parameter(resource["type"], name) is None} == set()


@needs_definitions
def test_kinds_and_urls_are_those_of_the_definitions():
    with gzip.open(FHIR / "r4-core" / "search-parameters.json.gz") as file:
        rows = {e["resource"]["url"]: e["resource"] for e in json.load(file)["entry"]}
    for base, table in PARAMETERS.items():
        for name, parameter in table.items():
            if re.match("http://hl7.org/fhir/SearchParameter/", parameter.definition):
                row = rows[parameter.definition]
                assert (row["code"], row["type"]) == (name, parameter.kind)
                assert base in row["base"]


def test_what_is_about_a_person_is_personal():
    personal = {(base, name) for base, table in PARAMETERS.items() for name, each in table.items() if each.personal}
    assert personal >= {
        ("Patient", "name"),
        ("Patient", "birthdate"),
        ("Encounter", "identifier"),
        ("Patient", "gender"),
    }
    assert not {base for base, _ in personal} & {"Organization", "Location", "HealthcareService"}
    assert {name for _, name in personal} == {
        "address", "address-city", "address-postalcode", "address-state", "birthdate", "death-date", "email", "family",
        "gender", "given", "group-identifier", "identifier", "link", "name", "phone", "requisition", "telecom",
    }  # fmt: skip


def test_only_clear_dates_can_be_sorted_by():
    assert find_parameter("Task", "authored-on").sortable
    assert find_parameter("Task", "_lastUpdated").sortable
    assert not find_parameter("Patient", "birthdate").sortable
    assert not find_parameter("Task", "status").sortable


def test_unknown_parameters_and_types_have_none():
    assert find_parameter("Task", "shoe-size") is None
    assert find_parameter("Claim", "status") is None
    assert find_parameter("Claim", "_id").name == "_id"
