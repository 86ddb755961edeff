"""One N-DEx incident on LEXS 3.1, or NIEM elements of the same names, as leaves; references are resolved here.

Source: LEXS 3.1.4 (lexsdigest), N-DEx Incident/Arrest 2.1, NIEM core; where each field stands is in
``mappings/police/ndex.toml``. Real submissions are often not valid against their schema: nothing but what is used has
to be there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import islice
from typing import Any

from adapters.base import ReportLine, Unreadable
from adapters.police import formats, xml
from adapters.police.leaf import Kind, Leaf, kind_of, load
from adapters.police.protected import by_name
from adapters.police.source import Source, classed, kind_for
from adapters.police.spoken import speaks
from adapters.police.xml import Element, Remark

VERSION = "N-DEx 2.1"
DANGLING = "the reference leads to no person in the message: left out"
DEPTH = 5
"""Steps of the longest path in the table."""
REFERENCES = frozenset({"RoleOfPersonReference", "SameAsDigestReference"})


def read(message: bytes) -> Source:
    """The leaves of one incident. Raises Unreadable."""
    root = xml.parse(message)
    if root.name not in _table()["roots"]:
        formats.refuse_xml(root.name, root.place)
    graph = _survey(root)
    leaves = (*_leaves(graph), *graph.protected)
    remarks = [each for each in root.remarks if speaks("remark", Kind.UNKNOWN, each.text)]
    leaves += tuple(Leaf("remark", each.text, Kind.JUSTICE, f"remark @{each.start}") for each in remarks)
    cuts: list[Element | Remark] = [*graph.cut_elements, *remarks]
    without = xml.cut(message, cuts, graph.cut_attributes) if cuts or graph.cut_attributes else b""
    return Source(VERSION, leaves, without, tuple(graph.repairs))


@cache
def _table() -> Mapping[str, Any]:
    return load("ndex")


@dataclass(slots=True)
class _Graph:
    """The elements that are no criminal justice information, whose they are, and what is taken out."""

    alive: list[Element] = field(default_factory=list)
    owners: dict[Element, str] = field(default_factory=dict)
    roles: list[tuple[Element, str, str]] = field(default_factory=list)
    protected: list[Leaf] = field(default_factory=list)
    cut_elements: list[Element] = field(default_factory=list)
    cut_attributes: list[tuple[Element, str]] = field(default_factory=list)
    repairs: list[ReportLine] = field(default_factory=list)


def _survey(root: Element) -> _Graph:
    graph = _Graph()
    _divide(root, graph)
    if sum(each.name == "DataItemPackage" for each in graph.alive) > 1:
        raise Unreadable("not-supported", root.place, "The message holds several incidents: send one in each message.")
    persons = {_id(each): each for each in graph.alive if each.name == "Person" and _id(each)}
    aliases = {_id(each): _target(each) for each in graph.alive if each.name in _table()["role"] and _id(each)}
    for element in graph.alive:
        if element.name in {"Person", *_table()["role"]}:
            _own(element, persons, aliases, graph)
    return graph


def _divide(root: Element, graph: _Graph) -> None:
    """Part what is protected, with all below it, from what is read."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        if element is not root and _is_protected(element):
            graph.cut_elements.append(element)
            graph.protected += [_protected(each, element) for each in element.within() if each.text]
            continue
        graph.alive.append(element)
        for (_, name), value in element.attributes.items():
            if kind := by_name(name) or _attribute_speaks(name, value):
                graph.cut_attributes.append((element, name))
                graph.protected.append(Leaf(f"@{name}", value, kind, f"{element.path}/@{name} @{element.start}"))
        waiting += reversed(element.children)


def _is_protected(element: Element) -> bool:
    if by_name(element.name):
        return True
    text = element.text
    return bool(text) and any(speaks(name, kind_of(name), text) for name in _fields(element))


def _fields(element: Element) -> tuple[str, ...]:
    """The fields of ours that the element may be, or its own name where it is none."""
    steps = tuple(islice(_steps(element), DEPTH))
    found = (_field(steps, "person"), _field(steps, "event"))
    return tuple(each for each in found if each) or (element.name,)


def _attribute_speaks(name: str, value: str) -> Kind | None:
    """The class of an attribute that speaks of it; ids and references only tie elements together."""
    return Kind.JUSTICE if name not in {"id", "ref", "uri"} and speaks(name, Kind.UNKNOWN, value) else None


def _protected(element: Element, told: Element) -> Leaf:
    """A leaf of what is cut out: by our field where its own text told it, else by its own name."""
    named = by_name(element.name)
    name = _fields(element)[0] if element is told and not named else element.name
    return Leaf(name, element.text, named or Kind.JUSTICE, element.place)


def _own(element: Element, persons: Mapping[str, Element], aliases: Mapping[str, str], graph: _Graph) -> None:
    """Note whose the element is, and which role it gives them; a dangling reference is reported."""
    target = _target(element)
    target = aliases.get(target, target)
    if element.name == "Person" and not target:
        target = _id(element) or f"@{element.path}"
    elif target not in persons:
        graph.repairs.append(ReportLine(element.place, "unmapped", "", DANGLING))
        target = ""
    graph.owners[element] = f"persons/{target}" if target else ""
    if target and element.name != "Person":
        graph.roles.append((element, f"persons/{target}", _table()["role"][element.name]))


def _leaves(graph: _Graph) -> Iterator[Leaf]:
    for element in graph.alive:
        if element.text:
            yield _leaf(element, _owner(element, graph))
    for element, group, role in graph.roles:
        yield classed("persons.role", role, element.place, group)


def _owner(element: Element, graph: _Graph) -> str:
    node: Element | None = element
    while node is not None:
        if node in graph.owners:
            return graph.owners[node]
        node = node.parent
    return ""


def _leaf(element: Element, group: str) -> Leaf:
    """The text of an element that is not protected as a leaf of ours, or by its own name where it has no field."""
    steps = tuple(islice(_steps(element), DEPTH))
    ours = _field(steps, "person" if group else "event")
    name = ours or "/".join(reversed(steps[:3]))
    kind = kind_for(name, element.text) if ours else kind_of(name)
    return Leaf(name, element.text, kind, element.place, group if ours else "")


def _steps(element: Element) -> Iterator[str]:
    """Local names from the element upwards, an Activity with its category."""
    node: Element | None = element
    while node is not None:
        kind = _category(node) if node.name == "Activity" else ""
        yield f"Activity:{kind}" if kind else node.name
        node = node.parent


def _category(activity: Element) -> str:
    """What kind of activity it is, which NIEM says among its first elements."""
    said = (each.text for each in activity.children[:16] if each.name == "ActivityCategoryText")
    return next((text for text in said if not speaks("activity.kind", Kind.UNKNOWN, text)), "")


@lru_cache(maxsize=8192)
def _field(steps: tuple[str, ...], name: str) -> str:
    """Our field for the longest path that the table of that name has, empty if it has none."""
    table: Mapping[str, str] = _table()[name]
    paths = ("/".join(reversed(steps[:depth])) for depth in range(DEPTH, 0, -1))
    return next((table[path] for path in paths if path in table), "")


def _id(element: Element) -> str:
    """``s:id`` or ``structures:id``."""
    return next((value for (space, name), value in element.attributes.items() if name == "id" and space), "")


def _target(element: Element) -> str:
    """The id of the person that a role or augmentation speaks of: in itself or in what it holds."""
    for each in element.within():
        if each.name in REFERENCES:
            for (_, name), value in each.attributes.items():
                if name in {"ref", "uri"}:
                    return value.removeprefix("#")
    return ""
