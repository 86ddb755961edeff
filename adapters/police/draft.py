"""One report under way to FHIR: the resources made so far, and what became of every leaf."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from zoneinfo import ZoneInfo

from adapters.base import Channel, Identify, Json, Mark, ReportLine
from adapters.police.event import Action, Fields, JusticeEvent, Person
from adapters.police.leaf import PROTECTED, Kind, Leaf
from adapters.police.moments import moment
from adapters.police.source import Source
from mappings.account import Account, Setting
from mappings.engine import Table, table

ORI_SYSTEM = "urn:crosswalk:ori"
INSIDE = "criminal justice information: read for nothing that leaves"
INFORMANT = "who calls or witnesses stays inside the department"
OTHERS = "persons other than the one referred stay inside the department"
UNUSED = "not used in a report of this kind"
NO_FIELD = "no field of ours: never carried over"
NOT_ITS_FORM = "not of the form that the field takes: not carried over"
NO_MOMENT = "no date or time that the calendar knows"
NAMES_CASE = "names the case, which health must not learn: write it without"
NAMES_OTHERS = "names another person of the report: write it without"


@dataclass(slots=True)
class Draft:
    """What one report has become so far; one per message, never shared.

    person is the one referred; patient its Patient; taken says where a leaf went, left why it stays.
    """

    event: JusticeEvent
    channel: Channel
    identify: Identify
    zone: ZoneInfo | None
    person: Person
    patient: Json = field(default_factory=dict, repr=False)
    resources: dict[str, Json] = field(default_factory=dict, repr=False)
    marks: list[Mark] = field(default_factory=list)
    taken: dict[Leaf, str] = field(default_factory=dict, repr=False)
    left: dict[Leaf, str] = field(default_factory=dict, repr=False)
    lines: list[ReportLine] = field(default_factory=list)

    def make(self, kind: str, about: str, value: str) -> Json:
        """The resource of that type and identity, new or as far as it stands."""
        made = self.identify(kind, f"{ORI_SYSTEM}:{self.event.ori}:{about}", value)
        return self.resources.setdefault(f"{kind}/{made}", {"resourceType": kind, "id": made})

    def department(self) -> Json:
        """The reporting agency as requester or performer."""
        return {"type": "Organization", "identifier": {"system": ORI_SYSTEM, "value": self.event.ori}}

    def subject(self) -> Json:
        """A reference to the Patient."""
        return {"reference": f"Patient/{self.patient['id']}"}

    def take(self, fields: Fields, name: str, target: str) -> str:
        """The value of a field, noted as carried to target; empty if there is none."""
        found = fields.one(name)
        if found is None:
            return ""
        self.taken[found] = target
        return found.value

    def moment(self, fields: Fields, name: str, target: str) -> str:
        """A field as FHIR dateTime, noted; empty where there is none that the calendar knows."""
        found = fields.one(name)
        made = moment(found.value, self.zone) if found else ""
        if found and made:
            self.taken[found] = target
        elif found:
            self.left[found] = NO_MOMENT
        return made

    def plain(self, fields: Fields, name: str, target: str) -> str:
        """Free text that may leave: without the case number and the names of others."""
        found = fields.one(name)
        if found is None:
            return ""
        return found.value if self.may_leave(found, target) else ""

    def may_leave(self, found: Leaf, target: str) -> bool:
        """Whether a free text names neither the case nor others; noted either way."""
        if why := self._reveals(found.value):
            self.left[found] = why
            return False
        self.taken[found] = target
        return True

    def _reveals(self, text: str) -> str:
        numbers = (self.event.case_number, self.event.text("cad_number"))
        if any(each and each.lower() in text.lower() for each in numbers):
            return NAMES_CASE
        own = {word.lower() for word in _names(self.person)}
        others = {word.lower() for each in self.event.persons if each is not self.person for word in _names(each)}
        said = set(re.findall(r"\w+", text.lower()))
        return NAMES_OTHERS if said & (others - own) else ""

    @property
    def retracted(self) -> bool:
        """Whether the sender takes the report back."""
        return self.event.action is Action.DELETE

    def account(self, source: Source, ignored: Mapping[str, str]) -> tuple[ReportLine, ...]:
        """What became of every leaf of the source; ignored are columns that the profile leaves out, and why."""
        said = {_key(leaf): ("mapped", target) for leaf, target in self.taken.items()}
        said |= {_key(leaf): ("ignored", why) for leaf, why in self.left.items()}
        mine = {_key(leaf) for leaf in self.person.leaves}
        informants = {_key(leaf) for each in self.event.persons for leaf in each.leaves if leaf.kind is Kind.INFORMANT}
        for leaf in source.leaves:
            self.lines.append(_closed(leaf, ignored) or _other(leaf, mine, informants) or _tabled(leaf, said))
        return tuple(self.lines)


Key = tuple[str, str, str]


def _key(leaf: Leaf) -> Key:
    """A leaf whatever its class, which its person's role may have changed since it was read."""
    return leaf.place, leaf.name, leaf.value


def _closed(leaf: Leaf, ignored: Mapping[str, str]) -> ReportLine | None:
    if leaf.kind in PROTECTED:
        return ReportLine(leaf.place, "ignored", "", INSIDE)
    if leaf.kind is Kind.MALFORMED:
        return ReportLine(leaf.place, "unmapped", "", NOT_ITS_FORM)
    if leaf.kind is not Kind.UNKNOWN:
        return None
    why = ignored.get(leaf.name.removeprefix("ignored."), "")
    return ReportLine(leaf.place, "ignored" if why else "unmapped", "", why or NO_FIELD)


def _other(leaf: Leaf, mine: set[Key], informants: set[Key]) -> ReportLine | None:
    if not leaf.name.startswith("persons.") or _key(leaf) in mine:
        return None
    return ReportLine(leaf.place, "ignored", "", INFORMANT if _key(leaf) in informants else OTHERS)


def _tabled(leaf: Leaf, said: Mapping[Key, tuple[str, str]]) -> ReportLine:
    row = rows().rows.get(leaf.name)
    outcome, text = said.get(_key(leaf), ("", ""))
    if outcome == "ignored" or row is None:
        return ReportLine(leaf.place, "ignored" if outcome else "unmapped", "", text or NO_FIELD)
    if outcome:
        return ReportLine(leaf.place, "mapped", text, row.because)
    account = Account(Setting(), place=leaf.place)
    row.run({}, leaf.value, account)
    return account.lines[0] if account.lines else ReportLine(leaf.place, "unmapped", "", UNUSED)


def _names(person: Person) -> list[str]:
    parts = " ".join(person.text(f"persons.name.{part}") for part in ("family", "full"))
    return [word for word in re.findall(r"\w+", parts) if len(word) > 2]


@cache
def rules() -> frozenset[str]:
    """Reasons for which a field stays of every report, whatever this one says."""
    return frozenset({INFORMANT, OTHERS, *(row.because for row in rows().rows.values())})


@cache
def rows() -> Table:
    """The rows of both tables, by field."""
    report, person = table("police/report"), table("police/person")
    return Table("police", {**report.rows, **person.rows})
