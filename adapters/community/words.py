"""Words of the sender looked up in ``mappings/community``: yes and no, urgency, language, and kinds of need."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import mappings

HERE = Path(mappings.__file__).parent / "community"


@dataclass(frozen=True, slots=True)
class Need:
    """What a kind of need is called: the tag for hand-off rules, a category of SDOHCC, a sensitivity."""

    tag: str
    category: str
    mark: str
    phrases: re.Pattern[str]


def load(name: str) -> Mapping[str, Any]:
    """A table of ``mappings/community``, as its TOML says it."""
    return tomllib.loads((HERE / f"{name}.toml").read_text("utf-8"))


def word(table: str, text: str) -> str:
    """What a word stands for in a table of ``words.toml``, empty where it is not listed.

    >>> word("truth", " Yes "), word("priority", "HIGH"), word("truth", "perhaps")
    ('yes', 'urgent', '')
    """
    return _words()[table].get(" ".join(text.casefold().split()), "")


def truth(text: str) -> bool | None:
    """Whether the cell says yes; None where it says neither yes nor no."""
    return {"yes": True, "no": False}.get(word("truth", text))


def needs(text: str) -> tuple[Need, ...]:
    """The kinds of need that a text speaks of, in the order of the table."""
    said = " ".join(re.findall(r"\w+", text.casefold()))
    return tuple(each for each in _needs() if each.phrases.search(said))


@cache
def need_system() -> str:
    """The system of the categories."""
    return str(load("needs")["system"])


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    return {
        table: {spelling: meant for meant, spellings in row.items() for spelling in spellings}
        for table, row in load("words").items()
    }


@cache
def _needs() -> tuple[Need, ...]:
    return tuple(
        Need(row["tag"], row.get("category", ""), row.get("mark", ""), _any(row["phrases"]))
        for row in load("needs")["need"]
    )


def _any(phrases: list[str]) -> re.Pattern[str]:
    parts = (re.escape(each.removesuffix("*")) + (r"\w*" if each.endswith("*") else "") for each in phrases)
    return re.compile(rf"\b(?:{'|'.join(parts)})\b")
