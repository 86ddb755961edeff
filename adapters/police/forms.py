"""What a field may hold: strict forms, how its other text is read, and which fields say how a person is protected.

The rows are in ``mappings/police/forms.toml`` and ``languages.toml``; a field that stands in neither is free text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from adapters.police.leaf import load
from mappings.concepts import concepts


class Reading(StrEnum):
    """How the text of a field is read for criminal justice information."""

    TEXT = "text"
    NAME = "name"
    ADDRESS = "address"
    CODE = "code"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Form:
    """A strict form: a pattern or a closed list of words, in any case; read, whether its text is read all the same."""

    pattern: re.Pattern[str]
    words: frozenset[str]
    read: bool

    def fits(self, text: str) -> bool:
        """Whether the value is of this form."""
        return text.casefold() in self.words or bool(self.pattern.fullmatch(text))


def form_of(field: str) -> Form | None:
    """The strict form of a field, None where it takes text, a moment, or words that its reader looks up."""
    return _forms().get(field)


def reading_of(field: str) -> Reading:
    """How the text of a field is read; in full where nothing says otherwise."""
    return _readings().get(field, Reading.TEXT)


@cache
def steers() -> frozenset[str]:
    """Fields that say how a person is to be protected, which cannot be left out in silence."""
    return frozenset(load("forms")["steers"]["fields"])


@cache
def _readings() -> Mapping[str, Reading]:
    return {name: Reading(reading) for reading, names in load("forms")["reading"].items() for name in names}


@cache
def _forms() -> Mapping[str, Form]:
    rows = [row for row in load("forms")["strict"].values() if isinstance(row, dict)]
    return {name: form for row in rows for form in [_form(row)] for name in row["fields"]}


def _form(row: Mapping[str, Any]) -> Form:
    if row.get("list") == "languages":
        return _languages()
    words = {*row.get("words", ()), *(concepts(row["codes"]).targets if "codes" in row else ())}
    pattern = re.compile(row.get("pattern", r"(?!)"), re.IGNORECASE | re.ASCII)
    return Form(pattern, frozenset(each.casefold() for each in words), row.get("read", False))


def _languages() -> Form:
    """Names of languages, and tags of a known language with script and region, RFC 5646."""
    table = load("languages")
    codes, scripts = "|".join(table["codes"]), "|".join(table["scripts"])
    tag = re.compile(rf"(?:{codes})(?:-(?:{scripts}))?(?:-(?:[a-z]{{2}}|\d{{3}}))?", re.IGNORECASE | re.ASCII)
    return Form(tag, frozenset(each.casefold() for each in table["names"]), read=False)
