"""Messages that this project did not write: each ends in a valid Bundle or a refusal by name."""

import csv
import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from functools import cache
from time import monotonic

import pytest

from adapters.base import Translation, Unreadable
from adapters.hospital import HOSPITAL
from adapters.hospital.acknowledge import asks_for_reply
from adapters.hospital.er7 import tokenize
from adapters.hospital.header import TRANSLATED
from adapters.hospital.normalise import normalise
from tests.adapters.hospital.bindings import SHARED, breaches, validate
from tests.adapters.hospital.messages import CHANNEL, only, translate

CORPUS = SHARED / "corpus" / "hl7v2"
ORACLE_SECONDS = 15
Record = Callable[[str, object], None]


@cache
def corpus() -> tuple[tuple[str, bytes], ...]:
    """Every message of the corpus by file name, batches split."""
    if not (CORPUS / "MANIFEST.tsv").exists():
        pytest.skip("corpus not found at ../shared/corpus: corpus tests skipped")
    rows = list(
        csv.DictReader((CORPUS / "MANIFEST.tsv").read_text().splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    )
    found = []
    for row in rows:
        with suppress(Unreadable):
            found += [(row["file"], each) for each in HOSPITAL.parse((CORPUS / row["file"]).read_bytes(), CHANNEL)]
    assert len(found) >= len(rows) - 3
    return tuple(found)


@cache
def outcomes() -> tuple[tuple[str, bytes, Translation | Unreadable], ...]:
    return tuple((name, raw, _outcome(raw)) for name, raw in corpus())


def _outcome(raw: bytes) -> Translation | Unreadable:
    try:
        return translate(raw)
    except Unreadable as refused:
        return refused


def translated() -> list[tuple[str, bytes, Translation]]:
    return [(name, raw, found) for name, raw, found in outcomes() if isinstance(found, Translation)]


def test_messages_of_the_named_types_are_translated_and_others_refused_by_name(record_property: Record) -> None:
    counted: Counter[str] = Counter()
    for name, _, found in outcomes():
        if isinstance(found, Translation):
            assert found.envelope.kind in TRANSLATED
            counted["translated"] += 1
        elif found.place == "MSH-9":
            assert "is not translated; supported:" in str(found)
            counted["other types"] += 1
        else:
            counted[f"refused: {found.code} {found.place}"] += 1
            assert found.code in ("required", "structure"), name
    record_property("outcomes", dict(counted))
    assert counted["translated"] >= 40
    assert sum(n for why, n in counted.items() if why.startswith("refused")) <= 3


def test_every_bundle_is_valid_and_keeps_the_required_bindings() -> None:
    for name, _, found in translated():
        validate(found.bundle)
        assert breaches(found.bundle) == [], name


def test_every_discharge_is_finished() -> None:
    discharges = [found for _, _, found in translated() if found.envelope.kind == "ADT^A03"]
    assert discharges
    assert {only(found, "Encounter")["status"] for found in discharges} == {"finished"}


def test_every_time_in_a_bundle_has_the_senders_digits_and_offset() -> None:
    moment = re.compile(r'"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d(?:\.\d+)?)([+-])(\d\d):(\d\d)"')
    for name, raw, found in translated():
        text = raw.decode("utf-8", "replace")
        for year, month, day, hour, minute, second, sign, hours, minutes in moment.findall(
            str(found.bundle).replace("'", '"')
        ):
            stem = f"{year}{month}{day}{hour}{minute}"
            with_offset = f"{sign}{hours}{minutes}"
            assert f"{stem}{second}" in text or (second == "00" and stem in text), name
            sent = re.findall(rf"{stem}[\d.]*([+-]\d{{4}})?", text)
            assert with_offset in sent or "" in sent, name


def test_text_beyond_ascii_arrives_as_it_was_written() -> None:
    for name, raw, found in translated():
        text = normalise(raw, CHANNEL).text
        written = set(re.findall(r"[^\x00-\x7f]+", str(found.bundle)))
        assert all(each in text for each in written), name


def test_every_message_is_answered() -> None:
    for _, raw, found in outcomes():
        refusal = found if isinstance(found, Unreadable) else None
        answer = HOSPITAL.acknowledge(raw, CHANNEL, "2026-03-05T14:15:01-06:00", refusal)
        asked = asks_for_reply(raw, CHANNEL, refusal)
        assert bool(answer) is asked
        assert not asked or re.search(rb"\rMSA.[AC]" + (b"[ER]" if refusal else b"A"), answer)


def test_our_leaves_equal_those_of_hl7apy(record_property: Record) -> None:
    hl7apy = pytest.importorskip("hl7apy.parser")
    compared = 0
    until = monotonic() + ORACLE_SECONDS
    for name, raw in sorted(corpus(), key=lambda each: len(each[1])):
        if monotonic() > until:
            break
        theirs = _their_leaves(hl7apy, raw)
        if theirs is not None:
            assert _spelled(_our_leaves(raw)) == _spelled(theirs), name
            compared += 1
    record_property("compared", f"{compared} of {len(corpus())} messages")
    assert compared >= 20


def _spelled(leaves: Counter[str]) -> Counter[str]:
    """The leaves with numbers by their value, since hl7apy rewrites ``.5`` and ``007``."""
    spelled: Counter[str] = Counter()
    for leaf, times in leaves.items():
        spelled[str(Decimal(leaf).normalize()) if re.fullmatch(r"[+-]?(\d+|\d*\.\d+)", leaf) else leaf] += times
    return spelled


def _our_leaves(raw: bytes) -> Counter[str]:
    text, codec, _ = normalise(raw, CHANNEL)
    message = tokenize(text, codec)
    found: Counter[str] = Counter()
    for segment in message.segments[1:]:
        for _, field in segment.populated():
            for parts in message.split(field):
                for component in parts:
                    found.update(each.strip() for each in ([component] if isinstance(component, str) else component))
    del found[""]
    return found


def _their_leaves(hl7apy: object, raw: bytes) -> Counter[str] | None:
    """The leaves that hl7apy reads, None where it cannot parse the message."""
    text = normalise(raw, CHANNEL).text
    if "\\" in text[9:] or '""' in text:
        return None
    try:
        parsed = hl7apy.parse_message(text, find_groups=False)  # type: ignore[attr-defined] # untyped package
        found: Counter[str] = Counter()
        for segment in parsed.children[1:]:
            for field in segment.children:
                found.update(_leaves(field))
    except Exception:  # noqa: BLE001 - hl7apy raises AttributeError and others of its own for what it cannot parse
        return None
    del found[""]
    return found


def _leaves(element: object) -> list[str]:
    children = list(getattr(element, "children", []))
    if not children:
        return [element.to_er7().strip()]  # type: ignore[attr-defined] # untyped package
    return [leaf for child in children for leaf in _leaves(child)]
