"""Closed world: every populated component is carried over, ignored with a reason, or reported as unmapped."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.base import Translation, Unreadable
from tests.adapters.hospital.messages import EVN, header, identify, message, samples, translate

MANDATORY = {
    "PID": {3: "700101^^^CITYHOSP^MR"},
    "DG1": {3: "A01.0^Typhoid^I10"},
    "AL1": {3: "1^Nut^L", 5: "Hives"},
    "NK1": {2: "RIVERA^SAM"},
    "OBX": {2: "ST", 3: "1^Q^LN", 11: "F"},
    "IN1": {3: "77", 4: "PRAIRIE PLAN", 8: "G1"},
    "GT1": {3: "RIVERA^SAM"},
    "RF1": {6: "R-1"},
    "PRD": {1: "RT", 2: "DOE^ANN"},
    "PV1": {19: "V1"},
}
SEGMENTS = (
    "PID",
    "PD1",
    "NK1",
    "PV1",
    "PV2",
    "DG1",
    "AL1",
    "OBX",
    "IN1",
    "GT1",
    "CON",
    "ARV",
    "NTE",
    "EVN",
    "RF1",
    "PRD",
    "ZZZ",
    "ROL",
)


def planted(segment: str, number: int, component: int, sub: int, token: str) -> str:
    """The segment with its mandatory fields and a token at one place that nothing else holds."""
    fields = dict(MANDATORY.get(segment, {}))
    components = fields.get(number, "").split("^")
    components += [""] * (component - len(components))
    subs = components[component - 1].split("&")
    subs += [""] * (sub - len(subs))
    subs[sub - 1] = token
    components[component - 1] = "&".join(subs)
    fields[number] = "^".join(components)
    return "|".join([segment, *(fields.get(n, "") for n in range(1, max(fields) + 1))])


def build(segment: str, text: str) -> bytes:
    lines = {
        "EVN": EVN,
        "RF1": "RF1|P|||||R-1",
        "PID": "PID|1||700101^^^CITYHOSP^MR",
        "PV1": "PV1||I" + "|" * 17 + "V1",
    }
    lines[segment] = text
    if segment == "NTE":
        lines["DG1"] = "DG1|1||A01.0^Typhoid^I10"
        lines["NTE"] = lines.pop("NTE")
    return message(header("REF^I12"), *lines.values())


def carried(found: Translation, token: str) -> bool:
    places = (found.bundle, dict(found.facts), [mark.code for mark in found.marks], found.envelope.event_time)
    return token in json.dumps(places)


def accounted(found: Translation, path: str) -> bool:
    """Whether the path, its field or its segment is reported as anything but mapped."""
    fuller = re.sub(r"\[\d+\]", "", path)
    names = {fuller, re.sub(r"\.\d+$", "", fuller), re.sub(r"\..*$", "", fuller), fuller.partition("-")[0]}
    lines = [(re.sub(r"\[\d+\]", "", line.path), line.outcome) for line in found.report]
    return any(name in names and outcome in ("ignored", "unmapped") for name, outcome in lines)


def readable(raw: bytes) -> Translation | None:
    """The translation, None where the token took the place of the patient's authority or the referral's number."""
    try:
        return translate(raw)
    except Unreadable as refused:
        if refused.place in ("PID-3", "RF1"):
            return None
        raise


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(SEGMENTS), st.integers(1, 52), st.integers(1, 15), st.integers(1, 4))
def test_a_token_planted_anywhere_is_carried_over_or_named_in_the_report(
    segment: str, number: int, component: int, sub: int
) -> None:
    token = "QTOKENQ7"
    found = readable(build(segment, planted(segment, number, component, sub, token)))
    if found is None:
        return
    path = f"{segment}-{number}.{component}.{sub}"
    assert carried(found, token) or accounted(found, path), path


@pytest.mark.parametrize("segment", SEGMENTS)
def test_a_delete_of_any_field_is_accounted_for_and_names_only_elements_of_resources(segment: str) -> None:
    for number in range(1, 53):
        fields = {n: text for n, text in MANDATORY.get(segment, {}).items() if n != number} | {number: '""'}
        text = "|".join([segment, *(fields.get(n, "") for n in range(1, max(fields) + 1))])
        found = readable(build(segment, text))
        if found is not None:
            paths = {re.sub(r"\[\d+\]", "", line.path) for line in found.report}
            assert {f"{segment}-{number}", segment} & paths, number
            held = {f"{entry['resource']['resourceType']}/{entry['resource']['id']}" for entry in found.bundle["entry"]}
            assert {place.partition(".")[0] for place in found.removed} <= held, number


def test_every_populated_field_of_the_samples_has_a_line() -> None:
    for raw in samples():
        found = translate(raw)
        paths = {re.sub(r"\[\d+\]", "", line.path) for line in found.report}
        for line in raw.decode("latin-1").rstrip("\r").split("\r"):
            fields = line.split("|")
            shift = 1 if fields[0] == "MSH" else 0
            for number, raw_field in enumerate(fields[1:], 1 + shift):
                if raw_field:
                    assert {fields[0], f"{fields[0]}-{number}"} & paths, f"{fields[0]}-{number}"


def test_no_line_of_a_report_holds_a_value() -> None:
    for raw in samples():
        text = " ".join(f"{line.path} {line.target} {line.because}" for line in translate(raw).report)
        for value in ("RIVERA", "700101", "19900102", "F11.20", "5550100"):
            assert value not in text


def test_z_segments_are_ignored_with_a_reason_and_others_unmapped() -> None:
    found = translate(message(header(), EVN, "PID|1||1", "PV1||I", "ZPI|1", "ROL|1", "PV1||O"))
    lines = {line.path: line.outcome for line in found.report}
    assert (lines["ZPI"], lines["ROL"], lines["PV1[2]"]) == ("ignored", "unmapped", "unmapped")


def test_translating_twice_is_equal_and_ids_come_from_identify_alone() -> None:
    for raw in samples():
        first, second = translate(raw), translate(raw)
        assert first == second
        for entry in first.bundle["entry"]:
            assert entry["request"]["url"] == f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
    assert identify("Patient", "urn:a", "1") != identify("Patient", "urn:b", "1")


@pytest.mark.parametrize("kind", ["ADT^A17", "ORU^R01", "ACK", "ADT^A28", "<b>^x"])
def test_other_kinds_are_refused_by_name(kind: str) -> None:
    with pytest.raises(Exception, match="is not translated; supported: ADT\\^A01") as refused:
        translate(message(header(kind), EVN, "PID|1||1"))
    assert getattr(refused.value, "code", "") == "not-supported"
    assert "<b>" not in str(refused.value)
