"""The CapabilityStatement says what is served."""

import pytest

from gateway.auth.discovery import OAUTH_URIS, oauth_uris_extension
from gateway.fhir.capability import Served, capability_statement
from gateway.fhir.check import check
from gateway.fhir.parameters import INCLUDES, PARAMETERS, REVINCLUDES, find_parameter
from gateway.fhir.query import parse_query

ALL = frozenset({"read", "vread", "create", "update", "search-type", "history-instance"})
SERVED = Served(
    dict.fromkeys(PARAMETERS, ALL) | {"Bundle": frozenset({"create"})},
    system=("transaction", "batch"),
    operations={"Patient": [("everything", "http://hl7.org/fhir/OperationDefinition/Patient-everything")]},
    conditional=frozenset({"Patient"}),
    patch_formats=["application/json-patch+json"],
)
STATEMENT = capability_statement(
    "https://fhir.example.org/fhir",
    oauth_uris_extension("https://fhir.example.org/token"),
    "0.1.0",
    "2026-05-02",
    SERVED,
)
RESOURCES = {each["type"]: each for each in STATEMENT["rest"][0]["resource"]}


def test_it_is_valid_r4():
    assert check(STATEMENT) == []
    assert STATEMENT["fhirVersion"] == "4.0.1"


def test_fhirclient_reads_it_and_finds_the_token_endpoint():
    models = pytest.importorskip("fhirclient.models.capabilitystatement")
    statement = models.CapabilityStatement(STATEMENT, strict=True)
    (extension,) = statement.rest[0].security.extension
    assert extension.url == OAUTH_URIS
    assert {each.url: each.valueUri for each in extension.extension} == {"token": "https://fhir.example.org/token"}


def test_every_parameter_it_lists_can_be_searched_and_the_other_way_round():
    for name, resource in RESOURCES.items():
        listed = {each["name"] for each in resource.get("searchParam", [])}
        assert listed == ({"_id", "_lastUpdated", *PARAMETERS[name]} if name in PARAMETERS else set())
        for each in listed:
            value = {"date": "2026-05-02"}.get(find_parameter(name, each).kind, "abc")
            assert len(parse_query(name, [(each, value)], handling="strict").clauses) == 1


def test_every_include_it_lists_can_be_asked_for_and_leads_to_a_served_reference():
    for name, resource in RESOURCES.items():
        for kind, rows in (("_include", "searchInclude"), ("_revinclude", "searchRevInclude")):
            for each in resource.get(rows, []):
                assert parse_query(name, [(kind, each)])
                source, parameter = each.split(":")
                assert find_parameter(source, parameter).kind == "reference"
    assert INCLUDES.keys() <= PARAMETERS.keys()
    assert REVINCLUDES.keys() <= PARAMETERS.keys()


def test_only_what_was_given_is_claimed():
    assert [each["code"] for each in RESOURCES["Bundle"]["interaction"]] == ["create"]
    assert RESOURCES["Bundle"]["versioning"] == "versioned"
    assert "searchParam" not in RESOURCES["Bundle"]
    assert not any(each["updateCreate"] for each in RESOURCES.values())
    assert RESOURCES["Patient"]["conditionalCreate"]
    assert not RESOURCES["Task"]["conditionalCreate"]
    assert RESOURCES["Patient"]["operation"][0]["name"] == "everything"
    bare = capability_statement(
        "https://x.example.org", oauth_uris_extension("https://x.example.org/t"), "1", "2026", Served({})
    )
    assert "interaction" not in bare["rest"][0]
    assert "patchFormat" not in bare
    assert STATEMENT["patchFormat"] == ["application/json-patch+json"]
