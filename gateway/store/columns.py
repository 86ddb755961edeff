"""Rows as the columns that ``unnest`` takes: one statement for however many there are."""

from collections.abc import Iterable
from typing import Any


def columns(rows: Iterable[tuple[Any, ...]], width: int = 0) -> list[list[Any]]:
    """One list a column; width empty lists where there is no row."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
