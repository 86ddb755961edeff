"""How two versions of an agency or operator differ, path by path, and which differences take something away."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from gateway.agencies.model import Agency, Operator
from gateway.agencies.record import to_json

Leaf: TypeAlias = str | int | bool | None

DECIDING = frozenset({"kind", "jurisdiction", "status", "units", "clients", "people", "agreements", "standing"})
"""The tables that decisions read; whatever changes in them makes earlier decisions void."""

_NAMES = ("name", "agency", "kind", "with", "application", "facility", "kid")


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is not the same; None where it was or will be absent."""

    path: str
    before: Leaf
    after: Leaf

    @property
    def decides(self) -> bool:
        """Whether decisions read it."""
        return self.path.split(".")[0].split("[")[0] in DECIDING

    def __str__(self) -> str:
        """The difference in one line; keys are not printed."""
        if ".jwks[" in self.path:
            return f"{self.path}: {_word(self.before)}"
        return f"{self.path}: {_shown(self.before)} -> {_shown(self.after)}"


def differences(before: Agency | Operator | None, after: Agency | Operator | None) -> tuple[Difference, ...]:
    """Every value in which two versions differ, by path; list items are told apart by id or name, not by position."""
    old, new = dict(_leaves(_form(before))), dict(_leaves(_form(after)))
    paths = sorted(old.keys() | new.keys())
    return tuple(Difference(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path))


def withdrawals(found: tuple[Difference, ...]) -> tuple[Difference, ...]:
    """The differences that take away something decisions could rely on: a value gone or replaced, or a new last day."""
    new = {each.path for each in found if each.before is None}
    return tuple(each for each in found if each.decides and (each.before is not None or _shortens(each, new)))


def _shortens(each: Difference, new: set[str]) -> bool:
    """Whether it puts an end to something that was there before: its kind is not new with it."""
    return each.path.endswith("].until") and each.path.removesuffix("until") + "kind" not in new


def _form(value: Agency | Operator | None) -> object:
    return {} if value is None else to_json(value)


def _leaves(form: object, path: str = "") -> Iterator[tuple[str, Leaf]]:
    if isinstance(form, Mapping):
        for key, value in form.items():
            yield from _leaves(value, f"{path}.{key}" if path else str(key))
    elif isinstance(form, list):
        for label, item in _labelled(form):
            yield from _leaves(item, f"{path}[{label}]")
    else:
        yield path, form if isinstance(form, str | int | bool) else None


def _labelled(items: list[object]) -> Iterator[tuple[str, object]]:
    """Each item with a label that survives reordering; items alike in all names are numbered."""
    seen: dict[str, int] = {}
    for item in items:
        label = _label(item)
        seen[label] = seen.get(label, 0) + 1
        yield (label if seen[label] == 1 else f"{label}#{seen[label]}"), item


def _label(item: object) -> str:
    if not isinstance(item, Mapping):
        return str(item)
    if "id" in item:
        return str(item["id"])
    return " ".join(str(item[name]) for name in _NAMES if name in item)


def _shown(value: Leaf) -> str:
    return "(none)" if value is None else repr(value)


def _word(before: Leaf) -> str:
    return "key added" if before is None else "key changed or removed"
