"""What the referral form asks, as data (``questions.toml``), and whom a referral may name as the one to help."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from gateway.agencies.handoffs import due
from gateway.agencies.model import Agency
from gateway.registry import Snapshot

Kind = Literal["line", "long", "date", "age", "choice", "receiver"]
RECEIVER = "referred_to"
EVENT = "REFERRAL"


@dataclass(frozen=True, slots=True)
class Question:
    """One question; name is that of the adapter's field, options are what is sent and how the page says it."""

    name: str
    kind: Kind
    label: str
    hint: str = ""
    required: bool = False
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Section:
    """Questions under one heading."""

    title: str
    text: str
    questions: tuple[Question, ...]


def receivers(agency: Agency, snapshot: Snapshot) -> dict[str, str]:
    """What a referral may name as the one to help, and the names of all that its agency's hand-off rules then reach."""
    found = {}
    for rule in agency.handoffs:
        for word in rule.when.get(RECEIVER, ())[:1]:
            reached = due(agency, {"event": (EVENT,), RECEIVER: (word,)})
            names = [snapshot.agencies[each.receiver].name for each in reached if each.receiver in snapshot.agencies]
            if rule in reached and names:
                found[word] = " and ".join(names)
    return found


def _section(row: Mapping[str, Any]) -> Section:
    return Section(row["title"], row.get("text", ""), tuple(Question(**each) for each in row["question"]))


SECTIONS = tuple(map(_section, tomllib.loads(Path(__file__).with_name("questions.toml").read_text("utf-8"))["section"]))
QUESTIONS: Mapping[str, Question] = {each.name: each for section in SECTIONS for each in section.questions}
"""Every question by its name, in the order of the page."""
