"""Where the consents and matrices of other implementers lie, and the decision tables that are kept beside the tests."""

import json
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
CORPUS = HERE.parents[2] / ".." / "shared" / "corpus" / "consent"


def table(name: str) -> dict[str, Any]:
    """One of the tables of this folder."""
    return _json(HERE / name)


def corpus(name: str) -> dict[str, Any]:
    """A file of the corpus; the test is skipped where there is none."""
    if not (CORPUS / name).exists():
        pytest.skip("needs ../shared/corpus/consent")
    return _json(CORPUS / name)


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]  # every file holds an object
