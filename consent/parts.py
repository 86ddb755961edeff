"""How a FHIR record divides into parts, each with one set of labels and one information class, and is put together."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from consent.shapes import Shape, item_class, root_class, shape_of
from consent.terms import FhirJson, FhirValue
from consent.vocabulary import InfoClass, Label

ROOT = ""
SENSITIVITIES = frozenset({Label.SUD, Label.MH, Label.HIV, Label.SDV, Label.R})
ANCHORS = frozenset({"subject", "patient", "for", "beneficiary", "focus", "target", "contained"})
"""Elements that say what the record is about: they stay in the root, and what they refer to labels all of it."""
FREE_TEXT = frozenset({"note", "description", "patientInstruction", "comment", "statusReason"})

_UNSEGMENTABLE = frozenset({InfoClass.NARRATIVE_TEXT, InfoClass.DOCUMENT, InfoClass.ATTACHMENT, InfoClass.CASE_NOTE})


@dataclass(frozen=True, slots=True)
class Part:
    """Elements of one record that share labels and class.

    content is ``{"elements": {name: value}, "items": {name: [[index, item], ...]}}``, plain JSON. The name is
    empty for the root, else tells the class and how the labels differ from the root's (``identifier+HIV``), so it
    does not move when another part comes or goes. An overlay is a part whose elements replace the root's.
    """

    name: str
    info_class: InfoClass
    content: FhirJson = field(repr=False)
    labels: frozenset[Label] = frozenset()


Labeller: TypeAlias = Callable[[Part], frozenset[Label]]
"""Labels of one finest part; see consent.labels.labeller."""


def split(resource: FhirJson, labeller: Labeller, root: InfoClass | None = None) -> tuple[Part, ...]:
    """Divide a record into one part per (class, labels), the root first.

    root overrides the root's class (a Task in a receiver's custody is ``referral-status``). Free text takes the
    sensitivities found anywhere in the record, the narrative every label.
    """
    finest = [_labelled(part, labeller(part)) for part in divide(resource, root)]
    return fold(_heighten(finest))


def divide(resource: FhirJson, root: InfoClass | None = None) -> tuple[Part, ...]:
    """The finest parts, unlabelled: the root, and each element or list item that may need labels of its own."""
    shape = shape_of(resource)
    root = root or root_class(resource)
    kept: FhirJson = {}
    apart: dict[str, tuple[InfoClass, list[tuple[str, int | None, FhirValue]]]] = {}
    for element, value in resource.items():
        declared = _class_apart(shape, root, element, value)
        if declared is None:
            kept[element] = value
            continue
        for index, item in _items(value):
            name = _finest_name(element, index)
            apart.setdefault(name, (item_class(declared, item), []))[1].append((element, index, item))
    pieces = (Part(name, kind, _content(held)) for name, (kind, held) in apart.items())
    return (Part(ROOT, root, {"elements": kept, "items": {}}), *pieces)


def fold(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Join labelled finest parts that share class and labels; the first given is the root."""
    first, *rest = parts
    groups: dict[tuple[InfoClass, frozenset[Label]], list[Part]] = defaultdict(list)
    groups[first.info_class, first.labels].append(first)
    for part in rest:
        groups[part.info_class, part.labels].append(part)
    return tuple(
        Part(ROOT if members[0] is first else _name(kind, labels, first.labels), kind, _merge(members), labels)
        for (kind, labels), members in groups.items()
    )


def join(parts: Iterable[Part]) -> FhirJson | None:
    """The record that exactly these parts make up, None without a root; later parts override earlier elements."""
    root_first = sorted(parts, key=lambda part: part.name != ROOT)
    if not root_first or root_first[0].name != ROOT:
        return None
    record: FhirJson = {**_lists(root_first)}
    for part in root_first:
        record |= _elements(part)
    return record


def overlay(name: str, info_class: InfoClass, elements: FhirJson, labels: frozenset[Label]) -> Part:
    """News about a record, such as a Task's status learned from its performer, under labels of its own."""
    return Part(name, info_class, {"elements": elements, "items": {}}, labels)


def fragment(part: Part) -> FhirJson:
    """What a part holds as a piece of the record, without list positions: equal fragments are the same content."""
    if not part.content["items"]:
        return _elements(part)
    return {**_lists([part]), **_elements(part)}


def is_free_text(part: Part) -> bool:
    """Whether a finest part is text that may say anything: a note, a description, the narrative, a document."""
    return part.info_class in _UNSEGMENTABLE or part.name.partition(":")[0] in FREE_TEXT


def _lists(parts: Iterable[Part]) -> dict[str, list[FhirValue]]:
    """The list elements that parts hold between them, items in their original order."""
    held = sorted((found for part in parts for found in _held_items(part)), key=lambda found: found[:2])
    lists: dict[str, list[FhirValue]] = defaultdict(list)
    for element, _, item in held:
        lists[element].append(item)
    return lists


def _class_apart(shape: Shape, root: InfoClass, element: str, value: FhirValue) -> InfoClass | None:
    """The class an element has apart from the root, None if it belongs to the root."""
    base = element.removeprefix("_")
    if base == "text" and isinstance(value, dict) and "div" in value:
        return InfoClass.NARRATIVE_TEXT
    if base in shape.parts:
        declared = shape.parts[base]
        return InfoClass.CASE_NOTE if declared is InfoClass.REFERRAL and root is InfoClass.REFERRAL_STATUS else declared
    if shape.indivisible or base in ANCHORS:
        return None
    return root if base in FREE_TEXT or _refers(value) else None


def _refers(value: FhirValue) -> bool:
    """Whether an element is a reference, a list of them, or a backbone element that holds one directly."""
    if isinstance(value, list):
        return any(_refers(item) for item in value)
    if not isinstance(value, dict):
        return False
    return "reference" in value or any(isinstance(child, dict) and "reference" in child for child in value.values())


def _items(value: FhirValue) -> Iterator[tuple[int | None, FhirValue]]:
    if isinstance(value, list) and value:
        yield from enumerate(value)
    else:
        yield None, value


def _finest_name(element: str, index: int | None) -> str:
    base = element.removeprefix("_")
    return base if index is None else f"{base}:{index}"


def _content(held: Iterable[tuple[str, int | None, FhirValue]]) -> FhirJson:
    elements: FhirJson = {}
    items: FhirJson = {}
    for element, index, item in held:
        if index is None:
            elements[element] = item
        else:
            items[element] = [[index, item]]
    return {"elements": elements, "items": items}


def _labelled(part: Part, labels: frozenset[Label]) -> Part:
    return Part(part.name, part.info_class, part.content, labels)


def _heighten(parts: list[Part]) -> Iterator[Part]:
    """Free text takes the highest label around it: it may say what the codes beside it say."""
    every = frozenset[Label]().union(*(part.labels for part in parts))
    for part in parts:
        if part.info_class is InfoClass.NARRATIVE_TEXT:
            yield _labelled(part, every)
        elif is_free_text(part):
            yield _labelled(part, part.labels | (every & SENSITIVITIES))
        else:
            yield part


def _name(kind: InfoClass, labels: frozenset[Label], root: frozenset[Label]) -> str:
    if labels == root:
        return str(kind)
    more = "".join(f"+{label}" for label in sorted(labels - root))
    less = "".join(f"-{label}" for label in sorted(root - labels))
    return f"{kind}{more}{less}"


def _merge(parts: Iterable[Part]) -> FhirJson:
    elements: FhirJson = {}
    items: dict[str, list[FhirValue]] = defaultdict(list)
    for part in parts:
        elements |= _elements(part)
        for element, index, item in _held_items(part):
            items[element].append([index, item])
    return {"elements": elements, "items": dict(items)}


def _elements(part: Part) -> FhirJson:
    return cast("FhirJson", part.content["elements"])


def _held_items(part: Part) -> Iterator[tuple[str, int, FhirValue]]:
    items = cast("dict[str, list[tuple[int, FhirValue]]]", part.content["items"])
    for element, pairs in items.items():
        for index, item in pairs:
            yield element, index, item
