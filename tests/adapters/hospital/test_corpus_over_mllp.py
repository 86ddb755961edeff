"""Messages that this project did not write, sent to a running gateway: each is kept or refused with its reason."""

import asyncio
import csv
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from adapters.base import Unreadable
from adapters.hospital import HOSPITAL
from gateway.inbound.sender import NOBODY, sender_of
from tests.clients.agency_files import Agency, Client, connected, msa, replies, started
from tests.live import Live

CORPUS = Path(__file__).resolve().parents[3] / ".." / "shared" / "corpus" / "hl7v2"
KINDS = re.compile(rb"^MSH[^\r\n]*?(ADT.A(01|03|04|08|13|40)|REF.I12)\b")
REFUSED_AT_MOST = 0.05
UNREADABLE_AT_MOST = 0.10
NO_MESSAGE = ("no PID segment", "encoding characters are absent or not distinct")
"""What makes a message none: it names nobody, or its own separators."""


def numbered(message: bytes, number: int) -> bytes:
    """The message under a control id of its own, asking for an answer: copies share ids, some ask for none."""
    header, ending, rest = message.partition(b"\r" if b"\r" in message else b"\n")
    fields = header.split(header[3:4])
    for place, value in ((9, b"CORPUS%d" % number), (14, b""), (15, b"")):
        if place < len(fields) and (fields[place] or place != 9):
            fields[place] = value
    return header[3:4].join(fields) + ending + rest


def corpus() -> Iterator[tuple[str, bytes]]:
    """Every message of the named kinds, batches split, with its file."""
    manifest = CORPUS / "MANIFEST.tsv"
    if not manifest.exists():
        pytest.skip("corpus not found at ../shared/corpus: not sent over MLLP")
    for row in csv.DictReader(manifest.read_text().splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        with suppress(Unreadable):
            for message in HOSPITAL.parse((CORPUS / row["file"]).read_bytes(), NOBODY):
                if KINDS.match(message):
                    yield row["file"], message


@pytest.fixture(scope="module")
def messages() -> list[tuple[str, bytes]]:
    return [(name, numbered(message, number)) for number, (name, message) in enumerate(corpus())]


@pytest.fixture(scope="module")
def live(messages: list[tuple[str, bytes]]) -> Iterator[Live]:
    senders = tuple(sorted({sender_of(message) for _, message in messages} | {("A", "B")}))
    with started(Agency("everyone", clients=(Client("everyone-client"),), senders=senders)) as running:
        yield running


def send_all(live: Live, messages: list[tuple[str, bytes]]) -> list[bytes]:
    """Each message on one connection; its acknowledgement, empty where none came."""
    answers = []
    with connected(live, 5) as line:
        for _, message in messages:
            line.sendall(b"\x0b" + message + b"\x1c\r")
            answers += replies(line) or [b""]
    return answers


async def _rows(live: Live) -> dict[str, int]:
    async with live.owner() as driver:
        return {
            "part": await driver.fetchval("SELECT count(*) FROM part"),
            "kept": await driver.fetchval("SELECT count(*) FROM raw_message WHERE status = 'kept'"),
        }


def reason(answer: bytes) -> str:
    """ERR-2 and the text of a refusal."""
    error = next((line for line in answer.decode("latin-1").split("\r") if line.startswith("ERR")), "")
    return " ".join(each for each in error.split(error[3:4] or "|") if each)


def test_every_message_of_the_named_kinds_is_kept_or_refused_and_resending_changes_nothing(
    live: Live, messages: list[tuple[str, bytes]]
) -> None:
    first = send_all(live, messages)
    kept = asyncio.run(_rows(live))
    again = send_all(live, messages)
    codes = Counter(msa(each)[0] for each in first)
    refusals = [
        (name, reason(each)) for (name, _), each in zip(messages, first, strict=True) if msa(each)[0][1:] in {"E", "R"}
    ]
    print(f"{len(messages)} messages: {dict(codes)}; rows {kept}")  # noqa: T201  # shown by pytest -rP
    print("\n".join(f"  {name}: {why}" for name, why in refusals))  # noqa: T201
    assert len(messages) >= 40
    assert set(codes) <= {"AA", "AE", "AR"}
    assert all(why for _, why in refusals)
    others = [why for _, why in refusals if not any(each in why for each in NO_MESSAGE)]
    assert len(others) <= len(messages) * REFUSED_AT_MOST
    assert len(refusals) <= len(messages) * UNREADABLE_AT_MOST
    assert [msa(each) for each in again] == [msa(each) for each in first]
    assert asyncio.run(_rows(live)) == kept
