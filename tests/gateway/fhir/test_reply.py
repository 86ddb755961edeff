"""Only what was released, or holds nothing about anybody, can be made into an answer."""

import pytest

from gateway.fhir.outcome import Issue
from gateway.fhir.reply import Reply, outcome, statement


def test_a_reply_is_made_by_its_own_module_alone() -> None:
    with pytest.raises(TypeError):
        Reply(object(), {"resourceType": "Patient"})


def test_a_reply_never_changes() -> None:
    with pytest.raises(AttributeError):
        outcome(Issue("informational", "Kept.")).content = {}  # type: ignore[misc]  # what the test is about


def test_a_statement_is_a_capability_statement() -> None:
    with pytest.raises(TypeError):
        statement({"resourceType": "Patient"})
