"""Which hand-offs a message makes due: rules of the sending agency tested against the facts its adapter found."""

from collections.abc import Mapping

from gateway.agencies.model import Agency, HandoffRule, Unit

FACTS = frozenset(
    {"event", "disposition", "service", "patient_class", "location", "diagnosis", "referred_to", "planned"}
    | {"tag", "call_type", "offense", "need"}
)
"""The facts a rule may name: those that adapters put into Translation.facts."""

_BY_PREFIX = frozenset({"diagnosis"})

Facts = Mapping[str, tuple[str, ...]]


def matches(rule: HandoffRule, facts: Facts) -> bool:
    """Whether every fact the rule names has a value it lists; diagnoses count by prefix, with or without the dot."""
    return bool(rule.when) and all(_meets(name, wanted, facts.get(name, ())) for name, wanted in rule.when.items())


def due(agency: Agency, facts: Facts) -> tuple[HandoffRule, ...]:
    """The first matching rule for each receiver and unit, in the order of the file; none when no rule matches."""
    found: dict[tuple[str, str], HandoffRule] = {}
    for rule in agency.handoffs:
        party = rule.receiver, rule.unit
        if party not in found and matches(rule, facts):
            found[party] = rule
    return tuple(found.values())


def origin_unit(agency: Agency, facts: Facts) -> Unit | None:
    """The unit a message comes from, by location or hospital service; a Part 2 unit among several, else the first."""
    services, locations = set(facts.get("service", ())), set(facts.get("location", ()))
    named = [unit for unit in agency.units if services & set(unit.services) or locations & set(unit.locations)]
    return next((unit for unit in named if unit.part2_program), named[0] if named else None)


def _meets(name: str, wanted: tuple[str, ...], found: tuple[str, ...]) -> bool:
    if name not in _BY_PREFIX:
        return not set(wanted).isdisjoint(found)
    prefixes = tuple(filter(None, map(_undotted, wanted)))
    return any(_undotted(each).startswith(prefixes) for each in found)


def _undotted(code: str) -> str:
    return code.replace(".", "").upper()
