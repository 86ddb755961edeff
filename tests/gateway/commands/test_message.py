"""crosswalk message: the way of each message for the operator, a person's data only for an audited reason."""

import asyncio
import json
from pathlib import Path

import pytest

from gateway.settings import Settings
from gateway.store.owner import owner_session
from tests.gateway.commands.running import SAMPLES, Running, run

PERSON = ("HALL", "JORDAN", "700106", "12 ELM ST")


def listed(gateway: Running, *words: str) -> list[dict]:
    result = gateway.command("message", "list", "--json", *words)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def psychiatric(gateway: Running) -> str:
    (found,) = listed(gateway, "--control-id", "SAMPLE-A03-2")
    return found["id"]


def reveals(gateway: Running) -> list[tuple[str, str]]:
    async def read() -> list[tuple[str, str]]:
        async with owner_session(Settings(data=gateway.data, database_url="")) as driver:
            rows = await driver.fetch("SELECT custodian, outcome FROM audit WHERE kind = 'reveal'")
            return [(row["custodian"], row["outcome"]) for row in rows]

    return asyncio.run(read())


def test_each_message_is_listed_with_its_way_and_nothing_of_a_person(gateway: Running, sent: dict[str, str]) -> None:
    result = gateway.command("message", "list", "--json")
    found = {each["kind"]: each for each in json.loads(result.stdout)}
    assert len(json.loads(result.stdout)) >= len(sent)
    discharged = found["ADT^A03"]
    assert (discharged["status"], discharged["acknowledged"], discharged["channel"]) == ("kept", "AA", "web")
    assert discharged["handoffs"] == ["handed to lakeside-bh by rule psychiatric-disposition"]
    assert discharged["mapped"]["mapped"] > 10
    assert not [word for word in PERSON if word in result.stdout]


def test_what_was_refused_is_listed_with_the_reason(gateway: Running, sent: dict[str, str]) -> None:
    refused = listed(gateway, "--status", "refused")[0]
    assert refused["reason"]
    assert refused["acknowledged"] in {"AR", "AE"}


def test_the_list_is_narrowed_by_control_id_record_number_time_and_number(
    gateway: Running, sent: dict[str, str]
) -> None:
    assert [each["kind"] for each in listed(gateway, "--control-id", "SAMPLE-A03-2")] == ["ADT^A03"]
    assert listed(gateway, "--control-id", "NEVER-SENT") == []
    assert [each["kind"] for each in listed(gateway, "--agency", "cityhosp", "--mrn", "700106")] == ["ADT^A03"]
    assert listed(gateway, "--agency", "lakeside-bh", "--mrn", "700106") == []
    assert listed(gateway, "--since", "2999-01-01") == []
    assert len(listed(gateway, "--limit", "2")) == 2


def test_a_record_number_is_looked_up_for_a_named_agency_only_and_never_for_a_victim_service(
    gateway: Running, sent: dict[str, str]
) -> None:
    assert gateway.command("message", "list", "--mrn", "700106").exit_code == 2
    result = gateway.command("message", "list", "--agency", "safe-haven", "--mrn", "700106")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "victim service" in result.stderr


def test_one_message_is_shown_with_report_and_acknowledgement_and_nothing_of_a_person(
    gateway: Running, sent: dict[str, str]
) -> None:
    result = gateway.command("message", "show", psychiatric(gateway))
    assert result.exit_code == 0, result.stderr
    assert "PID-5" in result.stdout
    assert "MSA|AA|SAMPLE-A03-2" in result.stdout
    assert "handed to lakeside-bh" in result.stdout
    assert not [word for word in PERSON if word in result.stdout + result.stderr]


def test_a_person_s_data_is_revealed_for_a_reason_only_and_the_audit_tells_of_it(
    gateway: Running, sent: dict[str, str]
) -> None:
    message = psychiatric(gateway)
    before = reveals(gateway)
    assert gateway.command("message", "show", message, "--reveal").exit_code == 2
    assert reveals(gateway) == before
    result = gateway.command("message", "show", message, "--reveal", "--reason", "ticket 12", "--json")
    shown = json.loads(result.stdout)
    assert shown["raw"].encode() == (SAMPLES / "hospital" / "adt_a03_psychiatric.hl7").read_bytes()
    assert {entry["resource"]["resourceType"] for entry in shown["fhir"]["entry"]} >= {"Patient", "Encounter"}
    assert reveals(gateway) == [*before, ("cityhosp", "revealed")]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("show", "00000000-0000-4000-8000-000000000000"), 1),
        (("show", "not-an-id"), 2),
        (("list", "--agency", "nowhere"), 1),
        (("list", "--since", "2026-01-01", "--control-id", "x", "--agency", "nowhere"), 1),
    ],
)
def test_what_is_not_there_is_said_in_one_line(gateway: Running, words: tuple[str, ...], status: int) -> None:
    result = gateway.command("message", *words)
    assert (result.exit_code, result.stdout) == (status, "")
    assert len(result.stderr.strip().splitlines()) == 1


def test_an_unknown_status_is_misuse(gateway: Running) -> None:
    assert gateway.command("message", "list", "--status", "lost").exit_code == 2


def test_of_a_message_whose_key_was_destroyed_only_the_fact_remains(gateway: Running, sent: dict[str, str]) -> None:
    sample = (SAMPLES / "hospital" / "adt_a04_registration.hl7").read_bytes()
    gateway.post(sample.replace(b"SAMPLE-A04", b"GONE-A04"))
    (gone,) = [each for each in listed(gateway, "--limit", "1") if each["kind"] == "ADT^A04"]

    async def destroy() -> None:
        async with owner_session(Settings(data=gateway.data, database_url="")) as driver:
            await driver.execute(
                "DELETE FROM data_key WHERE id = (SELECT key FROM raw_message WHERE id = $1::uuid)", gone["id"]
            )

    asyncio.run(destroy())
    shown = json.loads(gateway.command("message", "show", gone["id"], "--json").stdout)
    assert (shown["reason"], shown["report"], shown["reply"]) == ("its content was destroyed", [], "")
    refused = gateway.command("message", "show", gone["id"], "--reveal", "--reason", "ticket 16")
    assert (refused.exit_code, refused.stdout) == (1, "")


def test_another_key_file_opens_nothing(gateway: Running, sent: dict[str, str], tmp_path: Path) -> None:
    other = tmp_path / "key"
    other.write_text("00" * 32)
    other.chmod(0o600)
    result = run("message", "list", "--data", gateway.data, "--key-file", other)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "key-encryption key" in result.stderr
