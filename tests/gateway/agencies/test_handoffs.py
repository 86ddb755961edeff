"""A rule stands when every fact it names is met; for each receiver the first such rule counts."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.vocabulary import Jurisdiction, OrgType
from gateway.agencies.handoffs import FACTS, due, matches, origin_unit
from gateway.agencies.model import Agency, Coding, HandoffRule, Status, Unit

CODE = Coding("s", "c")
VALUES = st.lists(st.sampled_from(["A03", "A01", "65", "F10", "F10.2", "f102", "R45.851", ""]), max_size=3).map(tuple)
FACT_SETS = st.dictionaries(st.sampled_from(sorted(FACTS)), VALUES, max_size=4)


def rule(when: dict[str, tuple[str, ...]], receiver: str = "there", name: str = "one") -> HandoffRule:
    return HandoffRule(name, receiver, when, CODE, CODE)


def agency(*rules: HandoffRule, units: tuple[Unit, ...] = ()) -> Agency:
    return Agency(
        "here", "Here", OrgType.HOSPITAL, Jurisdiction.US, "America/Chicago", Status(), units=units, handoffs=rules
    )


@pytest.mark.parametrize(
    ("when", "facts", "expected"),
    [
        ({"event": ("A03",)}, {"event": ("ADT^A03", "A03")}, True),
        ({"event": ("A03",)}, {"event": ("A031",)}, False),
        ({"event": ("A03",)}, {}, False),
        ({"event": ("A03",), "disposition": ("65",)}, {"event": ("A03",), "disposition": ("01",)}, False),
        ({"event": ("A03",), "disposition": ("65",)}, {"event": ("A03",), "disposition": ("65",)}, True),
        ({"diagnosis": ("F11",)}, {"diagnosis": ("F11.20",)}, True),
        ({"diagnosis": ("F11",)}, {"diagnosis": ("f1120",)}, True),
        ({"diagnosis": ("F11.2",)}, {"diagnosis": ("F11",)}, False),
        ({"diagnosis": ("F11",)}, {"diagnosis": ("J18.9", "F11")}, True),
        ({"diagnosis": ("F11",)}, {"diagnosis": ("XF11",)}, False),
        ({}, {"event": ("A03",)}, False),
        ({"event": ()}, {"event": ("A03",)}, False),
        ({"diagnosis": ("",)}, {"diagnosis": ("F11",)}, False),
        ({"diagnosis": (".",)}, {"diagnosis": ("F11",)}, False),
    ],
)
def test_every_named_fact_needs_a_listed_value(
    when: dict[str, tuple[str, ...]], facts: dict[str, tuple[str, ...]], *, expected: bool
) -> None:
    assert matches(rule(when), facts) is expected


@given(when=FACT_SETS, more=VALUES, name=st.sampled_from(sorted(FACTS)), facts=FACT_SETS)
def test_a_further_condition_never_widens_a_rule_and_a_further_value_never_narrows_it(
    when: dict[str, tuple[str, ...]], more: tuple[str, ...], name: str, facts: dict[str, tuple[str, ...]]
) -> None:
    if name in when:
        assert matches(rule(when | {name: when[name] + more}), facts) or not matches(rule(when), facts)
    elif when:
        assert matches(rule(when), facts) or not matches(rule(when | {name: more}), facts)


@given(st.lists(st.tuples(FACT_SETS, st.sampled_from("abc")), max_size=6), FACT_SETS)
def test_each_receiver_gets_its_first_matching_rule_and_no_other(
    drawn: list[tuple[dict[str, tuple[str, ...]], str]], facts: dict[str, tuple[str, ...]]
) -> None:
    rules = [rule(when, receiver, str(number)) for number, (when, receiver) in enumerate(drawn)]
    firsts = {each.receiver: each for each in reversed(rules) if matches(each, facts)}
    assert {each.name for each in due(agency(*rules), facts)} == {each.name for each in firsts.values()}


def test_a_message_comes_from_the_unit_of_its_location_or_service() -> None:
    detox = Unit("detox", "Detox", part2_program=True, locations=("DTX",), services=("ADM",))
    ward = Unit("ward", "Ward", locations=("W1",))
    hospital = agency(units=(ward, detox))
    assert origin_unit(hospital, {"location": ("DTX", "12")}) == detox
    assert origin_unit(hospital, {"service": ("ADM",)}) == detox
    assert origin_unit(hospital, {"location": ("W1",), "service": ("ADM",)}) == detox
    assert origin_unit(hospital, {"location": ("W1",)}) == ward
    assert origin_unit(hospital, {"location": ("ED",)}) is None
    assert origin_unit(replace(hospital, units=()), {"location": ("DTX",)}) is None
