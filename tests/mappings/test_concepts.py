"""Code tables: FHIR ConceptMaps with their source, one row for a code."""

from pathlib import Path

import pytest
from fhir.resources.R4B import get_fhir_model_class

from mappings.concepts import CODES, concepts


@pytest.mark.parametrize("path", sorted(CODES.glob("*.json")), ids=lambda path: path.stem)
def test_every_code_table_is_a_concept_map_with_its_source(path: Path) -> None:
    document = get_fhir_model_class("ConceptMap").model_validate_json(path.read_text("utf-8"))
    assert document.name == path.stem
    assert document.copyright
    codes = [row.code.upper() for group in document.group for row in group.element]
    assert len(codes) == len(set(codes))
    assert concepts(path.stem).targets


def test_a_target_without_display_is_a_coding_without_one() -> None:
    found = concepts("name-use").find(" l ")
    assert found is not None
    assert found.coding() == {"system": "http://hl7.org/fhir/name-use", "code": "official"}
