"""A circumstance as FHIR: Basic with the code of its kind, and its facts in one extension. docs/circumstances.md.

The facts have the names and words of ``crosswalk decide``; what reads a row there reads the record here.
https://hl7.org/fhir/R4/basic.html
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from consent.circumstances import (
    Admission,
    CrimeOnPremises,
    Custody,
    Emergency,
    Family,
    LegalProcess,
    Minor,
    Proceeding,
    Report,
    Restriction,
    School,
    Suspension,
    Threat,
    Victim,
)
from consent.elements import Malformed, concept, instant, member, members, text
from consent.instruments import RestrictionKind
from consent.provisions import BASE
from gateway.scenarios.context import GROUPS, process
from gateway.scenarios.fields import BadRow, Field

Json = dict[str, Any]
Resolve = Callable[[str], str | None]

CODE = f"{BASE}CodeSystem/circumstance"
FACTS = f"{BASE}StructureDefinition/circumstance"
PROCESS = "legal-process"
KINDS = frozenset({PROCESS, *(name.replace("_", "-") for name in GROUPS)})
ANYBODY = frozenset({"minor", "accounting", "admission"})
"""Kinds that are about the person whoever receives; the others stand for one recipient."""
PASSING = frozenset({"emergency", "threat", "school", "custody", "locate", "offsite-emergency"})
"""Kinds that end by themselves: they are refused without an end."""
DOCUMENTED: Mapping[str, frozenset[str]] = {
    "emergency": frozenset({"received-by", "disclosed-by", "nature"}),
    "threat": frozenset({"grounds"}),
}
"""What must be written down with it, in words (42 CFR 2.51(c), 45 CFR 164.512(j)(4))."""
WORDS = frozenset({"received-by", "disclosed-by", "nature", "grounds", "document"})
OURS = frozenset({"holder", "recipient", "from", "until", *WORDS})
LISTS = frozenset({"covers"})
"""Facts that may stand several times."""


class BadCircumstance(Exception):
    """The record is no circumstance that can be relied on; the text names what is wrong, never a value."""


@dataclass(frozen=True, slots=True)
class Circumstance:
    """What a person at the holder says is so: about one recipient (None: whoever it is), within its time."""

    kind: str
    holder: str | None = field(repr=False)
    """Whose records it is about; None: those of whoever lodged it."""
    recipient: str | None = field(repr=False)
    starts: datetime | None
    ends: datetime | None
    facts: Mapping[str, Any] = field(repr=False)
    """By their names in ``consent.circumstances.Context``."""

    def stands(self, recipient: str, now: datetime) -> bool:
        """Whether it is so for this recipient now."""
        if self.recipient not in {None, recipient}:
            return False
        return (self.starts is None or self.starts <= now) and (self.ends is None or now < self.ends)

    @property
    def turns(self) -> tuple[datetime, ...]:
        """The instants at which it begins or ends."""
        return tuple(each for each in (self.starts, self.ends) if each is not None)


def told(resource: Json, resolve: Resolve) -> list[tuple[str, str]]:
    """What a Basic says, name by name, for the person who is to confirm it; agencies by their ids."""
    found = []
    for each in (inner for outer in resource.get("extension", ()) for inner in outer.get("extension", ())):
        value = next((value for key, value in each.items() if key.startswith("value")), "")
        named = value.get("reference", "") if isinstance(value, dict) else ""
        text = (resolve(named) or named) if named else str(value).lower() if isinstance(value, bool) else str(value)
        found.append((str(each.get("url", "")), text))
    return found


def read(resource: Json, resolve: Resolve) -> Circumstance:
    """The circumstance that a Basic says. Raises BadCircumstance."""
    try:
        return _read(resource, resolve)
    except Malformed as error:
        raise BadCircumstance(str(error)) from None
    except BadRow as error:
        raise BadCircumstance(str(error).partition(": ")[2]) from None


def _read(resource: Json, resolve: Resolve) -> Circumstance:
    kind = kind_of(resource)
    said = _said(resource)
    if missing := DOCUMENTED.get(kind, frozenset()) - set(said):
        raise BadCircumstance(f"what must be written down with it is missing: {', '.join(sorted(missing))}")
    starts, ends = _instant(said, "from"), _instant(said, "until")
    if kind in PASSING and ends is None:
        raise BadCircumstance("until is missing: this ends by itself, say when")
    recipient = _party(said, "recipient", resolve)
    if recipient is None and kind not in ANYBODY:
        raise BadCircumstance("recipient is missing: name the Organization that it is about")
    return Circumstance(kind, _party(said, "holder", resolve), recipient, starts, ends, _facts(kind, said, recipient))


def kind_of(resource: Json) -> str:
    """The kind that a Basic names, whatever other systems code beside it. Raises BadCircumstance."""
    found = [code for system, code in concept(member(resource, "code")) if system == CODE]
    if len(found) != 1 or found[0] not in KINDS:
        raise BadCircumstance(f"code names no circumstance: use one of {', '.join(sorted(KINDS))} of {CODE}")
    if "modifierExtension" in resource:
        raise BadCircumstance("modifierExtension is not understood: take it out")
    return found[0]


def _said(resource: Json) -> dict[str, Any]:
    """The members of the extension by name: lists where a member may stand several times, else the one value."""
    outer = [each for each in members(resource, "extension") if text(each, "url") == FACTS]
    if len(outer) != 1:
        raise BadCircumstance(f"extension {FACTS} is missing, or there are several")
    said: dict[str, Any] = {}
    for each in members(outer[0], "extension"):
        name = text(each, "url") or ""
        value = _value(each, name)
        if name in LISTS:
            said.setdefault(name, []).append(value)
        elif name in said:
            raise BadCircumstance(f"{name} stands twice")
        else:
            said[name] = value
    return said


def _value(each: Json, name: str) -> Any:  # a FHIR value[x]
    values = [(key, value) for key, value in each.items() if key.startswith("value")]
    if len(values) != 1 or set(each) - {"url", values[0][0], "id"}:
        raise BadCircumstance(f"{name} has no value, or more than one")
    return values[0][1]


def _instant(said: Json, name: str) -> datetime | None:
    return instant({name: said[name]}, name) if name in said else None


def _party(said: Json, name: str, resolve: Resolve) -> str | None:
    if name not in said:
        return None
    reference = said[name].get("reference") if isinstance(said[name], dict) else None
    found = resolve(reference) if isinstance(reference, str) else None
    if found is None:
        raise BadCircumstance(f"{name} is no Organization of this gateway")
    return found


def _facts(kind: str, said: Json, recipient: str | None) -> dict[str, Any]:
    """The members that are not ours, read as ``crosswalk decide`` reads them."""
    group = kind.replace("-", "_")
    if strange := set(said) - OURS - facts_of(kind):
        raise BadCircumstance(f"no fact of a {kind}: {', '.join(sorted(strange))}")
    given = {name.replace("-", "_"): value for name, value in said.items() if name not in OURS}
    at = f"Basic: {group}"
    if kind == PROCESS:
        return {"legal_process": (process(Field(at, {**_NO_FLAGS, **given})),)}
    if group == "restriction":
        given["against"] = recipient
    name, reader = GROUPS[group]
    return {name: reader(Field(at, given.get("determined") if group == "treatment_determination" else given))}


_NO_FLAGS = dict.fromkeys(("mandate", "grounds_2_63", "satisfactory_assurance", "three_part_statement"), False)
_SHAPES: Mapping[str, type] = {
    "legal_process": LegalProcess,
    "proceeding": Proceeding,
    "emergency": Emergency,
    "threat": Threat,
    "school": School,
    "admission": Admission,
    "victim": Victim,
    "crime_on_premises": CrimeOnPremises,
    "custody": Custody,
    "report_law": Report,
    "restriction": Restriction,
    "minor": Minor,
    "family": Family,
    "accounting": Suspension,
}
_SINGLE = {
    "locate": "subject",
    "offsite_emergency": "result_of_abuse",
    "research": "irb_or_privacy_board",
    "treatment_determination": "determined",
}


def facts_of(kind: str) -> frozenset[str]:
    """The names of the facts of a kind, as they stand in the extension."""
    group = kind.replace("-", "_")
    names = {_SINGLE[group]} if group in _SINGLE else {each.name for each in fields(_SHAPES[group])} - {"against"}
    return frozenset(name.replace("_", "-") for name in names)


def established(circumstances: Iterable[Circumstance], recipient: str, now: datetime) -> dict[str, Any]:
    """What is so for this recipient now, by the names of ``Context``.

    Legal process adds up. Of several of one kind the one that began last counts; an agreed restriction outlasts the
    others, since it binds for more purposes.
    """
    standing = sorted((each for each in circumstances if each.stands(recipient, now)), key=_order)
    found: dict[str, Any] = {}
    for each in standing:
        for name, value in each.facts.items():
            found[name] = (*found.get(name, ()), *value) if name == "legal_process" else value
    return found


def _order(each: Circumstance) -> tuple[bool, float]:
    restriction = each.facts.get("restriction")
    agreed = restriction is not None and restriction.kind is RestrictionKind.AGREED
    return agreed, each.starts.timestamp() if each.starts else 0.0
