"""What search finds a resource by."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.fhir.index import moments, terms
from gateway.fhir.moments import BEGINNING, END, interval
from gateway.fhir.parameters import PARAMETERS
from gateway.fhir.spelling import normalise, relative, token_forms

PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "active": True,
    "identifier": [{"system": "urn:a", "value": "1"}, {"system": "urn:b", "value": "7|8"}],
    "name": [{"family": "Muñoz", "given": ["Ana"]}, {"text": "Annie"}],
    "telecom": [{"system": "email", "value": "a@example.org"}, {"system": "phone", "value": "555-0100"}],
    "gender": "female",
    "birthDate": "1990-05-02",
    "address": [{"line": ["1 Main St"], "city": "Springfield", "postalCode": "62701"}],
    "managingOrganization": {"reference": "Organization/o1"},
}
TASK = {
    "resourceType": "Task",
    "status": "requested",
    "intent": "order",
    "code": {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]},
    "focus": {"reference": "ServiceRequest/s1/_history/3"},
    "for": {"reference": "Patient/p1"},
    "authoredOn": "2026-05-02T17:00:00-05:00",
    "executionPeriod": {"start": "2026-05"},
    "owner": {"reference": "https://fhir.example.org/fhir/Organization/o2"},
    "output": [
        {"type": {"text": "a"}, "valueString": "x"},
        {"type": {"text": "b"}, "valueReference": {"reference": "Procedure/x"}},
    ],
}


def found(resource, parameter, form="whole", base=""):
    return {t.value for t in terms(resource, base) if t.parameter == parameter and t.form == form}


def test_tokens_are_found_by_system_code_and_both():
    assert found(TASK, "code") == {
        "http://hl7.org/fhir/CodeSystem/task-code|fulfill", "fulfill", "http://hl7.org/fhir/CodeSystem/task-code|"
    }  # fmt: skip


def test_a_bare_code_has_the_system_of_its_binding():
    system = "http://hl7.org/fhir/task-status"
    assert found(TASK, "status") == {f"{system}|requested", "requested", f"{system}|"}


def test_bars_in_values_cannot_be_taken_for_systems():
    assert "urn:b|7\\|8" in found(PATIENT, "identifier")
    assert token_forms("a", "b|c")[0] != token_forms("a|b", "c")[0]


@given(st.text(), st.text(), st.text(), st.text())
def test_token_forms_never_collide(system, code, other_system, other_code):
    if (system, code) != (other_system, other_code) and code and other_code:
        assert token_forms(system, code)[0] != token_forms(other_system, other_code)[0]


def test_identifiers_names_and_birth_dates_are_personal_and_codes_are_not():
    personal = {t.parameter for t in terms(PATIENT) if t.personal}
    assert personal >= {"identifier", "name", "family", "given", "birthdate", "telecom", "phone", "email", "address"}
    assert not any(t.personal for t in terms(TASK))
    assert all(t.personal for t in terms({"resourceType": "Task", "groupIdentifier": {"value": "1"}}))
    assert not any(m.parameter == "birthdate" for m in moments(PATIENT))


def test_organization_names_are_not_personal():
    organization = {"resourceType": "Organization", "name": "Shelter", "identifier": [{"value": "1"}]}
    assert not any(t.personal for t in terms(organization))


def test_a_birth_date_is_day_month_and_year():
    assert found(PATIENT, "birthdate") == {"1990-05-02", "1990-05", "1990"}
    assert found(PATIENT | {"birthDate": "1990"}, "birthdate") == {"1990"}


def test_strings_are_normalised_whole_and_by_prefix():
    assert found(PATIENT, "name") == {"munoz", "ana", "annie"}
    assert found(PATIENT, "family", "prefix") == {"mun", "muno", "munoz"}
    assert found({"resourceType": "Organization", "name": "Abcdefghijk"}, "name", "prefix") == {
        "abc", "abcd", "abcde", "abcdef", "abcdefg", "abcdefgh"
    }  # fmt: skip


def test_terms_name_the_element_and_index_they_came_from():
    places = {(t.parameter, t.value): (t.element, t.position) for t in terms(PATIENT)}
    assert places["identifier", "1"] == ("identifier", 0)
    assert places["name", "annie"] == ("name", 1)
    assert places["phone", "555-0100"] == ("telecom", 1)
    assert places["gender", "female"] == ("gender", None)


def test_references_are_found_by_type_and_id_and_by_id():
    assert found(TASK, "focus") == {"ServiceRequest/s1", "s1"}
    assert found(TASK, "output") == {"Procedure/x", "x"}
    assert found(TASK, "patient") == {"Patient/p1", "p1"}


def test_references_to_other_types_are_no_patient():
    assert found(TASK | {"for": {"reference": "Group/g"}}, "patient") == set()


def test_our_own_base_is_cut_off_and_others_are_kept():
    assert found(TASK, "owner") == {"https://fhir.example.org/fhir/Organization/o2"}
    assert found(TASK, "owner", base="https://fhir.example.org/fhir/") == {"Organization/o2", "o2"}
    assert relative("https://other.example.org/fhir/Patient/1", "https://fhir.example.org/fhir").startswith("https")


@pytest.mark.parametrize("value", [{"reference": "#a"}, {"display": "x"}, {"reference": 1}, "x", [], None, {}])
def test_what_is_no_reference_has_no_term(value):
    assert found(TASK | {"focus": value}, "focus") <= {"x"}


def test_moments_are_intervals():
    by_name = {m.parameter: (m.low, m.high) for m in moments(TASK)}
    assert by_name["authored-on"] == interval("2026-05-02T22:00:00Z")
    assert by_name["period"] == (interval("2026-05")[0], END)
    encounter = {"resourceType": "Encounter", "period": {"end": "2026-05-02"}}
    assert [(m.low, m.high) for m in moments(encounter)] == [(BEGINNING, interval("2026-05-02")[1])]
    reversed_period = {"resourceType": "Encounter", "period": {"start": "2027", "end": "2026"}}
    assert moments(reversed_period) == []


def test_a_timing_spans_its_events():
    request = {"resourceType": "ServiceRequest", "occurrenceTiming": {"event": ["2026-05-02", "2026-05-04"]}}
    (moment,) = moments(request)
    assert (moment.low, moment.high) == (interval("2026-05-02")[0], interval("2026-05-04")[1])


def test_repr_shows_no_value():
    assert "unoz" not in repr(terms(PATIENT)).lower()


@given(st.text())
def test_normalising_twice_is_normalising_once(text):
    assert normalise(normalise(text)) == normalise(text)


def test_case_and_accents_do_not_count():
    assert normalise("  ÉMILE\u00a0 Straße ") == "emile strasse"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["coding", "system", "code", "value", "reference", "start", "event", "repeat", "text", "given"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


PLACES = [
    (base, path.elements[0]) for base, table in PARAMETERS.items() for each in table.values() for path in each.paths
]


@settings(max_examples=600)
@given(st.sampled_from(PLACES), ANYTHING)
def test_no_shape_of_value_breaks_the_index(place, value):
    resource = {"resourceType": place[0], place[1]: value}
    assert len(terms(resource)) == len(set(terms(resource)))
    assert all(m.low < m.high for m in moments(resource))
