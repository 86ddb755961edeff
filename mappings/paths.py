"""Target paths of mapping rows, compiled to functions that set one value in a FHIR resource.

A path is FHIR element names joined by dots; ``[]`` after a name appends a new element. ``period.start`` sets,
``name[]`` appends a value, ``communication[].language`` appends an element holding the value.
"""

from collections.abc import Callable, Mapping
from typing import Any

Json = dict[str, Any]
Put = Callable[[Json, Any], None]


def put(path: str, constants: Mapping[str, Any] | None = None) -> Put:
    """The function that sets a value at the path; constants are merged into the element that ``[]`` appends.

    >>> resource = {}
    >>> put("extension[].valueString", {"url": "urn:example"})(resource, "x")
    >>> resource
    {'extension': [{'url': 'urn:example', 'valueString': 'x'}]}
    """
    head, _, tail = path.partition(".")
    name, appends = head.removesuffix("[]"), head.endswith("[]")
    if not tail:
        return _append(name) if appends else _set(name)
    inner = put(tail)
    return _append_within(name, inner, dict(constants or {})) if appends else _set_within(name, inner)


def repeats(path: str) -> bool:
    """Whether a second occurrence of the source can be added beside the first."""
    return "[]" in path


def element(path: str) -> str:
    """The path without its brackets, as FHIR writes it: ``communication.language``."""
    return path.replace("[]", "")


def _set(name: str) -> Put:
    def run(resource: Json, value: Any) -> None:
        resource[name] = value

    return run


def _append(name: str) -> Put:
    def run(resource: Json, value: Any) -> None:
        resource.setdefault(name, []).append(value)

    return run


def _set_within(name: str, inner: Put) -> Put:
    def run(resource: Json, value: Any) -> None:
        inner(resource.setdefault(name, {}), value)

    return run


def _append_within(name: str, inner: Put, constants: Json) -> Put:
    def run(resource: Json, value: Any) -> None:
        element = dict(constants)
        inner(element, value)
        resource.setdefault(name, []).append(element)

    return run
