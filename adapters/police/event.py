"""JusticeEvent: one police report whatever format it came in, every populated value a leaf with class and place.

Only leaves that are no criminal justice information are read here, so what a report becomes is the same with and
without them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from adapters.base import Unreadable
from adapters.police.forms import steers
from adapters.police.leaf import PROTECTED, Kind, Leaf, kind_of, truth
from adapters.police.source import Source
from adapters.police.spoken import speaks
from adapters.police.tags import tags


class Role(StrEnum):
    """What a person is to the event."""

    SUBJECT = "subject"
    VICTIM = "victim"
    SUSPECT = "suspect"
    WITNESS = "witness"
    CALLER = "caller"
    OFFICER = "officer"


class Action(StrEnum):
    """What the report asks for."""

    REPORT = "report"
    UPDATE = "update"
    DELETE = "delete"


REMEDY = "write what the field takes and nothing else, or give the value one of ours in the channel's profile"
INFORMANTS = frozenset({Role.CALLER, Role.WITNESS})
ROLES = {
    **{str(role): role for role in Role},
    "offender": Role.SUSPECT, "arrestee": Role.SUSPECT, "accused": Role.SUSPECT, "respondent": Role.SUSPECT,
    "complainant": Role.CALLER, "reporting party": Role.CALLER, "informant": Role.CALLER,
}  # fmt: skip
ACTIONS = {
    "": Action.REPORT, "report": Action.REPORT, "insert": Action.REPORT, "new": Action.REPORT,
    "update": Action.UPDATE, "replace": Action.UPDATE, "delete": Action.DELETE, "retract": Action.DELETE,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fields:
    """The leaves of one thing (the report, a person, an observation), found by name."""

    leaves: tuple[Leaf, ...] = field(repr=False)

    def all(self, name: str) -> tuple[Leaf, ...]:
        """Every leaf of that name that is of the form of its field, in the order of the source."""
        return tuple(leaf for leaf in self.leaves if leaf.name == name and leaf.kind is not Kind.MALFORMED)

    def one(self, name: str) -> Leaf | None:
        """The first leaf of that name."""
        return next(iter(self.all(name)), None)

    def text(self, name: str) -> str:
        """Its value, empty if there is none."""
        found = self.one(name)
        return found.value if found else ""

    def true(self, name: str) -> bool:
        """Whether it says yes."""
        return truth(self.text(name)) is True


@dataclass(frozen=True, slots=True)
class Person(Fields):
    """A person of the report; order is the place among its persons, from 1."""

    order: int = 0
    roles: frozenset[Role] = frozenset()

    @property
    def number(self) -> str:
        """The sender's number for the person, empty if it gave none."""
        return self.text("persons.number")

    @property
    def without_role(self) -> bool:
        """Whether the report does not say what they are to the event; a role that we do not know is no such silence."""
        return self.one("persons.role") is None

    @property
    def named(self) -> bool:
        """Whether the report says what they are called."""
        return any(self.text(f"persons.name.{part}") for part in ("family", "given", "full"))


@dataclass(frozen=True, slots=True)
class JusticeEvent(Fields):
    """One police report: its own leaves, its persons and what officers observed; unknown are the leaves of no field."""

    ori: str = ""
    case_number: str = field(default="", repr=False)
    action: Action = Action.REPORT
    persons: tuple[Person, ...] = ()
    observations: tuple[Fields, ...] = ()
    unknown: tuple[Leaf, ...] = field(default=(), repr=False)

    @property
    def domestic(self) -> bool:
        """Whether the report itself marks domestic violence."""
        return self.true("incident.domestic")


def assemble(source: Source, default_ori: str = "") -> JusticeEvent:
    """The report. Raises Unreadable where it lacks what identifies it, or must not enter."""
    _refuse_unsteered(source)
    leaves = _one_case_number(source.open())
    known = [leaf for leaf in leaves if leaf.kind is not Kind.UNKNOWN]
    report = Fields(tuple(leaf for leaf in known if not leaf.group))
    found = JusticeEvent(
        report.leaves,
        ori=report.text("ori") or default_ori,
        case_number=report.text("case_number"),
        action=_action(report),
        persons=tuple(_person(order, group) for order, group in enumerate(_groups(known, "persons"), 1)),
        observations=tuple(Fields(group) for group in _groups(known, "observations")),
        unknown=tuple(leaf for leaf in leaves if leaf.kind is Kind.UNKNOWN),
    )
    _require(found, default_ori)
    return found


def _refuse_unsteered(source: Source) -> None:
    """Raise Unreadable where what says how a person is to be protected could only be left out."""
    for leaf in source.leaves:
        if leaf.kind in PROTECTED and _steers(leaf) and speaks(leaf.name, kind_of(leaf.name), leaf.value):
            fault = "The field says how a person is to be protected and speaks of criminal justice information"
            raise Unreadable("value", leaf.place, f"{fault}, so it can be neither read nor left out: {REMEDY}.")


def _steers(leaf: Leaf) -> bool:
    """Whether leaving the leaf out could protect somebody less."""
    return leaf.name in steers() or (leaf.name == "incident.call_type" and "domestic" in tags([leaf.value]))


def _one_case_number(leaves: tuple[Leaf, ...]) -> tuple[Leaf, ...]:
    """The number of the incident is the case's; that of the package stands in only where there is none."""
    numbers = [leaf for leaf in leaves if leaf.name == "case_number"]
    packages = [leaf for leaf in numbers if "/PackageMetadata/DataItemID" in leaf.place]
    if len(numbers) == len(packages):
        return leaves
    return tuple(replace(leaf, name="cad_number") if leaf in packages else leaf for leaf in leaves)


def _groups(leaves: Iterable[Leaf], kind: str) -> list[tuple[Leaf, ...]]:
    found: dict[str, list[Leaf]] = {}
    for leaf in leaves:
        if leaf.group.startswith(f"{kind}/"):
            found.setdefault(leaf.group, []).append(leaf)
    return [tuple(group) for group in found.values()]


def _person(order: int, leaves: tuple[Leaf, ...]) -> Person:
    named = (each.value.strip().lower() for each in leaves if each.name == "persons.role")
    roles = frozenset(ROLES[role] for role in named if role in ROLES)
    return Person(tuple(_by_role(leaf, roles) for leaf in leaves), order, roles)


def _by_role(leaf: Leaf, roles: frozenset[Role]) -> Leaf:
    """Who calls or witnesses is kept as an informant; where a victim can be found is a class of its own."""
    if leaf.kind is Kind.MALFORMED:
        return leaf
    if roles and roles <= INFORMANTS:
        return replace(leaf, kind=Kind.INFORMANT)
    if Role.VICTIM in roles and leaf.name.startswith(("persons.address.", "persons.phone", "persons.email")):
        return replace(leaf, kind=Kind.VICTIM_LOCATION)
    return leaf


def _action(report: Fields) -> Action:
    said = report.one("action")
    action = ACTIONS.get(said.value.strip().lower() if said else "")
    if action is None:
        place = said.place if said else ""
        raise Unreadable("value", place, "The action is none that is known: write report, update or delete.")
    return action


def _require(event: JusticeEvent, default_ori: str) -> None:
    if not event.ori:
        remedy = "fill it, or name it in the channel's options (ori) or its profile's constants"
        raise Unreadable("required", "ori", f"required ori: the report does not say which agency made it; {remedy}.")
    if default_ori and event.ori != default_ori:
        raise Unreadable(
            "value", "ori", "The report is of another agency than the channel: send it on its own channel."
        )
    if not event.case_number:
        raise Unreadable("required", "case_number", "required case_number: give the report its case number.")
    for name in ("sealed", "expunged"):
        if (leaf := event.one(name)) and truth(leaf.value) is not False:
            fault = f"The report is {name}, and taking back what was handed on is not built yet: nothing of it enters"
            raise Unreadable("not-supported", leaf.place, f"{fault}. Call the agencies that hold the referral.")
