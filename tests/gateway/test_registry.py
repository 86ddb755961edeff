"""A reference names an agency by its Organization, its agency id or its identifier, and by nothing else."""

import pytest

from gateway.agencies.model import Agency, Unit
from gateway.registry import AGENCY_SYSTEM, Snapshot, organization_id


def _snapshot() -> Snapshot:
    agency: Agency = Agency.__new__(Agency)
    object.__setattr__(agency, "id", "cityhosp")
    object.__setattr__(agency, "clients", ())
    object.__setattr__(agency, "units", (Unit("emergency", "Emergency"),))
    return Snapshot(1, {"cityhosp": agency}, None, {})


NAMED = [
    f"Organization/{organization_id('cityhosp')}",
    "Organization/cityhosp",
    f"https://gateway.example/fhir/Organization/{organization_id('cityhosp')}",
    f"{AGENCY_SYSTEM}|cityhosp",
]
UNNAMED = [
    "cityhosp",
    "Organization/cityhosp/nowhere",
    f"{AGENCY_SYSTEM}|cityhosp/nowhere",
    "Patient/cityhosp",
    "Organization/other",
    f"{AGENCY_SYSTEM}|other",
    "",
    "|",
    "urn:x|cityhosp",
]


@pytest.mark.parametrize("reference", NAMED)
def test_these_name_the_agency(reference: str) -> None:
    assert _snapshot().agency_of(reference) == "cityhosp"


@pytest.mark.parametrize("reference", UNNAMED)
def test_these_name_none(reference: str) -> None:
    assert _snapshot().agency_of(reference) is None


def test_an_unknown_client_is_none() -> None:
    assert _snapshot().client("nobody") is None
    assert _snapshot().registered == {}


def test_a_unit_is_named_by_its_own_organization_and_identifier() -> None:
    unit = organization_id("cityhosp", "emergency")
    assert unit != organization_id("cityhosp")
    for reference in (f"Organization/{unit}", f"{AGENCY_SYSTEM}|cityhosp/emergency"):
        assert _snapshot().party_of(reference) == ("cityhosp", "emergency")
        assert _snapshot().agency_of(reference) == "cityhosp"
