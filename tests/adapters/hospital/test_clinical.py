"""Diagnoses, allergies, observations, insurance, and what the source says about sensitivity."""

import pytest

from adapters.base import Mark
from tests.adapters.hospital.messages import discharge, only, outcome, resources, sample, segment, translate


def test_a_diagnosis_sent_again_or_updated_is_the_same_condition() -> None:
    first = translate(discharge("DG1|1||F11.20^Opioid dependence^I10|||A", event="ADT^A01"))
    again = translate(discharge("DG1|1||F1120^Opioid dependence^I10|||F"))
    assert only(first, "Condition")["id"] == only(again, "Condition")["id"]
    assert "repaired" in outcome(again, "DG1-3.1")


def test_a_code_without_system_takes_the_coding_method() -> None:
    code = only(translate(discharge("DG1|1|I9|304.00|Opioid dependence||F")), "Condition")["code"]
    assert code["coding"][0] == {"system": "http://hl7.org/fhir/sid/icd-9-cm", "code": "304.00"}
    assert code["text"] == "Opioid dependence"
    dotless = translate(discharge("DG1|1|I10|f322"))
    assert only(dotless, "Condition")["code"]["coding"][0]["code"] == "F32.2"
    assert dotless.facts["diagnosis"] == ("F32.2",)
    unknown = translate(discharge("DG1|1|XX|A1^Said^^^^^^^Said so|Described"))
    assert outcome(unknown, "DG1-2").endswith("unmapped")
    assert only(unknown, "Condition")["code"]["text"] == "Said so; Described"


def test_one_code_in_two_roles_is_one_condition_with_two_roles() -> None:
    found = translate(discharge("DG1|1||R10.9^^I10|||A", "DG1|2||R10.9^^I10|||F|||||||||1", "DG1|3||R10.9^^I10|||A"))
    assert only(found, "Condition")["verificationStatus"]["coding"][0]["code"] == "confirmed"
    assert [each["use"]["coding"][0]["code"] for each in only(found, "Encounter")["diagnosis"]] == ["AD", "DD"]
    assert only(found, "Encounter")["diagnosis"][1]["rank"] == 1


def test_roles_that_say_nothing_and_deleted_diagnoses() -> None:
    found = translate(discharge("DG1|1||A01.0^^I10|||Q", segment("DG1", f3="A02.0^^I10", f15="0", f21="D"), "DG1|3"))
    kept, deleted = resources(found, "Condition")
    assert outcome(found, "DG1[1]-6").endswith("unmapped")
    assert deleted["verificationStatus"]["coding"][0]["code"] == "entered-in-error"
    assert [each["condition"]["reference"] for each in only(found, "Encounter")["diagnosis"]] == [
        f"Condition/{kept['id']}"
    ]
    assert outcome(found, "DG1[3]") == "unmapped"


def test_an_allergy_is_active_provisionally() -> None:
    found = translate(discharge("AL1|1|DA|7980^Penicillin^RXNORM|MO|Hives", "AL1|2|DA", "AL1|3|FA|^Nuts|SV"))
    penicillin, nuts = resources(found, "AllergyIntolerance")
    assert penicillin["reaction"] == [{"manifestation": [{"text": "Hives"}], "severity": "moderate"}]
    assert f"AllergyIntolerance/{penicillin['id']}.clinicalStatus" in found.provisional
    assert nuts["category"] == ["food"]
    assert outcome(found, "AL1[3]-4") == "unmapped"
    assert outcome(found, "AL1[2]") == "unmapped"


@pytest.mark.parametrize(
    ("kind", "raw", "element", "value"),
    [
        ("NM", "1.5", "valueQuantity", {"value": 1.5}),
        ("ST", "text", "valueString", "text"),
        ("FT", "one~two", "valueString", "one\ntwo"),
        (
            "CWE",
            "1^Yes^SCT",
            "valueCodeableConcept",
            {"coding": [{"system": "http://snomed.info/sct", "code": "1", "display": "Yes"}]},
        ),
        ("DT", "20260301", "valueDateTime", "2026-03-01"),
        ("TS", "20260301", "valueDateTime", "2026-03-01"),
    ],
)
def test_observations_carry_values_of_the_types_that_are_read(kind: str, raw: str, element: str, value: object) -> None:
    found = only(translate(discharge(f"OBX|1|{kind}|1^Question^LN||{raw}||||||F")), "Observation")
    assert (found["status"], found[element]) == ("final", value)


def test_observations_of_other_types_or_without_a_code_are_reported() -> None:
    found = translate(
        discharge(
            "OBX|1|ED|1^Scan^LN||^x",
            "OBX|2|NM|",
            "OBX|3||2^No type^LN",
            "OBX|4|NM|3^N^LN||many",
            "OBX|5|CE|4^C^LN||A~B",
        )
    )
    assert len(resources(found, "Observation")) == 4
    assert {"OBX[1]-5", "OBX[2]", "OBX[4]-5", "OBX[5]-5[2]"} <= {
        line.path for line in found.report if line.outcome == "unmapped"
    }
    assert len([place for place in found.provisional if place.endswith(".status")]) == 4


def test_units_are_ucum_where_the_sender_says_so() -> None:
    raw = "OBX|{0}|NM|{0}^N^LN||5|{1}|||||F"
    found = translate(discharge(raw.format(1, "mg/dL^^UCUM"), raw.format(2, "^beats"), raw.format(3, "")))
    units = [each["valueQuantity"] for each in resources(found, "Observation")]
    assert units == [
        {"value": 5, "unit": "mg/dL", "system": "http://unitsofmeasure.org", "code": "mg/dL"},
        {"value": 5, "unit": "beats"},
        {"value": 5},
    ]


def test_notes_stand_with_what_they_follow() -> None:
    found = translate(discharge("NTE|1||of nobody", "DG1|1||A01.0^^I10", "NTE|1||first~second", "NTE|2|", 'NTE|3||""'))
    assert only(found, "Condition")["note"] == [{"text": "first\nsecond"}]
    assert outcome(found, "NTE[1]-3") == "unmapped"


def test_a_coverage_needs_a_payor() -> None:
    found = translate(
        discharge(
            "IN1|1|PPO|77^^^NAIC~78|PRAIRIE PLAN",
            segment("IN1", f4="OTHER", f8="G", f9="GROUP", f49="M1"),
            "IN1|3",
            "IN1|4|X||N||||G2|^^77",
        )
    )
    first, second, third = resources(found, "Coverage")
    assert first["payor"][0]["identifier"]["value"] == "77"
    assert first["payor"][1] == {
        "type": "Organization",
        "identifier": {"system": "urn:crosswalk:authority:CITYHOSP", "value": "78"},
    }
    assert second["class"][0]["name"] == "GROUP"
    assert second["identifier"][0]["value"] == "M1"
    assert third["class"][0]["name"] == "77"
    assert outcome(found, "IN1[3]") == "unmapped"


def test_what_the_source_says_about_sensitivity_is_marked_and_nothing_is_labelled() -> None:
    found = translate(sample("adt_a03_psychiatric"))
    visit = f"Encounter/{found.visit}"
    assert found.marks == (
        Mark("PV1-16", "VIP", visit),
        Mark("PV2-22", "Y", visit),
        Mark("ARV-3", "LOC", visit),
        Mark("ARV-4", "PHY", visit),
    )
    opioid = translate(sample("adt_a03_opioid_to_program"))
    assert [(mark.path, mark.code) for mark in opioid.marks] == [("DG1[1]-18", "Y")]
    assert all("meta" not in entry["resource"] for entry in opioid.bundle["entry"])


def test_marks_of_the_header_and_the_person() -> None:
    raw = discharge("PD1|" + "|" * 11 + "Y", "PD1|" + "|" * 11 + "N", "DG1|1||A01.0^^I10" + "|" * 15 + "N").replace(
        b"-0600||ADT", b"-0600|R|ADT"
    )
    early = raw.replace(b"PV1|", b"ARV|1||LOC\rPV1|", 1)
    found = translate(early)
    person = f"Patient/{found.subject}"
    assert set(found.marks) == {Mark("MSH-8", "R"), Mark("PD1[1]-12", "Y", person), Mark("ARV-3", "LOC", person)}


def test_a_diagnosis_without_a_visit_belongs_to_the_patient() -> None:
    raw = discharge("DG1|1||A01.0^^I10", event="ADT^A08").replace(b"PV1|", b"ZV1|")
    found = translate(raw)
    assert "encounter" not in only(found, "Condition")
    watched = translate(raw.replace(b"DG1|1||A01.0^^I10", b"OBX|1|ST|1^Q^LN||x||||||F"))
    assert "encounter" not in only(watched, "Observation")


def test_a_deleted_value_leaves_an_observation_without_one() -> None:
    found = translate(discharge('OBX|1|NM|1^Q^LN||""|""|||||F', "OBX|2|NM|2^Q^LN||5|^|||||F"))
    first, second = resources(found, "Observation")
    assert "valueQuantity" not in first
    assert second["valueQuantity"] == {"value": 5}


def test_a_delete_in_one_diagnosis_removes_nothing_from_another() -> None:
    found = translate(
        discharge('DG1|0||||""', 'DG1|1||A01.0^^I10||""', 'DG1|2||A02.0^^I10||20260301|""', "DG1|3||A03.0^^I10")
    )
    first, *_ = resources(found, "Condition")
    assert found.removed == {f"Condition/{first['id']}.onsetDateTime"}
