"""The rules inside a Consent read to any depth, and a condition that is not evaluated is never skipped."""

from datetime import date

import pytest

from consent.forms import Statement
from consent.instruments import (
    ConsentDecision,
    ConsentKind,
    ConsentProblem,
    RecipientClass,
)
from consent.provisions import DEEPEST
from consent.terms import DataPeriod, FhirJson, Provision, Recipient
from consent.vocabulary import InfoClass, Label, Purpose, Role
from tests.consent.consent_forms import (
    ACT_CODE,
    BASE,
    PARTICIPATION,
    actor,
    concept,
    form,
    nested,
    of_class,
    provision,
    purposes,
    reading,
    through,
    without,
)


def test_a_custodian_actor_names_the_discloser() -> None:
    resource = without(ConsentKind.PART2_NAMED, Statement.DISCLOSER)
    provision(resource)["actor"] = [actor("mercy"), actor("riverside", "CST")]
    assert not reading(resource).missing_elements
    assert reading(resource).recipients == (Recipient(org="mercy"),)


def test_recipients_may_have_a_role_a_class_or_an_identifier() -> None:
    resource = form(ConsentKind.PART2_NAMED)
    doctor = {**actor("mercy"), "extension": [{"url": f"{BASE}StructureDefinition/recipient-role",
                                               "valueCode": "treating-physician"}]}  # fmt: skip
    by_number = {"role": concept(PARTICIPATION, "PRCP"),
                 "reference": {"identifier": {"system": "urn:npi", "value": "123"}}}  # fmt: skip
    provision(resource)["actor"] = [doctor, by_number, of_class("tpo-standard"), through("hie")]
    assert reading(resource).recipients == (
        Recipient(org="mercy", role=Role.TREATING_PHYSICIAN),
        Recipient(org="mercy"),
        Recipient(recipient_class=RecipientClass.TPO_STANDARD),
        Recipient(intermediary="hie"),
    )


@pytest.mark.parametrize("stranger", [actor("nobody"), actor("mercy", "GUAR"), {"role": concept(PARTICIPATION, "IRCP")},
                                      {"reference": {"identifier": {"value": "1"}}}])  # fmt: skip
def test_an_actor_that_cannot_be_resolved_is_a_named_problem(stranger: FhirJson) -> None:
    resource = form(ConsentKind.PART2_NAMED)
    provision(resource)["actor"] = [actor("mercy"), stranger]
    assert reading(resource).problems == {ConsentProblem.RECIPIENT_UNRESOLVABLE}
    provision(resource)["actor"] = [actor("mercy")]
    provision(resource)["provision"] = [{"type": "deny", "actor": [stranger]}]
    assert reading(resource).problems == {ConsentProblem.RECIPIENT_UNRESOLVABLE}


def test_exceptions_read_to_any_depth() -> None:
    resource = form(ConsentKind.PART2_NAMED)
    psy = {"system": ACT_CODE, "code": "PSY"}
    provision(resource)["provision"] = [
        {
            "type": "deny",
            "securityLabel": [psy],
            "dataPeriod": {"start": "2025-01-01"},
            "provision": [{"type": "permit", "actor": [actor("mercy")], "purpose": purposes("LAW"),
                           "code": [concept(f"{BASE}CodeSystem/info-class", "lab")],
                           "class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Condition"}],
                           "dataPeriod": {"end": "2025-06-30"}}],
        }
    ]  # fmt: skip
    inner = Provision(
        ConsentDecision.PERMIT,
        recipients=(Recipient(org="mercy"),),
        purposes=frozenset({Purpose.LAW}),
        info_classes=frozenset({InfoClass.LAB, InfoClass.DIAGNOSIS}),
        data_period=DataPeriod(date.min, date(2025, 6, 30)),
    )
    outer = Provision(
        ConsentDecision.DENY,
        labels=frozenset({Label.MH}),
        data_period=DataPeriod(date(2025, 1, 1), date.max),
        provisions=(inner,),
    )
    assert reading(resource).provisions == (outer,)
    assert not reading(resource).problems


UNKNOWN_CONDITIONS: list[FhirJson] = [
    {"data": [{"meaning": "instance", "reference": {"reference": "Condition/1"}}]},
    {"action": [concept("http://terminology.hl7.org/CodeSystem/consentaction", "collect")]},
    {"securityLabel": [{"system": ACT_CODE, "code": "NOSUCH"}]},
    {"documentType": []},
    {"modifierExtension": [{"url": "urn:x"}]},
    {"actor": [{**actor("mercy"), "modifierExtension": [{"url": "urn:x"}]}]},
]


@pytest.mark.parametrize("condition", UNKNOWN_CONDITIONS)
def test_a_condition_that_is_not_evaluated_makes_the_consent_unusable(condition: FhirJson) -> None:
    resource = form(ConsentKind.PART2_NAMED)
    provision(resource)["provision"] = [{"type": "permit", **condition}]
    assert reading(resource).problems == {ConsentProblem.UNKNOWN_MODIFIER}
    resource = form(ConsentKind.PART2_NAMED)
    provision(resource).update(condition)
    assert reading(resource).problems == {ConsentProblem.UNKNOWN_MODIFIER}


@pytest.mark.parametrize("condition", [{"period": {"start": "2026-01-01"}}, {"actor": [actor("mercy", "CST")]}])
def test_a_period_or_custodian_inside_an_exception_is_not_evaluated(condition: FhirJson) -> None:
    resource = form(ConsentKind.PART2_NAMED)
    provision(resource)["provision"] = [{"type": "permit", **condition}]
    assert reading(resource).problems == {ConsentProblem.UNKNOWN_MODIFIER}


def test_labels_at_the_root_are_not_evaluated_and_disclosing_actions_restrict_nothing() -> None:
    resource = form(ConsentKind.PART2_NAMED)
    provision(resource)["action"] = [concept("http://terminology.hl7.org/CodeSystem/consentaction", "disclose")]
    assert not reading(resource).problems
    provision(resource)["securityLabel"] = [{"system": ACT_CODE, "code": "PSY"}]
    assert reading(resource).problems == {ConsentProblem.UNKNOWN_MODIFIER}


def test_the_deepest_allowed_tree_still_reads() -> None:
    assert not reading({**form(ConsentKind.GENERAL_RELEASE), "provision": nested(DEEPEST)}).problems


@pytest.mark.parametrize(
    ("kind", "actors", "complete"),
    [
        (ConsentKind.PART2_NAMED, [of_class("all-participants")], False),
        (ConsentKind.PART2_NAMED, [of_class("anyone")], False),
        (ConsentKind.PART2_NAMED, [through("hie")], False),
        (ConsentKind.PART2_INTERMEDIARY, [through("hie")], False),
        (ConsentKind.PART2_INTERMEDIARY, [actor("mercy")], False),
        (ConsentKind.PART2_INTERMEDIARY, [through("hie"), of_class("all-participants")], False),
        (ConsentKind.PART2_INTERMEDIARY, [through("hie"), actor("mercy")], True),
        (ConsentKind.HIPAA_AUTHORIZATION, [of_class("anyone")], True),
    ],
)
def test_a_recipient_must_be_somebody(kind: ConsentKind, actors: list[FhirJson], complete: bool) -> None:
    resource = form(kind)
    provision(resource)["actor"] = actors
    assert bool(reading(resource).missing_elements) is not complete
