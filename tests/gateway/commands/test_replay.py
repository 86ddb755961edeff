"""crosswalk replay: a kept message changes nothing, a refused one is read again, and the audit tells who and why."""

import asyncio
import json

import httpx

from gateway.settings import Settings
from gateway.store.owner import owner_session
from tests.gateway.commands.running import Running


def message(gateway: Running, *words: str) -> str:
    (found,) = json.loads(gateway.command("message", "list", "--json", *words).stdout)
    return found["id"]


def counted(gateway: Running, table: str, where: str = "true") -> int:
    async def count() -> int:
        async with owner_session(Settings(data=gateway.data, database_url="")) as driver:
            return await driver.fetchval(f"SELECT count(*) FROM {table} WHERE {where}")  # noqa: S608

    return asyncio.run(count())


def tasks(gateway: Running) -> bytes:
    headers = {"Authorization": f"Bearer {gateway.token('cityhosp-ehr')}"}
    bundle = httpx.get(f"{gateway.url}/fhir/Task", headers=headers).json()
    return json.dumps(bundle["entry"]).encode()


def test_a_kept_message_is_recognised_and_changes_nothing_but_the_audit(gateway: Running, sent: dict[str, str]) -> None:
    discharge = message(gateway, "--control-id", "SAMPLE-A03-2")
    before = (counted(gateway, "part"), counted(gateway, "raw_message"), tasks(gateway))
    replays = counted(gateway, "audit", "kind = 'replay'")
    result = gateway.command("replay", discharge, "--reason", "ticket 13")
    assert (result.exit_code, result.stdout) == (0, f"repeated {discharge}\n"), result.stderr
    assert (counted(gateway, "part"), counted(gateway, "raw_message"), tasks(gateway)) == before
    assert counted(gateway, "audit", "kind = 'replay'") == replays + 1


def test_what_is_refused_again_ends_with_status_1_and_the_reason(gateway: Running, sent: dict[str, str]) -> None:
    refused = json.loads(gateway.command("message", "list", "--status", "refused", "--json").stdout)[0]
    result = gateway.command("replay", refused["id"], "--reason", "ticket 14")
    assert result.exit_code == 1
    assert refused["reason"] in result.stdout


def test_a_replay_needs_a_reason_and_a_message_that_is_there(gateway: Running, sent: dict[str, str]) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    assert gateway.command("replay", nobody).exit_code == 2
    assert gateway.command("replay", nobody, "--reason", " ").exit_code == 2
    assert gateway.command("replay", "nonsense", "--reason", "ticket 15").exit_code == 2
    assert gateway.command("replay", nobody, "--reason", "ticket 15").exit_code == 1
