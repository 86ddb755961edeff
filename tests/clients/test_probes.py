"""Unmodified third-party clients work with a gateway that runs as an operator runs it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.agency_files import Agency, Client, started
from tests.live import Live

PROBES = Path(__file__).resolve().parents[2] / ".." / "shared" / "probes"
SECONDS = 180
PASSES = {
    "probe_token_endpoint.py": 60,
    "probe_fhirpy.py": 15,
    "probe_fhirclient_backend.py": 8,
    "probe_mllp_python.py": 15,
}
"""How many lines say PASS where the server does everything right."""


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    if not PROBES.is_dir():
        pytest.skip("probes not found at ../shared/probes: probes skipped")
    keys = tmp_path_factory.mktemp("keys")
    subprocess.run([sys.executable, str(PROBES / "make_client_keys.py"), str(keys)], check=True, capture_output=True)
    pair = ((keys / "private.jwks").read_text(), (keys / "public.jwks").read_text())
    agency = Agency("cityhosp", clients=(Client("probe-client"),), senders=(("EHR", "CITYHOSP"),))
    with started(agency, key_sets={"probe-client": pair}) as running:
        yield running


def environment(hospital: Live) -> dict[str, str]:
    return {
        **os.environ,
        "BASE_URL": f"{hospital.root}/fhir",
        "KEY_FILE": str(hospital.site.folder / "private" / "probe-client.jwks"),
        "MLLP_PORT": str(hospital.mllp_port),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def run(command: list[str], hospital: Live, folder: Path) -> list[str]:
    """The lines that a probe prints; none may say FAIL."""
    done = subprocess.run(
        command, check=False, cwd=folder, env=environment(hospital), capture_output=True, timeout=SECONDS
    )
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    failures = [line for line in lines if line.startswith("FAIL ")]
    print("\n".join([*failures, *(line for line in lines if line.startswith("INFO ")), *lines[-1:]]))  # noqa: T201  # shown by pytest -rP
    assert not failures, "\n".join([*failures, done.stderr.decode("utf-8", "replace")[-1500:]])
    assert done.returncode == 0, done.stderr[-1500:]
    return lines


@pytest.mark.parametrize("probe", PASSES)
def test_every_line_of_a_python_probe_passes(hospital: Live, probe: str) -> None:
    lines = run([sys.executable, str(PROBES / probe)], hospital, PROBES)
    assert sum(line.startswith("PASS ") for line in lines) == PASSES[probe]


def test_every_line_of_the_node_probe_passes(hospital: Live, tmp_path: Path) -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    if not (npm and node):
        pytest.skip("npm or node is absent: node-hl7-client not tried")
    for name in ("package.json", "probe_nodehl7.cjs"):
        shutil.copy(PROBES / name, tmp_path)
    installed = subprocess.run([npm, "install", "--silent"], check=False, cwd=tmp_path, capture_output=True)
    if installed.returncode:
        pytest.skip("npm install failed: node-hl7-client not tried")
    lines = run([node, "probe_nodehl7.cjs"], hospital, tmp_path)
    assert sum(line.startswith("PASS ") for line in lines) == 3


def test_no_probe_left_a_fault_or_a_name_in_the_log(hospital: Live) -> None:
    assert not re.search(
        r"Traceback|request failed|adapter failed|DOE|ROE|JANE|NUÑEZ|QQQQ|Smartpy", hospital.log.read_text()
    )
