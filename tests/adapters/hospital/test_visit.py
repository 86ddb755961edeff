"""The visit: identity, status from the trigger event, and times as the sender gave them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.hospital.bindings import validate
from tests.adapters.hospital.messages import (
    EVN,
    NO_ZONE,
    PID,
    PV1,
    discharge,
    header,
    message,
    only,
    outcome,
    resources,
    sample,
    segment,
    translate,
)

ENDED = segment("PV1", f2="I", f19="V1", f44="20260302081000-0600", f45="20260305140000-0500")


@pytest.mark.parametrize(
    ("event", "status"), [("A01", "in-progress"), ("A03", "finished"), ("A04", "in-progress"), ("A13", "in-progress")]
)
def test_the_trigger_event_decides_the_status(event: str, status: str) -> None:
    for pv1 in (PV1, ENDED):
        found = translate(discharge(event=f"ADT^{event}", pv1=pv1))
        assert only(found, "Encounter")["status"] == status
        assert not found.provisional


def test_a_preadmitted_registration_is_planned() -> None:
    found = translate(discharge(event="ADT^A04", pv1="PV1||P"))
    assert only(found, "Encounter")["status"] == "planned"


def test_a_discharge_ends_at_pv1_45_else_evn_6_else_evn_2_and_says_so() -> None:
    assert only(translate(discharge(pv1=ENDED)), "Encounter")["period"]["end"] == "2026-03-05T14:00:00-05:00"
    happened = message(header(), EVN + "||||20260305135500-0600", PID, PV1)
    found = translate(happened)
    assert only(found, "Encounter")["period"]["end"] == "2026-03-05T13:55:00-06:00"
    assert outcome(found, "PV1-45") == "repaired"
    assert only(translate(discharge()), "Encounter")["period"]["end"] == "2026-03-05T14:15:00-06:00"
    without = translate(message(header(), PID, PV1))
    assert "end" not in only(without, "Encounter")["period"]
    assert only(without, "Encounter")["status"] == "finished"


def test_a_discharge_time_shifted_into_pv1_44_is_reported_and_no_admission_follows_the_discharge() -> None:
    shifted = translate(discharge(pv1=segment("PV1", f2="I", f19="V1", f44="20260305141500-0600")))
    assert any(line.path == "PV1-44" and "shifted" in line.because for line in shifted.report)
    late = translate(discharge(pv1=segment("PV1", f2="I", f19="V1", f44="20260306-")))
    assert only(late, "Encounter")["status"] == "finished"
    after = translate(discharge(pv1=segment("PV1", f2="I", f19="V1", f44="20260306")))
    assert "start" not in only(after, "Encounter")["period"]
    assert "unmapped" in outcome(after, "PV1-44")


def test_an_update_fills_in_a_provisional_status() -> None:
    found = translate(discharge(event="ADT^A08"))
    visit = only(found, "Encounter")
    assert visit["status"] == "unknown"
    assert found.provisional == {f"Encounter/{visit['id']}.status"}
    ended = translate(discharge(event="ADT^A08", pv1=ENDED))
    assert only(ended, "Encounter")["status"] == "finished"
    assert f"Encounter/{visit['id']}.status" in ended.provisional


def test_a_cancelled_discharge_removes_the_end_and_the_disposition() -> None:
    found = translate(discharge(event="ADT^A13", pv1=ENDED.replace("|V1|", "|V1|" + "|" * 16 + "01", 1)))
    visit = f"Encounter/{found.visit}"
    assert found.removed == {f"{visit}.period.end", f"{visit}.hospitalization.dischargeDisposition"}
    assert outcome(found, "PV1-45") == "ignored" or "PV1-45" not in {line.path for line in found.report}


def test_one_visit_keeps_one_id_through_its_messages() -> None:
    visits = {translate(discharge(event=f"ADT^{event}")).visit for event in ("A01", "A08", "A03", "A13")}
    assert len(visits) == 1
    other = discharge(pv1=segment("PV1", f2="I", f19="V1^^^OTHERHOSP"))
    assert translate(other).visit not in visits


def test_without_visit_number_the_admission_time_then_the_account_then_the_event_tells_visits_apart() -> None:
    admitted = {
        translate(discharge(event=f"ADT^{e}", pv1="PV1||I" + "|" * 42 + "20260302")).visit for e in ("A01", "A03")
    }
    assert len(admitted) == 1
    accounted = {
        translate(discharge(event=f"ADT^{e}", pv1="PV1||I", pid=PID + "|" * 13 + "ACC-1")).visit for e in ("A01", "A03")
    }
    assert len(accounted) == 1
    alone = translate(discharge(pv1="PV1||I"))
    assert any("cannot be told" in line.because for line in alone.report)
    assert len(admitted | accounted | {alone.visit}) == 3


def test_a_discharge_without_pv1_is_a_finished_visit_of_unknown_class() -> None:
    found = translate(message(header(), EVN, PID))
    assert only(found, "Encounter")["class"]["code"] == "UNK"
    assert f"Encounter/{found.visit}.class" in found.provisional
    assert not resources(translate(message(header("ADT^A08"), EVN, PID)), "Encounter")


def test_times_keep_the_senders_offset_or_take_the_channels_zone_or_lose_the_hour() -> None:
    local = segment("PV1", f2="I", f19="V1", f44="202607010900")
    raw = message(header("ADT^A01", f6="20260701"), PID, local)
    assert only(translate(raw), "Encounter")["period"]["start"] == "2026-07-01T09:00:00-05:00"
    found = translate(raw, NO_ZONE)
    assert only(found, "Encounter")["period"]["start"] == "2026-07-01"
    assert "repaired" in outcome(found, "PV1-44")
    told = message(header("ADT^A01", f6="20260701080000-0400"), PID, local)
    assert only(translate(told, NO_ZONE), "Encounter")["period"]["start"] == "2026-07-01T09:00:00-04:00"


@pytest.mark.parametrize(
    ("event", "expected"),
    [("ADT^A01", "2026-03-02T08:10"), ("ADT^A03", "2026-03-05T14:00"), ("ADT^A08", "2026-03-05T14:15")],
)
def test_without_evn_2_the_event_time_is_the_visits_or_the_headers(event: str, expected: str) -> None:
    found = translate(message(header(event), PID, ENDED))
    assert found.envelope.event_time.startswith(expected)


def test_facts_are_what_handoff_rules_test() -> None:
    facts = translate(sample("adt_a03_opioid_to_program")).facts
    assert facts["event"] == ("ADT^A03", "A03")
    assert facts["disposition"] == ("70",)
    assert facts["service"] == ("MED",)
    assert facts["patient_class"] == ("I",)
    assert facts["diagnosis"] == ("F11.20", "R10.9")
    assert facts["visit"] == ("V700101",)
    assert "planned" not in facts
    assert translate(sample("adt_a08_expected_discharge")).facts["planned"] == ("true",)


def test_places_are_active_while_the_visit_lasts_and_completed_after() -> None:
    pv1 = segment("PV1", f2="I", f3="ED^1", f6="ICU^2", f19="V1")
    status = {
        e: [p["status"] for p in only(translate(discharge(event=e, pv1=pv1)), "Encounter")["location"]]
        for e in ("ADT^A01", "ADT^A03")
    }
    assert status == {"ADT^A01": ["active", "completed"], "ADT^A03": ["completed", "completed"]}


FIELD = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters='|^~\\&"'), max_size=8)
TIME = st.one_of(st.just(""), st.datetimes().map(lambda at: at.strftime("%Y%m%d%H%M")), st.just("00000000"), FIELD)


@settings(max_examples=200, deadline=None)
@given(number=FIELD, start=TIME, end=TIME, happened=TIME, klass=st.sampled_from(["I", "E", "O", "", "ff"]))
def test_every_discharge_is_finished_and_valid(number: str, start: str, end: str, happened: str, klass: str) -> None:
    pv1 = segment("PV1", f1="1", f2=klass, f19=number, f44=start, f45=end)
    found = translate(message(header(), f"EVN||{happened}", PID, pv1))
    assert only(found, "Encounter")["status"] == "finished"
    validate(found.bundle)
