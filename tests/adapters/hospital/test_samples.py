"""The authored messages from end to end."""

import pytest

from adapters import ADAPTERS
from adapters.base import Unreadable
from adapters.hospital import HOSPITAL
from tests.adapters.hospital.bindings import breaches, validate
from tests.adapters.hospital.messages import CHANNEL, EVN, PID, header, message, only, sample, samples, translate


def test_the_registry_names_the_adapter() -> None:
    assert ADAPTERS["hospital"] is HOSPITAL


def test_every_sample_is_a_valid_bundle() -> None:
    for raw in samples():
        validate(translate(raw).bundle)


def test_every_sample_keeps_the_required_bindings() -> None:
    assert [breaches(translate(raw).bundle) for raw in samples()] == [[] for _ in samples()]


def test_the_envelope_is_read_before_anything_else() -> None:
    envelope = HOSPITAL.envelope(sample("adt_a03_psychiatric"), CHANNEL)
    assert (envelope.kind, envelope.control_id) == ("ADT^A03", "SAMPLE-A03-2")
    assert (envelope.application, envelope.facility, envelope.version) == ("EHR", "CITYHOSP", "2.5.1")
    assert envelope.event_time == "2026-03-06T10:10:00-06:00"


def test_an_admission_carries_the_person_in_full() -> None:
    found = translate(sample("adt_a01_admission"))
    patient = only(found, "Patient")
    assert patient["gender"] == "female"
    assert patient["maritalStatus"]["coding"][0]["code"] == "S"
    assert patient["communication"][0]["preferred"] is True
    assert patient["telecom"] == [{"system": "phone", "value": "+1 217 5550100", "use": "home"}]
    assert only(found, "Observation")["note"][0]["text"] == "Taken at rest.\nSecond reading pending."


def test_a_message_without_control_id_is_refused() -> None:
    with pytest.raises(Unreadable, match="MSH-10"):
        translate(message(header(control=""), EVN, PID))
