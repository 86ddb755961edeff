"""A FHIR Consent reads as exactly what it says, and what cannot be read grants nothing."""

import json
from copy import deepcopy
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.forms import REQUIRED, Statement
from consent.instruments import (
    ConsentDecision,
    ConsentForm,
    ConsentKind,
    ConsentProblem,
    ConsentStatus,
    Expiry,
    Signer,
)
from consent.provisions import DEEPEST
from consent.reading import Filing, disclosers, local
from consent.terms import Consent, FhirJson
from consent.vocabulary import InfoClass, Purpose
from tests.consent.consent_forms import (
    ACT_CODE,
    AGENCIES,
    BASE,
    OWN,
    PARTICIPATION,
    REASON,
    concept,
    form,
    nested,
    of_class,
    provision,
    reading,
    says,
    without,
)

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared"


@pytest.mark.parametrize("kind", sorted(ConsentKind))
def test_a_complete_form_reads_as_complete(kind: ConsentKind) -> None:
    consent = reading(form(kind))
    assert consent == Consent(
        id="c1",
        kind=kind,
        status=ConsentStatus.ACTIVE,
        decision=ConsentDecision.PERMIT,
        form=ConsentForm.WRITTEN,
        patient="Patient/p1",
        signed_on=date(2026, 1, 5),
        signers=frozenset({Signer.PATIENT}),
        period_start=date(2026, 1, 5),
        period_end=date(2026, 12, 31),
        expiry=Expiry.DATE,
        recipients=consent.recipients,
        purposes=frozenset({Purpose.TREAT}),
        info_classes=frozenset({InfoClass.EVERY}),
    )
    assert consent.recipients


@pytest.mark.parametrize(("kind", "statement"), [(kind, each) for kind in REQUIRED for each in REQUIRED[kind]])
def test_each_statement_taken_out_reads_as_exactly_that_missing_element(
    kind: ConsentKind, statement: Statement
) -> None:
    consent = reading(without(kind, statement))
    also = {REQUIRED[kind][Statement.SIGNATURE]} if statement is Statement.PATIENT else set()
    assert consent.missing_elements == {REQUIRED[kind][statement]} | also
    assert not consent.problems


def test_without_its_patient_the_patients_signature_cannot_be_told_either() -> None:
    resource = without(ConsentKind.PART2_NAMED, Statement.PATIENT)
    resource["performer"] = [
        {"reference": "RelatedPerson/r",
         "extension": [{"url": f"{BASE}StructureDefinition/signer-capacity", "valueCode": "guardian"}]}
    ]  # fmt: skip
    assert reading(resource).missing_elements == {"2.31(a)(1)"}


@pytest.mark.parametrize("kind", sorted(set(ConsentKind) - set(REQUIRED) | {ConsentKind.IL_110_5}))
def test_a_form_without_a_date_that_has_no_numbered_date_element_is_malformed(kind: ConsentKind) -> None:
    resource = form(kind)
    del resource["dateTime"]
    assert reading(resource).problems == {ConsentProblem.MALFORMED}


def test_a_refusal_needs_no_form() -> None:
    resource = form(ConsentKind.PART2_TPO)
    resource["provision"] = {"type": "deny"}
    del resource["extension"], resource["dateTime"], resource["organization"]
    consent = reading(resource)
    assert (consent.decision, consent.missing_elements, consent.problems) == (ConsentDecision.DENY, set(), set())


def test_the_policy_rule_speaks_where_the_provision_has_no_type() -> None:
    resource = form(ConsentKind.GENERAL_RELEASE)
    del provision(resource)["type"]
    assert reading(resource).decision is ConsentDecision.PERMIT
    resource["policyRule"] = concept(ACT_CODE, "OPTOUT")
    assert reading(resource).decision is ConsentDecision.DENY
    resource["policyRule"] = concept(ACT_CODE, "INFA")
    assert reading(resource).problems == {ConsentProblem.MALFORMED}


@pytest.mark.parametrize(
    ("filing", "status"),
    [
        (OWN, ConsentStatus.ACTIVE),
        (Filing("riverside", "mercy"), ConsentStatus.PROPOSED),
        (Filing("riverside", "mercy", ""), ConsentStatus.PROPOSED),
        (Filing("riverside", "mercy", "Practitioner/9"), ConsentStatus.ACTIVE),
        (Filing("mercy", "mercy"), ConsentStatus.PROPOSED),
    ],
)
def test_only_what_the_discloser_lodged_or_confirmed_is_relied_on(filing: Filing, status: ConsentStatus) -> None:
    assert reading(form(ConsentKind.PART2_NAMED), filing).status is status


def test_a_verification_in_the_body_can_refute_and_never_confirm() -> None:
    resource = form(ConsentKind.PART2_NAMED)
    resource["verification"] = [{"verified": True}]
    assert reading(resource, Filing("riverside", "mercy")).status is ConsentStatus.PROPOSED
    resource["verification"] = [{"verified": False}]
    assert reading(resource).status is ConsentStatus.PROPOSED
    resource["status"] = "inactive"
    assert reading(resource).status is ConsentStatus.INACTIVE


@pytest.mark.parametrize(
    ("kind", "expiry", "missing"),
    [
        (ConsentKind.PART2_TPO, "stated-none", set()),
        (ConsentKind.PART2_NAMED, "stated-none", {"2.31(a)(7)"}),
        (ConsentKind.PART2_NAMED, "event", set()),
        (ConsentKind.IL_110_5, "event", {"110/5(b)-expiry"}),
        (ConsentKind.HIPAA_AUTHORIZATION, "stated-none", {"164.508(c)(1)(v)"}),
    ],
)
def test_none_and_events_serve_only_where_the_law_takes_them(kind: ConsentKind, expiry: str, missing: set[str]) -> None:
    resource = without(kind, Statement.EXPIRY)
    says(resource).append({"url": "expiry", "valueCode": expiry})
    assert reading(resource).missing_elements == missing
    assert reading(resource).expiry is Expiry(expiry)


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ("implicitRules", "http://example.org/rules"),
        ("modifierExtension", [{"url": "http://example.org/not"}]),
        ("grantor", [{"reference": "Patient/p1"}]),
        ("scope", concept("http://terminology.hl7.org/CodeSystem/consentscope", "research")),
    ],
)
def test_a_modifier_that_is_not_understood_makes_the_consent_unusable(element: str, value: FhirJson) -> None:
    assert reading({**form(ConsentKind.PART2_TPO), element: value}).problems == {ConsentProblem.UNKNOWN_MODIFIER}


MALFORMED: list[FhirJson] = [
    {"resourceType": "Patient"},
    {"status": "current"},
    {"status": None},
    {"status": []},
    {"patient": {"reference": "Patient/p1"}, "status": {}},
    {"dateTime": "2026-01"},
    {"dateTime": "2026-02-30"},
    {"dateTime": "20260105"},
    {"dateTime": 2026},
    {"performer": {}},
    {"performer": ["Patient/p1"]},
    {"provision": []},
    {"provision": {"type": "maybe"}},
    {"provision": {"type": "permit", "provision": [{}]}},
    {"provision": {"type": "permit", "purpose": [{"system": REASON, "code": "LAW"}]}},
    {"provision": {"type": "permit", "purpose": [{"system": REASON, "code": "CLINTRCH"}]}},
    {"provision": {"type": "permit", "class": [{"system": "urn:c", "code": "lab"}]}},
    {"provision": {"type": "permit", "actor": [of_class("everyone")]}},
    {"provision": nested(DEEPEST + 2)},
    {"category": [concept(f"{BASE}CodeSystem/consent-kind", "part3")]},
    {"category": [concept(f"{BASE}CodeSystem/consent-kind", kind) for kind in ("il-110-5", "part2-tpo")]},
    {"extension": [{"url": f"{BASE}StructureDefinition/consent-statements",
                    "extension": [{"url": "revoked-at", "valueDateTime": "2026-02-01T10:00:00"}]}]},
]  # fmt: skip


@pytest.mark.parametrize("change", MALFORMED)
def test_what_cannot_be_read_grants_nothing(change: FhirJson) -> None:
    consent = reading({**form(ConsentKind.PART2_TPO), **change})
    assert consent.problems == {ConsentProblem.MALFORMED}
    assert (consent.decision, consent.recipients, consent.patient) == (ConsentDecision.DENY, (), "Patient/p1")


@pytest.mark.parametrize(
    ("system", "code", "kind"),
    [
        (ACT_CODE, "42-CFR-2", ConsentKind.PART2_TPO),
        (ACT_CODE, "42CFRPart2", ConsentKind.PART2_TPO),
        ("http://terminology.hl7.org/CodeSystem/consentpolicycodes", "hipaa-auth", ConsentKind.HIPAA_AUTHORIZATION),
        (ACT_CODE, "IDSCL", ConsentKind.GENERAL_RELEASE),
    ],
)
def test_hl7_codes_say_a_kind_where_ours_does_not(system: str, code: str, kind: ConsentKind) -> None:
    resource = form(ConsentKind.PART2_TPO)
    resource["category"] = [concept(system, code)]
    assert reading(resource).kind is kind


def test_a_part_2_code_without_the_standard_class_is_a_named_consent() -> None:
    resource = form(ConsentKind.PART2_NAMED)
    resource["category"] = [concept(ACT_CODE, "42-CFR-2")]
    assert reading(resource).kind is ConsentKind.PART2_NAMED


def test_signers_are_the_patient_and_related_persons_with_a_stated_capacity() -> None:
    resource = form(ConsentKind.VAWA_RELEASE)
    capacity = [{"url": f"{BASE}StructureDefinition/signer-capacity", "valueCode": "parent"}]
    resource["performer"] = [
        {"reference": "https://elsewhere.example/fhir/Patient/p1/_history/2"},
        {"reference": "RelatedPerson/mother", "extension": capacity},
        {"reference": "RelatedPerson/aunt"},
        {"reference": "Patient/p2"},
        {"display": "illegible"},
    ]
    assert reading(resource).signers == {Signer.PATIENT, Signer.PARENT}
    del resource["patient"]
    assert reading(resource).signers == {Signer.PARENT}


def test_without_a_signed_source_a_consent_is_oral_and_undocumented() -> None:
    assert reading(without(ConsentKind.ORAL_AGREEMENT, Statement.SIGNATURE)).form is ConsentForm.ORAL_UNDOCUMENTED


def test_an_unreadable_consent_of_nobody_is_still_a_consent() -> None:
    consent = reading({"resourceType": "Consent", "id": 7, "patient": "p1"})
    assert (consent.id, consent.patient, consent.status) == ("", "", ConsentStatus.ENTERED_IN_ERROR)


def test_a_local_reference_has_neither_server_nor_version() -> None:
    assert local("https://a.example/fhir/Patient/p1/_history/3") == local("Patient/p1") == "Patient/p1"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(sorted(form(ConsentKind.PART2_TPO))), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(node: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [found for key, child in inside for found in ((*path, key), *places(child, (*path, key)))]


@given(st.sampled_from(sorted(ConsentKind)), st.data())
def test_no_damage_to_a_form_raises_or_widens_it(kind: ConsentKind, data: st.DataObject) -> None:
    whole = form(kind)
    resource = deepcopy(whole)
    path = data.draw(st.sampled_from(places(resource)))
    at: object = resource
    for key in path[:-1]:
        at = at[key]  # type: ignore[index]
    at[path[-1]] = data.draw(JSON)  # type: ignore[index]
    before = deepcopy(resource)
    consent = reading(resource)
    assert resource == before
    grants = consent.decision is ConsentDecision.PERMIT and not consent.problems and not consent.missing_elements
    assert not grants or set(consent.recipients) <= set(reading(whole).recipients)


def test_the_consents_of_other_implementers_all_read() -> None:
    folder = SHARED / "corpus" / "consent" / "pcf"
    if not folder.exists():
        pytest.skip("needs ../shared/corpus/consent")
    for path in sorted(folder.glob("*.json")):
        consent = reading(json.loads(path.read_text(encoding="utf-8")))
        assert consent.id, path.name
        assert not consent.recipients or not consent.problems, path.name


def test_those_who_disclose_are_named_wherever_they_stand_and_nobody_is_where_it_cannot_be_read() -> None:
    resource = form(ConsentKind.PART2_NAMED)
    assert disclosers(resource, AGENCIES.get) == {"riverside"}
    custodian: FhirJson = {"role": concept(PARTICIPATION, "CST"), "reference": {"reference": "Organization/hie"}}
    more: FhirJson = {**resource, "provision": {**provision(resource), "actor": [custodian]}}
    assert disclosers(more, AGENCIES.get) == {"riverside", "hie"}
    assert disclosers({**resource, "organization": [{"reference": "Organization/x"}]}, AGENCIES.get) == frozenset()
    assert disclosers({**resource, "organization": "riverside"}, AGENCIES.get) == frozenset()
