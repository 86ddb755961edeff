"""Translate: tokenize, map and serialize, against hl7apy's parse alone and against a peer, on the same messages."""

import csv
import statistics
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import thread_time

import orjson
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message

from adapters.base import Channel, Unreadable
from adapters.hospital import HOSPITAL
from benchmarks.peers import bridge
from benchmarks.row import Row, Scale, quantile, seconds_per_call
from gateway.store.keys import DOCUMENTED_TEST_KEYS

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "samples" / "hospital"
CORPUS = ROOT.parent / "shared" / "corpus" / "hl7v2"
CHANNEL = Channel("cityhosp", "adt", "hospital", zone="America/Chicago")
FEW = 50
"""As many messages are few enough for the quick mode to take them all."""
SLOWEST = 2.0
"""Seconds after which a message is not parsed again by hl7apy."""


def translate(raw: bytes) -> bytes:
    """One message as FHIR in JSON. Raises Unreadable."""
    return orjson.dumps(HOSPITAL.translate(raw, CHANNEL, DOCUMENTED_TEST_KEYS.identify).bundle)


def messages() -> Iterator[bytes]:
    """The authored samples, and the corpus where it is present, as far as they are translated."""
    files = sorted(SAMPLES.glob("*.hl7"))
    if (CORPUS / "MANIFEST.tsv").exists():
        rows = csv.DictReader(
            (CORPUS / "MANIFEST.tsv").read_text().splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE
        )
        files += [CORPUS / row["file"] for row in rows]
    for file in files:
        with suppress(Unreadable):
            for raw in HOSPITAL.parse(file.read_bytes(), CHANNEL):
                with suppress(Unreadable):
                    translate(raw)
                    yield raw


def translating(scale: Scale, folder: Path) -> list[Row]:
    """Microseconds per message, and both ratios."""
    every = list(messages())
    if not scale.peers and len(every) > FEW:
        every = every[::10]
    ours = [seconds_per_call(lambda raw=raw: translate(raw), 5, 7) for raw in every]  # type: ignore[misc]  # bound now
    discharges = [took for raw, took in zip(every, ours, strict=True) if b"^A03" in raw.split(b"\r")[0]]
    figures = {
        "ours": f"p50 {_micro(ours, 0.5)} p95 {_micro(ours, 0.95)} µs over {len(every)} messages",
        "discharges": f"p50 {_micro(discharges, 0.5)} µs over {len(discharges)}" if discharges else "none",
    }
    return [
        Row("translate p50, µs", quantile(ours, 0.5) * 1e6, 60, figures, below=True),
        Row("translate p95, ms", quantile(ours, 0.95) * 1e3, 0.5, {}, below=True),
        _hl7apy(every, ours),
        _bridge(scale, folder, every, ours),
    ]


def _hl7apy(every: list[bytes], ours: list[float]) -> Row:
    pairs = []
    for raw, took in zip(every, ours, strict=True):
        theirs = _parse_seconds(raw)
        if theirs:
            pairs.append((theirs, took))
    ratio = statistics.median(theirs / took for theirs, took in pairs)
    told = f"p50 {_micro([theirs for theirs, _ in pairs], 0.5)} µs over the {len(pairs)} it parses"
    return Row("hl7apy parse alone / translate", ratio, 100, {"hl7apy": told})


def _parse_seconds(raw: bytes) -> float | None:
    text, found = raw.decode("latin-1").replace("\r\n", "\r").replace("\n", "\r"), []
    for _ in range(3):
        begun = thread_time()
        try:
            parse_message(text, validation_level=VALIDATION_LEVEL.TOLERANT, find_groups=False)
        except Exception:  # noqa: BLE001  # whatever hl7apy raises, it did not parse this one
            return None
        found.append(thread_time() - begun)
        if found[0] > SLOWEST / 10:
            break
    return statistics.median(found)


def _bridge(scale: Scale, folder: Path, every: list[bytes], ours: list[float]) -> Row:
    name, theirs = "translate / hl7v2-fhir-bridge", bridge(folder, every) if scale.peers else None
    if theirs is None:
        return Row(name, None, 1, {"bridge": "not wanted or could not be installed: skipped"}, below=True)
    pairs = [(took, other) for took, other in zip(ours, theirs, strict=True) if other]
    if not pairs:
        return Row(name, None, 1, {"bridge": "takes none of these messages"}, below=True)
    told = f"p50 {_micro([other for _, other in pairs], 0.5)} µs over the {len(pairs)} it takes, A03 not among them"
    return Row(name, statistics.median(took / other for took, other in pairs), 1, {"bridge": told}, below=True)


def _micro(seconds: list[float], part: float) -> str:
    return f"{quantile(seconds, part) * 1e6:.0f}"
