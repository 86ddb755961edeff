"""The only place that asks what time it is."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant, in UTC with its offset."""
    return datetime.now(UTC)  # noqa: TID251


def iso(at: datetime) -> str:
    """A FHIR instant with milliseconds, such as ``2026-05-02T17:00:00.000+00:00``."""
    return at.isoformat(timespec="milliseconds")
