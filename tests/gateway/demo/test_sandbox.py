"""The sandbox holds sound agencies with fresh keys, leaves ports of others alone, and is gone at the end."""

import json
import socket
from collections.abc import Iterator
from datetime import date

import pytest

from gateway.agencies.reading import read_folder
from gateway.auth.keys import public_keys, sign_assertion
from gateway.clock import now
from gateway.demo.chapters.consent import part2_tpo
from gateway.demo.samples import form, message
from gateway.demo.sandbox import HOST, Sandbox, free_port, sandbox
from gateway.fhir.check import check


@pytest.fixture(scope="module")
def place() -> Iterator[Sandbox]:
    with sandbox() as made:
        yield made


def test_every_client_has_its_public_key_registered(place: Sandbox) -> None:
    reading = read_folder(place.agencies, date(2026, 11, 23))
    assert not reading.problems
    assert len([client for agency in reading.agencies for client in agency.clients]) == 11


def test_each_private_key_signs_and_is_readable_by_its_owner_alone(place: Sandbox) -> None:
    for file in place.keys.iterdir():
        assert file.stat().st_mode & 0o777 == 0o600
        assert sign_assertion(file.read_text(), "someone", place.root, now())


def test_private_keys_lie_beside_the_agency_files_and_never_among_them(place: Sandbox) -> None:
    for file in (place.agencies / "keys").iterdir():
        assert public_keys(file.read_text())
        assert "d" not in json.loads(file.read_text())["keys"][0]


def test_the_database_account_can_pass_through_the_folder(place: Sandbox) -> None:
    assert place.folder.stat().st_mode & 0o777 == 0o755


def test_nothing_is_left_behind() -> None:
    with sandbox() as made:
        assert made.agencies.is_dir()
    assert not made.folder.exists()


def test_a_port_that_somebody_holds_is_left_alone() -> None:
    with socket.create_server((HOST, 0)) as held:
        port = held.getsockname()[1]
        assert free_port(port) != port
    assert free_port(port) == port


def test_the_signed_form_is_valid_fhir_and_runs_now() -> None:
    made = part2_tpo("Patient/00000000-0000-4000-8000-000000000000")
    assert not check(made)
    period = made["provision"]["period"]
    assert period["start"] < now().date().isoformat() < period["end"]
    assert "period" not in form("part2_tpo_consent")["provision"]


def test_messages_of_the_day_name_different_patients() -> None:
    days = ("1_opioid_no_consent", "2_opioid_with_consent", "3_psychiatric", "4_no_rule", "5_foreign_sender")
    numbers = [message(name).split(b"PID|1||")[1].split(b"^")[0] for name in days]
    assert len(set(numbers)) == len(days)
