"""A reason names the findings that determined the engine's decision, and the least sure reading among them."""

from consent.explain import REVIEW
from consent.terms import Decision, Effect, Finding, Strength
from gateway.demo.why import least_sure, reason_of

PERMIT = Finding("one law", Effect.PERMIT, "45 CFR 164.506(c)(2)", "", strength=Strength.TEXT)
REFUSAL = Finding("other law", Effect.DENY, "42 CFR 2.13(a)", "", strength=Strength.INTERPRETATION)


def decision(effect: Effect, *because: Finding) -> Decision:
    return Decision(effect, because, frozenset(), None)


def test_a_permit_is_cited_with_the_state_of_its_review() -> None:
    reason = reason_of(decision(Effect.PERMIT, PERMIT, PERMIT))
    assert reason.citation == "45 CFR 164.506(c)(2)"
    assert reason.review == REVIEW[Strength.TEXT]


def test_a_partial_permit_tells_what_permits_from_what_withholds() -> None:
    reason = reason_of(decision(Effect.PERMIT_REDACTED, REFUSAL, PERMIT))
    assert reason.citation == "45 CFR 164.506(c)(2); the rest withheld by 42 CFR 2.13(a)"


def test_the_least_sure_reading_speaks_for_all() -> None:
    assert least_sure([PERMIT, REFUSAL]) is Strength.INTERPRETATION
    assert least_sure([PERMIT]) is Strength.TEXT


def test_where_no_finding_says_how_sure_it_is_counsel_must_confirm() -> None:
    assert least_sure([]) is Strength.FROM_MEMORY
