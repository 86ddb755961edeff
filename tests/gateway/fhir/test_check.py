"""Whether a resource is FHIR R4."""

import copy
import gzip
import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.fhir.check import check, check_structure, require_valid
from gateway.fhir.definitions import RESOURCE_TYPES, shape_of
from gateway.fhir.native import validate_native, warm_up
from gateway.fhir.outcome import Unprocessable
from gateway.fhir.wire import Number, parse
from tests.gateway.fhir.samples import BUNDLE, CONDITION, ENCOUNTER, OBSERVATION, PATIENT, RESOURCES, TASK

SHARED = Path(__file__).resolve().parents[4] / "shared"
needs_definitions = pytest.mark.skipif(not SHARED.exists(), reason="HL7's definitions are not at ../shared")
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"


def found(resource):
    return [(each.code, each.expression) for each in check_structure(resource)]


def test_the_samples_are_valid():
    for resource in [*RESOURCES, BUNDLE]:
        assert check(resource) == []


CASES = [
    (PATIENT | {"gender": "femme"}, ("code-invalid", "Patient.gender")),
    (PATIENT | {"gender": ["female"]}, ("code-invalid", "Patient.gender")),
    (PATIENT | {"name": [{"use": "stage"}]}, ("code-invalid", "Patient.name[0].use")),
    (PATIENT | {"identifier": [{"use": "mine"}]}, ("code-invalid", "Patient.identifier[0].use")),
    (PATIENT | {"telecom": [{"system": "smoke"}]}, ("code-invalid", "Patient.telecom[0].system")),
    (PATIENT | {"text": {"status": "x", "div": "<div>a</div>"}}, ("code-invalid", "Patient.text.status")),
    (PATIENT | {"text": {"status": "empty", "div": "a"}}, ("value", "Patient.text.div")),
    (PATIENT | {"name": {"family": "x"}}, ("structure", "Patient.name")),
    (PATIENT | {"name": []}, ("structure", "Patient.name")),
    (PATIENT | {"name": [{}]}, ("structure", "Patient.name[0]")),
    (PATIENT | {"name": [{"given": ["a", None]}]}, ("value", "Patient.name[0].given[1]")),
    (PATIENT | {"active": "true"}, ("value", "Patient.active")),
    (PATIENT | {"birthDate": "1990-02-30"}, ("value", "Patient.birthDate")),
    (PATIENT | {"birthDate": "1990-5-2"}, ("value", "Patient.birthDate")),
    (PATIENT | {"birthDate": None}, ("value", "Patient.birthDate")),
    (PATIENT | {"_birthDate": {}}, ("structure", "Patient.birthDate")),
    (PATIENT | {"_birthDate": {"value": 1}}, ("structure", "Patient.birthDate")),
    (PATIENT | {"_name": {"id": "a"}}, ("structure", "Patient")),
    (PATIENT | {"status": "active"}, ("structure", "Patient")),
    (PATIENT | {"deceasedBoolean": True, "gender": "male", "deceasedDateTime": "2026"}, ("structure", "Patient")),
    (PATIENT | {"extension": [{"valueString": "a"}]}, ("required", "Patient.extension[0].url")),
    (PATIENT | {"extension": [{"url": "urn:a", "valueRatioRange": {}}]}, ("structure", "Patient.extension[0]")),
    (
        PATIENT | {"extension": [{"url": "urn:a", "valueCodeableReference": {"concept": {"text": "x"}}}]},
        ("structure", "Patient.extension[0]"),
    ),
    (PATIENT | {"contained": [{"resourceType": "Ingredient"}]}, ("structure", "Patient.contained[0]")),
    (PATIENT | {"contained": [{"resourceType": "Task"}]}, ("required", "Patient.contained[0].status")),
    (PATIENT | {"generalPractitioner": [{"reference": "Patient/1"}]}, ("value", "Patient.generalPractitioner[0]")),
    ({**TASK, "status": "nonsense"}, ("code-invalid", "Task.status")),
    ({k: v for k, v in TASK.items() if k != "status"}, ("required", "Task.status")),
    ({**TASK, "authoredOn": "2026-05-02T17:00:00"}, ("value", "Task.authoredOn")),
    ({**TASK, "priority": "now"}, ("code-invalid", "Task.priority")),
    ({**ENCOUNTER, "status": "nonsense"}, ("code-invalid", "Encounter.status")),
    ({**ENCOUNTER, "period": {"start": "2026-05-02", "end": "2026-05-01"}}, ("invariant", "Encounter.period")),
    ({**ENCOUNTER, "subject": {"reference": "Organization/o"}}, ("value", "Encounter.subject")),
    ({**OBSERVATION, "subject": {"reference": "Organization/o"}}, ("value", "Observation.subject")),
    ({**OBSERVATION, "valueQuantity": {"value": "7"}}, ("value", "Observation.valueQuantity.value")),
    ({**OBSERVATION, "valueQuantity": {"value": True}}, ("value", "Observation.valueQuantity.value")),
    ({**CONDITION, "clinicalStatus": {"text": "active"}}, ("code-invalid", "Condition.clinicalStatus")),
    ({**CONDITION, "clinicalStatus": {"coding": [{"code": "active"}]}}, ("code-invalid", "Condition.clinicalStatus")),
    ({**CONDITION, "clinicalStatus": {"coding": [{"system": CLINICAL, "code": "x"}]}},
     ("code-invalid", "Condition.clinicalStatus")),
    ({"resourceType": "Group", "type": "person", "actual": True,
      "member": [{"entity": {"reference": "RelatedPerson/r"}}]}, ("value", "Group.member[0].entity")),
    ({"resourceType": "SubscriptionTopic", "url": "urn:a", "status": "draft"}, ("structure", "Resource")),
    ({"resourceType": ["Task"]}, ("structure", "Resource")),
    ({}, ("structure", "Resource")),
    ({"resourceType": "Bundle", "type": "batch", "entry": [{"resource": {**TASK, "intent": "x"}}]},
     ("code-invalid", "Bundle.entry[0].resource.intent")),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "issue"), CASES, ids=[f"{code} {place}" for _, (code, place) in CASES])
def test_what_is_wrong_is_found_where_it_is(resource, issue):
    assert issue in found(resource)
    assert check(resource)


def test_one_of_several_codings_is_enough_for_a_required_binding():
    concept = {"coding": [{"system": "urn:x", "code": "y"}, {"system": CLINICAL, "code": "active"}]}
    assert check({**CONDITION, "clinicalStatus": concept}) == []


def test_extensions_stand_in_for_values():
    absent = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
    name = {"given": [None, "Ana"], "_given": [{"extension": [absent]}, None]}
    patient = {k: v for k, v in PATIENT.items() if k != "birthDate"}
    assert check({**patient, "name": [name], "_birthDate": {"extension": [absent]}}) == []
    task = {k: v for k, v in TASK.items() if k != "status"} | {"_status": {"extension": [absent]}}
    assert check_structure(task) == []


def test_excluded_codes_are_no_members():
    """request-intent without ``option`` is what Task takes: http://hl7.org/fhir/ValueSet/task-intent."""
    assert found({**TASK, "intent": "directive"}) == [("code-invalid", "Task.intent")]


def test_absolute_and_logical_references_are_left_alone():
    for reference in ("https://x.example.org/fhir/Organization/1", "urn:uuid:0b1c"):
        assert check_structure({**ENCOUNTER, "subject": {"reference": reference}}) == []
    assert check_structure({**ENCOUNTER, "subject": {"identifier": {"value": "1"}}}) == []


def test_numbers_that_kept_their_form_are_decimals():
    observation = parse(json.dumps(OBSERVATION).replace('"value": 7', '"value": 7.10').encode())
    assert isinstance(observation["valueQuantity"]["value"], Number)
    assert check(observation) == []
    assert check({**OBSERVATION, "valueQuantity": {"value": Decimal("1.5")}}) == []
    assert check_structure({**OBSERVATION, "valueInteger": Number("1.0")}) != []


def test_checking_changes_nothing():
    before = copy.deepcopy(BUNDLE)
    check(BUNDLE)
    assert before == BUNDLE


def test_r4b_types_are_refused_by_both():
    for name in ("SubscriptionTopic", "SubscriptionStatus", "NutritionProduct", "Citation", "Ingredient"):
        assert name not in RESOURCE_TYPES
        assert [each.code for each in validate_native({"resourceType": name})] == ["not-supported"]


def test_native_issues_have_expressions():
    issues = validate_native({"resourceType": "Patient", "name": [{"family": 7}], "shoe": 1, "link": [{}]})
    assert {"Patient.name[0].family", "Patient"} <= {each.expression for each in issues}
    warm_up()


def test_invalid_resources_are_unprocessable():
    require_valid(TASK)
    with pytest.raises(Unprocessable) as refused:
        require_valid({**TASK, "status": "x", "intent": "y"})
    assert len(refused.value.issues) == 2


def test_issues_repeat_no_value_and_no_unknown_name():
    bad = {"family": "Canary\x00", "Canary": "Canary", "use": "Canary", "period": {"start": "Canary"}}
    for issues in (
        check_structure({**PATIENT, "name": [bad], "Canary": 1, "birthDate": "Canary"}),
        validate_native({**PATIENT, "name": [bad], "Canary": 1, "birthDate": "Canary"}),
        check_structure({**ENCOUNTER, "subject": {"reference": "Canary/1"}, "resourceType": "Canary"}),
    ):
        assert issues
        assert "Canary" not in str(issues)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.sampled_from(RESOURCES), st.data())
def test_junk_anywhere_gives_issues_and_never_an_exception(resource, data):
    element = data.draw(st.sampled_from(sorted(shape_of(resource["resourceType"]).elements)))
    check({**resource, element: data.draw(JUNK)})


@settings(max_examples=200)
@given(st.sampled_from(["HumanName", "Coding", "Reference", "Period", "CodeableConcept"]), st.data())
def test_junk_in_datatypes_never_raises(name, data):
    element = data.draw(st.sampled_from(sorted(shape_of(name).elements)))
    value = {element: data.draw(JUNK)}
    holder = {"url": "urn:a", f"value{name}": value}
    check_structure({**PATIENT, "extension": [holder]})
    check_structure({**CONDITION, "clinicalStatus": value, "subject": value})


@needs_definitions
def test_every_code_of_every_required_binding_is_taken_and_others_are_not():
    path = SHARED / "fhir" / "r4-core" / "required-bindings.json"
    bound = 0
    for place, binding in json.loads(path.read_text())["enumerated"].items():
        parent, name = place.rsplit(".", 1)
        rule = shape_of(parent).elements.get(name) if shape_of(parent) else None
        if rule is None or not rule.bound:
            continue
        bound += 1
        if rule.test:
            assert all(rule.test(code) for _, code in binding["codes"])
            assert not rule.test("no-such-code")
        else:
            assert rule.coded == {tuple(pair) for pair in binding["codes"]}
    assert bound > 180


@needs_definitions
@pytest.mark.parametrize("folder", ["us_core_7.0.0", "sdohcc/examples"])
def test_published_examples_are_not_refused(folder):
    paths = sorted((SHARED / "corpus" / "referral" / folder).glob("*.json"))
    assert paths
    refused = {path.name: check(parse(path.read_bytes())) for path in paths}
    assert {name: issues for name, issues in refused.items() if issues} == {}


@needs_definitions
def test_hl7s_own_definitions_are_not_refused():
    with gzip.open(SHARED / "fhir" / "r4-core" / "search-parameters.json.gz") as file:
        rows = [entry["resource"] for entry in json.load(file)["entry"][:100]]
    assert [each["id"] for each in rows if check_structure(each)] == []
