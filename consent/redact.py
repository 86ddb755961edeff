"""What one recipient gets of a record: a copy of its visible parts, without a trace of the rest.

Nothing here looks at what was withheld: the answer depends on what is visible alone, so a hidden change cannot show.
Parts are kept by allow-list; what remains loses references to hidden records with their display, contained
resources nobody refers to any more, and every label, tag, profile, source, version and time that may tell of more.
The narrative is a part of its own that carries every label of the record, so it goes when any of them is withheld.
"""

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Final, TypeAlias

from consent.labels import Labels, references, visible_codings
from consent.parts import ANCHORS, Part, join
from consent.terms import FhirJson, FhirValue
from consent.vocabulary import Label

IsVisible: TypeAlias = Callable[[str], bool]
"""Literal reference as written (``Type/id`` or absolute) -> whether this recipient may see what it names."""

PERSON: Final = frozenset({"subject", "for"})
REFERRALS: Final = frozenset({"ServiceRequest", "Task"})
"""What a receiver may see of a referral before it may know whom it is about."""
MASKED: Final[FhirJson] = {
    "extension": [
        {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"},
    ]
}
"""http://hl7.org/fhir/R4/extension-data-absent-reason.html"""
OPEN_PROFILE: Final = "http://hl7.org/fhir/"
"""Profiles under this address say only which published shape a record has; others may name a program."""


@dataclass(frozen=True, slots=True)
class View:
    """Who looks: the labels the decision lets out, which references may show, and what goes with every record."""

    allowed: Labels
    is_visible: IsVisible
    marks: tuple[FhirJson, ...] = ()
    notices: tuple[FhirJson, ...] = ()


class _Gone:
    """Stands for a value that had to go."""


_GONE: Final = _Gone()


def redact(visible: Iterable[Part], view: View) -> FhirJson | None:
    """A record as this recipient may see it, from the parts the decision lets out; they are never changed.

    None if the root is not among them, or if all that the record is about is hidden; but a referral stays, with its
    person masked: that somebody is referred is what it says, and not whom. meta carries profile, security and
    notices only: version and time are the caller's, per view.
    """
    parts = tuple(visible)
    record = join(parts)
    if record is None:
        return None
    kept = _without_strays(_pruned_record(record, view))
    hidden = {anchor for anchor in ANCHORS - {"contained"} if anchor in record and anchor not in kept}
    if hidden - PERSON or (hidden and record.get("resourceType") not in REFERRALS):
        return None
    kept |= {anchor: deepcopy(MASKED) for anchor in hidden}
    labels = frozenset[Label]().union(*(part.labels for part in parts))
    meta = _meta(record.get("meta"), labels, view)
    return kept | ({"meta": meta} if meta else {})


def _meta(sent: FhirValue, labels: Labels, view: View) -> FhirJson:
    """Profiles that tell nothing, labels the recipient may know of, and what the obligations add."""
    said = sent.get("profile") if isinstance(sent, dict) else None
    profiles: list[FhirValue] = [
        each
        for each in (said if isinstance(said, list) else ())
        if isinstance(each, str) and each.startswith(OPEN_PROFILE)
    ]
    security: list[FhirValue] = []
    for coding in (*visible_codings(labels, view.allowed), *view.marks):
        if coding not in security and coding.get("code") not in set(Label) - view.allowed:
            security.append(dict(coding))
    notices: list[FhirValue] = [deepcopy(notice) for notice in view.notices]
    meta: FhirJson = {"profile": profiles, "security": security, "extension": notices}
    return {name: value for name, value in meta.items() if value}


def _pruned_record(record: FhirJson, view: View) -> FhirJson:
    """A deep copy without meta and without references to what is hidden."""
    inside = {f"#{each.get('id')}" for each in _contained(record)} | {"#"}

    def visible(reference: str) -> bool:
        return reference in inside if reference.startswith("#") else view.is_visible(reference)

    pruned = {name: _pruned(value, visible) for name, value in record.items() if name != "meta"}
    return {name: value for name, value in pruned.items() if not isinstance(value, _Gone)}


def _pruned(value: FhirValue, visible: IsVisible) -> FhirValue | _Gone:
    if isinstance(value, list):
        kept = [copied for item in value if not isinstance(copied := _pruned_item(item, visible), _Gone)]
        return kept if kept or not value else _GONE
    if isinstance(value, dict):
        return _pruned_object(value, visible)[0]
    return value


def _pruned_item(item: FhirValue, visible: IsVisible) -> FhirValue | _Gone:
    """A list item is gone once a reference it holds directly is: the reference is what the item was for."""
    if not isinstance(item, dict):
        return _pruned(item, visible)
    kept, lost = _pruned_object(item, visible)
    return _GONE if lost else kept


def _pruned_object(node: FhirJson, visible: IsVisible) -> tuple[FhirJson | _Gone, bool]:
    """A copy, and whether an object it held directly had to go; gone if it is itself a reference to what is hidden."""
    named = node.get("reference")
    if isinstance(named, str) and not visible(named):
        return _GONE, True
    pruned = {name: _pruned(child, visible) for name, child in node.items()}
    kept = {name: child for name, child in pruned.items() if not isinstance(child, _Gone)}
    lost = any(isinstance(node[name], dict) for name in pruned.keys() - kept.keys())
    return (kept if kept or not node else _GONE), lost


def _without_strays(record: FhirJson) -> FhirJson:
    """Drop contained resources that nothing outside reaches, and the narrative inside those that stay."""
    contained = {str(each.get("id")): each for each in _contained(record)}
    outside = {name: value for name, value in record.items() if name != "contained"}
    reached = _reached(outside, contained)
    kept: list[FhirValue] = [
        {name: value for name, value in each.items() if name != "text"}
        for identity, each in contained.items()
        if identity in reached
    ]
    return outside | ({"contained": kept} if kept else {})


def _reached(outside: FhirJson, contained: Mapping[str, FhirJson]) -> set[str]:
    """Ids of the contained resources that something outside refers to, directly or through another one."""
    reached: set[str] = set()
    waiting: list[FhirValue] = [outside]
    while waiting:
        for reference in references(waiting.pop()):
            identity = reference.removeprefix("#")
            if reference.startswith("#") and identity in contained.keys() - reached:
                reached.add(identity)
                waiting.append(contained[identity])
    return reached


def _contained(record: FhirJson) -> list[FhirJson]:
    contained = record.get("contained")
    return [each for each in contained if isinstance(each, dict)] if isinstance(contained, list) else []
