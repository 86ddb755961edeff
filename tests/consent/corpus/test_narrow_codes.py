"""A refusal by a narrow code reaches all that its label covers; a permit by one opens nothing more than it says."""

import pytest

from consent.code_sets import ACT_CODE, CONFIDENTIALITY, LOCAL, SECURITY_CODES, security_label
from consent.instruments import ConsentKind, ConsentProblem
from consent.provisions import is_narrower
from consent.terms import Consent, FhirJson
from consent.vocabulary import Label
from tests.consent.consent_forms import form, provision, reading

AS_WIDE = {"ETH", "SUD", "MH", "BH", "PSYTHPN", "HIPAAPSYNOTES", "HIV", "SDV", "VIO", "42CFRPART2"}
"""Codes that mean at least what their label does."""


def excepting(kind: str, system: str, code: str) -> Consent:
    """A form with one exception of this kind, limited by the code."""
    resource: FhirJson = form(ConsentKind.PART2_NAMED)
    provision(resource)["provision"] = [{"type": kind, "securityLabel": [{"system": system, "code": code}]}]
    return reading(resource)


@pytest.mark.parametrize("code", sorted(SECURITY_CODES))
def test_every_sensitivity_code_is_as_wide_as_its_label_or_permits_nothing(code: str) -> None:
    assert is_narrower(ACT_CODE, code) == (code not in AS_WIDE)
    refused, permitted = excepting("deny", ACT_CODE, code), excepting("permit", ACT_CODE, code)
    assert not refused.problems
    assert refused.provisions[0].labels == security_label(ACT_CODE, code)
    assert permitted.problems == (set() if code in AS_WIDE else {ConsentProblem.UNKNOWN_MODIFIER})


def test_a_local_code_is_its_label() -> None:
    assert not any(is_narrower(LOCAL, str(label)) for label in Label)


def test_a_permit_of_what_is_very_restricted_does_not_open_what_is_restricted() -> None:
    assert excepting("permit", CONFIDENTIALITY, "V").problems == {ConsentProblem.UNKNOWN_MODIFIER}
    assert excepting("deny", CONFIDENTIALITY, "V").provisions[0].labels == {Label.R}
    assert not excepting("permit", CONFIDENTIALITY, "R").problems
