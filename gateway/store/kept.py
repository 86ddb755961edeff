"""What is kept of a record, by name: its key, its parts, its stamps. Holding one reads and writes nothing."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


def is_id(text: str) -> bool:
    """Whether a record of ours could have this id: a UUID in its one usual spelling."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


class RecordKey(NamedTuple):
    """Whose record, of what type, under which id."""

    custodian: str
    type: str
    id: str


@dataclass(frozen=True, slots=True)
class KeptPart:
    """The current version of one part, opened."""

    name: str
    counter: int
    shown: int
    segment: int
    recorded: datetime
    removed: bool
    content: bytes = field(repr=False)


@dataclass(slots=True)
class KeptRecord:
    """What is kept of a record now: its parts and the stamps of its elements."""

    parts: dict[str, KeptPart] = field(default_factory=dict)
    stamps: dict[str, str] = field(default_factory=dict)
    patient: str | None = None
