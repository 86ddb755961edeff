"""Plausible situations, most of them lawful, from which random disclosures start: each regime's every way out."""

from consent.terms import Disclosure
from tests.consent.cedar.situations_health import health, health_to_police
from tests.consent.cedar.situations_other import illinois, justice, others, schools, victims
from tests.consent.cedar.situations_part2 import part2, part2_process


def situations() -> dict[str, Disclosure]:
    """Every situation by name."""
    health_care = (*part2(), *part2_process(), *health(), *health_to_police())
    return dict((*health_care, *justice(), *victims(), *schools(), *illinois(), *others()))
