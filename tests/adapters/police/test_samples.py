"""The authored reports from end to end: golden Bundles, valid R4, every leaf accounted for."""

import json

import pytest

from adapters import ADAPTERS
from adapters.base import Translation, Unreadable
from adapters.police import POLICE
from adapters.police import translate as police
from adapters.police.draft import rows
from adapters.police.leaf import Kind, kinds
from gateway.agencies.handoffs import FACTS
from gateway.fhir.check import check_structure
from gateway.fhir.native import validate_native
from tests.adapters.hospital.bindings import breaches
from tests.adapters.police.reports import CHANNEL, SAMPLES, every_message, identify, resources, sample, translate

MESSAGES = every_message()


def outcome(message: bytes) -> Translation | Unreadable:
    try:
        return POLICE.translate(message, CHANNEL, identify)
    except Unreadable as refused:
        return refused


def translated() -> list[Translation]:
    return [found for _, each in MESSAGES if isinstance(found := outcome(each), Translation)]


def test_the_registry_names_the_adapter() -> None:
    assert ADAPTERS["police"] is POLICE


def test_every_sample_becomes_the_bundles_written_beside_it() -> None:
    made: dict[str, list[object]] = {}
    for name, message in MESSAGES:
        found = outcome(message)
        told = found.bundle if isinstance(found, Translation) else {"refused": found.code, "place": found.place}
        made.setdefault(name, []).append(told)
    golden = json.loads((SAMPLES / "golden" / "bundles.json").read_text())
    assert made == golden


def test_every_bundle_is_r4() -> None:
    found = translated()
    assert len(found) >= 6
    for each in found:
        for entry in each.bundle["entry"]:
            assert check_structure(entry["resource"]) == []
            assert validate_native(entry["resource"]) == []
        assert check_structure(each.bundle) == []
        assert breaches(each.bundle) == []


def test_every_leaf_of_every_sample_is_accounted_for() -> None:
    for _, message in MESSAGES:
        if isinstance(found := outcome(message), Translation):
            leaves = police._read(message, CHANNEL).leaves
            told = [line.path for line in found.report]
            assert [leaf.place for leaf in leaves if leaf.place not in told] == []
            assert all(line.because for line in found.report)
            assert all(line.target for line in found.report if line.outcome == "mapped")


def test_every_field_has_one_class_and_one_row() -> None:
    assert set(kinds()) == set(rows().rows)
    assert Kind.UNKNOWN not in kinds().values()


def test_only_facts_that_rules_may_test_are_told() -> None:
    assert {name for each in translated() for name in each.facts} <= FACTS


def test_the_case_number_is_told_to_the_sender_and_stands_in_no_resource() -> None:
    for each in translated():
        assert each.number
        assert each.number not in json.dumps(each.bundle)
        assert each.envelope.control_id.startswith(each.number)


def test_an_officers_report_never_makes_a_condition_or_an_encounter() -> None:
    kinds_made = {entry["resource"]["resourceType"] for each in translated() for entry in each.bundle["entry"]}
    assert kinds_made == {"Patient", "Observation", "ServiceRequest", "Consent"}


def test_impressions_are_preliminary_and_a_consent_is_only_proposed() -> None:
    found = translate(sample("crisis_report.json"))
    assert [each["code"]["text"] for each in resources(found, "Observation")] == ["disorganized speech", "depressed"]
    assert {each["status"] for each in resources(found, "Observation")} == {"preliminary"}
    assert [each["status"] for each in resources(found, "Consent")] == ["proposed"]
    assert [each["intent"] for each in resources(found, "ServiceRequest")] == ["proposal"]


def test_names_of_callers_witnesses_officers_and_suspects_stay_inside() -> None:
    whole = json.dumps([each.bundle for each in translated()])
    for name in ("Tarrow", "0199", "Marchetti", "Brackwater", "Silas", "Venn", "Delacroix"):
        assert name not in whole


def test_a_comment_inside_a_name_joins_what_it_parts() -> None:
    (person,) = resources(translate(sample("ndex_incident.xml")), "Patient")
    assert person["name"] == [{"family": "Haymere", "given": ["Corwin"]}]


def test_a_row_that_is_ragged_is_refused_alone_and_named_by_its_number() -> None:
    split = POLICE.parse(sample("rms_export.csv"), CHANNEL)
    assert split.places == ("row 2", "row 3", "row 4")
    assert [isinstance(outcome(each), Unreadable) for each in split] == [False, False, True]


@pytest.mark.parametrize("code", ["kept", "refused"])
def test_the_reply_says_what_became_of_the_report(code: str) -> None:
    refusal = None if code == "kept" else Unreadable("required", "persons", "No person.")
    reply = json.loads(POLICE.acknowledge(b"", CHANNEL, "2026-03-06T22:41:00-06:00", refusal))
    assert (reply["status"], reply["at"]) == (code, "2026-03-06T22:41:00-06:00")
    assert (reply.get("reason"), reply.get("place")) == (("No person.", "persons") if refusal else (None, None))
