"""Counts tell too: without the operator's token /metrics shows only that the gateway runs."""

from pathlib import Path

import pytest

from gateway import metrics


@pytest.fixture
def data(tmp_path: Path) -> Path:
    metrics.ensure_token(tmp_path)
    metrics.OUTBOX.labels("withheld").inc()
    return tmp_path


def test_nobody_without_the_token_sees_a_count(data: Path) -> None:
    for authorization in ("", "Bearer ", "Bearer x", metrics.token_file(data).read_text().strip()):
        assert b"outbox" not in metrics.shown(data, authorization)
        assert b"crosswalk_ready" in metrics.shown(data, authorization)


def test_the_operator_sees_the_counts(data: Path) -> None:
    token = metrics.token_file(data).read_text().strip()
    assert b'crosswalk_outbox_total{outcome="withheld"}' in metrics.shown(data, f"Bearer {token}")


def test_the_token_is_made_once_and_private(data: Path) -> None:
    token = metrics.token_file(data).read_text()
    metrics.ensure_token(data)
    assert metrics.token_file(data).read_text() == token
    assert metrics.token_file(data).stat().st_mode & 0o077 == 0


def test_without_a_token_file_nobody_sees_a_count(tmp_path: Path) -> None:
    assert b"outbox" not in metrics.shown(tmp_path, "Bearer ")
