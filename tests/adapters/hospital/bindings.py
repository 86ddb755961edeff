"""Whether a Bundle is R4: structure by the R4B models, required bindings by a table of allowed codes."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from adapters.base import Json

SHARED = Path(__file__).resolve().parents[3] / ".." / "shared"
TYPED = {"name": "HumanName", "address": "Address", "telecom": "ContactPoint", "identifier": "Identifier"}


@cache
def required() -> dict[str, frozenset[str]]:
    path = SHARED / "fhir" / "r4-core" / "required-bindings.json"
    if not path.exists():
        pytest.skip("required bindings not found at ../shared/fhir: binding tests skipped")
    table = json.loads(path.read_text())["enumerated"]
    return {element: frozenset(code for _, code in row["codes"]) for element, row in table.items()}


def validate(bundle: Json) -> None:
    get_fhir_model_class("Bundle").model_validate(bundle)


def breaches(bundle: Json) -> list[str]:
    """The elements that hold a code outside their required binding."""
    return [
        breach for entry in bundle["entry"] for breach in _walk(entry["resource"], entry["resource"]["resourceType"])
    ]


def _walk(node: Any, path: str) -> Iterator[str]:
    allowed = required().get(path)
    if allowed is not None and not any(code in allowed for code in _codes(node)):
        yield path
    if isinstance(node, dict):
        for name, value in node.items():
            for each in value if isinstance(value, list) else [value]:
                yield from _walk(each, f"{path}.{name}")
                if name in TYPED:
                    yield from _walk(each, TYPED[name])


def _codes(node: Any) -> list[str]:
    return [coding.get("code", "") for coding in node.get("coding", [])] if isinstance(node, dict) else [str(node)]
