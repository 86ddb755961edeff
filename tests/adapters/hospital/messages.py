"""Authored messages, a channel and an identify for the tests of the hospital adapter."""

import hashlib
import uuid
from collections.abc import Iterator
from pathlib import Path

from adapters.base import Channel, Json, Translation
from adapters.hospital import HOSPITAL

SAMPLES = Path(__file__).resolve().parents[3] / "samples" / "hospital"
CHANNEL = Channel("cityhosp", "adt", "hospital", zone="America/Chicago")
NO_ZONE = Channel("cityhosp", "adt", "hospital")


def identify(kind: str, system: str, value: str) -> str:
    assert kind
    assert system
    assert value
    digest = hashlib.blake2b("\0".join((kind, system, value)).encode(), digest_size=16, key=b"test key").digest()
    return str(uuid.UUID(bytes=digest, version=4))


def segment(name: str, **fields: str) -> str:
    """segment("PV1", f2="I") is PV1||I."""
    numbers = {int(key[1:]): value for key, value in fields.items()}
    return "|".join([name, *(numbers.get(number, "") for number in range(1, max(numbers) + 1))])


def header(event: str = "ADT^A03", control: str = "C1", version: str = "2.5.1", **fields: str) -> str:
    given = {
        "f2": "EHR",
        "f3": "CITYHOSP",
        "f6": "20260305141500-0600",
        "f8": event,
        "f9": control,
        "f10": "P",
        "f11": version,
    }
    return segment("MSH", **{"f1": "^~\\&", **given, **fields})


PID = "PID|1||700101^^^CITYHOSP^MR||RIVERA^ALEX"
PV1 = segment("PV1", f2="I", f19="V1", f44="20260302081000-0600")
EVN = "EVN||20260305141500-0600"


def message(*segments: str) -> bytes:
    return ("\r".join(segments) + "\r").encode()


def discharge(*more: str, pv1: str = PV1, pid: str = PID, event: str = "ADT^A03") -> bytes:
    return message(header(event), EVN, pid, pv1, *more)


def translate(raw: bytes, channel: Channel = CHANNEL) -> Translation:
    return HOSPITAL.translate(raw, channel, identify)


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.hl7").read_bytes()


def resources(found: Translation, kind: str) -> list[Json]:
    return [entry["resource"] for entry in found.bundle["entry"] if entry["resource"]["resourceType"] == kind]


def only(found: Translation, kind: str) -> Json:
    (resource,) = resources(found, kind)
    return resource


def outcome(found: Translation, path: str) -> str:
    """The outcomes of a path in the report, joined."""
    return " ".join(line.outcome for line in found.report if line.path == path)


def samples() -> Iterator[bytes]:
    """Every authored message, batches split."""
    for path in sorted(SAMPLES.glob("*.hl7")):
        yield from HOSPITAL.parse(path.read_bytes(), CHANNEL)
