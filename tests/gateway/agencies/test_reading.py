"""Every error an agency file can hold is found, named, placed, and found together with all others."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from gateway.agencies.problems import Level
from gateway.agencies.reading import Reading, read_folder
from gateway.auth.keys import new_key_pair

ReadWith = Callable[..., Reading]
TODAY = date(2026, 11, 23)

FAULTS = [
    # code, place, file, text, text instead
    ("unknown-key", "nmae", "clinic", 'name = "Clinic"', 'name = "Clinic"\nnmae = "Clinic"'),
    ("unknown-key", "status.covered", "clinic", "[status]", "[status]\ncovered = true"),
    ("unknown-key", "handoffs[1].recipient", "clinic", "[[handoffs]]", '[[handoffs]]\nrecipient = "pantry"'),
    ("missing-key", "zone", "pantry", 'zone = "America/Chicago"', ""),
    ("missing-key", "status", "pantry", "[status]", ""),
    ("missing-key", "handoffs[1].receiver", "clinic", 'receiver = "pantry"', ""),
    ("wrong-type", "status.health_care_provider", "clinic", "health_care_provider = true", "health_care_provider = 1"),
    ("wrong-type", "name", "clinic", 'name = "Clinic"', "name = 7"),
    ("wrong-type", "name", "clinic", 'name = "Clinic"', r'name = "Cli\u0000nic"'),
    ("wrong-type", "name", "clinic", 'name = "Clinic"', f'name = "{"x" * 2001}"'),
    ("wrong-type", "units[1].locations", "clinic", 'locations = ["DTX"]', 'locations = "DTX"'),
    ("wrong-type", "agreements[1].from", "clinic", "from = 2026-01-01", 'from = "January"'),
    ("wrong-type", "agreements[1].from", "clinic", "from = 2026-01-01", "from = 2026-01-01T00:00:00"),
    ("wrong-type", "status", "pantry", "[status]", "status = 1"),
    ("wrong-type", "handoffs[1].when", "clinic", 'when = { event = ["A03"], diagnosis = ["Z59"] }', "when = 1"),
    ("wrong-type", "handoffs[1].complete_within_minutes", "clinic", "[[clients]]",
     "complete_within_minutes = 99999999999\n[[clients]]"),
    ("unknown-word", "kind", "clinic", '"hospital"\njuris', '"hopsital"\njuris'),
    ("unknown-word", "jurisdiction", "clinic", "US-IL", "US-XX"),
    ("unknown-word", "clients[1].purposes[1]", "clinic", '"TREAT"', '"TREATMENT"'),
    ("unknown-word", "clients[1].role", "clinic", 'role = "clinician"', 'role = "nurse"'),
    ("unknown-word", "people[1].role", "clinic", 'role = "physician"', "role = 4"),
    ("unknown-word", "agreements[1].kind", "clinic", '"MOU"', '"MOA"'),
    ("bad-id", "people[1].id", "clinic", 'id = "ann"', 'id = "Ann B"'),
    ("unknown-zone", "zone", "clinic", "America/Chicago", "America/Chicag"),
    ("unknown-zone", "channels[1].zone", "clinic", 'name = "adt"', 'name = "adt"\nzone = "CDT6"'),
    ("contradictory-standing", "status.part2_program", "clinic", "[status]", "[status]\npart2_program = true"),
    ("contradictory-standing", "status.part2_program", "pantry", '"community-org"', '"part2-program"'),
    ("contradictory-standing", "status.ori", "clinic", "[status]", '[status]\nori = "IL0123400"'),
    ("contradictory-standing", "status.ori", "pantry", "[status]", "[status]\ncriminal_justice_agency = true"),
    ("bad-ori", "status.ori", "clinic", "[status]", '[status]\nori = "ORI"'),
    ("bad-npi", "status.npi", "clinic", "1234567893", "12345"),
    ("duplicate-name", "channels[2]", "clinic", '"drop"', '"adt"'),
    ("unknown-fact", "handoffs[1].when.evnt", "clinic", "{ event =", "{ evnt ="),
    ("empty-rule", "handoffs[1].when", "clinic", 'when = { event = ["A03"], diagnosis = ["Z59"] }', "when = {}"),
    ("empty-rule", "handoffs[1].when.event", "clinic", '["A03"]', "[]"),
    ("empty-rule", "handoffs[1].when.diagnosis", "clinic", '["Z59"]', '["Z59", ""]'),
    ("bad-clock", "handoffs[1].acknowledge_within_minutes", "clinic", "[[clients]]",
     "acknowledge_within_minutes = 0\n[[clients]]"),
    ("bad-clock", "handoffs[1].complete_within_minutes", "clinic", "[[clients]]",
     "complete_within_minutes = 5\n[[clients]]"),
    ("unknown-receiver", "handoffs[1].receiver", "clinic", 'receiver = "pantry"', 'receiver = "panty"'),
    ("unknown-receiver", "handoffs[1].receiver", "clinic", 'receiver = "pantry"', 'receiver = "clinic"'),
    ("unknown-agency", "agreements[1].with", "clinic", 'with = "pantry"', 'with = "nobody"'),
    ("unknown-agency", "standing[1].agency", "operator", '"clinic"', '"clinik"'),
    ("bad-period", "agreements[1].until", "clinic", "until = 2030-01-01", "until = 2025-01-01"),
    ("lapsed", "agreements[1].until", "clinic", "until = 2030-01-01", "until = 2026-11-22"),
    ("bad-scope", "clients[1].scopes[1]", "clinic", "system/*.cruds", "patient/*.read"),
    ("empty-list", "clients[1].purposes", "clinic", '["TREAT"]', "[]"),
    ("empty-list", "clients[1].scopes", "clinic", '["system/*.cruds"]', "[]"),
    ("unknown-unit", "clients[1].unit", "clinic", 'unit = "detox"', 'unit = "rehab"'),
    ("bad-address", "people[1].email", "clinic", "ann@clinic.example", "ann"),
    ("bad-address", "deliveries[1].to", "clinic", 'to = "clinic"', 'to = "../clinic"'),
    ("bad-address", "deliveries[1].to", "clinic", 'route = "folder"', 'route = "rest-hook"'),
    ("bad-address", "deliveries[1].to", "clinic", 'route = "folder"\nto = "clinic"',
     'route = "rest-hook"\nto = "http://clinic.example/hook"'),
    ("unknown-adapter", "channels[1].adapter", "clinic", 'adapter = "hospital"', 'adapter = "hl7"'),
    ("unknown-client", "channels[1].clients[1]", "clinic", 'name = "adt"', 'name = "adt"\nclients = ["pantry-x"]'),
    ("bad-folder", "channels[2].folder", "clinic", 'folder = "clinic"', 'folder = "/etc"'),
    ("bad-folder", "channels[2].folder", "clinic", 'folder = "clinic"', 'folder = "./clinic"'),
    ("bad-folder", "channels[2].folder", "clinic", 'folder = "clinic"', 'folder = "in//clinic"'),
    ("bad-folder", "channels[2].folder", "clinic", 'folder = "clinic"', 'folder = "clinic/.taken"'),
    ("no-sender", "channels[1].senders", "clinic", 'senders = [{ application = "EHR", facility = "CLINIC" }]', ""),
    ("bad-peer", "channels[1].peers[1]", "clinic", 'name = "adt"', 'name = "adt"\npeers = ["clinic.example"]'),
    ("open-mllp", "channels[1].peers[1]", "clinic", 'name = "adt"', 'name = "adt"\npeers = ["0.0.0.0/0"]'),
    ("open-mllp", "channels[1].peers[1]", "clinic", 'name = "adt"', 'name = "adt"\npeers = ["::/0"]'),
    ("bad-fingerprint", "channels[1].certificates[1]", "clinic", 'name = "adt"', 'name = "adt"\ncertificates = ["ab"]'),
    ("private-key", "clients[1].jwks[1]", "clinic", "[[clients.jwks]]", '[[clients.jwks]]\nd = "c2VjcmV0"'),
    ("bad-jwks", "clients[1].jwks[1]", "clinic", 'kty = "EC"', 'kty = "OKP"'),
    ("bad-jwks", "clients[1].jwks[1]", "clinic", 'kid = "', 'kidd = "'),
    ("bad-jwks", "clients[1].jwks[1]", "clinic", 'use = "sig"', 'use = "enc"'),
    ("bad-jwks", "clients[1].jwks[1]", "clinic", "[[clients.jwks]]", 'algorithms = ["RS384"]\n[[clients.jwks]]'),
    ("key-source", "clients[1]", "clinic", "[[clients.jwks]]", 'jwks_uri = "https://a.example/j"\n[[clients.jwks]]'),
    ("bad-url", "clients[1].jwks_uri", "clinic", "[[clients.jwks]]",
     'jwks_uri = "http://a.example/j"\n[[clients.jwks]]'),
    ("bad-url", "clients[1].jwks_uri", "clinic", "[[clients.jwks]]", 'jwks_uri = "https://["\n[[clients.jwks]]'),
    ("not-toml", "(whole file)", "pantry", "[status]", "[status"),
    ("file-name", "id", "pantry", 'id = "pantry"', 'id = "larder"'),
    ("duplicate-agency", "id", "pantry", 'id = "pantry"', 'id = "clinic"'),
    ("duplicate-agency", "id", "operator", 'id = "operator"', 'id = "clinic"'),
    ("no-standing", "status", "operator", 'kind = "QSOA"', 'kind = "BAA"'),
    ("no-standing", "status", "clinic", "[status]", "[status]\ncovered_entity = true"),
]  # fmt: skip


def found(reading: Reading) -> set[tuple[str, str]]:
    return {(problem.code, problem.place) for problem in reading.problems}


def test_a_sound_folder_has_no_problem(read_with: ReadWith) -> None:
    reading = read_with()
    assert reading.problems == ()
    assert [agency.id for agency in reading.agencies] == ["clinic", "pantry"]
    assert reading.operator is not None


@pytest.mark.parametrize(("code", "place", "file", "old", "new"), FAULTS)
def test_each_fault_is_found_at_its_place(
    read_with: ReadWith, code: str, place: str, file: str, old: str, new: str
) -> None:
    reading = read_with((file, old, new))
    assert (code, place) in found(reading)
    assert bool(reading.errors) is (code not in {"lapsed", "no-standing"})


def test_faults_in_all_files_are_told_at_once(read_with: ReadWith) -> None:
    reading = read_with(
        ("clinic", "[status]", "[status]\ncovered = true"),
        ("clinic", 'receiver = "pantry"', 'receiver = "panty"'),
        ("pantry", "America/Chicago", "Mars/Olympus"),
        ("operator", '"QSOA"', '"QSO"'),
    )
    wanted = {"unknown-key", "unknown-receiver", "unknown-zone", "unknown-word"}
    assert wanted <= {problem.code for problem in reading.errors}
    assert {problem.file for problem in reading.errors} == {"clinic.toml", "pantry.toml", "operator.toml"}


def test_an_unknown_key_names_the_nearest_known_one(read_with: ReadWith) -> None:
    reading = read_with(("clinic", "[status]", "[status]\ncovered_entty = true"))
    assert "'covered_entity'" in reading.errors[0].remedy
    assert str(reading.errors[0]).startswith("clinic.toml: status.covered_entty: is not a known key. Did you mean")


def test_a_zone_like_no_other_is_told_without_the_whole_list(read_with: ReadWith) -> None:
    (problem,) = read_with(("pantry", "America/Chicago", "%%%%")).problems
    assert problem.remedy == "Use a name such as America/Chicago."


def test_an_unreadable_file_does_not_echo_as_a_missing_receiver(read_with: ReadWith) -> None:
    reading = read_with(("pantry", "[status]", "[status"))
    assert [problem.code for problem in reading.errors] == ["not-toml"]


def channel(transport: str) -> str:
    return f"""
        [[channels]]
        name = "in"
        adapter = "hospital"
        transport = "{transport}"
        senders = [{{ application = "EHR", facility = "CLINIC" }}]
    """


@pytest.mark.parametrize("transport", ["mllp", "http"])
def test_a_sender_belongs_to_one_agency(read_with: ReadWith, transport: str) -> None:
    reading = read_with(("pantry", "[status]", f"[status]{channel(transport)}"))
    assert found(reading) == {("duplicate-sender", "channels[1].senders[1]")}


def test_a_sender_has_one_mllp_channel_and_may_have_a_web_channel_beside(read_with: ReadWith) -> None:
    assert read_with(("clinic", "[[handoffs]]", f"{channel('http')}\n[[handoffs]]")).problems == ()
    twice = read_with(("clinic", "[[handoffs]]", f"{channel('mllp')}\n[[handoffs]]"))
    assert found(twice) == {("duplicate-sender", "channels[3].senders[1]")}


@pytest.mark.parametrize("folder", ["clinic", "clinic/status"])
def test_nobody_drops_into_or_reads_the_folder_of_another_agency(read_with: ReadWith, folder: str) -> None:
    dropped = f'[[channels]]\nname = "drop"\nadapter = "hospital"\ntransport = "folder"\nfolder = "{folder}"'
    way = f'route = "folder"\nto = "{folder}"\npurpose = "COC"\nrole = "case-manager"'
    read = f'[[deliveries]]\nname = "inbox"\n{way}'
    reading = read_with(("pantry", "[status]", f"[status]\n{dropped}\n{read}"))
    places = {("duplicate-folder", "channels[1].folder"), ("duplicate-folder", "deliveries[1].to")}
    assert found(reading) == places


def test_two_agencies_cannot_share_a_client_or_a_person(read_with: ReadWith, key_table: str) -> None:
    tables = f"""
        [[clients]]
        id = "clinic-ehr"
        scopes = ["system/Task.rs"]
        purposes = ["COC"]
        role = "case-manager"
        [[clients.jwks]]
        {key_table}
        [[people]]
        id = "ann"
        name = "Ann"
        role = "case-manager"
    """
    reading = read_with(("pantry", "[status]", f"[status]{tables}"))
    assert found(reading) == {("duplicate-client", "clients[1].id"), ("duplicate-person", "people[1].id")}


def test_the_operators_staff_do_not_sign_in_under_an_agencys_id(read_with: ReadWith) -> None:
    staff = '[[people]]\nid = "ann"\nname = "Ann"\nrole = "support-engineer"\n[[standing]]'
    assert found(read_with(("operator", "[[standing]]", staff))) == {("duplicate-person", "people[1].id")}


def test_two_keys_cannot_share_a_kid(read_with: ReadWith, key_table: str) -> None:
    reading = read_with(("clinic", "[[clients.jwks]]", f"[[clients.jwks]]\n{key_table}\n[[clients.jwks]]"))
    assert {("bad-jwks", "clients[1].jwks[1]"), ("bad-jwks", "clients[1].jwks[2]")} == found(reading)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "gateway.example"])  # noqa: S104
def test_plain_mllp_beyond_this_machine_needs_peers_or_certificates(read_with: ReadWith, host: str) -> None:
    assert ("open-mllp", "channels[1].peers") in found(read_with(mllp_host=host))
    peers = ("clinic", 'name = "adt"', 'name = "adt"\npeers = ["10.1.2.0/24"]')
    assert read_with(peers, mllp_host=host).problems == ()
    certificates = ("clinic", 'name = "adt"', f'name = "adt"\ncertificates = ["{"0a" * 32}"]')
    assert read_with(certificates, mllp_host=host).problems == ()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_plain_mllp_on_this_machine_needs_no_peers(read_with: ReadWith, host: str) -> None:
    assert read_with(mllp_host=host).problems == ()


def with_key_file(key_table: str, name: str) -> tuple[str, str, str]:
    return "clinic", f"[[clients.jwks]]\n{key_table}", f'jwks_file = "{name}"'


def test_a_key_file_is_read_into_the_agency(read_with: ReadWith, tmp_path: Path, key_table: str) -> None:
    public = new_key_pair()[1]
    (tmp_path / "clinic.jwks").write_text(public)
    reading = read_with(with_key_file(key_table, "clinic.jwks"))
    assert reading.problems == ()
    assert reading.agencies[0].clients[0].jwks[0]["kid"] == json.loads(public)["keys"][0]["kid"]


def test_a_key_file_that_is_not_there_yet_only_warns(read_with: ReadWith, key_table: str) -> None:
    reading = read_with(with_key_file(key_table, "clinic.jwks"))
    assert [(problem.code, problem.level) for problem in reading.problems] == [("no-keys", Level.WARNING)]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("clinic.jwks", new_key_pair()[0], "private-key"),
        ("clinic.jwks", '{"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "1"}]}', "private-key"),
        ("clinic.jwks", "[", "bad-jwks"),
        ("clinic.jwks", "{}", "bad-jwks"),
        ("clinic.jwks", '{"keys": [1]}', "bad-jwks"),
        ("clinic.jwks", '{"keys": [{"kty": "EC", "kid": "\\ud800"}]}', "wrong-type"),
        ("../clinic.jwks", "{}", "bad-path"),
        ("/etc/hostname", "{}", "bad-path"),
    ],
)
def test_a_key_file_that_cannot_serve_is_refused(
    read_with: ReadWith, tmp_path: Path, key_table: str, name: str, content: str, code: str
) -> None:
    (tmp_path / "clinic.jwks").write_text(content)
    reading = read_with(with_key_file(key_table, name))
    assert code in {problem.code for problem in reading.errors}


def test_no_problem_repeats_private_key_material(read_with: ReadWith, tmp_path: Path, key_table: str) -> None:
    private = new_key_pair()[0]
    (tmp_path / "clinic.jwks").write_text(private)
    reading = read_with(with_key_file(key_table, "clinic.jwks"))
    assert reading.errors
    assert json.loads(private)["keys"][0]["d"] not in repr(reading)


def test_a_client_without_any_key_source_is_refused(read_with: ReadWith, key_table: str) -> None:
    reading = read_with(("clinic", f"[[clients.jwks]]\n{key_table}", ""))
    assert ("key-source", "clients[1]") in found(reading)


def test_a_folder_without_operator_or_files_is_refused(tmp_path: Path) -> None:
    assert {problem.code for problem in read_folder(tmp_path, TODAY).errors} == {"no-files", "no-operator"}
    assert {problem.code for problem in read_folder(tmp_path / "nowhere", TODAY).errors} == {"no-files", "no-operator"}


def test_files_that_are_not_utf8_or_too_large_are_refused(tmp_path: Path, read_with: ReadWith) -> None:
    (tmp_path / "latin.toml").write_bytes(b'id = "\xe9"')
    (tmp_path / "large.toml").write_bytes(b"#" * 1_000_001)
    reading = read_with()
    assert {(problem.code, problem.file) for problem in reading.problems} == {
        ("unreadable", "latin.toml"),
        ("unreadable", "large.toml"),
    }


@pytest.mark.parametrize(
    ("bits", "algorithm", "codes"),
    [(2048, "RS384", set()), (2048, "ES384", {"bad-jwks"}), (1024, "RS384", {"bad-jwks"})],
)
def test_an_rsa_key_needs_size_and_a_fitting_algorithm(
    read_with: ReadWith, tmp_path: Path, key_table: str, bits: int, algorithm: str, codes: set[str]
) -> None:
    numbers = generate_private_key(65537, bits).public_key().public_numbers()
    key = {"kty": "RSA", "kid": "r", "e": "AQAB", "n": base64url(numbers.n.to_bytes(bits // 8, "big"))}
    (tmp_path / "clinic.jwks").write_text(json.dumps({"keys": [key]}))
    file, old, new = with_key_file(key_table, "clinic.jwks")
    reading = read_with((file, old, f'{new}\nalgorithms = ["{algorithm}"]'))
    assert {problem.code for problem in reading.problems} == codes


def base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()
