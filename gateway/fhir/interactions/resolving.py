"""References inside a transaction: to other entries, by their fullUrl, and conditional ones to the caller's records.

https://hl7.org/fhir/R4/bundle.html#references, https://hl7.org/fhir/R4/http.html#trules
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from gateway.fhir.outcome import Unprocessable
from gateway.fhir.spelling import relative

Lookup = Callable[[str, str], Awaitable[str]]
"""Type and query of a conditional reference -> ``Type/id``."""

_RELATIVE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}")
_CONDITIONAL = re.compile(r"([A-Z][A-Za-z]+)\?(.+)", re.DOTALL)
_RESTFUL = re.compile(r"(https?://.+/)[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}")
_LINKS: Final = frozenset({"url", "valueUri", "valueUrl", "valueUuid", "valueOid"})
"""Elements beside references that may hold an entry's fullUrl."""


def local(value: Any, base: str) -> Any:
    """FHIR JSON whose references into our own base are ``Type/id``, as everything here looks them up.

    They lose their version too: version ids are those of each reader's own view.
    """
    if isinstance(value, list):
        return [local(each, base) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: relative(inner, base) if name == "reference" and isinstance(inner, str) else local(inner, base)
        for name, inner in value.items()
    }


async def resolved(value: Any, full_url: str, targets: Mapping[str, str], lookup: Lookup) -> Any:
    """FHIR JSON with every link to an entry replaced; targets leads from fullUrl to ``Type/id``.

    full_url is that of the entry itself, against which relative references are read. Raises Unprocessable for a
    urn that no entry has.
    """
    if isinstance(value, list):
        return [await resolved(each, full_url, targets, lookup) for each in value]
    if not isinstance(value, dict):
        return value
    made = {}
    for name, inner in value.items():
        if name == "reference" and isinstance(inner, str):
            made[name] = await _reference(inner, full_url, targets, lookup)
        elif name in _LINKS and isinstance(inner, str):
            made[name] = targets.get(inner, inner)
        else:
            made[name] = await resolved(inner, full_url, targets, lookup)
    return made


async def _reference(reference: str, full_url: str, targets: Mapping[str, str], lookup: Lookup) -> str:
    if reference in targets:
        return targets[reference]
    if reference.startswith("urn:"):
        raise Unprocessable("A reference names a urn that no entry has as its fullUrl; send that entry along.")
    if conditional := _CONDITIONAL.fullmatch(reference):
        return await lookup(conditional[1], conditional[2])
    base = _RESTFUL.fullmatch(full_url)
    if base and _RELATIVE.fullmatch(reference):
        return targets.get(base[1] + reference, reference)
    return reference
