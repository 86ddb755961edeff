"""crosswalk token: a token that the gateway takes, or one line that says what is wrong."""

import json
from pathlib import Path

import httpx

from tests.gateway.commands.running import Running, run


def test_the_printed_token_is_taken_by_the_gateway(gateway: Running) -> None:
    headers = {"Authorization": f"Bearer {gateway.token('cityhosp-ehr')}"}
    assert httpx.get(f"{gateway.url}/fhir/Patient", headers=headers).status_code == 200
    assert httpx.get(f"{gateway.url}/fhir/Patient").status_code == 401


def test_json_prints_the_whole_answer_with_the_scope_that_was_asked(gateway: Running) -> None:
    words = ("--agencies", gateway.agencies, "--url", gateway.url, "--scope", "system/Task.rs", "--purpose", "TREAT")
    answer = json.loads(run("token", "cityhosp-ehr", *words, "--json").stdout)
    assert (answer["scope"], answer["purpose_of_use"], answer["token_type"]) == ("system/Task.rs", "TREAT", "bearer")


def test_a_purpose_that_is_not_registered_is_refused_with_those_that_are(gateway: Running) -> None:
    words = ("--agencies", gateway.agencies, "--url", gateway.url, "--purpose", "CRIMJUST")
    result = run("token", "cityhosp-ehr", *words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "TREAT" in result.stderr


def test_a_client_without_a_key_at_hand_is_told_where_it_was_looked_for(gateway: Running, tmp_path: Path) -> None:
    result = run("token", "nobody", "--agencies", gateway.agencies, "--url", gateway.url)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "nobody.private.jwks" in result.stderr
    (tmp_path / "nobody.private.jwks").write_text("{}")
    assert run("token", "nobody", "--keys", tmp_path, "--url", gateway.url).exit_code == 1


def test_a_key_that_is_not_registered_is_refused_by_the_gateway(gateway: Running, tmp_path: Path) -> None:
    key = (gateway.folder / "agencies-keys" / "lakeside-bh-system.private.jwks").read_text()
    (tmp_path / "cityhosp-ehr.private.jwks").write_text(key)
    result = run("token", "cityhosp-ehr", "--keys", tmp_path, "--url", gateway.url)
    assert result.exit_code == 1
    assert "invalid_client" in result.stderr


def test_a_gateway_that_does_not_answer_is_named(gateway: Running) -> None:
    result = run("token", "cityhosp-ehr", "--agencies", gateway.agencies, "--url", "http://127.0.0.1:9")
    assert result.exit_code == 1
    assert "http://127.0.0.1:9/token" in result.stderr
