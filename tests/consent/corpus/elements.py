"""What became of each element of a Consent that was read: measured on the reader by changing one element at a time."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from enum import StrEnum

from consent.terms import Consent, FhirJson, FhirValue

Place = tuple[str | int, ...]
Read = Callable[[FhirJson], Consent]


class Fate(StrEnum):
    """What became of an element."""

    READ = "read"
    IRRELEVANT = "irrelevant"
    UNRELIABLE = "unreliable"
    LOST = "lost"


def leaves(value: FhirValue, place: Place = ()) -> Iterator[Place]:
    """The place of every value that holds no other."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = False
    for key, child in inside:
        found = True
        yield from leaves(child, (*place, key))
    if not found:
        yield place


def name(place: Place) -> str:
    """The element as R4 names it, without the numbers of lists."""
    return ".".join(part for part in place if isinstance(part, str))


def without(resource: FhirJson, elements: set[str]) -> FhirJson:
    """A copy with these elements taken out wherever they stand."""
    return {key: _without(child, elements, key) for key, child in deepcopy(resource).items() if key not in elements}


def _without(value: FhirValue, elements: set[str], at: str) -> FhirValue:
    if isinstance(value, list):
        return [_without(item, elements, at) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _without(child, elements, f"{at}.{key}") for key, child in value.items() if f"{at}.{key}" not in elements
    }


def is_read(resource: FhirJson, place: Place, read: Read) -> bool:
    """Whether the facts change with this value: altered, or taken out."""
    before = read(resource)
    return any(read(changed) != before for changed in (_altered(resource, place), _taken_out(resource, place)))


def _altered(resource: FhirJson, place: Place) -> FhirJson:
    changed = deepcopy(resource)
    holder = _at(changed, place[:-1])
    holder[place[-1]] = f"{holder[place[-1]]}-altered"  # type: ignore[index]  # a place of this resource
    return changed


def _taken_out(resource: FhirJson, place: Place) -> FhirJson:
    changed = deepcopy(resource)
    del _at(changed, place[:-1])[place[-1]]  # type: ignore[arg-type]  # a place of this resource
    return changed


def _at(value: FhirValue, place: Place) -> FhirJson | list[FhirValue]:
    for key in place:
        value = value[key]  # type: ignore[index]  # a place of this resource
    return value  # type: ignore[return-value]  # an inner place holds an object or a list


def fates(
    resource: FhirJson, read: Read, causes: Mapping[str, str], irrelevant: Mapping[str, str]
) -> dict[Place, Fate]:
    """The fate of every leaf; ``causes`` and ``irrelevant`` are keyed by element name, inner elements included.

    A problem that stands hides another of its name, so that all else is measured with the causes taken out.
    """
    legible = without(resource, set(causes))
    found = dict.fromkeys((place for place in leaves(resource) if is_within(place, causes)), Fate.UNRELIABLE)
    return found | {place: _fate(legible, place, read, irrelevant) for place in leaves(legible)}


def _fate(legible: FhirJson, place: Place, read: Read, irrelevant: Mapping[str, str]) -> Fate:
    if is_read(legible, place, read):
        return Fate.READ
    return Fate.IRRELEVANT if is_within(place, irrelevant) else Fate.LOST


def is_within(place: Place, elements: Mapping[str, str]) -> bool:
    """Whether an element of this name, or one around it, is listed."""
    return any(f"{name(place)}.".startswith(f"{element}.") for element in elements)
