"""Disclosure scenarios, the format of ``crosswalk decide``: rows of JSON into facts, decisions into answer lines."""

from gateway.scenarios.fields import BadRow
from gateway.scenarios.rows import Answer, Because, decide_scenarios, disclosures

__all__ = ["Answer", "BadRow", "Because", "decide_scenarios", "disclosures"]
