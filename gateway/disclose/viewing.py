"""One record as one recipient may see it: visible parts joined, redacted, with the version of that view."""

import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from consent.decide import release
from consent.labels import visible_codings
from consent.notices import notices, obligation_marks
from consent.parts import Part, join
from consent.redact import View as Audience
from consent.redact import redact
from consent.terms import Decision, Effect, Released
from consent.vocabulary import Label
from gateway.parts import class_of, labels_of, part_of
from gateway.store.segments import Segment
from gateway.store.views import SeenPart

Json = dict[str, Any]
VERSION_BYTES = 12


@dataclass(frozen=True, slots=True)
class View:
    """What a recipient sees of a record, ready to be sent: released JSON, its version id and its time."""

    custodian: str
    type: str
    id: str
    patient: str | None
    version: str
    last_updated: datetime
    released: Released = field(repr=False)
    shown: Mapping[str, int]
    """Visible parts and how often each has visibly changed: what a conditional update compares."""

    @property
    def resource(self) -> Json:
        """The redacted resource with the meta of this view."""
        return self.released.resource


@dataclass(frozen=True, slots=True)
class Viewer:
    """Makes views for one recipient: which segments it may see, and which references lead anywhere."""

    key: bytes = field(repr=False)
    segments: Mapping[int, Segment]
    decisions: Mapping[int, Decision]
    scopes: Mapping[int, tuple[Json, ...]] = field(default_factory=dict, repr=False)
    is_visible: Callable[[str], bool] | None = None
    """None for the custodian's own view: nothing is taken out of it."""

    def view(self, parts: Sequence[SeenPart]) -> View | None:
        """The view of the record that these parts make up, None where its root is not among them."""
        seen = [part for part in parts if self._may_see(part.segment)]
        root = next((part for part in seen if part.name == "" and not part.removed), None)
        if root is None:
            return None
        live = [part for part in seen if not part.removed]
        decision = _together([self.decisions[part.segment] for part in live])
        resource = self._own(live) if self.is_visible is None else self._redacted(live, decision, self.is_visible)
        shown = {part.name: part.shown for part in seen}
        added = [] if self.is_visible is None else sorted(decision.obligations)
        version = _version(self.key, root, shown, added)
        updated = max(part.recorded for part in seen)
        resource["meta"] = _meta(resource.get("meta"), version, updated)
        released = release(resource, decision)
        return View(root.custodian, root.type, root.id, root.patient, version, updated, released, shown)

    def _own(self, live: Sequence[SeenPart]) -> Json:
        """The record as its own custodian keeps it, under its labels."""
        resource: Json = dict(join(map(self._part, live)) or {})
        kept: Json = resource.get("meta") or {}
        security = [*kept.get("security", ()), *visible_codings(self._all_labels(live), frozenset(Label))]
        resource["meta"] = {**kept, "security": list({repr(each): each for each in security}.values())}
        return resource

    def _redacted(self, live: Sequence[SeenPart], decision: Decision, is_visible: Callable[[str], bool]) -> Json:
        """The visible parts as another agency gets them, with the notices that go along."""
        scopes = {repr(each): each for part in live for each in self.scopes.get(part.segment, ())}
        audience = Audience(
            self._all_labels(live),
            is_visible,
            obligation_marks(decision.obligations),
            (*notices(decision.obligations), *scopes.values()),
        )
        root = live[0]
        return redact(map(self._part, live), audience) or {"resourceType": root.type, "id": root.id}

    def _all_labels(self, live: Sequence[SeenPart]) -> frozenset[Label]:
        return frozenset().union(*map(self._labels, live))

    def _may_see(self, segment: int) -> bool:
        decision = self.decisions.get(segment)
        return decision is not None and decision.effect is not Effect.DENY

    def _labels(self, part: SeenPart) -> frozenset[Label]:
        return labels_of(self.segments[part.segment].labels)

    def _part(self, part: SeenPart) -> Part:
        info_class = class_of(self.segments[part.segment].info_class)
        return part_of(part.name, part.content, info_class, self._labels(part))


def _version(key: bytes, root: SeenPart, shown: Mapping[str, int], added: Sequence[str]) -> str:
    """The version id of a view: a keyed hash of the visible parts' own change counters."""
    words = "|".join((root.custodian, root.type, root.id, *(f"{name}={shown[name]}" for name in sorted(shown)), *added))
    return hmac.digest(key, words.encode(), "sha256")[:VERSION_BYTES].hex()


def _meta(redacted: Json | None, version: str, updated: datetime) -> Json:
    stamp = updated.astimezone(UTC).isoformat(timespec="milliseconds")
    return {"versionId": version, "lastUpdated": stamp, **(redacted or {})}


def _together(decisions: Iterable[Decision]) -> Decision:
    """The decision about a record, of those about its visible parts."""
    found = list(dict.fromkeys(decisions))
    if len(found) == 1:
        return found[0]
    because = tuple(dict.fromkeys(finding for each in found for finding in each.because))
    until = [each.valid_until for each in found if each.valid_until]
    obligations = frozenset().union(*(each.obligations for each in found))
    return Decision(Effect.PERMIT, because, obligations, min(until) if until else None)


def states(parts: Sequence[SeenPart]) -> list[list[SeenPart]]:
    """The visible states of a record over time, oldest first: the parts as they stood after each visible change."""
    found: list[list[SeenPart]] = []
    now: dict[str, SeenPart] = {}
    for change in sorted({part.change for part in parts}):
        step = {part.name: part for part in parts if part.change == change}
        visible = any(name not in now or now[name].shown != part.shown for name, part in step.items())
        now |= step
        if visible:
            found.append(list(now.values()))
    return found
