"""The registry of laws: one line each, in the order in which an explanation lists them."""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from consent.laws import cjis as laws_cjis
from consent.laws import crisis_line as laws_crisis_line
from consent.laws import ferpa as laws_ferpa
from consent.laws import hipaa as laws_hipaa
from consent.laws import house
from consent.laws import illinois as laws_illinois
from consent.laws import part2 as laws_part2
from consent.laws import vawa as laws_vawa
from consent.laws.cjis import cjis
from consent.laws.crisis_line import crisis_line
from consent.laws.ferpa import ferpa
from consent.laws.hipaa import hipaa
from consent.laws.house import (
    accounting,
    audit_log,
    counts,
    hiv,
    juvenile,
    le_local,
    open_labels,
    social_service,
    standing,
    unlabelled,
)
from consent.laws.illinois import illinois
from consent.laws.part2 import part2
from consent.laws.vawa import vawa
from consent.terms import Disclosure, Finding, Label

Law: TypeAlias = Callable[[Disclosure], Finding | None]
"""A law: what it finds, or None where it does not govern."""

GOVERNED: tuple[tuple[Law, frozenset[Label]], ...] = (
    (part2, laws_part2.GOVERNED),
    (hipaa, laws_hipaa.GOVERNED),
    (cjis, laws_cjis.GOVERNED),
    (vawa, laws_vawa.GOVERNED),
    (ferpa, laws_ferpa.GOVERNED),
    (illinois, laws_illinois.GOVERNED),
    (crisis_line, laws_crisis_line.GOVERNED),
    (le_local, frozenset({Label.LE_LOCAL})),
    (juvenile, frozenset({Label.JUVENILE})),
    (social_service, frozenset({Label.SOCIAL_SERVICE})),
    (hiv, frozenset({Label.HIV})),
    (audit_log, frozenset({Label.AUDIT_LOG})),
    (accounting, house.ACCOUNTS),
    (counts, house.COUNTS),
    (open_labels, house.BY_THEMSELVES),
)
"""The laws that labels call up, each with the labels it reads."""

LAWS: tuple[Law, ...] = (standing, *(law for law, _ in GOVERNED), unlabelled)


@lru_cache(maxsize=4096)
def called_up(labels: frozenset[Label]) -> tuple[Law, ...]:
    """The laws to ask for these labels; those left out find nothing without a label of theirs."""
    return (standing, *(law for law, theirs in GOVERNED if not theirs.isdisjoint(labels)), unlabelled)
