"""A refusal is never dropped: not beneath a permit that reaches nobody, nor for an exception its form cannot carry."""

from dataclasses import replace
from datetime import date

import pytest

from consent.decide import decide
from consent.forms import REQUIRED, Statement
from consent.instruments import ConsentDecision, ConsentKind, ConsentProblem
from consent.terms import Effect, FhirJson, Obligation, Patient
from tests.consent.consent_forms import form, provision, reading, says, without
from tests.consent.facts import STRANGER, at_program, facts

DENY: FhirJson = {"type": "deny", "dataPeriod": {"start": "2022-01-01"}}


def permit_with(*exceptions: FhirJson, lacks: str = "") -> FhirJson:
    """A general release with these exceptions, without the element that it lacks."""
    resource = form(ConsentKind.GENERAL_RELEASE)
    root = provision(resource)
    root["provision"] = list(exceptions)
    root.pop(lacks, None)
    return resource


@pytest.mark.parametrize("lacks", ["actor", "purpose", "class"])
@pytest.mark.parametrize("exception", [DENY, {"type": "permit", "provision": [DENY]}])
def test_a_refusal_beneath_a_permit_that_reaches_nobody_alerts_the_privacy_officer(
    lacks: str, exception: FhirJson
) -> None:
    consent = reading(permit_with(exception, lacks=lacks))
    assert consent.problems == {ConsentProblem.UNKNOWN_MODIFIER}
    assert Obligation.PRIVACY_OFFICER in decide(facts(consents=(consent,))).obligations


@pytest.mark.parametrize("lacks", ["actor", "purpose", "class"])
def test_a_permit_that_reaches_nobody_and_refuses_nothing_is_no_problem(lacks: str) -> None:
    assert not reading(permit_with({"type": "permit"}, lacks=lacks)).problems


def test_a_refusal_beneath_a_permit_that_reaches_somebody_or_beneath_a_refusal_is_no_problem() -> None:
    assert not reading(permit_with(DENY)).problems
    refusal = permit_with(DENY, lacks="actor")
    provision(refusal)["type"] = "deny"
    assert not reading(refusal).problems


def but_for(resource: FhirJson) -> FhirJson:
    """The same form as a refusal of everything but what it permitted."""
    root = provision(resource)
    exception: FhirJson = {"type": "permit"}
    for name in ("actor", "purpose", "class"):
        if name in root:
            exception[name] = root.pop(name)
    root |= {"type": "deny", "provision": [{"type": "deny", "provision": [exception]}]}
    return resource


@pytest.mark.parametrize("kind", sorted(ConsentKind))
def test_an_exception_to_a_refusal_opens_on_a_complete_form(kind: ConsentKind) -> None:
    consent = reading(but_for(form(kind)))
    assert consent.decision is ConsentDecision.DENY
    assert consent.provisions


@pytest.mark.parametrize(("kind", "statement"), [(kind, each) for kind in REQUIRED for each in REQUIRED[kind]])
def test_without_an_element_of_its_form_an_exception_opens_nothing_and_the_refusal_stands(
    kind: ConsentKind, statement: Statement
) -> None:
    consent = reading(but_for(without(kind, statement)))
    assert (consent.decision, consent.provisions) == (ConsentDecision.DENY, ())
    assert not consent.missing_elements
    assert not consent.problems


@pytest.mark.parametrize("kind", sorted(set(ConsentKind) - set(REQUIRED)))
@pytest.mark.parametrize("statement", [Statement.DATE, Statement.EXPIRY, Statement.SIGNATURE])
def test_undated_endless_or_unwritten_no_exception_opens_whatever_the_kind(
    kind: ConsentKind, statement: Statement
) -> None:
    assert reading(but_for(without(kind, statement))).provisions == ()


def test_an_oral_agreement_that_was_recorded_carries_an_exception_until_its_end() -> None:
    resource = but_for(without(ConsentKind.ORAL_AGREEMENT, Statement.SIGNATURE))
    says(resource).append({"url": "form", "valueCode": "oral-documented"})
    assert reading(resource).provisions
    del provision(resource)["period"]
    assert reading(resource).provisions == ()


def test_a_refusal_without_a_form_opens_no_part_2_record_by_its_exception() -> None:
    asked = at_program(actor=replace(STRANGER, org="mercy"), patient=Patient("Patient/p1", date(1990, 1, 1)))
    complete, bare = but_for(form(ConsentKind.PART2_NAMED)), but_for(form(ConsentKind.PART2_NAMED))
    provision(complete)["provision"] = provision(complete)["provision"][0]["provision"]  # type: ignore[index,call-overload]  # its exception
    provision(bare)["provision"] = provision(complete)["provision"]
    del bare["sourceAttachment"]
    assert decide(replace(asked, consents=(reading(complete),))).effect is Effect.PERMIT
    assert decide(replace(asked, consents=(reading(bare),))).effect is Effect.DENY
