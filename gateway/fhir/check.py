"""Whether a resource is FHIR R4: structure, required bindings, reference types, invariants, then R4B's models.

check_structure is our own, compiled from HL7's definitions, and fast enough for every adapter output;
validate_native is fhir.resources, for what clients send. Issues carry a FHIRPath and never a value.
https://hl7.org/fhir/R4/validation.html
"""

from typing import Any, Final

from gateway.fhir.definitions import ELEMENT_NAMES, RESOURCE_TYPES, Rule, Shape, shape_of
from gateway.fhir.native import validate_native
from gateway.fhir.outcome import Issue, Json, Unprocessable
from gateway.fhir.spelling import items, text_of

MAX_ISSUES: Final = 50


class _Findings(list[Issue]):
    """Issues so far, and the local references (path, id) of the resource at hand."""

    def __init__(self) -> None:
        super().__init__()
        self.local: list[tuple[str, str]] = []


def check(resource: Json) -> list[Issue]:
    """All that is wrong with a resource that a client sent; fhir.resources is asked only where we find nothing."""
    return check_structure(resource) or validate_native(resource)


def require_valid(resource: Json) -> None:
    """Raises Unprocessable (422) with every issue of a resource that a client sent."""
    issues = check(resource)
    if issues:
        raise Unprocessable.of(issues)


def check_structure(resource: Json) -> list[Issue]:
    """Unknown and missing elements, repetition, primitive forms, choices, required bindings, reference types."""
    issues = _Findings()
    name = resource.get("resourceType")
    _resource(resource, name if isinstance(name, str) and name in RESOURCE_TYPES else "Resource", issues)
    return issues[:MAX_ISSUES]


def _resource(value: Any, path: str, issues: _Findings) -> None:
    """A resource at the root, in a Bundle's entry, or contained."""
    name = value.get("resourceType") if type(value) is dict else None
    if type(name) is not str or name not in RESOURCE_TYPES:
        issues.append(Issue("structure", "This is no resource of a type that FHIR R4 4.0.1 knows.", path))
    elif shape := shape_of(name):
        _object(shape, value, path, issues)
        if not path.rpartition(".")[2].startswith("contained["):
            _containment(value, path, issues)


def _containment(resource: Json, path: str, issues: _Findings) -> None:
    """ref-1 and dom-3: local references lead to contained resources, and each of those is led to."""
    wanted, issues.local = issues.local, []
    contained = {text_of(each, "id") for each in items(resource, "contained")}
    for place, name in wanted:
        if name and name not in contained:
            issues.append(Issue("invariant", "ref-1: there is no such contained resource.", place))
    for index, each in enumerate(items(resource, "contained")):
        place = f"{path}.contained[{index}]"
        to_container = any(not name for start, name in wanted if start.startswith(place))
        if not (to_container or _mentions(resource, f"#{text_of(each, 'id')}")):
            issues.append(Issue("invariant", "dom-3: nothing refers to this contained resource.", place))


def _mentions(node: Any, text: str) -> bool:
    """Whether a text stands anywhere below node, as a reference or as a canonical."""
    if isinstance(node, dict):
        return any(_mentions(each, text) for each in node.values())
    if isinstance(node, list):
        return any(_mentions(each, text) for each in node)
    return isinstance(node, str) and node == text


def _object(shape: Shape, node: Json, path: str, issues: _Findings) -> None:
    """Every member of one object against its shape."""
    elements = shape.elements
    for name, value in node.items():
        rule = elements.get(name)
        if rule is None:
            _stray(shape, name, value, path, issues)
            continue
        if rule.many:
            _list(rule, name, value, node, path, issues)
        elif rule.test is None:
            _complex(rule, value, f"{path}.{name}", issues)
        elif not rule.test(value):
            _bad_primitive(rule, f"{path}.{name}", issues)
    if not shape.plain:
        _groups(shape, node, path, issues)


def _groups(shape: Shape, node: Json, path: str, issues: _Findings) -> None:
    """What concerns several members of an object: required ones, forms of a choice, invariants."""
    for group in shape.required:
        if node.keys().isdisjoint(group):
            _absent(group, path, issues)
    for choice, names in shape.choices:
        if len(node.keys() & names) > 1:
            issues.append(Issue("structure", f"Only one form of {choice}[x] may be present.", path))
    for key, holds, text in shape.invariants:
        if not holds(node):
            issues.append(Issue("invariant", f"{key}: {text}.", path))


def _list(rule: Rule, name: str, value: Any, node: Json, path: str, issues: _Findings) -> None:
    if type(value) is not list or not value:
        issues.append(
            Issue("structure", "This element repeats: send a JSON array that is not empty.", f"{path}.{name}")
        )
        return
    test = rule.test
    for index, item in enumerate(value):
        if test is None:
            _complex(rule, item, f"{path}.{name}[{index}]", issues)
        elif not test(item) and not (item is None and _extended(node.get(f"_{name}"), index)):
            _bad_primitive(rule, f"{path}.{name}[{index}]", issues)


def _extended(extensions: Any, index: int) -> bool:
    return type(extensions) is list and index < len(extensions) and type(extensions[index]) is dict


def _complex(rule: Rule, value: Any, path: str, issues: _Findings) -> None:
    if type(value) is not dict or not value:
        issues.append(Issue("structure", f"This element is a JSON object of type {rule.type}, not empty.", path))
        return
    if rule.type == "Resource":
        _resource(value, path, issues)
        return
    shape = shape_of(rule.type)
    if shape is not None:
        _object(shape, value, path, issues)
    if rule.coded:
        _binding(rule, value, path, issues)
    if rule.type == "Reference":
        _target(rule, value, path, issues)


def _bad_primitive(rule: Rule, path: str, issues: _Findings) -> None:
    if rule.bound:
        issues.append(Issue("code-invalid", "This is no code of the required value set.", path))
    else:
        issues.append(Issue("value", f"This is no valid {rule.type}.", path))


def _binding(rule: Rule, value: Json, path: str, issues: _Findings) -> None:
    """A required binding: one of the codings must be of the value set."""
    codings = [value] if rule.type == "Coding" else value.get("coding") or ()
    if type(codings) is not list:
        codings = []
    pairs = [(each.get("system"), each.get("code")) for each in codings if type(each) is dict]
    if not any(type(s) is str and type(c) is str and (s, c) in rule.coded for s, c in pairs):
        issues.append(Issue("code-invalid", "No coding here is of the required value set.", path))


def _target(rule: Rule, value: Json, path: str, issues: _Findings) -> None:
    """Relative references tell the type that they point to; local ones are looked up when the resource ends."""
    reference = value.get("reference")
    if type(reference) is not str or ":" in reference:
        return
    if reference.startswith("#"):
        issues.local.append((path, reference[1:]))
        return
    name = reference.split("/", 1)[0].split("?", 1)[0]
    if rule.targets and name in RESOURCE_TYPES and name not in rule.targets:
        issues.append(Issue("value", f"This may refer to {', '.join(sorted(rule.targets))}, not to {name}.", path))


def _absent(group: frozenset[str], path: str, issues: _Findings) -> None:
    names = sorted(name for name in group if not name.startswith("_"))
    place = f"{path}.{names[0]}" if len(names) == 1 else path
    issues.append(Issue("required", f"{' or '.join(names)} is required.", place))


def _stray(shape: Shape, name: str, value: Any, path: str, issues: _Findings) -> None:
    """A member that is no element: the extensions of a primitive, or a mistake."""
    rule = shape.elements.get(name[1:]) if name.startswith("_") and name != "_resourceType" else None
    if rule is None or rule.test is None:
        said = f"{name} is" if name in ELEMENT_NAMES else "There is something that is"
        issues.append(Issue("structure", f"{said} no element of {shape.name} in FHIR R4.", path))
        return
    for each in value if type(value) is list else [value]:
        if each is not None or not rule.many:
            _complex(_ELEMENT, each, f"{path}.{name[1:]}", issues)


_ELEMENT: Final = Rule("Element", many=False, test=None)
