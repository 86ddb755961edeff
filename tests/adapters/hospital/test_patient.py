"""The person: identity by identifier and authority, demographics, deletes, merges."""

import pytest

from adapters.base import Channel, Unreadable
from tests.adapters.hospital.messages import (
    EVN,
    PID,
    PV1,
    discharge,
    header,
    message,
    only,
    outcome,
    resources,
    sample,
    translate,
)


def patient(pid: str) -> dict[str, object]:
    return only(translate(discharge(pid=pid)), "Patient")


@pytest.mark.parametrize("pid", ["PID|1||", 'PID|1||""', "PID|1||^^^CITYHOSP^MR", "PID|1|OLD|||DOE", "PID|1||9^^^^DL"])
def test_a_patient_without_identifier_is_refused(pid: str) -> None:
    with pytest.raises(Unreadable) as refused:
        translate(discharge(pid=pid))
    assert (refused.value.code, refused.value.place) == ("required", "PID-3")
    assert refused.value.envelope is not None
    assert "DOE" not in str(refused.value)


def test_a_message_without_pid_or_with_two_is_refused() -> None:
    with pytest.raises(Unreadable, match="required PID-3"):
        translate(message(header(), EVN, PV1))
    with pytest.raises(Unreadable, match="second patient"):
        translate(message(header(), EVN, PID, PV1, PID))


@pytest.mark.parametrize(
    ("field", "version"), [("PID|1|77", "2.3"), ("PID|1|||77", "2.4"), ("PID|1" + "|" * 17 + "77", "2.3")]
)
def test_old_versions_may_identify_elsewhere(field: str, version: str) -> None:
    found = translate(message(header(version=version), EVN, field, PV1))
    assert only(found, "Patient")["identifier"][0]["value"] == "77"
    assert any("PID-3 being empty" in line.because for line in found.report)
    with pytest.raises(Unreadable):
        translate(message(header(version="2.6"), EVN, field, PV1))


def test_the_same_number_from_two_authorities_is_two_people() -> None:
    ids = {patient(f"PID|1||5^^^{name}^MR")["id"] for name in ("A", "B", "A&1.2.3&ISO")}
    assert len(ids) == 3


def test_the_record_number_says_who_it_is_whatever_stands_before_it() -> None:
    record = "5^^^A^MR"
    assert patient(f"PID|1||{record}")["id"] == patient(f"PID|1||9^^^STATE^DL~8^^^A^PI~{record}")["id"]


def test_an_identifier_without_authority_is_the_sending_facilitys_or_the_agencys() -> None:
    identifier = translate(discharge(pid="PID|1||5")).bundle["entry"][0]["resource"]["identifier"][0]
    assert identifier["system"] == "urn:crosswalk:authority:CITYHOSP"
    raw = message(header(f2="", f3=""), EVN, "PID|1||5", PV1)
    assert only(translate(raw), "Patient")["identifier"][0]["system"] == "urn:crosswalk:authority:cityhosp"


def test_the_channel_names_the_systems_of_its_authorities() -> None:
    channel = Channel("cityhosp", "adt", "hospital", authorities={"CITYHOSP": "https://cityhosp.example/mrn"})
    assert only(translate(discharge(), channel), "Patient")["identifier"][0]["system"] == "https://cityhosp.example/mrn"


def test_a_social_security_number_has_its_national_system() -> None:
    systems = [
        each["system"] for each in only(translate(discharge(pid=PID + "|" * 14 + "123456789")), "Patient")["identifier"]
    ]
    assert "http://hl7.org/fhir/sid/us-ssn" in systems


def test_birth_death_and_birth_order() -> None:
    born = only(translate(discharge(pid=PID + "||199001020304-0600")), "Patient")
    assert born["birthDate"] == "1990-01-02"
    assert born["_birthDate"]["extension"][0]["valueDateTime"] == "1990-01-02T03:04:00-06:00"
    tail = "|" * 19
    twin = only(translate(discharge(pid=PID + tail + "Y|2||||20260301|Y")), "Patient")
    assert (twin["multipleBirthInteger"], twin["deceasedDateTime"]) == (2, "2026-03-01")
    assert "deceasedBoolean" not in twin
    other = only(translate(discharge(pid=PID + tail + "N|||||| N".replace(" ", ""))), "Patient")
    assert other["multipleBirthBoolean"] is False


def test_an_impossible_date_is_dropped_and_reported() -> None:
    found = translate(discharge(pid=PID + "||19900231"))
    assert "birthDate" not in only(found, "Patient")
    assert "unmapped" in outcome(found, "PID-7.1") or "unmapped" in outcome(found, "PID-7")


def test_race_and_ethnicity_are_us_core_extensions_with_text() -> None:
    found = only(
        translate(discharge(pid=PID + "|" * 5 + "2106-3^White^CDCREC~X1^Local" + "|" * 12 + "N^Not Hispanic^HL70189")),
        "Patient",
    )
    race, ethnicity = found["extension"]
    assert race["extension"][0]["valueCoding"]["code"] == "2106-3"
    assert "Local" in race["extension"][-1]["valueString"]
    assert ethnicity["extension"][0]["valueCoding"]["code"] == "2186-5"


def test_deletes_are_listed_unless_another_field_says_what_stands_there() -> None:
    found = translate(sample("adt_a08_expected_discharge"))
    assert (
        found.removed == {f"Patient/{found.subject}.maritalStatus"}
        or f"Patient/{found.subject}.telecom" not in found.removed
    )
    born = translate(discharge(pid=PID + '||""|""'))
    assert born.removed == {f"Patient/{born.subject}.birthDate", f"Patient/{born.subject}.gender"}


def test_a_contact_needs_a_way_to_be_reached() -> None:
    found = translate(discharge("NK1|1|RIVERA^SAM|SPO", "NK1|2||MTH"))
    (contact,) = only(found, "Patient")["contact"]
    assert contact["relationship"][0]["coding"][0]["code"] == "SPS"
    assert outcome(found, "NK1[2]") == "unmapped"


def test_a_guarantor_is_a_related_person_known_by_number_or_name() -> None:
    named = "GT1|1||RIVERA^SAM"
    assert len(resources(translate(discharge(named, named, "GT1|2|G1|RIVERA^SAM", "GT1|3")), "RelatedPerson")) == 2
    assert only(translate(discharge(named)), "RelatedPerson")["relationship"][0]["coding"][0]["code"] == "GUAR"


def test_a_merge_retires_one_patient_in_favour_of_the_other() -> None:
    found = translate(sample("adt_a40_merge"))
    survivor, retired = resources(found, "Patient")
    assert retired["active"] is False
    assert retired["link"] == [{"other": {"reference": f"Patient/{survivor['id']}"}, "type": "replaced-by"}]
    assert found.merges == ((retired["id"], survivor["id"]),)
    assert found.subject == survivor["id"]
    assert "active" not in survivor


def merging(*segments: str) -> bytes:
    return message(header("ADT^A40"), EVN, *segments)


def test_several_merges_in_one_message_are_kept_apart() -> None:
    found = translate(merging(PID, "PD1||||1^DOC", "MRG|1", "PID|2||2", "MRG|3", PV1, "ZZZ|1"))
    assert len(found.merges) == 2
    assert len({survivor for _, survivor in found.merges}) == 2
    assert outcome(found, "PV1") == "ignored"


@pytest.mark.parametrize(
    ("segments", "place"),
    [((PID,), "MRG-1"), ((), "PID"), ((PID, "MRG|"), "MRG-1"), ((PID, "MRG|700101^^^CITYHOSP^MR"), "MRG-1")],
)
def test_a_merge_of_nobody_or_of_one_into_itself_is_refused(segments: tuple[str, ...], place: str) -> None:
    with pytest.raises(Unreadable) as refused:
        translate(merging(*segments))
    assert refused.value.place == place


def test_a_contact_about_whom_nothing_is_said_leaves_nothing() -> None:
    found = translate(discharge("NK1|1"))
    assert "contact" not in only(found, "Patient")
