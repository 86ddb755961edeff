"""A leaf: one populated value of a police report, with its class and the place it came from."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

from mappings.engine import HERE


class Kind(StrEnum):
    """The closed list of classes; what may leave follows from the class, and what has none never leaves.

    malformed is what is not of the form of its field, whatever class that has.
    """

    ORDINARY = "ordinary"
    PERSON = "person"
    CONTACT = "contact"
    JUSTICE = "justice"
    RESTRICTED = "restricted"
    JUVENILE = "juvenile"
    SEALED = "sealed"
    INFORMANT = "informant"
    VICTIM_LOCATION = "victim-location"
    NARRATIVE = "narrative"
    IMPRESSION = "impression"
    HEALTH = "health"
    MALFORMED = "malformed"
    UNKNOWN = "unknown"


PROTECTED = frozenset({Kind.JUSTICE, Kind.RESTRICTED})
"""Criminal justice information: never read for anything that leaves."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value.

    name is our field (``persons.birth_date``), or the source's own where we have none; group tells repeated things
    apart (``persons/0``); place is a JSON pointer, ``row 17 column "X"``, or an XPath with its byte offset.
    """

    name: str
    value: str = field(repr=False)
    kind: Kind
    place: str
    group: str = ""


def load(name: str) -> Mapping[str, Any]:
    """A table of ``mappings/police``, as its TOML says it."""
    return tomllib.loads((HERE / "police" / f"{name}.toml").read_text("utf-8"))


@cache
def kinds() -> Mapping[str, Kind]:
    """The class of every field of ours."""
    return {name: Kind(kind) for kind, table in load("classes").items() for name in table["fields"]}


def kind_of(name: str) -> Kind:
    """The class of a field; one that we do not know has none."""
    return kinds().get(name, Kind.UNKNOWN)


_YES = frozenset({"true", "yes", "y", "1"})
_NO = frozenset({"false", "no", "n", "0"})


def truth(text: str) -> bool | None:
    """Yes or no as reports write them, None for anything else."""
    sent = text.strip().lower()
    return True if sent in _YES else False if sent in _NO else None
