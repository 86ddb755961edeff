"""A legal basis: the rule that carries a disclosure, named before any law speaks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from consent.terms import Disclosure, Obligation, Strength

NO_OBLIGATIONS: frozenset[Obligation] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """One rule that carries a disclosure; ``accountable`` marks those that 45 CFR 164.528 does not exempt."""

    citation: str
    reason: str
    obligations: frozenset[Obligation] = NO_OBLIGATIONS
    strength: Strength = Strength.TEXT
    accountable: bool = False


Path: TypeAlias = Callable[[Disclosure], Basis | None]
"""One way to a basis; None where the facts do not establish it."""


def first(paths: tuple[Path, ...], disclosure: Disclosure) -> Basis | None:
    """The first basis that the facts establish, in the order given."""
    for path in paths:
        if basis := path(disclosure):
            return basis
    return None
