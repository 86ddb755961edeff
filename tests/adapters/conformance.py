"""What every adapter must hold, whatever its format: check(adapter, channel, sample) raises AssertionError."""

import json
import random
import uuid

from adapters.base import Adapter, Channel, News, Split, Translation, Unreadable
from gateway.fhir.check import check_structure

AT = "2026-03-05T14:20:00-06:00"
NEWS = News("N-1", "Day Center", "accepted", AT, "d-1")
RANDOM_FILES = 50
OUTCOMES = {"mapped", "ignored", "unmapped", "repaired"}
SHORTEST_VALUE = 4
"""A shorter value may stand in a place by chance."""


def identify(kind: str, system: str, value: str) -> str:
    """Ids as a custodian's key makes them: a UUID for each, always the same."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}|{system}|{value}"))


def check(adapter: Adapter, channel: Channel, sample: bytes, values: tuple[str, ...] = ()) -> None:
    """Everything at once; values are what stands in the sample about a person, which no report may repeat."""
    check_refusals(adapter, channel)
    messages = adapter.parse(sample, channel)
    assert isinstance(messages, Split)
    assert messages, "the sample holds no message"
    for message in messages:
        check_message(adapter, channel, message, values)


def check_refusals(adapter: Adapter, channel: Channel) -> None:
    """What is no message is Unreadable and nothing else, and the refusal can be acknowledged."""
    chance = random.Random(1)  # noqa: S311  # the same bytes in each run
    noise = [chance.randbytes(length) for length in range(1, RANDOM_FILES)]
    for raw in (b"", b"\0", b"\0" * 64, *noise):
        refusal = refused(adapter, channel, raw)
        assert refusal is None or str(refusal), "a refusal says what to do"
        assert isinstance(adapter.acknowledge(raw, channel, AT, refusal), bytes)


def refused(adapter: Adapter, channel: Channel, raw: bytes) -> Unreadable | None:
    """Why the bytes cannot be used, None where they can; anything but Unreadable goes through."""
    try:
        for message in adapter.parse(raw, channel):
            adapter.envelope(message, channel)
            adapter.translate(message, channel, identify)
    except Unreadable as refusal:
        return refusal
    return None


def check_message(adapter: Adapter, channel: Channel, message: bytes, values: tuple[str, ...]) -> None:
    """One good message: valid FHIR under ids of identify, the same each time, and a report without values."""
    done = adapter.translate(message, channel, identify)
    assert adapter.envelope(message, channel) == done.envelope, "envelope and translate agree"
    assert adapter.translate(message, channel, identify) == done, "the same bytes are the same translation"
    assert done.envelope.control_id, "a message has a control id"
    assert done.moves or check_structure(done.bundle) == [], "a message makes valid FHIR, or moves Tasks"
    check_ids(adapter, channel, message, done)
    check_report(done, values)
    assert isinstance(adapter.acknowledge(message, channel, AT, None), bytes)
    assert isinstance(adapter.write(message, channel, NEWS), bytes)


def check_ids(adapter: Adapter, channel: Channel, message: bytes, done: Translation) -> None:
    """Every id of an entry comes from identify: under another key all of them are others."""
    other = adapter.translate(message, channel, lambda kind, system, value: identify(kind, f"other {system}", value))
    mine, theirs = ({each["resource"]["id"] for each in made.bundle["entry"]} for made in (done, other))
    assert not mine & theirs, "an id that does not come from identify"
    assert done.subject in mine or not mine, "subject is the Patient of the Bundle"


def check_report(done: Translation, values: tuple[str, ...]) -> None:
    """Each line says what became of a field, and none repeats what stood in it."""
    assert done.report, "the report says what became of each field"
    assert {line.outcome for line in done.report} <= OUTCOMES
    said = json.dumps([[line.path, line.target, line.because] for line in done.report], ensure_ascii=False)
    assert [value for value in values if len(value) >= SHORTEST_VALUE and value in said] == []
