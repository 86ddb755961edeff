"""Channels, samples and reports for the tests of the police adapter; all persons are invented."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from adapters.base import Channel, Json, Profile, Translation
from adapters.police import POLICE
from tests.adapters.conformance import identify

SAMPLES = Path(__file__).resolve().parents[3] / "samples" / "police"
PROFILE = Profile(
    columns={
        "case_number": "Case No", "incident.began_at": "Report Date", "incident.call_type": "Call Type",
        "subject.name.family": "Last", "subject.name.given": "First", "subject.birth_date": "DOB",
        "subject.sex": "Sex", "subject.race": "Race", "subject.phone": "Phone", "subject.address.line": "Address",
        "referral.need": "Need", "referral.to": "Refer To", "referral.urgency": "Urgency",
        "referral.summary": "Summary", "narrative": "Narrative",
    },
    ignored={"Grid": "map grid of the dispatch center"},
    values={"referral.urgency": {"urgent": "1", "routine": "2"}},
    constants={"ori": "IL0990100"},
    dates=("%m/%d/%Y %H:%M", "%m/%d/%Y"),
)  # fmt: skip
CHANNEL = Channel("riverton-pd", "reports", "police", zone="America/Chicago", profile=PROFILE)
WEB = replace(CHANNEL, profile=None)


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def translate(raw: bytes, channel: Channel = CHANNEL) -> Translation:
    (message,) = POLICE.parse(raw, channel)
    return POLICE.translate(message, channel, identify)


def every_message() -> list[tuple[str, bytes]]:
    """Every single message of the samples, by file name."""
    files = sorted(path for path in SAMPLES.iterdir() if path.suffix in {".json", ".csv", ".xml"})
    return [(path.name, each) for path in files for each in POLICE.parse(path.read_bytes(), CHANNEL)]


def report(**changes: Any) -> dict[str, Any]:
    """A complete small report; None takes a part out."""
    whole: dict[str, Any] = {
        "ori": "IL0990100",
        "case_number": "26-000001",
        "reported_at": "2026-03-06T22:40:00-06:00",
        "incident": {"call_type": "EDP", "began_at": "2026-03-06T21:00:00-06:00"},
        "persons": [{"number": "P1", "role": "subject", "name": {"family": "Elmsworth", "given": "Petra"}}],
        "referral": {"to": "living-room", "need": "housing", "summary": "Would like a place to stay."},
    }
    return {name: value for name, value in (whole | changes).items() if value is not None}


def told(**changes: Any) -> Translation:
    return translate(json.dumps(report(**changes)).encode())


def resources(found: Translation, kind: str) -> list[Json]:
    return [each["resource"] for each in found.bundle["entry"] if each["resource"]["resourceType"] == kind]
