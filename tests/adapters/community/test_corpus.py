"""Files that this project did not write: each ends in Bundles or in refusals from a printed list."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.base import Translation, Unreadable
from adapters.community import COMMUNITY
from tests.adapters.community.referrals import PLAIN, faults, translate

CORPUS = Path(__file__).resolve().parents[3] / ".." / "shared" / "corpus" / "referral"
SUFFIXES = {".json", ".csv", ".tsv", ""}


def outcomes(path: Path) -> Iterator[Translation | Unreadable]:
    try:
        messages = COMMUNITY.parse(path.read_bytes(), PLAIN)
    except Unreadable as refused:
        yield refused
        return
    for message in messages:
        try:
            yield translate(message)
        except Unreadable as refused:
            yield refused


def files(pattern: str = "**/*") -> list[Path]:
    found = sorted(path for path in CORPUS.glob(pattern) if path.is_file() and path.suffix in SUFFIXES)
    if not found:
        pytest.skip("corpus not found at ../shared/corpus: corpus tests skipped")
    return found


def test_every_file_ends_in_bundles_or_in_refusals_by_name() -> None:
    told: Counter[str] = Counter()
    for path in files():
        found = list(outcomes(path))
        assert found, path
        for each in found:
            told[f"{each.code}: {each}" if isinstance(each, Unreadable) else "Bundle"] += 1
            assert isinstance(each, Unreadable) or not faults(each), path
    for reason, count in told.most_common():
        print(f"{count:6} {reason}")  # noqa: T201  # the printed list
    assert sum(told.values()) >= 200


def test_fhir_is_sent_on_to_where_fhir_is_taken() -> None:
    for path in files("sdohcc/**/*.json"):
        (found,) = outcomes(path)
        assert isinstance(found, Unreadable)
        assert "POST /fhir" in str(found), path


def test_directories_are_refused_as_directories() -> None:
    for path in files("hsds_mock_api/**/*"):
        (found,) = outcomes(path)
        assert isinstance(found, Unreadable)
        assert "a directory names services" in str(found), path
