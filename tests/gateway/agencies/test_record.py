"""The stored form keeps an agency whole, and whatever is read comes out as agencies or as problems, never otherwise."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.instruments import AgreementKind
from consent.vocabulary import Duty, Jurisdiction, OrgType, Purpose, Role
from gateway.agencies import model
from gateway.agencies.problems import Place, Problem
from gateway.agencies.reading import read_folder
from gateway.agencies.record import Unstorable, digest, from_json, to_json
from gateway.agencies.shape import Reader
from mappings.tabular import Profile

TODAY = date(2026, 11, 23)
WORDS = st.text(st.characters(categories=("L", "N", "P", "Zs"), exclude_characters="\xa0"), max_size=12).filter(
    str.isprintable
)
PAIRS = st.dictionaries(WORDS, WORDS, max_size=2)
CODINGS = st.builds(model.Coding, WORDS, WORDS, WORDS)
DAYS = st.dates()


def several(*strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.one_of(*strategies), max_size=2).map(tuple)


AGENCIES = st.builds(
    model.Agency,
    id=WORDS,
    name=WORDS,
    kind=st.sampled_from(OrgType),
    jurisdiction=st.sampled_from(Jurisdiction),
    zone=WORDS,
    status=st.builds(model.Status, covered_entity=st.booleans(), part2_program=st.booleans(), ori=WORDS),
    units=several(st.builds(model.Unit, WORDS, WORDS, st.booleans(), st.booleans(), several(WORDS), several(WORDS))),
    channels=several(
        st.builds(
            model.Channel,
            name=WORDS,
            adapter=WORDS,
            transport=st.sampled_from(model.Transport),
            senders=several(st.builds(model.Sender, WORDS, WORDS)),
            authorities=PAIRS,
            options=PAIRS,
            profile=st.none() | st.builds(Profile, PAIRS, PAIRS, st.dictionaries(WORDS, PAIRS, max_size=2)),
        )
    ),
    handoffs=several(
        st.builds(
            model.HandoffRule,
            name=WORDS,
            receiver=WORDS,
            when=st.dictionaries(WORDS, several(WORDS), max_size=2),
            category=CODINGS,
            code=CODINGS,
            priority=st.sampled_from(model.Priority),
            acknowledge_within_minutes=st.integers(0, 10_000_000),
        )
    ),
    clients=several(
        st.builds(
            model.ClientEntry,
            id=WORDS,
            scopes=several(WORDS),
            purposes=several(st.sampled_from(Purpose)),
            role=st.sampled_from(Role),
            jwks=several(PAIRS),
            duties=several(st.sampled_from(Duty)),
        )
    ),
    agreements=several(
        st.builds(model.Agreement, st.sampled_from(AgreementKind), WORDS, DAYS, st.none() | DAYS, WORDS)
    ),
)


@given(AGENCIES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_an_agency_survives_json(agency: model.Agency) -> None:
    again = from_json(json.loads(json.dumps(to_json(agency))))
    assert again == agency
    assert digest(again) == digest(agency)


@given(AGENCIES, AGENCIES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_digests_agree_exactly_when_agencies_do(one: model.Agency, other: model.Agency) -> None:
    assert (digest(one) == digest(other)) is (one == other)
    assert digest(one) != digest(replace(one, name=one.name + "x"))


def plain_values() -> st.SearchStrategy[Any]:
    keys = st.sampled_from(["id", "name", "kind", "status", "channels", "clients", "jwks", "when", "from", "x"])
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("hospital")
    return st.recursive(
        leaves, lambda deeper: st.lists(deeper, max_size=3) | st.dictionaries(keys, deeper, max_size=5), max_leaves=20
    )


@given(plain_values())
@settings(max_examples=150, deadline=None)
def test_whatever_is_stored_is_an_agency_or_unstorable(form: Any) -> None:
    problems: list[Problem] = []
    agency = Reader(problems).table(model.Agency, form, Place("stored"))
    if agency is None or problems:
        with pytest.raises(Unstorable, match="stored"):
            from_json(form)
    else:
        assert from_json(to_json(agency)) == from_json(form) == agency
    assert agency is not None or problems


@given(text=st.text(max_size=60), place=st.integers(0, 4000))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_typed_into_a_file_gives_an_agency_or_problems(
    tmp_path: Path, sound_texts: dict[str, str], text: str, place: int
) -> None:
    for name, sound in sound_texts.items():
        changed = sound[:place] + text + sound[place + 3 :]
        (tmp_path / f"{name}.toml").write_bytes(changed.encode("utf-8", "surrogatepass"))
    reading = read_folder(tmp_path, TODAY)
    assert reading.errors or reading.agencies
    for agency in reading.agencies:
        assert from_json(to_json(agency)) == agency


def test_the_order_of_keys_in_a_file_does_not_change_the_digest(tmp_path: Path, sound_texts: dict[str, str]) -> None:
    first, second = 'id = "pantry"\n', 'name = "Pantry"\n'
    swapped = sound_texts | {"pantry": sound_texts["pantry"].replace(first + second, second + first)}
    digests = []
    for number, texts in enumerate((sound_texts, swapped)):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, text in texts.items():
            (folder / f"{name}.toml").write_text(text, "utf-8")
        digests.append([digest(agency) for agency in read_folder(folder, TODAY).agencies])
    assert swapped != sound_texts
    assert digests[0] == digests[1]


def test_an_unknown_key_in_storage_is_told(sound_texts: dict[str, str]) -> None:
    with pytest.raises(Unstorable, match=r"stored: colour: is not a known key"):
        from_json({"colour": "red"})
