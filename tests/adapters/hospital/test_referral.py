"""REF^I12: the referral, its providers, and consents that stay proposals."""

import pytest

from adapters.base import Unreadable
from tests.adapters.hospital.messages import (
    PID,
    discharge,
    header,
    message,
    only,
    outcome,
    resources,
    sample,
    segment,
    translate,
)

RF1 = "RF1|P|R|MED|||R-1^CITYHOSP"


def referral(*more: str, rf1: str = RF1) -> bytes:
    return message(header("REF^I12"), rf1, *more, PID)


def test_a_referral_is_a_service_request_for_the_visit_with_its_providers() -> None:
    found = translate(sample("ref_i12_before_departure"))
    request = only(found, "ServiceRequest")
    assert (request["status"], request["intent"], request["priority"]) == ("active", "order", "asap")
    assert request["requester"]["identifier"] == {
        "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "NPI"}]},
        "system": "http://hl7.org/fhir/sid/us-npi",
        "value": "1234567893",
    }
    assert request["performer"][0]["display"] == "PRAIRIE RECOVERY PROGRAM"
    assert request["encounter"] == {"reference": f"Encounter/{found.visit}"}
    assert [code["coding"][0]["code"] for code in request["reasonCode"]] == ["F11.20"]
    assert found.facts["referred_to"] == ("PRAIRIE RECOVERY PROGRAM", "1987654321")
    assert found.facts["referral"] == ("R-2026-17",)
    assert not resources(found, "Task")


def test_the_referral_and_the_discharge_speak_of_one_visit() -> None:
    assert translate(sample("ref_i12_before_departure")).visit == translate(sample("adt_a03_opioid_to_program")).visit


def test_a_referral_without_number_is_known_by_patient_and_time_and_one_without_rf1_is_refused() -> None:
    first, again = (translate(referral(rf1="RF1|P")) for _ in range(2))
    assert only(first, "ServiceRequest")["id"] == only(again, "ServiceRequest")["id"]
    bare = only(translate(referral(rf1="RF1||")), "ServiceRequest")
    assert bare["status"] == "active"
    with pytest.raises(Unreadable, match="required RF1"):
        translate(message(header("REF^I12"), PID))


def test_a_referral_with_a_disposition_and_no_type_gets_a_code_that_overwrites_nothing() -> None:
    found = translate(referral(rf1="RF1|P|R||WR|||R-1^CITYHOSP"))
    request = only(found, "ServiceRequest")
    assert request["orderDetail"][0]["coding"][0]["code"] == "WR"
    assert request["code"]["coding"][0]["code"] == "3457005"
    assert f"ServiceRequest/{request['id']}.code" in found.provisional


def test_providers_of_other_roles_and_without_a_name_are_reported() -> None:
    found = translate(referral("PRD|PP|DOE^ANN", "PRD|RT", "PRD|RT|DOE^ANN~ROE^BOB", "PRD|RT" + "|" * 9 + "^^77"))
    assert outcome(found, "PRD[1]") == "unmapped"
    assert outcome(found, "PRD[2]") == "unmapped"
    assert [each.get("display") for each in only(found, "ServiceRequest")["performer"]] == ["ANN DOE, BOB ROE", None]
    assert "encounter" not in only(found, "ServiceRequest")


def test_referral_segments_in_an_admission_are_not_translated() -> None:
    found = translate(discharge(RF1, "PRD|RT|DOE^ANN"))
    assert not resources(found, "ServiceRequest")
    assert outcome(found, "RF1") == "unmapped"


@pytest.mark.parametrize(
    ("sent", "status"), [("A", "proposed"), ("R", "rejected"), ("X", "inactive"), ("", "proposed"), ("?", "proposed")]
)
def test_a_consent_on_the_senders_word_is_never_active(sent: str, status: str) -> None:
    found = translate(discharge(segment("CON", f1="1", f2="001", f11=sent)))
    assert only(found, "Consent")["status"] == status
    assert [mark.path for mark in found.marks] == ["CON"]


def test_a_consent_has_what_r4_requires_though_the_sender_left_it_out() -> None:
    found = translate(discharge("CON|1||Form A", "CON|2|001||F-1", 'CON|3|002|""'))
    first, second, third = resources(found, "Consent")
    assert first["policyRule"]["coding"][0]["code"] == "Form A"
    assert f"Consent/{first['id']}.category" in found.provisional
    assert second["policyRule"] == {"text": "The sender does not say which policy."}
    assert f"Consent/{third['id']}.policyRule" not in found.removed
