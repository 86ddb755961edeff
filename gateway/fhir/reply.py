"""What may be sent: Released resources, Bundles of them, and content-free replies. Nothing else reaches a serializer.

The type checker holds the wall: ``gateway.http.answer`` takes Released and Reply alone, and a Reply comes from the
functions of this module only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, Self

from consent.terms import Released
from gateway.fhir.outcome import Issue, operation_outcome
from gateway.fhir.subset import subset

Json = dict[str, Any]
_MAKING: Final = object()


class Reply:
    """JSON without a person in it, or made of Released resources alone."""

    __slots__ = ("content",)
    content: Json

    def __new__(cls, making: object, content: Json) -> Self:
        """Refuse to anybody but this module."""
        if making is not _MAKING:
            raise TypeError("a Reply is made by gateway.fhir.reply alone: outcome, statement or bundle")
        made = super().__new__(cls)
        object.__setattr__(made, "content", content)
        return made

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a Reply never changes")

    def __repr__(self) -> str:
        return f"Reply({self.content.get('resourceType')})"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a Bundle: what was released, under its URL; elements narrows it, beside says search or request."""

    url: str
    released: Released = field(repr=False)
    beside: Mapping[str, Json]
    elements: tuple[str, ...] = ()


def outcome(*issues: Issue) -> Reply:
    """An OperationOutcome."""
    return Reply(_MAKING, operation_outcome(issues))


def statement(capability: Json) -> Reply:
    """The CapabilityStatement."""
    if capability.get("resourceType") != "CapabilityStatement":
        raise TypeError("only a CapabilityStatement is a statement")
    return Reply(_MAKING, capability)


def bundle(kind: str, links: Sequence[Json], entries: Sequence[Entry], total: int | None = None) -> Reply:
    """A searchset or history of Released resources."""
    made: Json = {"resourceType": "Bundle", "type": kind, "link": list(links)}
    if total is not None:
        made["total"] = total
    if entries:
        made["entry"] = [_entry(each) for each in entries]
    return Reply(_MAKING, made)


def _entry(entry: Entry) -> Json:
    shown = subset(entry.released.resource, entry.elements)
    return {"fullUrl": entry.url, "resource": shown, **entry.beside}
