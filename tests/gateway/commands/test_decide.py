"""crosswalk decide: one answer a line, the reason on demand, a bad row named while the others are decided."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from gateway.cli import app
from gateway.scenarios import decide_scenarios

SCENARIOS = Path(__file__).resolve().parents[3] / ".." / "shared" / "scenarios" / "decisions.json"
PARTY = dict.fromkeys(
    (
        "covered_entity", "health_care_provider", "part2_program", "treating_relationship", "medical_personnel",
        "criminal_justice_agency", "victim_service_grantee", "screened", "mfa",
    ),
    False,
)  # fmt: skip
ROW = {
    "id": "R-1",
    "actor": {
        **PARTY, "org": "Org/lake", "org_type": "behavioral-health", "role": "clinician", "registered": True,
        "relation_to_patient": "none", "duties": [],
    },
    "holder": {
        "org": "Org/mercy", "org_type": "hospital", "covered_entity": True, "part2_program": False,
        "victim_service_grantee": False,
    },
    "patient": {"id": "Patient/p1", "birth_date": "1990-03-14"},
    "purpose": "TREAT",
    "consents": [],
    "resource": {
        "origin": "Org/mercy", "labels": ["PHI"], "info_class": "diagnosis", "derived_from_labels": [],
        "received_under": None, "requester": None, "performer": None, "matter": None, "effective": None,
        "aggregate": None, "parts": [],
    },
    "context": {
        "now": "2026-05-02T12:00:00-05:00", "timezone": "America/Chicago", "jurisdiction": "US",
        "break_glass": False, "agreements": [], "legal_process": [],
    },
}  # fmt: skip


def run(*arguments: str | Path, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["decide", *map(str, arguments)], input=stdin)


def test_each_row_is_answered_on_its_own_line_as_the_library_decides(tmp_path: Path) -> None:
    rows = [ROW, {**ROW, "id": "R-2", "purpose": "CRIMJUST"}]
    file = tmp_path / "rows.json"
    file.write_text(json.dumps(rows))
    result = run(file)
    assert result.exit_code == 0, result.stderr
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert answers == json.loads(json.dumps(list(decide_scenarios(rows))))
    assert [each["id"] for each in answers] == ["R-1", "R-2"]


def test_explain_adds_the_explanation(tmp_path: Path) -> None:
    stdin = json.dumps([ROW])
    assert "explanation" not in json.loads(run("-", stdin=stdin).stdout)
    assert json.loads(run("-", "--explain", stdin=stdin).stdout)["explanation"]


def test_a_bad_row_is_named_by_number_and_field_and_the_others_are_decided() -> None:
    bad = {**ROW, "purpose": "CURIOSITY"}
    result = run("-", stdin=json.dumps([ROW, bad, {**ROW, "id": "R-3"}]))
    assert result.exit_code == 1
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["R-1", "R-3"]
    assert "row 2: purpose" in result.stderr


@pytest.mark.parametrize("text", ["", "{", "{}", "nonsense"])
def test_a_file_that_is_no_array_is_refused_with_a_remedy(text: str) -> None:
    result = run("-", stdin=text)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "array of scenarios" in result.stderr


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    result = run(tmp_path / "none.json")
    assert result.exit_code == 1
    assert "none.json" in result.stderr


def test_every_published_scenario_is_answered_under_its_own_id() -> None:
    if not SCENARIOS.is_file():
        pytest.skip("../shared is absent")
    result = run(SCENARIOS)
    assert result.exit_code == 0, result.stderr
    wanted = [row["id"] for row in json.loads(SCENARIOS.read_text())]
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == wanted
