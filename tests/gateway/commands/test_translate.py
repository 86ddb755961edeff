"""crosswalk translate: a Bundle a line, refusals as OperationOutcomes, hand-offs of an agency, never a traceback."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from gateway.cli import app

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT / "samples" / "hospital"
AGENCIES = ROOT / "samples" / "agencies"
CORPUS = ROOT / ".." / "shared" / "corpus" / "hl7v2"


def run(*arguments: str | Path, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["translate", *map(str, arguments)], input=stdin)


def bundles(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def types(bundle: dict) -> list[str]:
    return [entry["resource"]["resourceType"] for entry in bundle["entry"]]


def test_each_message_of_a_batch_is_one_transaction_on_one_line() -> None:
    result = run(SAMPLES / "batch.hl7")
    assert result.exit_code == 0, result.stderr
    found = bundles(result)
    assert len(found) > 1
    assert {bundle["type"] for bundle in found} == {"transaction"}


def test_a_dash_reads_standard_input_and_gives_the_same_line() -> None:
    path = SAMPLES / "adt_a01_admission.hl7"
    assert run("-", stdin=path.read_bytes()).stdout == run(path).stdout != ""


def test_a_refusal_is_an_operation_outcome_on_stderr_and_the_other_files_are_still_translated(tmp_path: Path) -> None:
    bad = tmp_path / "bad.hl7"
    bad.write_bytes(b"PID|1||nobody\r")
    result = run(bad, SAMPLES / "adt_a01_admission.hl7")
    assert result.exit_code == 1
    assert len(bundles(result)) == 1
    outcome = json.loads(result.stderr)
    assert outcome["resourceType"] == "OperationOutcome"
    assert str(bad) in outcome["issue"][0]["diagnostics"]
    assert "nobody" not in result.stderr


def test_a_file_that_is_not_there_is_named_and_the_others_are_still_translated(tmp_path: Path) -> None:
    result = run(tmp_path / "none.hl7", SAMPLES / "adt_a01_admission.hl7")
    assert (result.exit_code, len(bundles(result))) == (1, 1)
    assert json.loads(result.stderr)["issue"][0]["code"] == "not-found"


def test_without_an_agency_a_time_without_offset_is_a_date_and_with_one_it_is_an_instant() -> None:
    def starts(*arguments: str | Path) -> list[str]:
        (bundle,) = bundles(run(SAMPLES / "adt_a03_psychiatric.hl7", *arguments))
        encounters = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Encounter"]
        return [each["period"]["start"] for each in encounters]

    assert starts() == ["2026-02-28"]
    assert starts("--agency", "cityhosp", "--agencies", AGENCIES) == ["2026-02-28T22:00:00-06:00"]


def test_an_agency_s_rule_adds_the_request_and_the_sender_s_task_the_same_each_time() -> None:
    result = run(SAMPLES / "adt_a03_psychiatric.hl7", "--agency", "cityhosp", "--agencies", AGENCIES, "--strict")
    assert result.exit_code == 0, result.stderr
    (bundle,) = bundles(result)
    assert types(bundle).count("ServiceRequest") == types(bundle).count("Task") == 1
    request, task = (entry["resource"] for entry in bundle["entry"][-2:])
    assert task["focus"]["reference"] == f"ServiceRequest/{request['id']}"
    assert task["restriction"]["period"]["end"] > task["authoredOn"]
    again = run(SAMPLES / "adt_a03_psychiatric.hl7", "--agency", "cityhosp", "--agencies", AGENCIES, "--strict")
    assert again.stdout == result.stdout


def test_a_referral_message_is_handed_over_in_one_request_only() -> None:
    plain = bundles(run(SAMPLES / "ref_i12_before_departure.hl7"))[0]
    assert types(plain).count("ServiceRequest") == 1
    assert "Task" not in types(plain)


def test_the_report_says_of_each_field_what_became_of_it_as_a_table_or_as_json() -> None:
    table = run(SAMPLES / "z_segments.hl7", "--report")
    assert "PID-5" in table.stderr
    told = json.loads(run(SAMPLES / "z_segments.hl7", "--report", "--json").stderr)
    assert told["counts"]["mapped"] > 0
    assert sum(told["counts"].values()) == len(told["report"])
    assert all(line["because"] for line in told["report"] if line["outcome"] == "ignored")
    assert table.stdout == run(SAMPLES / "z_segments.hl7").stdout


def test_a_foreign_sender_is_translated_with_a_warning(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.hl7"
    foreign.write_bytes((SAMPLES / "adt_a01_admission.hl7").read_bytes().replace(b"CITYHOSP", b"ELSEWHERE", 1))
    result = run(foreign, "--agency", "cityhosp", "--agencies", AGENCIES)
    assert (result.exit_code, len(bundles(result))) == (0, 1)
    assert "turn this sender away" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--adapter", "telepathy"), "hospital"),
        (("--agency", "nowhere", "--agencies", AGENCIES), "cityhosp"),
        (("--agency", "cityhosp", "--agencies", ROOT / "no-such-folder"), "--agencies"),
    ],
)
def test_misuse_ends_with_status_2_and_names_what_would_do(arguments: tuple[str | Path, ...], named: str) -> None:
    result = run(SAMPLES / "batch.hl7", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert named in result.stderr


def test_every_file_of_the_corpus_is_translated_or_refused_without_a_traceback() -> None:
    if not CORPUS.is_dir():
        pytest.skip("../shared is absent")
    files = [path for path in sorted(CORPUS.rglob("*")) if path.is_file()]
    result = run("--strict", *files)
    outcomes = [json.loads(line) for line in result.stderr.splitlines()]
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert {each["resourceType"] for each in outcomes} == {"OperationOutcome"}
    assert "exception" not in {issue["code"] for each in outcomes for issue in each["issue"]}
    assert {each["resourceType"] for each in bundles(result)} == {"Bundle"}
    assert len(outcomes) + len(bundles(result)) >= len(files)
