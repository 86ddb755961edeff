"""SMART scopes of backend clients, read, narrowed to what is registered, and asked.

https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
Version 1 words are read as their version 2 letters: read = rs, write = cud, * = cruds.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Letter = Literal["c", "r", "u", "d", "s"]

LETTERS = "cruds"
VERSION_1 = {"read": "rs", "write": "cud", "*": LETTERS}
WORDS = {letters: word for word, letters in VERSION_1.items()}
MAX_SCOPES = 256

_SCOPE = re.compile(r"system/(?P<type>[A-Z][A-Za-z]{0,63}|\*)\.(?P<verbs>read|write|\*|c?r?u?d?s?)")

INTERACTIONS: dict[str, Letter] = {
    "create": "c",
    "read": "r",
    "vread": "r",
    "history-instance": "r",
    "update": "u",
    "patch": "u",
    "delete": "d",
    "search-type": "s",
    "search-system": "s",
    "history-type": "s",
    "history-system": "s",
}
"""FHIR interaction code (http://hl7.org/fhir/restful-interaction) to scope letter, by the table of the SMART page."""


class InvalidScope(ValueError):
    """The scope parameter cannot be read, or nothing of it is registered: RFC 6749 §5.2 invalid_scope."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One system-level scope: a resource type or ``*``, and its letters in the order of ``cruds``."""

    type: str
    letters: str

    def __str__(self) -> str:
        """The scope as version 2 writes it, such as ``system/Task.rs``."""
        return f"system/{self.type}.{self.letters}"


def parse(text: str) -> tuple[Scope, ...]:
    """The scopes of a space-separated list; InvalidScope for other contexts, parameters and letters out of order."""
    words = text.split(" ")
    if len(words) > MAX_SCOPES:
        raise InvalidScope(f"more than {MAX_SCOPES} scopes")
    return tuple(dict.fromkeys(_scope(word) for word in words))


def grant(requested: Iterable[Scope], registered: Iterable[Scope]) -> tuple[Scope, ...]:
    """What is both requested and registered, one scope a type; InvalidScope if that is nothing."""
    registered = tuple(registered)
    granted: dict[str, str] = {}
    for wish in requested:
        for limit in registered:
            common = _common_type(wish.type, limit.type)
            if common is not None:
                granted[common] = granted.get(common, "") + _both(wish.letters, limit.letters)
    scopes = tuple(Scope(kind, _ordered(letters)) for kind, letters in sorted(granted.items()) if letters)
    if not scopes:
        raise InvalidScope("nothing requested is registered")
    return scopes


def covers(outer: Iterable[Scope], inner: Iterable[Scope]) -> bool:
    """Whether everything that inner allows is allowed by outer."""
    outer = tuple(outer)
    return all(_allowed(outer, scope.type, letter) for scope in inner for letter in scope.letters)


def allows(scopes: Iterable[Scope], kind: str, interaction: str) -> bool:
    """Whether the scopes allow an interaction (a code of INTERACTIONS) on a resource type; ``*`` for all types."""
    return _allowed(scopes, kind, INTERACTIONS[interaction])


def spelled(scopes: Iterable[Scope], asked: str) -> str:
    """The scope member of a token response; a client that asked in version 1 words is answered in them."""
    words = WORDS if all(word.partition(".")[2] in VERSION_1 for word in asked.split(" ")) else {}
    return " ".join(f"system/{scope.type}.{words.get(scope.letters, scope.letters)}" for scope in scopes)


def _scope(word: str) -> Scope:
    match = _SCOPE.fullmatch(word)
    if match is None or not match["verbs"]:
        raise InvalidScope("only system/Type.cruds scopes without parameters are granted to backend clients")
    return Scope(match["type"], VERSION_1.get(match["verbs"], match["verbs"]))


def _allowed(scopes: Iterable[Scope], kind: str, letter: str) -> bool:
    return any(letter in scope.letters and scope.type in ("*", kind) for scope in scopes)


def _common_type(one: str, other: str) -> str | None:
    if one == other or other == "*":
        return one
    return other if one == "*" else None


def _both(one: str, other: str) -> str:
    return "".join(letter for letter in one if letter in other)


def _ordered(letters: str) -> str:
    return "".join(letter for letter in LETTERS if letter in letters)
