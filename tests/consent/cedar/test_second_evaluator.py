"""The engine and the Cedar policies, written apart from one specification, say the same of every disclosure."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import pytest
from cedarpy import validate_policies

from consent.decide import decide
from consent.terms import Disclosure, Effect
from gateway.scenarios.fields import Field
from gateway.scenarios.rows import disclosures
from tests.consent.cedar.disclosures import Case, cases
from tests.consent.cedar.oracle import HERE, HOUSE, REGIMES, Verdict, schema, verdict
from tests.consent.cedar.situations import situations

SCENARIOS = Path(__file__).resolve().parents[3] / ".." / "shared" / "scenarios" / "decisions.json"
IN_CI, IN_SOAK, SEED = 5_000, 100_000, 42
AT_LEAST = {"governs": 40, "permits": 20, "refuses": 12}


def test_every_policy_reads_only_facts_that_exist() -> None:
    text = "\n".join((HERE / f"{regime}.cedar").read_text(encoding="utf-8") for regime in REGIMES)
    assert not validate_policies(text, schema()).errors


@pytest.mark.parametrize("regime", REGIMES)
def test_every_policy_has_a_name_a_citation_and_a_sentence(regime: str) -> None:
    text = (HERE / f"{regime}.cedar").read_text(encoding="utf-8")
    rules = text.count("\npermit (") + text.count("\nforbid (")
    assert rules == text.count("@id(") == text.count("@cite(") == text.count("@text(") > 0


def test_both_evaluators_agree_with_the_published_scenarios() -> None:
    if not SCENARIOS.exists():
        pytest.skip("scenarios not found at ../shared/scenarios: the second evaluator read none")
    rows = json.loads(SCENARIOS.read_text(encoding="utf-8"))
    wrong = [row["id"] for row in rows if answered(row) != expected(row)]
    assert not wrong


def answered(row: dict[str, object]) -> tuple[str, frozenset[str]]:
    """The oracle's effect for a scenario, with the parts withheld where some are released."""
    parts = disclosures(Field("scenario", row))
    withheld = frozenset(name for name, facts in parts.items() if not verdict(facts).permitted)
    if not withheld:
        return "permit", frozenset()
    return ("deny", frozenset()) if withheld == parts.keys() else ("permit-redacted", withheld)


def expected(row: dict[str, object]) -> tuple[str, frozenset[str]]:
    """The effect a scenario expects, with the parts withheld."""
    found = row["expected"]
    assert isinstance(found, dict)
    return found["decision"], frozenset(found.get("redact", ()))


def by_the_rule(found: Verdict) -> bool:
    """The combining rule: every governing regime permits."""
    return found.permitted


def by_any_permit(found: Verdict) -> bool:
    """The combining rule of policy languages: one law's permit is enough (wrong here)."""
    return bool(found.permitting - {HOUSE}) and HOUSE in found.permitting


@cache
def asked() -> tuple[tuple[Case, Verdict], ...]:
    """The random disclosures of an ordinary run, each with what the oracle says of it."""
    return tuple((case, verdict(case.facts)) for case in cases(SEED, IN_CI))


def differences(told: Iterable[tuple[Case, Verdict]], permitted: Callable[[Verdict], bool] = by_the_rule) -> list[str]:
    """The stories of disclosures on which the engine and the oracle differ, with who is stricter."""
    return [
        f"{case.story}: engine {'permits' if engine else 'denies'}, Cedar refuses by {sorted(found.refusing)}"
        for case, found, engine in ((case, found, engine_permits(case.facts)) for case, found in told)
        if permitted(found) is not engine
    ]


def engine_permits(facts: Disclosure) -> bool:
    """Whether the engine releases a disclosure."""
    return decide(facts).effect is Effect.PERMIT


def test_both_evaluators_agree_on_every_situation() -> None:
    assert not differences((Case(name, facts), verdict(facts)) for name, facts in situations().items())


def test_both_evaluators_agree_on_random_disclosures() -> None:
    assert not differences(asked())


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_both_evaluators_agree_on_many_random_disclosures(seed: int) -> None:
    told = ((case, verdict(case.facts)) for case in cases(1_000 + seed, IN_SOAK // 10))
    assert not differences(told)


def test_any_permit_instead_of_every_law_is_noticed() -> None:
    assert len(differences(asked()[:1_000], by_any_permit)) > 20


def test_random_disclosures_are_often_enough_permitted_and_often_enough_not() -> None:
    share = sum(found.permitted for _, found in asked()) / IN_CI
    assert 0.15 < share < 0.75


@pytest.mark.parametrize("regime", REGIMES)
def test_random_disclosures_try_every_regime_both_ways(regime: str) -> None:
    tried = Counter(
        word
        for _, found in asked()
        for word, regimes in (
            ("governs", found.governing),
            ("permits", found.permitting),
            ("refuses", found.refusing),
        )
        if regime in regimes
    )
    least = AT_LEAST | ({"permits": 0} if regime == "audit_log" else {})
    assert all(tried[word] >= number for word, number in least.items()), (regime, tried)


def test_every_policy_decides_some_situation_or_random_disclosure() -> None:
    """No policy is there for show: each is named by Cedar as a reason at least once."""
    reasons = {reason for _, found in asked() for reason in found.reasons}
    named = {
        line.split('"')[1]
        for regime in REGIMES
        for line in (HERE / f"{regime}.cedar").read_text(encoding="utf-8").splitlines()
        if line.startswith("@id(")
    }
    assert named == reasons
