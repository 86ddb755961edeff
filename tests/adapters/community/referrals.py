"""Channels, samples and referrals for the tests of the community adapter; all persons are invented."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from adapters.base import Channel, Json, Profile, Translation
from adapters.community import COMMUNITY
from gateway.fhir.check import check_structure
from gateway.fhir.native import validate_native
from tests.adapters.conformance import identify

SAMPLES = Path(__file__).resolve().parents[3] / "samples" / "community"
PLAIN = Channel("bridge-community", "csv", "community", zone="America/Chicago")
PROFILE = Profile(
    columns={
        "referral_number": "Case", "client_id": "Client No", "family_name": "Last", "given_name": "First",
        "birth_date": "DOB", "gender": "Sex", "safe_phone": "Safe No", "safe_to_leave_message": "Msg OK",
        "need": "Need", "referred_to": "Partner", "urgency": "Prio", "consent_given": "Consent",
        "consent_date": "Signed", "referral_date": "Opened", "perpetrator_name": "Abuser",
    },
    ignored={"Worker notes": "stays in the sender's case file"},
    values={"urgency": {"urgent": "1", "routine": "3"}},
    constants={"referrer_organization": "Harbor Family Services"},
    dates=("%m/%d/%Y %H:%M", "%m/%d/%Y"),
    delimiter=";",
)  # fmt: skip
PROFILED = replace(PLAIN, profile=PROFILE)


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def translate(message: bytes, channel: Channel = PLAIN) -> Translation:
    return COMMUNITY.translate(message, channel, identify)


def told(channel: Channel = PLAIN, /, **fields: Any) -> Translation:
    """A JSON referral of these fields beside the numbers and a need."""
    said = {"referral_number": "R-1", "client_id": "C-1", "need": "food"} | fields
    return translate(json.dumps({name: text for name, text in said.items() if text is not None}).encode(), channel)


def only(translation: Translation, kind: str) -> Json:
    (found,) = resources(translation, kind)
    return found


def resources(translation: Translation, kind: str = "") -> list[Json]:
    entries = [entry["resource"] for entry in translation.bundle["entry"]]
    return [each for each in entries if kind in ("", each["resourceType"])]


def line(translation: Translation, place: str) -> tuple[str, str]:
    (found,) = [each for each in translation.report if each.path == place and each.outcome != "repaired"]
    return found.outcome, found.target or found.because


def faults(translation: Translation) -> list[str]:
    """What the gateway's own checks find wrong with what was made."""
    return [
        f"{each['resourceType']} {issue}"
        for each in resources(translation)
        for issue in (*check_structure(each), *validate_native(each))
    ]
