"""A refusal written beneath a permit that reaches nobody is put before a person, never dropped."""

import pytest

from consent.decide import decide
from consent.instruments import ConsentKind, ConsentProblem
from consent.terms import FhirJson, Obligation
from tests.consent.consent_forms import form, provision, reading
from tests.consent.facts import facts

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
