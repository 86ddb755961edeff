"""Queries held against resources without a store."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fhir.match import matches
from gateway.fhir.query import COMPARATORS, parse_query
from tests.gateway.fhir.samples import PATIENT, TASK


def found(text, resource):
    return matches(parse_query(resource["resourceType"], parse_qsl(text), handling="strict"), resource)


@pytest.mark.parametrize(
    "text",
    [
        "status=requested", "status=draft,requested", "status=http://hl7.org/fhir/task-status|requested",
        "status:not=draft", "owner=Organization/o2", "owner=o2", "owner:Organization=o2", "owner:missing=false",
        "business-status:missing=true", "patient=p1", "patient=Patient/p1", "authored-on=2026-05-02",
        "authored-on=ge2026-05-02T22:00:00Z", "authored-on=lt2027", "_id=x,t1", "_lastUpdated=gt2026-05-01",
        "code=fulfill&status=requested", "",
    ],
)  # fmt: skip
def test_a_task_is_found(text):
    assert found(text, TASK)


@pytest.mark.parametrize(
    "text",
    [
        "status=draft", "status=|requested", "status=urn:x|requested", "status:not=requested",
        "status:not=draft,requested",
        "owner=o3", "owner:Practitioner=o2", "owner:missing=true", "patient=t1", "authored-on=2026-05-03",
        "authored-on=gt2026-05-02", "authored-on=sa2026-05-02", "_id=x", "code=fulfill&status=draft",
        "_lastUpdated=lt2026-05-01", "business-status=requested",
    ],
)  # fmt: skip
def test_a_task_is_not_found(text):
    assert not found(text, TASK)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("family=mun", True), ("family=MUÑOZ-G", True), ("family=munoz-garcia", True), ("family=munoz-garcib", False),
        ("family=munoz-gb", False), ("family:exact=Muñoz-García", True), ("family:exact=munoz-garcia", False),
        ("name=ana", True), ("birthdate=1990", True), ("birthdate=1990-05-02", True), ("birthdate=1991", False),
        ("identifier=urn:a|1", True), ("identifier=urn:b|1", False), ("identifier=|1", False), ("phone=555-0100", True),
        ("email=555-0100", False), ("address=1 main", True), ("gender=female", True), ("active=true", True),
    ],
)  # fmt: skip
def test_persons_are_found_by_what_is_theirs(text, expected):
    assert found(text, PATIENT) is expected


def test_another_type_is_never_found():
    assert not matches(parse_query("Task", []), PATIENT)


DATES = st.dates().map(str) | st.dates().map(lambda day: str(day)[:7]) | st.dates().map(lambda day: str(day)[:4])


@given(DATES, DATES)
def test_comparators_stand_to_each_other_as_the_specification_says(target, searched):
    resource = {"resourceType": "Task", "authoredOn": target}
    holds = {each: found(f"authored-on={each}{searched}", resource) for each in COMPARATORS}
    assert holds["ne"] is not holds["eq"]
    assert holds["ge"] is (holds["gt"] or holds["eq"])
    assert holds["le"] is (holds["lt"] or holds["eq"])
    assert not (holds["sa"] and not holds["gt"])
    assert not (holds["eb"] and not holds["lt"])
    assert not (holds["sa"] and holds["eb"])
    assert holds["eq"] or holds["gt"] or holds["lt"]
