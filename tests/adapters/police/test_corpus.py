"""Files that this project did not write: each ends in Bundles or in refusals from a printed list."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.base import Channel, Profile, Translation, Unreadable
from adapters.police import POLICE
from tests.adapters.police.reports import CHANNEL, WEB, identify

CORPUS = Path(__file__).resolve().parents[3] / ".." / "shared" / "corpus" / "police"
RMS = Profile(
    columns={"case_number": "Case Number", "incident.call_type": "Incident Type_1", "narrative": "Narrative"},
    constants={"ori": "NJ0020000"},
)
CAD = Profile(
    columns={"case_number": "id", "incident.began_at": "time", "incident.call_type": "nature"},
    constants={"ori": "WIMPD0000"},
)
CHANNELS = (
    WEB,
    CHANNEL,
    replace(CHANNEL, profile=RMS),
    replace(CHANNEL, profile=CAD),
    replace(CHANNEL, profile=replace(CAD, delimiter="\t")),
)


def outcomes(path: Path, channel: Channel) -> Iterator[Translation | Unreadable]:
    raw = path.read_bytes()
    try:
        messages = POLICE.parse(raw, channel)
    except Unreadable as refused:
        yield refused
        return
    for message in messages:
        try:
            yield POLICE.translate(message, channel, identify)
        except Unreadable as refused:
            yield refused


def test_every_file_ends_in_bundles_or_in_refusals_by_name() -> None:
    if not CORPUS.exists():
        pytest.skip("corpus not found at ../shared/corpus: corpus tests skipped")
    files = sorted(path for path in CORPUS.rglob("*") if path.is_file())
    told: Counter[str] = Counter()
    for channel in CHANNELS:
        for path in files:
            found = list(outcomes(path, channel))
            assert found, path
            told.update(f"{each.code}: {each}" if isinstance(each, Unreadable) else "Bundle" for each in found)
    for reason, count in told.most_common():
        print(f"{count:6} {reason}")  # noqa: T201  # the printed list
    assert len(files) >= 50
    assert not any(reason.startswith("exception") for reason in told)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("nibrs/2019.1/*.xml", "NIBRS XML submission"),
        ("nibrs/flatfile/*.txt", "NIBRS flat file"),
        ("nibrs/responses/*.xml", "answer of the NIBRS web service"),
        ("nibrs/ndex-conversion/*.xml", "names no person to refer"),
        ("eido/*.json", "EIDO conveyance message"),
        ("niem-tutorial/*.jschema", "JSON schema"),
        ("rms/*.json", "JSON schema or field dictionary"),
    ],
)
def test_formats_that_are_not_read_yet_are_refused_by_their_name(pattern: str, reason: str) -> None:
    files = sorted(CORPUS.glob(pattern))
    if not files:
        pytest.skip("corpus not found at ../shared/corpus: corpus tests skipped")
    for path in files:
        (found,) = outcomes(path, WEB)
        assert isinstance(found, Unreadable)
        assert reason in str(found), path


def test_rows_with_more_fields_than_the_header_are_refused_each_by_its_number() -> None:
    path = CORPUS / "rms" / "hackensack_sample_rms_export.csv"
    if not path.exists():
        pytest.skip("corpus not found at ../shared/corpus: corpus tests skipped")
    channel = replace(CHANNEL, profile=RMS)
    found = list(outcomes(path, channel))
    assert POLICE.parse(path.read_bytes(), channel).places == tuple(f"row {n}" for n in range(2, len(found) + 2))
    assert all(isinstance(each, Unreadable) and "34 fields and the header 31" in str(each) for each in found)
