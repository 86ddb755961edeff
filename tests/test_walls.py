"""The walls stand, and each of them falls when somebody walks through it."""

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import walls

ROOT = Path(__file__).resolve().parents[1]
LINTER = Path(sys.executable).with_name("lint-imports")
Finder = Callable[[Path], list[str]]


@dataclass(frozen=True, slots=True)
class Plant:
    """One line that breaks one wall."""

    contract: str
    file: str
    line: str


IMPORTS = (
    Plant("layers", "mappings/engine.py", "import adapters.base"),
    Plant("translation-is-blind", "adapters/hospital/marks.py", "import consent.terms"),
    Plant("law-is-pure", "consent/explain.py", "import os"),
    Plant("law-is-pure", "consent/labels.py", "import mappings.times"),
    Plant("adapters-are-independent", "adapters/second/__init__.py", "import adapters.hospital"),
    Plant("laws-are-independent", "consent/laws/cjis.py", "import consent.laws.part2"),
    Plant("records-have-one-way-in-and-one-way-out", "gateway/referral.py", "import gateway.store.records"),
    Plant("edges-outside-middle-inside", "gateway/store/seal.py", "import gateway.disclose.disclose"),
    Plant("no-cycles", "mappings/times.py", "import mappings.engine"),
)

SOURCES: tuple[tuple[Finder, str, str], ...] = (
    (walls.sql_outside_the_store, "gateway/referral.py", 'Q = "SELECT sealed FROM part"'),
    (walls.names_that_say_nothing, "gateway/fhir/utils.py", ""),
    (walls.names_that_say_nothing, "gateway/referral.py", "class ReferralManager: ..."),
    (walls.code_from_data, "mappings/engine.py", "eval('1')"),
    (walls.code_from_data, "mappings/engine.py", "import pickle"),
    (walls.code_from_data, "adapters/base.py", "import xml.etree.ElementTree"),
    (walls.clocks, "consent/validity.py", "datetime.now()"),
    (walls.clocks, "gateway/referral.py", "time.time()"),
    (walls.releases_elsewhere, "gateway/referral.py", "from consent.decide import release"),
    (walls.silenced_types, "gateway/referral.py", "x = 1  # type: " + "ignore"),
    (walls.silenced_types, "consent/terms.py", "x = 1  # type: " + "ignore[misc]  # because"),
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources in which walls may be broken."""
    folder = tmp_path_factory.mktemp("walls")
    for package in walls.PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", folder)
    return folder


@pytest.fixture
def plant(copy: Path) -> Iterator[Callable[[str, str], None]]:
    """Adds a line to a file of the copy, for one test."""
    before: dict[Path, str | None] = {}

    def add(file: str, line: str) -> None:
        path = copy / file
        before[path] = path.read_text() if path.exists() else None
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{before[path] or ''}\n{line}\n")

    yield add
    for path, text in before.items():
        path.unlink() if text is None else path.write_text(text)


def linted(folder: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    chosen = [word for contract in contracts for word in ("--contract", contract)]
    return subprocess.run(
        [LINTER, "--no-logo", "--no-cache", *chosen], cwd=folder, capture_output=True, text=True, check=False
    )


def test_all_import_walls_stand(copy: Path) -> None:
    outcome = linted(copy)
    assert outcome.returncode == 0, outcome.stdout
    assert " 0 broken" in outcome.stdout


@pytest.mark.parametrize("case", IMPORTS, ids=lambda case: f"{case.contract} {case.file}")
def test_an_import_through_a_wall_is_found(copy: Path, plant: Callable[[str, str], None], case: Plant) -> None:
    plant(case.file, case.line)
    outcome = linted(copy, case.contract)
    assert outcome.returncode == 1
    assert " 1 broken" in outcome.stdout, outcome.stdout + outcome.stderr


@pytest.mark.parametrize(
    "finder", dict.fromkeys(finder for finder, _, _ in SOURCES), ids=lambda finder: finder.__name__
)
def test_the_sources_keep_to_the_wall(finder: Finder) -> None:
    assert finder(ROOT) == []


@pytest.mark.parametrize(("finder", "file", "line"), SOURCES, ids=lambda value: getattr(value, "__name__", str(value)))
def test_a_line_through_a_wall_is_found(
    copy: Path, plant: Callable[[str, str], None], finder: Finder, file: str, line: str
) -> None:
    before = len(finder(copy))
    plant(file, line)
    assert len(finder(copy)) == before + 1


def test_the_linter_forbids_positional_booleans_relative_imports_and_print() -> None:
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    assert {"FBT", "TID", "T20", "S", "DTZ", "BLE"} <= set(ruff["select"])
    assert ruff["flake8-tidy-imports"]["ban-relative-imports"] == "all"
    assert not {"FBT", "FBT001", "FBT003", "TID252"} & set(ruff["ignore"])


def test_types_are_strict_everywhere() -> None:
    mypy = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
    assert mypy["strict"] is True
    assert set(mypy["packages"]) == set(walls.PACKAGES)


def test_no_file_outgrows_a_sitting() -> None:
    long = [
        f"{file}: {lines} lines"
        for file, lines in ((file, len((ROOT / file).read_text().splitlines())) for file, _ in walls.sources(ROOT))
        if lines > 450
    ]
    assert long == []
