"""What is criminal justice information by the names of elements, keys and columns; spoken.py tells it by the text.

Source: CJIS Security Policy, sections 4.1 and 4.2; the rows are in ``mappings/police/protected.toml``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from adapters.police.leaf import Kind, load

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: Kind
    exact: frozenset[str]
    words: tuple[str, ...]
    containing: tuple[str, ...]

    def holds(self, words: str, squeezed: str) -> bool:
        return (
            squeezed in self.exact
            or any(f" {each} " in words for each in self.words)
            or any(each.replace(" ", "") in squeezed for each in self.containing)
        )


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(_rule(row) for row in load("protected")["name"])


def _rule(row: Mapping[str, Any]) -> _Rule:
    lists = (tuple(row.get(key, ())) for key in ("words", "containing"))
    return _Rule(Kind(row["class"]), frozenset(row.get("exact", ())), *lists)


@lru_cache(maxsize=8192)
def by_name(name: str) -> Kind | None:
    """The protected class that the name of an element, key or column tells, None where it tells none.

    >>> by_name("PersonFBIIdentification"), by_name("ncic_hit"), by_name("FBI No."), by_name("residence")
    (<Kind.JUSTICE: 'justice'>, <Kind.JUSTICE: 'justice'>, <Kind.JUSTICE: 'justice'>, None)
    """
    found = [word.lower() for word in _WORD.findall(name)]
    words, squeezed = f" {' '.join(found)} ", "".join(found)
    return next((rule.kind for rule in _rules() if rule.holds(words, squeezed)), None)
