"""The registry of laws: one line each, in the order in which an explanation lists them."""

from collections.abc import Callable
from typing import TypeAlias

from consent.laws.cjis import cjis
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
from consent.laws.part2 import part2
from consent.laws.unbuilt import unbuilt
from consent.terms import Disclosure, Finding

Law: TypeAlias = Callable[[Disclosure], Finding | None]
"""A law: what it finds, or None where it does not govern."""

LAWS: tuple[Law, ...] = (
    standing,
    part2,
    hipaa,
    cjis,
    unbuilt,
    le_local,
    juvenile,
    social_service,
    hiv,
    audit_log,
    accounting,
    counts,
    open_labels,
    unlabelled,
)
