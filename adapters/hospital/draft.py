"""One translation under way: the resources made so far, what the source said beside them, and its account."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from adapters.base import Envelope, Identify, Json, Mark, ReportLine, Translation
from adapters.hospital.er7 import Message, Segment
from adapters.hospital.header import Read
from mappings.account import Account
from mappings.concepts import concepts
from mappings.engine import DELETED, fill, read, table, values
from mappings.parts import part
from mappings.transforms import Transform, transform

UNCLAIMED = "not used in a message of this kind"


@dataclass(slots=True)
class Draft:
    """What one message has become so far; one per message, never shared.

    resources are by ``Type/id``, in the order in which they were made; facts are what handoff rules may test; roles
    are the diagnoses that the visit names already; visited says that the reading has passed PV1.
    """

    message: Message
    envelope: Envelope
    version: str
    account: Account
    identify: Identify
    resources: dict[str, Json] = field(default_factory=dict, repr=False)
    marks: list[Mark] = field(default_factory=list)
    provisional: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    merges: list[tuple[str, str]] = field(default_factory=list)
    facts: dict[str, dict[str, None]] = field(default_factory=dict, repr=False)
    roles: set[tuple[str, str, int]] = field(default_factory=set)
    visited: bool = False
    patient: Json = field(default_factory=dict, repr=False)
    encounter: Json = field(default_factory=dict, repr=False)

    def make(self, kind: str, system: str, value: str) -> Json:
        """The resource of that type and identity, new or as far as it stands."""
        made = self.identify(kind, system, value)
        return self.resources.setdefault(f"{kind}/{made}", {"resourceType": kind, "id": made})

    def owner(self) -> str:
        """The visit if there is one, else the patient: what the identity of a dependent resource begins with."""
        return str((self.encounter or self.patient)["id"])

    def fill(self, segment: Segment, resource: Json, about: str = "") -> None:
        """Run the segment's table over it; about is what the report of deletions calls it (``Patient/1.contact``)."""
        rows = table(f"hospital/{segment.name.lower()}")
        fill(rows, segment.populated(), resource, self.account, segment.label)
        if self.account.removed:
            where = about or (reference(resource) if "id" in resource else "")
            self.removed.update(f"{where}.{element}" for element in self.account.removed if where)
            self.account.removed.clear()

    def values(self, segment: Segment, number: int, use: str, target: str, codes: str = "") -> list[Any]:
        """Every usable occurrence of a field that the table leaves to Python, entered as mapped."""
        fields = segment.fields
        return (
            self._read(segment, number, chosen(use, codes), target, most=None)
            if number < len(fields) and fields[number]
            else []
        )

    def value(self, segment: Segment, number: int, use: str, target: str, codes: str = "") -> Any:
        """The one value of such a field, None if there is none; further occurrences are entered as unmapped."""
        fields = segment.fields
        if number >= len(fields) or not fields[number]:
            return None
        found = self._read(segment, number, chosen(use, codes), target, most=1)
        return found[0] if found else None

    def _read(self, segment: Segment, number: int, use: Transform, target: str, most: int | None) -> list[Any]:
        place = f"{segment.label}-{number}"
        because = self.account.pending.pop(place, None)
        if because is None:
            return []
        self.account.place = place
        occurrences = self.message.split(segment.fields[number])
        if len(occurrences) == 1:
            value = read(use, occurrences[0], self.account)
            if value is None:
                return []
            self.account.enter("mapped", because, target)
            return [value]
        if not occurrences:
            self.account.enter("mapped", DELETED, target)
            self.removed.add(target)
        return values(use, occurrences, self.account, because, target, most)

    def settle(self, resource: Json | None) -> None:
        """Put the resource's id into the names of the elements that the sender deleted; without one, forget them."""
        unsettled = {place for place in self.removed if "/" not in place}
        if not unsettled:
            return
        self.removed -= unsettled
        if resource is not None:
            kind = f"{resource['resourceType']}."
            known = f"{reference(resource)}."
            self.removed |= {known + place.removeprefix(kind) for place in unsettled if place.startswith(kind)}

    def text(self, segment: Segment, number: int, target: str) -> str:
        """The text of such a field, empty if there is none."""
        return self.value(segment, number, "text", target) or ""

    def leave(self, segment: Segment, number: int, because: str) -> None:
        """Enter such a field as ignored for a reason that only this message gives."""
        place = f"{segment.label}-{number}"
        if segment.raw(number) and place in self.account.pending:
            del self.account.pending[place]
            self.account.enter("ignored", because, "", place)

    def peek(self, segment: Segment | None, number: int, component: int = 1) -> str:
        """The text of a field for a decision, without entering it."""
        raw = segment.raw(number) if segment else ""
        occurrences = self.message.split(raw) if raw else []
        return part(occurrences[0], component) if occurrences else ""

    def fact(self, name: str, *texts: str) -> None:
        """Note what handoff rules may test, leaving out what is empty or noted already."""
        known = self.facts.setdefault(name, {})
        for text in texts:
            if text:
                known[text] = None

    def provide(self, resource: Json, element: str, value: Any) -> None:
        """Fill in an element that R4 requires and the sender left out, as provisional."""
        if element not in resource:
            resource[element] = value
            self.provisional.add(f"{reference(resource)}.{element}")

    def translation(self, repairs: list[ReportLine]) -> Translation:
        """What was made of the message, frozen."""
        self.settle(None)
        for place in sorted(self.account.pending):
            self.account.enter("unmapped", UNCLAIMED, "", place)
        return Translation(
            envelope=self.envelope,
            bundle={
                "resourceType": "Bundle",
                "type": "transaction",
                "entry": [_entry(*item) for item in self.resources.items()],
            },
            report=(*repairs, *self.account.lines),
            subject=self.patient["id"],
            visit=self.encounter.get("id", ""),
            marks=tuple(self.marks),
            provisional=frozenset(self.provisional),
            removed=frozenset(place for place in self.removed if not self._stands(place)),
            merges=tuple(self.merges),
            facts={name: tuple(texts) for name, texts in self.facts.items() if texts},
        )

    def _stands(self, place: str) -> bool:
        """Whether another field of the message says what the element ``Type/id.element`` now is."""
        path, _, element = place.partition(".")
        found: Any = self.resources.get(path, {})
        for name in element.split("."):
            if isinstance(found, list):
                return True
            found = found.get(name) if found else None
        return found is not None


def begin(found: Read, identify: Identify) -> Draft:
    """An empty draft of a message that was read."""
    account = Account(found.setting, split=found.message.split)
    return Draft(found.message, found.envelope, found.version, account, identify)


@cache
def chosen(use: str, codes: str) -> Transform:
    """The transform of that name, bound to that code table if one is named."""
    return transform(use, concepts(codes) if codes else None)


def reference(resource: Json) -> str:
    """``Type/id``."""
    return f"{resource['resourceType']}/{resource['id']}"


def refer(resource: Json) -> Json:
    """A FHIR Reference to it."""
    return {"reference": reference(resource)}


def code_of(concept: Json) -> tuple[str, str]:
    """(system, code) of the first coding of a CodeableConcept, or its text as a code without a system."""
    for coding in concept.get("coding", ()):
        return coding.get("system", ""), coding["code"]
    return "", concept.get("text", "")


def _entry(path: str, resource: Json) -> Json:
    return {
        "fullUrl": f"urn:uuid:{resource['id']}",
        "resource": resource,
        "request": {"method": "PUT", "url": path},
    }
