"""OperationOutcomes and refusals."""

import inspect

import orjson
import pytest

from gateway.fhir import outcome
from gateway.fhir.outcome import BadRequest, Issue, Refusal, Unprocessable, absent, broken, operation_outcome

REFUSALS = [kind for _, kind in inspect.getmembers(outcome, inspect.isclass) if issubclass(kind, Refusal)]


def test_the_absent_answer_is_the_same_bytes_every_time():
    assert absent("Task").body() == absent("Task").body()
    assert absent("Task").status == 404
    assert "id" not in orjson.loads(absent("Task").body())


def test_statuses_are_the_closed_list():
    subclasses = {kind.status for kind in REFUSALS if kind is not Refusal}
    assert subclasses == {400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 429, 500, 503}


@pytest.mark.parametrize("kind", REFUSALS)
def test_every_refusal_is_in_the_drawing_and_says_its_issue_type(kind):
    assert kind.__name__ in outcome.__doc__
    issue = kind("why").outcome()["issue"][0]
    assert issue == {"severity": "error", "code": kind.code, "diagnostics": "why"}


def test_an_issue_carries_its_expression():
    body = BadRequest("Unknown.", code="structure", expression="Task.status").outcome()
    assert body["issue"][0]["expression"] == ["Task.status"]


def test_several_issues_keep_their_order():
    issues = [Issue("required", "a", "Task.status"), Issue("value", "b")]
    refusal = Unprocessable.of(issues)
    assert refusal.status == 422
    assert refusal.outcome() == operation_outcome(issues)
    assert [each["diagnostics"] for each in refusal.outcome()["issue"]] == ["a", "b"]


def test_a_fault_of_our_own_tells_nothing():
    assert broken().status == 500
    assert len(broken().issues) == 1


@pytest.mark.parametrize("kind", REFUSALS)
def test_outcomes_are_valid_fhir(kind):
    from fhir.resources.R4B.operationoutcome import OperationOutcome

    OperationOutcome.model_validate(kind("why").outcome())
