"""The demo agencies under samples/ are sound, and hand a discharge to whom their rules name."""

from datetime import date
from pathlib import Path

import pytest

from adapters import base
from consent.vocabulary import Label
from gateway.agencies.handoffs import due
from gateway.agencies.model import Agency, Operator, for_adapter
from gateway.agencies.reading import Reading, read_folder
from gateway.agencies.record import digest, from_json, operator_from_json, to_json
from gateway.agencies.standing import may_hold

SAMPLES = Path(__file__).resolve().parents[3] / "samples" / "agencies"
TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def reading() -> Reading:
    return read_folder(SAMPLES, TODAY)


@pytest.fixture(scope="module")
def agencies(reading: Reading) -> dict[str, Agency]:
    return {agency.id: agency for agency in reading.agencies}


def operator_of(reading: Reading) -> Operator:
    assert reading.operator is not None
    return reading.operator


def test_only_keys_that_the_demo_makes_are_missing(reading: Reading) -> None:
    assert not reading.errors
    assert {problem.code for problem in reading.problems} == {"no-keys"}
    assert len(reading.agencies) == 10


def test_every_agency_and_the_operator_survive_storage_with_their_digest(reading: Reading) -> None:
    for agency in reading.agencies:
        again = from_json(to_json(agency))
        assert again == agency
        assert digest(again) == digest(agency)
    assert operator_from_json(to_json(operator_of(reading))) == reading.operator


@pytest.mark.parametrize(
    ("diagnoses", "disposition", "receivers"),
    [
        (("F11.20",), "01", ["harbor-recovery"]),
        (("F1120",), "01", ["harbor-recovery"]),
        (("F17.210",), "01", []),
        (("R45.851",), "01", ["living-room"]),
        (("F32.9", "F10.10"), "01", ["harbor-recovery", "lakeside-bh"]),
        (("J18.9",), "65", ["lakeside-bh"]),
        (("J18.9",), "01", []),
        ((), "", []),
    ],
)
def test_a_discharge_goes_to_the_receivers_its_facts_name(
    agencies: dict[str, Agency], diagnoses: tuple[str, ...], disposition: str, receivers: list[str]
) -> None:
    facts = {"event": ("A03",), "diagnosis": diagnoses, "disposition": (disposition,)}
    assert [rule.receiver for rule in due(agencies["cityhosp"], facts)] == receivers


def test_the_first_rule_for_a_receiver_counts(agencies: dict[str, Agency]) -> None:
    facts = {"event": ("A03",), "diagnosis": ("F32.9",), "disposition": ("65",)}
    assert [rule.name for rule in due(agencies["cityhosp"], facts)] == ["psychiatric-disposition"]


def test_an_admission_is_handed_to_nobody(agencies: dict[str, Agency]) -> None:
    assert due(agencies["cityhosp"], {"event": ("A01",), "diagnosis": ("F11.20",)}) == ()


def test_the_hospital_channel_reaches_its_adapter_with_senders_and_zone(agencies: dict[str, Agency]) -> None:
    hospital = agencies["cityhosp"]
    assert for_adapter(hospital, hospital.channels[0]) == base.Channel(
        agency="cityhosp", name="adt", adapter="hospital", zone="America/Chicago", senders=(("EHR", "CITYHOSP"),)
    )


@pytest.mark.parametrize(
    ("agency", "label", "held"),
    [
        ("cityhosp", Label.PHI, True),
        ("harbor-recovery", Label.PART2, True),
        ("safe-haven", Label.VAWA, True),
        ("riverton-schools", Label.FERPA, True),
        ("riverton-pd", Label.CJI, False),
        ("riverton-pd", Label.CHRI, False),
        ("riverton-pd", Label.LE_LOCAL, True),
        ("bridge-community", Label.VAWA, False),
        ("bridge-community", Label.PART2, False),
        ("line-988", Label.CRISIS988, True),
    ],
)
def test_the_operator_holds_what_its_standing_covers(
    reading: Reading, agencies: dict[str, Agency], agency: str, label: Label, held: bool
) -> None:
    reason = may_hold(operator_of(reading), agencies[agency], label, TODAY)
    assert (reason is None) is held
