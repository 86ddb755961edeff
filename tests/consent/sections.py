"""The sections of law that decide: every basis and finding that a module of the law keeps, and the cases of each."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import ModuleType

import consent.bases
import consent.decide
import consent.laws
from consent.basis import NO_OBLIGATIONS, Basis
from consent.findings import ACCOUNTED
from consent.terms import Effect, Finding, Obligation, Strength
from gateway.scenarios import Answer, decide_scenarios
from tests.consent.case_files import Case, cases, scenario


@dataclass(frozen=True)
class Section:
    """One rule as the code states it, what must follow always and at times, and the functions that give it."""

    module: str
    name: str
    citation: str
    reason: str
    effect: Effect
    obligations: frozenset[Obligation]
    at_times: frozenset[Obligation]
    strength: Strength
    functions: tuple[str, ...]

    @property
    def decides(self) -> str:
        """The decision of a case in which it stands alone."""
        return self.effect.value

    def is_in(self, answer: Answer) -> bool:
        """Whether it is among the determining findings."""
        told = (self.citation, self.reason, self.effect.value)
        return any((each["citation"], each["reason"], each["effect"]) == told for each in answer["because"])


@cache
def sections() -> tuple[Section, ...]:
    """Every section once, module by module in the order of the sources."""
    found: dict[tuple[str, str, str, Effect], Section] = {}
    for module in _modules():
        for name, value in vars(module).items():
            for constant in _constants(value):
                section = _section(module, name, constant)
                key = (section.module, section.citation, section.reason, section.effect)
                if name in _assigned(module):
                    found[key] = _joined(found.get(key, section), section)
    return tuple(found.values())


def _joined(section: Section, variant: Section) -> Section:
    """Two constants for one rule, which differ in what must follow."""
    always = section.obligations & variant.obligations
    at_times = (section.obligations | variant.obligations | section.at_times) - always
    return replace(section, obligations=always, at_times=at_times)


def _modules() -> Iterator[ModuleType]:
    for package in (consent.bases, consent.laws):
        for each in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(each.name)
    yield consent.decide


def _constants(value: object) -> Iterator[Basis | Finding]:
    """Bases and findings in a constant: itself, or the members of a table."""
    if isinstance(value, Basis | Finding):
        yield value
    members = value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple | frozenset) else ()
    for member in members:
        yield from _constants(member)


def _section(module: ModuleType, name: str, constant: Basis | Finding) -> Section:
    return Section(
        module=module.__name__,
        name=name,
        citation=constant.citation,
        reason=constant.reason,
        effect=constant.effect if isinstance(constant, Finding) else Effect.PERMIT,
        obligations=constant.obligations,
        at_times=ACCOUNTED if isinstance(constant, Basis) and constant.accountable else NO_OBLIGATIONS,
        strength=constant.strength,
        functions=_givers(module, name),
    )


@cache
def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(inspect.getsource(module))


@cache
def _assigned(module: ModuleType) -> Mapping[str, frozenset[str]]:
    """The constants that a module defines, with the names that each is made of."""
    targets: dict[str, frozenset[str]] = {}
    for node in _tree(module).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                targets |= {each: _names(node.value) for each in _names(target)}
    return targets


def _names(node: ast.AST) -> frozenset[str]:
    return frozenset(each.id for each in ast.walk(node) if isinstance(each, ast.Name))


def _givers(module: ModuleType, name: str) -> tuple[str, ...]:
    """The functions that name a constant, or a table that holds it."""
    tables = {table for table, names in _assigned(module).items() if name in names}
    return tuple(
        node.name
        for node in _tree(module).body
        if isinstance(node, ast.FunctionDef) and not _names(node).isdisjoint({name, *tables})
    )


@cache
def answers() -> Mapping[str, Answer]:
    """What the engine decides in each case, through the reader of ``crosswalk decide``."""
    return {answer["id"]: answer for answer in decide_scenarios(scenario(case) for case in cases().values())}


def shown_by(section: Section) -> list[Case]:
    """The cases in which the section is among the reasons."""
    return [case for name, case in cases().items() if section.is_in(answers()[name])]


def near(case: Case) -> list[Case]:
    """The cases that differ from this one in one fact."""
    nearby = [each for each in cases().values() if each.is_near and each.base == case.id]
    return [*nearby, cases()[case.base]] if case.is_near else nearby
