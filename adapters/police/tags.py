"""What kind of call it was, told from call types by the versioned table ``mappings/police/tags.toml``."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from adapters.police.leaf import load

_CLAUSES = re.compile(r"\s-+\s|[,;/()]")
_LETTERS = re.compile(r"\b((?:[A-Z] )+[A-Z])\b")


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str
    phrases: re.Pattern[str]
    unless: re.Pattern[str] | None


def tags(call_types: Iterable[str]) -> tuple[str, ...]:
    """The tags of these call types, in the order of the table."""
    found = {tag for each in call_types for tag in _of(each)}
    return tuple(tag.name for tag in _table()[1] if tag.name in found)


@lru_cache(maxsize=4096)
def _of(call_type: str) -> frozenset[str]:
    """The tags of one call type.

    >>> sorted(_of("E D.P.")), sorted(_of("ASSIST PUBLIC - NO WELFARE CHK OR DV ORDER"))
    (['behavioral-health'], [])
    """
    whole = _words(call_type.upper())
    clauses = [_affirmed(_words(clause)) for clause in _CLAUSES.split(call_type.upper())]
    return frozenset(
        tag.name
        for tag in _table()[1]
        if any(tag.phrases.search(clause) for clause in clauses) and not (tag.unless and tag.unless.search(whole))
    )


def _words(text: str) -> str:
    """Capitals and digits, one blank between words, letters spelled out singly joined."""
    spaced = " ".join(re.findall(r"[A-Z0-9]+", text.replace(".", " ")))
    return _LETTERS.sub(lambda found: found[1].replace(" ", ""), spaced)


def _affirmed(clause: str) -> str:
    """The clause up to the first word that denies."""
    words = clause.split(" ")
    stop = next((place for place, word in enumerate(words) if word in _table()[0]), len(words))
    return " ".join(words[:stop])


@cache
def _table() -> tuple[frozenset[str], tuple[_Tag, ...]]:
    document = load("tags")
    rows = (
        _Tag(row["name"], _any(row["phrases"]), _any(row["unless"]) if "unless" in row else None)
        for row in document["tag"]
    )
    return frozenset(document["denials"]), tuple(rows)


def _any(phrases: Iterable[str]) -> re.Pattern[str]:
    words = (re.escape(each.removesuffix("*")) + (r"\w*" if each.endswith("*") else "") for each in phrases)
    return re.compile(rf"\b(?:{'|'.join(words)})\b")
