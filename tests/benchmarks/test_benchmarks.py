"""Every benchmark runs, in a tiny mode; how fast anything was is no matter of a test."""

import pytest

from benchmarks.__main__ import SECTIONS, lines, measure
from benchmarks.row import QUICK, Load, Row, ratio_of


@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_yields_its_rows(section: str) -> None:
    rows = list(measure(QUICK, only=section))
    assert rows
    for row in rows:
        assert row.ratio is None or row.ratio > 0
        assert row.ratio is not None or "sekmet" in row.name or "bridge" in row.name


def test_a_line_tells_ratio_goal_and_verdict() -> None:
    rows = [Row("a / b", 0.5, 0.4), Row("c", 7.0, 5, below=True), Row("d / peer", None, 3)]
    assert lines(rows) == ["a / b: 0.5 ≥ 0.4 met", "c: 7 ≤ 5 missed", "d / peer: - ≥ 3 not measured"]


def test_a_ratio_is_the_median_of_interleaved_rounds() -> None:
    ours = [Load(rate, ()) for rate in (10, 20, 90)]
    floor = [Load(rate, ()) for rate in (10, 10, 10)]
    assert ratio_of(ours, floor) == 2
