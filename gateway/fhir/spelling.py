"""The one spelling of search values: what the index writes and a query looks up must be the same text.

https://hl7.org/fhir/R4/search.html#token, #reference, #string
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any, Final

from gateway.fhir.moments import interval
from gateway.fhir.outcome import Json
from gateway.fhir.parameters import Path

SHORTEST_PREFIX: Final = 3
LONGEST_PREFIX: Final = 8

_PARTS: Final = (
    *("text", "family", "given", "prefix", "suffix"),
    *("line", "city", "district", "state", "postalCode", "country"),
)
_LOCAL = re.compile(r"([A-Z][A-Za-z]{1,40})/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?")


def token_forms(system: str, code: str) -> tuple[str, ...]:
    """What a token is found by: ``system|code``, ``code`` and ``system|``; ``|code`` where it has no system."""
    s, c = _escape(system), _escape(code)
    if not code:
        return (f"{s}|",) if system else ()
    return (f"{s}|{c}", c, f"{s}|") if system else (f"|{c}", c)


def _escape(text: str) -> str:
    if "|" in text or "\\" in text:
        return text.replace("\\", "\\\\").replace("|", "\\|")
    return text


def tokens(path: Path, value: Any) -> Iterator[str]:
    """The forms of a code, Coding, CodeableConcept, Identifier, ContactPoint or boolean."""
    if isinstance(value, bool):
        yield from token_forms("", "true" if value else "false")
    elif isinstance(value, str):
        yield from token_forms(path.system, value)
    elif path.type == "CodeableConcept":
        for coding in items(value, "coding"):
            yield from token_forms(text_of(coding, "system"), text_of(coding, "code"))
    elif not path.where or text_of(value, "system") == path.where:
        name = "code" if path.type == "Coding" else "value"
        yield from token_forms(text_of(value, "system"), text_of(value, name))


def text_of(node: Any, name: str) -> str:
    """A member of an object if it is text, else nothing."""
    value = node.get(name) if isinstance(node, dict) else None
    return value if isinstance(value, str) else ""


def items(node: Any, name: str) -> list[Any]:
    """A member of an object if it is an array, else nothing."""
    value = node.get(name) if isinstance(node, dict) else None
    return value if isinstance(value, list) else []


def references(path: Path, value: Any, base: str) -> tuple[str, ...]:
    """``Type/id`` and ``id`` of a local reference, the URL of another, a canonical with and without version."""
    text = value if isinstance(value, str) else text_of(value, "reference")
    if not text or text.startswith("#"):
        return ()
    if path.type == "canonical":
        return (text, text.split("|", 1)[0]) if "|" in text else (text,)
    match = _LOCAL.fullmatch(_without(base, text))
    if path.only and (match is None or match[1] != path.only):
        return ()
    return (f"{match[1]}/{match[2]}", match[2]) if match else (text,)


def relative(reference: str, base: str) -> str:
    """``Type/id`` of a reference into our own base, without its version; any other reference as it is."""
    match = _LOCAL.fullmatch(_without(base, reference))
    return f"{match[1]}/{match[2]}" if match else reference


def _without(base: str, reference: str) -> str:
    return reference.removeprefix(f"{base.rstrip('/')}/") if base else reference


def normalise(text: str) -> str:
    """Text as strings are compared: no case, no accents, single spaces."""
    if text.isascii():
        return " ".join(text.lower().split())
    return " ".join(_bare(_bare(text).casefold()).split())


def _bare(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def texts(value: Any) -> list[str]:
    """The searchable texts of a string, a HumanName or an Address, as written."""
    if isinstance(value, str):
        return [value]
    parts: list[Any] = []
    for name in _PARTS if isinstance(value, dict) else ():
        part = value.get(name)
        parts.extend(part if isinstance(part, list) else (part,))
    return [part for part in parts if isinstance(part, str)]


def personal_dates(value: Any) -> tuple[str, ...]:
    """A person's date as tokens: the day, the month and the year, as far as they are known."""
    if not isinstance(value, str) or interval(value) is None:
        return ()
    day = value[:10]
    return tuple(dict.fromkeys((day, day[:7], day[:4])))


def values_at(resource: Json, elements: tuple[str, ...]) -> list[tuple[Any, int | None]]:
    """Every value at a path of element names, with its position in the top-level array, None where there is none."""
    top = resource.get(elements[0])
    if top is None:
        return []
    rest = elements[1:]
    if isinstance(top, list):
        return [(value, n) for n, item in enumerate(top) for value in _below(item, rest)]
    return [(value, None) for value in _below(top, rest)]


def _below(node: Any, elements: tuple[str, ...]) -> list[Any]:
    if isinstance(node, list):
        return [value for item in node for value in _below(item, elements)]
    if not elements:
        return [] if node is None else [node]
    return _below(node.get(elements[0]), elements[1:]) if isinstance(node, dict) else []
