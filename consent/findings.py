"""Findings made from bases: one cached value for each basis and its additions, so that deciding allocates little."""

from functools import lru_cache

from consent.basis import NO_OBLIGATIONS, Basis
from consent.terms import Disclosure, Effect, Finding, Obligation, Strength

ACCOUNTED = frozenset({Obligation.ACCOUNT_HIPAA_164_528})


def permit(law: str, basis: Basis, d: Disclosure, more: frozenset[Obligation] = NO_OBLIGATIONS) -> Finding:
    """A permit on this basis; accounted for where the holder is a covered entity (45 CFR 164.528(a))."""
    return _permit(law, basis, more | ACCOUNTED if basis.accountable and d.holder.covered_entity else more)


@lru_cache(maxsize=4096)
def _permit(law: str, basis: Basis, more: frozenset[Obligation]) -> Finding:
    return Finding(law, Effect.PERMIT, basis.citation, basis.reason, basis.obligations | more, basis.strength)


def deny(
    law: str,
    citation: str,
    reason: str,
    obligations: frozenset[Obligation] = NO_OBLIGATIONS,
    strength: Strength = Strength.TEXT,
) -> Finding:
    """A refusal, to be built once and kept."""
    return Finding(law, Effect.DENY, citation, reason, obligations, strength)


def allow(
    law: str,
    citation: str,
    reason: str,
    obligations: frozenset[Obligation] = NO_OBLIGATIONS,
    strength: Strength = Strength.TEXT,
) -> Finding:
    """A permit that does not depend on a basis, to be built once and kept."""
    return Finding(law, Effect.PERMIT, citation, reason, obligations, strength)
