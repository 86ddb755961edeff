"""Labels follow origin first and codes second, and closing is all a sender can do."""

import json
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.code_sets import (
    ACT_CODE,
    CONFIDENTIALITY,
    LOCAL,
    SELF_PERMITTING,
    security_label,
)
from consent.labels import Arrival, around, bases, labeller, propagate, references, visible_codings
from consent.origins import CLASSIFIER, OriginStatus, standing_labels
from consent.parts import divide, fragment, split
from consent.terms import FhirJson
from consent.vocabulary import InfoClass, Jurisdiction, Label, OrgType

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
HOSPITAL = OriginStatus("mercy", OrgType.HOSPITAL, covered_entity=True)
PROGRAM = OriginStatus("riverside", OrgType.PART2_PROGRAM, covered_entity=True, part2_program=True)
POLICE = OriginStatus("anytown-pd", OrgType.POLICE, criminal_justice_agency=True)
CLINIC_IL = OriginStatus(
    "clinic", OrgType.BEHAVIORAL_HEALTH, Jurisdiction.US_IL, covered_entity=True, mental_health_provider=True
)
SHELTER = OriginStatus("shelter", OrgType.VICTIM_SERVICE_PROVIDER, victim_service_grantee=True)
SCHOOL = OriginStatus("school", OrgType.SCHOOL, school=True)
LINE = OriginStatus("line", OrgType.CRISIS_LINE_988, crisis_line_988=True)
CHARITY = OriginStatus("charity", OrgType.COMMUNITY_ORG, social_service=True)
STRANGER = OriginStatus("stranger", OrgType.ATTORNEY)


@dataclass(frozen=True)
class Mark:
    path: str
    code: str
    about: str = ""


def condition(code: str, system: str = ICD) -> FhirJson:
    return {"resourceType": "Condition", "code": {"coding": [{"system": system, "code": code}]}}


def labels(
    record: FhirJson, custodian: OriginStatus, origin: OriginStatus | None = None, **facts: object
) -> set[Label]:
    arrival = Arrival(custodian, origin or custodian, **facts)  # type: ignore[arg-type]
    return set(split(record, labeller(arrival))[0].labels)


def test_a_hospitals_own_opioid_diagnosis_is_sensitive_but_no_part_2_record() -> None:
    assert labels(condition("F11.20"), HOSPITAL) == {Label.PHI, Label.SUD}


def test_whatever_a_program_makes_or_keeps_is_a_part_2_record() -> None:
    assert labels({"resourceType": "Task"}, PROGRAM) == {Label.PHI, Label.PART2}
    assert labels({"resourceType": "Task"}, PROGRAM, HOSPITAL) == {Label.PHI, Label.PART2}
    assert labels({"resourceType": "Task"}, HOSPITAL, PROGRAM) == {Label.PHI, Label.PART2}


@pytest.mark.parametrize(
    ("agency", "expected"),
    [
        (HOSPITAL, {Label.PHI}),
        (POLICE, {Label.LE_LOCAL}),
        (CLINIC_IL, {Label.PHI, Label.MH, Label.IL_MHDDCA}),
        (SHELTER, {Label.VAWA}),
        (SCHOOL, {Label.FERPA}),
        (LINE, {Label.CRISIS988}),
        (CHARITY, {Label.SOCIAL_SERVICE}),
        (STRANGER, set()),
        (OriginStatus("b", OrgType.BEHAVIORAL_HEALTH), {Label.PHI, Label.MH}),
    ],
)
def test_an_agencys_own_record_carries_the_law_of_its_agency(agency: OriginStatus, expected: set[Label]) -> None:
    assert {basis.label for basis in standing_labels(agency, agency)} == expected


KNOWN_KINDS = set(OrgType) - {
    OrgType.THREAT_TEAM, OrgType.PAYER_NOT_HIPAA, OrgType.PUBLIC_HEALTH_AUTHORITY, OrgType.RESEARCH,
    OrgType.OVERSIGHT_AGENCY, OrgType.CHILD_PROTECTION, OrgType.ADULT_PROTECTION, OrgType.INDIVIDUAL,
    OrgType.CONTRACTOR, OrgType.CITY_GOVERNMENT, OrgType.ATTORNEY, OrgType.GATEWAY_OPERATOR,
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(OrgType))
def test_a_known_kind_of_agency_never_leaves_a_record_unlabelled(kind: OrgType) -> None:
    agency = OriginStatus("a", kind)
    assert bool(labels({"resourceType": "Task"}, agency)) == (kind in KNOWN_KINDS)


def test_only_what_the_gateway_itself_made_is_system_and_never_a_record_it_keeps() -> None:
    gateway = OriginStatus("gateway", OrgType.GATEWAY_OPERATOR, covered_entity=True)
    assert labels({"resourceType": "Organization"}, gateway) == {Label.SYSTEM}
    assert labels({"resourceType": "Organization"}, gateway, HOSPITAL) == {Label.PHI}
    assert labels({"resourceType": "Task"}, gateway) == {Label.PHI}


def test_phi_ends_where_no_covered_entity_keeps_the_record() -> None:
    assert labels({"resourceType": "Task"}, POLICE, HOSPITAL) == {Label.LE_LOCAL}
    assert labels({"resourceType": "Task"}, HOSPITAL, POLICE) == {Label.PHI, Label.LE_LOCAL}
    assert labels({"resourceType": "Task"}, POLICE, CLINIC_IL) == {Label.MH, Label.IL_MHDDCA}
    assert labels({"resourceType": "Task"}, HOSPITAL, CHARITY) == {Label.PHI}


FLAGS = (
    "covered_entity", "part2_program", "victim_service_grantee", "school", "criminal_justice_agency",
    "crisis_line_988", "social_service", "mental_health_provider",
)  # fmt: skip


@pytest.mark.parametrize("kind", [OrgType.HOSPITAL, OrgType.POLICE, OrgType.ATTORNEY, OrgType.BEHAVIORAL_HEALTH])
def test_part_2_follows_the_program_and_nothing_else(kind: OrgType) -> None:
    for flags in product((False, True), repeat=len(FLAGS)):
        agency = OriginStatus("a", kind, **dict(zip(FLAGS, flags, strict=True)))
        found = {basis.label for basis in standing_labels(agency, HOSPITAL)}
        assert (Label.PART2 in found) == agency.part2_program
        assert (Label.PHI in found) == agency.covered_entity or kind in {OrgType.HOSPITAL, OrgType.BEHAVIORAL_HEALTH}


def test_a_mark_reaches_what_it_is_about() -> None:
    marks = (Mark("DG1[1]-18", "Y", "Condition/1"),)
    assert labels(condition("I10"), HOSPITAL, about="Condition/1", marks=marks) == {Label.PHI, Label.R}
    assert labels(condition("I10"), HOSPITAL, about="Condition/2", marks=marks) == {Label.PHI}
    assert labels(condition("I10"), HOSPITAL, about="Condition/2", marks=(Mark("PV2-22", "Y"),)) == {Label.PHI, Label.R}


def test_one_police_report_does_not_mark_who_somebody_is() -> None:
    """Every report of the person shares the Patient: where she can be reached is marked, her name is not."""
    person: FhirJson = {"resourceType": "Patient", "telecom": [{"system": "phone", "value": "1"}]}
    marks = (Mark("incident.domestic", "SDV"),)
    expected = {POLICE: (set(), {Label.SDV}), HOSPITAL: ({Label.SDV}, {Label.SDV})}
    for agency, found in expected.items():
        parts = split(person, labeller(Arrival(agency, agency, "Patient/1", marks)))
        by_class = {part.info_class: set(part.labels) & {Label.SDV} for part in parts}
        assert (by_class[InfoClass.DEMOGRAPHICS], by_class[InfoClass.CONTACT]) == found


def test_a_senders_meta_security_can_close_and_never_open() -> None:
    def sent(system: str, code: str) -> set[Label]:
        return labels({"resourceType": "Basic", "meta": {"security": [{"system": system, "code": code}]}}, STRANGER)

    assert sent(ACT_CODE, "42CFRPart2") == {Label.PART2}
    assert sent(ACT_CODE, "ETHUD") == {Label.SUD}
    assert sent(CONFIDENTIALITY, "R") == {Label.R}
    assert sent(CONFIDENTIALITY, "N") == set()
    assert sent(LOCAL, "VAWA") == {Label.VAWA}
    assert sent("urn:other", "VAWA") == set()
    for label in SELF_PERMITTING:
        assert sent(LOCAL, label) == set()
        assert security_label(LOCAL, label) == frozenset()


def test_a_law_named_outside_meta_security_makes_no_part_2_record() -> None:
    consent: FhirJson = {
        "resourceType": "Consent",
        "provision": {"securityLabel": [{"system": ACT_CODE, "code": code} for code in ("42CFRPart2", "SUD")]},
    }
    assert labels(consent, HOSPITAL) == {Label.PHI, Label.SUD}


def test_classes_that_are_their_own_regime_carry_only_it() -> None:
    assert labels({"resourceType": "AuditEvent"}, PROGRAM) == {Label.AUDIT_LOG}
    assert labels({"resourceType": "MeasureReport"}, SHELTER) == {Label.AGGREGATE}


@pytest.mark.parametrize(
    ("info_class", "agency", "expected"),
    [
        (InfoClass.COUNSELING_NOTES, PROGRAM, {Label.PHI, Label.PART2, Label.SUDCOUNSELNOTE}),
        (InfoClass.PSYCHOTHERAPY_NOTES, HOSPITAL, {Label.PHI, Label.PSYTHPN}),
        (InfoClass.PERSONAL_NOTES, HOSPITAL, {Label.PHI, Label.PERSONAL_NOTES}),
        (InfoClass.CRIMINAL_HISTORY, POLICE, {Label.LE_LOCAL, Label.CJI, Label.CHRI}),
        (InfoClass.LE_UNIT_RECORD, SCHOOL, {Label.LE_UNIT}),
        (InfoClass.ADDRESS, SHELTER, {Label.VAWA, Label.SHELTER_LOCATION}),
        (InfoClass.ADDRESS, HOSPITAL, {Label.PHI}),
    ],
)
def test_an_information_class_adds_its_own_label(
    info_class: InfoClass, agency: OriginStatus, expected: set[Label]
) -> None:
    part = divide({"resourceType": "Basic"}, root=info_class)[0]
    assert labeller(Arrival(agency, agency))(part) == expected


def test_a_police_record_of_a_minor_is_juvenile_and_a_hospitals_is_not() -> None:
    assert labels({"resourceType": "Task"}, POLICE, minor=True) == {Label.LE_LOCAL, Label.JUVENILE}
    assert labels({"resourceType": "Task"}, HOSPITAL, minor=True) == {Label.PHI}


def test_a_reference_to_a_hidden_record_takes_its_labels_with_it_and_leaves_the_rest() -> None:
    encounter: FhirJson = {
        "resourceType": "Encounter",
        "diagnosis": [{"condition": {"reference": f"Condition/{which}"}} for which in ("open", "hiv", "unknown")],
        "serviceProvider": {"reference": "Organization/program"},
    }
    known = {"Condition/hiv": frozenset({Label.PHI, Label.HIV}), "Organization/program": frozenset({Label.PART2})}
    parts = split(encounter, labeller(Arrival(HOSPITAL, HOSPITAL, labels_of=known.get)))
    found = {part.name: (set(part.labels), list(fragment(part))) for part in parts}
    assert found[""][0] == {Label.PHI}
    assert found["diagnosis"] == ({Label.PHI}, ["diagnosis"])
    assert found["diagnosis+HIV"] == ({Label.PHI, Label.HIV}, ["diagnosis"])
    assert found["organization+42CFRPart2"] == ({Label.PHI, Label.PART2}, ["serviceProvider"])


def test_a_programs_record_number_is_a_part_of_its_own() -> None:
    identifiers = [{"system": "urn:mercy", "value": "1"}, {"system": "urn:riverside", "value": "2"}, {"value": "3"}, 4]
    patient: FhirJson = {"resourceType": "Patient", "identifier": identifiers}
    known = {"urn:riverside": frozenset({Label.PART2})}
    parts = split(patient, labeller(Arrival(HOSPITAL, HOSPITAL, labels_of=known.get)))
    assert [part.name for part in parts] == ["", "identifier", "identifier+42CFRPart2"]


MESSAGE: dict[str, FhirJson] = {
    "Condition/1": condition("B20"),
    "Encounter/1": {"resourceType": "Encounter", "diagnosis": [{"condition": {"reference": "Condition/1"}}]},
    "ServiceRequest/1": {"resourceType": "ServiceRequest", "reasonReference": [{"reference": "Condition/1"}]},
    "Task/1": {
        "resourceType": "Task",
        "focus": {"reference": "ServiceRequest/1"},
        "meta": {"security": [{"system": ACT_CODE, "code": "SDV"}]},
        "note": [{"text": "free"}],
    },
    "Task/2": {"resourceType": "Task", "focus": {"reference": "ServiceRequest/elsewhere"}},
    "Provenance/1": {"resourceType": "Provenance", "target": [{"reference": "Condition/1"}, {"reference": "Task/1"}]},
}


def test_labels_run_along_references_within_a_message() -> None:
    elsewhere = {"ServiceRequest/elsewhere": frozenset({Label.PART2})}
    found = propagate(MESSAGE, Arrival(HOSPITAL, HOSPITAL, labels_of=elsewhere.get))
    assert {about: set(each) - {Label.PHI} for about, each in found.items()} == {
        "Condition/1": {Label.HIV},
        "Encounter/1": set(),
        "ServiceRequest/1": {Label.SDV},
        "Task/1": {Label.SDV},
        "Task/2": {Label.PART2},
        "Provenance/1": {Label.HIV, Label.SDV},
    }


def test_free_text_takes_the_highest_label_of_its_message() -> None:
    whole = around(MESSAGE.values(), [Mark("PV2-22", "Y")])
    assert whole == {Label.HIV, Label.SDV, Label.R}
    parts = split(MESSAGE["Task/1"], labeller(Arrival(HOSPITAL, HOSPITAL, around=whole)))
    assert {part.name for part in parts} == {"", "referral+HIV+R"}


REFERENCES = st.sampled_from(["A/1", "A/2", "A/3", "B/9"]).map(lambda name: {"reference": name})
GRAPH = st.fixed_dictionaries(
    {
        name: st.fixed_dictionaries(
            {"resourceType": st.just("Task"), "focus": REFERENCES, "basedOn": st.lists(REFERENCES, max_size=2)},
            optional={"code": st.sampled_from(["B20", "F11", "I10"]).map(lambda c: {"system": ICD, "code": c})},
        )
        for name in ("A/1", "A/2", "A/3")
    }
)


@given(GRAPH)
def test_propagation_ends_and_a_record_has_every_label_of_what_it_is_about(graph: dict[str, FhirJson]) -> None:
    found = propagate(graph, Arrival(HOSPITAL, HOSPITAL))
    for name, record in graph.items():
        for target in references(record["focus"]):
            assert found[name] >= found.get(target, frozenset())


def test_every_label_keeps_its_basis_classifier_and_version() -> None:
    part = divide(condition("F11.20"))[0]
    known = {"Patient/1": frozenset({Label.HIV})}
    part.content["elements"]["subject"] = {"reference": "Patient/1"}  # type: ignore[index,call-overload]
    found = {basis.label: basis for basis in bases(part, Arrival(HOSPITAL, HOSPITAL, labels_of=known.get))}
    assert found[Label.PHI].basis == "45 CFR 160.103: held by a covered entity"
    assert found[Label.SUD].basis == f"code set SUD of {ICD}"
    assert found[Label.HIV].derived
    assert not found[Label.SUD].derived
    assert {basis.classifier for basis in found.values()} == {CLASSIFIER}
    assert all(basis.version for basis in found.values())


@given(st.frozensets(st.sampled_from(Label)), st.frozensets(st.sampled_from(Label)))
def test_no_coding_names_a_category_the_recipient_may_not_see(has: frozenset[Label], allowed: frozenset[Label]) -> None:
    shown = {coding["code"] for coding in visible_codings(has, allowed)}
    assert shown == {str(label) for label in has & allowed}


def test_the_labels_of_an_agencys_own_record_agree_with_the_scenarios() -> None:
    path = SHARED / "scenarios" / "decisions.json"
    if not path.exists():
        pytest.skip("needs ../shared/scenarios")
    flags = ("covered_entity", "part2_program", "victim_service_grantee", "criminal_justice_agency")
    checked = 0
    for scenario in json.loads(path.read_text(encoding="utf-8")):
        holder, resource = scenario["holder"], scenario["resource"]
        own = {Label.PHI, Label.PART2, Label.VAWA} & {Label(label) for label in resource["labels"]}
        if resource["origin"] != holder["org"] or Label.PHI not in own or resource.get("parts"):
            continue
        status = {flag: holder[flag] for flag in flags if flag in holder}
        agency = OriginStatus(holder["org"], OrgType(holder["org_type"]), **status)
        if agency.covered_entity and (Label.PART2 in own) == agency.part2_program:
            assert own <= {basis.label for basis in standing_labels(agency, agency)}
            checked += 1
    assert checked > 50


# Social workers of a police department ------------------------------------------------------------------------------


def police_unit() -> OriginStatus:
    return OriginStatus("riverton-pd", OrgType.POLICE, criminal_justice_agency=True, social_service=True)


@pytest.mark.parametrize(
    ("resource", "root", "notes"),
    [
        ({"resourceType": "Patient", "name": [{"family": "Quill"}]}, False, False),
        ({"resourceType": "Observation", "status": "final", "note": [{"text": "n"}]}, True, True),
        ({"resourceType": "Task", "status": "requested", "note": [{"text": "n"}]}, False, True),
        ({"resourceType": "ServiceRequest", "status": "active", "note": [{"text": "n"}]}, False, True),
    ],
)
def test_a_police_social_workers_notes_are_hers_and_what_she_passes_on_is_not(
    resource: FhirJson, root: bool, notes: bool
) -> None:
    unit = police_unit()
    parts = split(resource, labeller(Arrival(unit, unit)))
    by_words = [part for part in parts if "note" in fragment(part)]
    assert (Label.SOCIAL_SERVICE in parts[0].labels) is root
    assert all((Label.SOCIAL_SERVICE in part.labels) is notes for part in by_words)
    assert all(Label.LE_LOCAL in part.labels for part in parts)
