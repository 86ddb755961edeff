"""Criminal justice information is read for nothing: the same bytes come out with it and without it."""

import csv
import io
import json
import random
import tomllib
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.base import Translation, Unreadable
from adapters.police import POLICE
from adapters.police.leaf import Kind, kinds
from adapters.police.protected import by_name
from adapters.police.spoken import speaks
from mappings.engine import HERE
from tests.adapters.police.reports import CHANNEL, every_message, identify, told

TABLE = tomllib.loads((HERE / "police" / "protected.toml").read_text())
NAMES = sorted(
    {name for row in TABLE["name"] for key in ("words", "containing", "exact") for name in row.get(key, ())}
    | {"PersonFBIIdentification", "PersonStateFingerprintIdentification", "PersonNCICIdentification", "SID No."}
    | {"ItemNCICIdentification", "RegisteredOffenderCategoryCode", "SubjectActiveArrestWarrantIndicator", "ncic_hit"}
)
VALUES = ["W123456789", "true", "FBI 123456AB7", "IL12345678", "hit confirmed", "7"]
NARRATIVES = ["NCIC entry made.", "Ran QH, hit on III.", "LEADS return negative", "Subject is wanted", "NIC W123456789"]


def same(first: Translation, second: Translation) -> None:
    assert orjson.dumps(first.bundle) == orjson.dumps(second.bundle)
    assert first.facts == second.facts
    assert (first.number, first.subject, first.marks) == (second.number, second.subject, second.marks)
    assert first.envelope == second.envelope


def outcome(message: bytes) -> Translation | Unreadable:
    try:
        return POLICE.translate(message, CHANNEL, identify)
    except Unreadable as refused:
        return refused


CLEAN = [(name, each, found) for name, each in every_message() if isinstance(found := outcome(each), Translation)]


def planted(name: str, message: bytes, key: str, value: str, chance: random.Random) -> bytes:
    if name.endswith(".json"):
        return _into_json(message, key, value, chance)
    return _into_csv(message, key, value) if name.endswith(".csv") else _into_xml(message, key, value, chance)


def _into_json(message: bytes, key: str, value: str, chance: random.Random) -> bytes:
    whole = json.loads(message)
    objects: list[dict[str, Any]] = [
        whole,
        whole["incident"],
        *whole["persons"],
        whole.setdefault("annex", {"a": {}})["a"],
    ]
    where = chance.choice(objects)
    where[key] = chance.choice([value, {"number": value, "deep": [{"more": value}]}, [value, value]])
    if chance.random() < 0.5:
        whole["persons"].insert(0, {key: value})
    return json.dumps(whole).encode()


def _into_csv(message: bytes, key: str, value: str) -> bytes:
    names, row = csv.reader(io.StringIO(message.decode()))
    made = io.StringIO()
    csv.writer(made).writerows([[key, *names], [value, *row]])
    return made.getvalue().encode()


def _into_xml(message: bytes, key: str, value: str, chance: random.Random) -> bytes:
    tag = "j:" + "".join(word[:1].upper() + word[1:] for word in key.replace(".", " ").split())
    inner = chance.choice([value, f"<nc:IdentificationID>{value}</nc:IdentificationID>", f"<!-- -->{value}"])
    places = [b"</lexsdigest:Person>", b"</lexs:Digest>", b"</nc:PersonName>", b"</lexs:DataItemPackage>"]
    where = chance.choice(places)
    return message.replace(where, f"<{tag} x='>'>{inner}</{tag}>".encode() + where, 1)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(CLEAN), st.sampled_from(NAMES), st.sampled_from(VALUES), st.randoms(use_true_random=False))
def test_planting_a_leaf_of_any_kind_anywhere_changes_no_byte(
    clean: tuple[str, bytes, Translation], key: str, value: str, chance: random.Random
) -> None:
    name, message, before = clean
    with_it = planted(name, message, key, value, chance)
    after = POLICE.translate(with_it, CHANNEL, identify)
    same(before, after)
    assert (before.protected, before.without) == (frozenset(), b"")
    assert after.protected == {"CJI"}
    left = POLICE.translate(after.without, CHANNEL, identify)
    same(before, left)
    assert left.protected == frozenset()
    assert value == "true" or value == "7" or value.encode() not in after.without


@pytest.mark.parametrize("text", NARRATIVES)
def test_a_narrative_that_speaks_of_it_is_taken_out(text: str) -> None:
    plain, flagged = told(), told(narrative=f"We spoke at the door. {text}")
    assert orjson.dumps(plain.bundle) == orjson.dumps(flagged.bundle)
    assert flagged.protected == {"CJI"}
    assert b"narrative" not in flagged.without
    same(POLICE.translate(flagged.without, CHANNEL, identify), flagged)


@pytest.mark.parametrize("text", ["NCIC hit", "LEADS check was negative", "has an active warrant", "SID IL1234567"])
def test_a_summary_that_speaks_of_it_does_not_leave(text: str) -> None:
    flagged = told(referral={"to": "x", "need": "housing", "summary": text})
    assert flagged.protected == {"CJI"}
    same(flagged, POLICE.translate(flagged.without, CHANNEL, identify))
    assert text not in json.dumps(flagged.bundle)


@pytest.mark.parametrize("text", ["He wanted to talk", "This leads to rent arrears", "Hit hard by the loss of her job"])
def test_a_plain_summary_is_not_mistaken_for_it(text: str) -> None:
    assert text in json.dumps(told(referral={"to": "x", "summary": text}).bundle)


def test_an_unknown_text_that_speaks_of_it_is_protected_and_an_attribute_is_cut() -> None:
    assert told(remarks={"x": "NIC W123456789"}).protected == {"CJI"}
    (_, message, before) = next(each for each in CLEAN if each[0].endswith(".xml"))
    with_it = message.replace(
        b'<nc:Activity s:id="Incident_1"', b'<nc:Activity j:fbiNumber="a>b 1234" s:id="Incident_1"'
    )
    after = POLICE.translate(with_it, CHANNEL, identify)
    assert after.protected == {"CJI"}
    assert b"1234" not in after.without
    same(before, after)
    same(before, POLICE.translate(after.without, CHANNEL, identify))


def test_no_field_of_ours_bears_a_protected_name() -> None:
    assert [name for name in kinds() for part in name.split(".") if by_name(part)] == []


def test_codes_and_names_are_not_read_as_free_text() -> None:
    assert not speaks("persons.name.family", Kind.PERSON, "Wanted")
    assert speaks("narrative", Kind.NARRATIVE, "wanted person")
    assert [row["because"] for key in ("name", "text") for row in TABLE[key] if not row["because"]] == []
