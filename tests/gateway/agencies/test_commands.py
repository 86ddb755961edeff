"""crosswalk agency: new writes what check accepts, check and list report, apply needs sound files and a store."""

import json
import stat
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from consent.vocabulary import OrgType
from gateway import clock
from gateway.agencies import model
from gateway.agencies.apply import Applied, Change, Outdated, Register
from gateway.agencies.reading import read_folder
from gateway.agencies.record import digest
from gateway.agencies.registration import registrations
from gateway.agencies.shape import key_of
from gateway.agencies.template import Answers, agency_file, needs_ori
from gateway.auth.keys import new_key_pair
from gateway.commands.agency import OpenRegister, agency_commands
from gateway.commands.registering import open_register


def run(*arguments: str, register: OpenRegister | None = None) -> Result:
    return CliRunner().invoke(agency_commands(register), list(arguments))


def new(folder: Path, kind: OrgType, id_: str = "one") -> Result:
    ori = ["--ori", "IL0123400"] if needs_ori(kind) else []
    return run("new", id_, "--kind", kind, "--dir", str(folder), *ori)


@pytest.mark.parametrize("kind", list(OrgType))
def test_a_new_file_of_every_kind_passes_the_check_and_its_client_can_be_registered(
    tmp_path: Path, kind: OrgType
) -> None:
    folder = tmp_path / "agencies"
    assert new(folder, kind).exit_code == 0
    result = run("check", str(folder), "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["agencies"] == ["one"]
    (agency,) = read_folder(folder, clock.now().date()).agencies
    assert [client.client_id for client in registrations(agency)] == ["one-system"]


def test_the_private_key_is_readable_by_its_owner_only_and_lies_outside_the_folder(tmp_path: Path) -> None:
    new(tmp_path / "agencies", OrgType.HOSPITAL)
    private = tmp_path / "agencies-keys" / "one-system.private.jwks"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert stat.S_IMODE(private.parent.stat().st_mode) == 0o700
    secret = json.loads(private.read_text())["keys"][0]
    text = (tmp_path / "agencies" / "one.toml").read_text()
    assert secret["d"] not in text
    assert secret["x"] in text


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("One", "--kind", "hospital"), 2),
        (("one", "--kind", "clinic"), 2),
        (("operator", "--kind", "hospital"), 2),
        (("one", "--kind", "police"), 2),
        (("one", "--kind", "police", "--ori", "short"), 2),
        (("one", "--kind", "hospital", "--name", "a\nb"), 2),
        (("one", "--kind", "hospital", "--keys", "agencies/keys"), 1),
    ],
)
def test_new_refuses_what_it_cannot_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], status: int
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("new", *arguments).exit_code == status
    assert list(tmp_path.rglob("*")) == []


def test_new_overwrites_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "agencies"
    new(folder, OrgType.HOSPITAL)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    result = new(folder, OrgType.SCHOOL)
    assert result.exit_code == 1
    assert "exists already" in result.output
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_name_with_quotes_stays_a_name(tmp_path: Path) -> None:
    name = 'The "Old" Mill \\ $kind é'
    run("new", "mill", "--kind", "hospital", "--dir", str(tmp_path / "a"), "--name", name)
    assert tomllib.loads((tmp_path / "a" / "mill.toml").read_text("utf-8"))["name"] == name


@pytest.mark.parametrize(
    "shape",
    [model.Agency, model.Status, model.Unit, model.Channel, model.Sender, model.HandoffRule, model.Coding,
     model.ClientEntry, model.Person, model.Agreement, model.Delivery],
)  # fmt: skip
def test_the_template_shows_every_field(shape: type) -> None:
    answers = Answers("one", "One", OrgType.HOSPITAL, model.Jurisdiction.US, "America/Chicago", "keys")
    text = agency_file(answers, new_key_pair()[1])
    shown = [each for each in fields(shape) if f"{key_of(each)} = " in text or f"{key_of(each)}]" in text]
    assert shown == list(fields(shape))


def test_check_reports_errors_in_a_table_and_in_json(tmp_path: Path) -> None:
    folder = tmp_path / "agencies"
    new(folder, OrgType.HOSPITAL)
    path = folder / "one.toml"
    path.write_text(path.read_text("utf-8").replace("\n[status]\n", "\n[status]\ncolour = true\n"), "utf-8")
    table, report = run("check", str(folder)), run("check", str(folder), "--json")
    assert table.exit_code == report.exit_code == 1
    assert "status.colour" in table.stdout
    verdict = json.loads(report.stdout)
    assert verdict["ok"] is False
    assert ("unknown-key", "one.toml", "status.colour") in {
        (each["code"], each["file"], each["place"]) for each in verdict["problems"]
    }


def test_list_names_agencies_with_their_versions(tmp_path: Path) -> None:
    new(tmp_path / "a", OrgType.HOSPITAL)
    (agency,) = read_folder(tmp_path / "a", clock.now().date()).agencies
    assert json.loads(run("list", str(tmp_path / "a"), "--json").stdout)["agencies"][0]["version"] == digest(agency)
    assert digest(agency)[:12] in run("list", str(tmp_path / "a")).stdout
    assert run("list", str(tmp_path / "nowhere")).exit_code == 1


class Kept:
    def __init__(self) -> None:
        self.state = Applied()

    async def applied(self) -> Applied:
        return self.state

    async def apply(self, change: Change) -> None:
        self.state = change.after


class Contested(Kept):
    async def apply(self, change: Change) -> None:
        raise Outdated("someone else applied in between: run apply again.")


def opening(register: Register) -> OpenRegister:
    @asynccontextmanager
    async def open_(data: Path | None, key_file: Path | None, database_url: str | None) -> AsyncIterator[Register]:
        yield register

    return open_


def test_apply_puts_files_in_force_once(tmp_path: Path) -> None:
    new(tmp_path / "a", OrgType.HOSPITAL)
    register = Kept()
    first = run("apply", str(tmp_path / "a"), register=opening(register))
    assert first.exit_code == 0, first.output
    assert "one: added" in first.stdout
    assert [agency.id for agency in register.state.agencies] == ["one"]
    assert "Nothing to do" in run("apply", str(tmp_path / "a"), register=opening(register)).stdout


def test_apply_tells_what_it_withdraws(tmp_path: Path) -> None:
    new(tmp_path / "a", OrgType.HOSPITAL)
    register = Kept()
    run("apply", str(tmp_path / "a"), register=opening(register))
    path = tmp_path / "a" / "one.toml"
    path.write_text(path.read_text("utf-8").replace("covered_entity = true", "covered_entity = false"), "utf-8")
    plain = run("apply", str(tmp_path / "a"), "--json", register=opening(register))
    report = json.loads(plain.stdout)
    assert report["withdrawn"] == ["one: status.covered_entity: True -> (none)"]
    assert report["decided_anew"] == ["one"]


@pytest.mark.parametrize("register", [None, opening(Contested())])
def test_apply_without_store_or_with_a_rival_changes_nothing(tmp_path: Path, register: OpenRegister | None) -> None:
    new(tmp_path / "a", OrgType.HOSPITAL)
    result = run("apply", str(tmp_path / "a"), register=register)
    assert result.exit_code == 1
    assert "Nothing was applied" in result.output


def test_apply_refuses_files_with_errors(tmp_path: Path) -> None:
    new(tmp_path / "a", OrgType.HOSPITAL)
    (tmp_path / "a" / "operator.toml").unlink()
    register = Kept()
    result = run("apply", str(tmp_path / "a"), register=opening(register))
    assert result.exit_code == 1
    assert register.state == Applied()


def test_apply_without_its_key_says_so_in_one_line(tmp_path: Path) -> None:
    new(tmp_path / "a", OrgType.HOSPITAL)
    given = ("--data", str(tmp_path / "data"), "--key-file", str(tmp_path / "none"))
    result = run("apply", str(tmp_path / "a"), *given, register=open_register)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert "--key-file" in result.output
