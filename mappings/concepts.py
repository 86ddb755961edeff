"""Code tables: FHIR ConceptMaps read from ``mappings/codes``, looked up by source code."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

CODES = Path(__file__).parent / "codes"


@dataclass(frozen=True, slots=True)
class Target:
    """One code of a target system."""

    system: str
    code: str
    display: str = ""

    def coding(self) -> dict[str, Any]:
        """The target as a FHIR Coding."""
        coding = {"system": self.system, "code": self.code}
        return {**coding, "display": self.display} if self.display else coding


@dataclass(frozen=True, slots=True)
class Concepts:
    """A ConceptMap by name; codes are compared without regard to case and outer blanks."""

    name: str
    source: str
    targets: Mapping[str, Target]

    def find(self, code: str) -> Target | None:
        """The target of a source code, None where the table has no row for it."""
        return self.targets.get(code) or self.targets.get(code.strip().upper())


@cache
def concepts(name: str) -> Concepts:
    """The ConceptMap of ``mappings/codes/<name>.json``. Raises FileNotFoundError for a name with no file."""
    document = json.loads((CODES / f"{name}.json").read_text("utf-8"))
    targets = {
        row["code"].upper(): Target(group["target"], found["code"], found.get("display", ""))
        for group in document["group"]
        for row in group["element"]
        for found in row["target"]
    }
    return Concepts(name, document["group"][0].get("source", ""), MappingProxyType(targets))
