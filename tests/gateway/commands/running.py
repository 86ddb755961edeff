"""A real gateway for the commands' tests: `crosswalk serve` on free ports, the sample agencies, fresh keys."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

import httpx
from click.testing import Result
from typer.testing import CliRunner

from gateway.agencies.founding import keys_beside, private_key_file
from gateway.auth.keys import new_key_pair
from gateway.cli import app

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT / "samples"
SERVE = (sys.executable, "-c", "from gateway.cli import main; main()", "serve")


@dataclass
class Running:
    """A gateway of its own process and the options by which commands reach its data."""

    folder: Path
    url: str
    options: list[str]

    @property
    def agencies(self) -> Path:
        return self.folder / "agencies"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def key_file(self) -> Path:
        return self.folder / "key"

    def command(self, *words: str | Path) -> Result:
        return run(*words, *self.options)

    def token(self, client: str, *words: str) -> str:
        result = run("token", client, "--agencies", self.agencies, "--url", self.url, *words)
        assert result.exit_code == 0, result.stderr
        return result.stdout.strip()

    def post(self, raw: bytes, client: str = "cityhosp-ehr") -> str:
        headers = {"Authorization": f"Bearer {self.token(client)}", "Content-Type": "application/hl7-v2"}
        answer = httpx.post(f"{self.url}/messages", content=raw, headers=headers, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.text


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def reachable_folder() -> Path:
    """A folder through which the database's own account can pass, for tests that run as root."""
    folder = Path(tempfile.mkdtemp(prefix="crosswalk-commands-"))
    folder.chmod(0o755)
    return folder


def agencies_with_keys(folder: Path) -> None:
    shutil.copytree(SAMPLES / "agencies", folder)
    keys = keys_beside(folder)
    keys.mkdir(mode=0o700)
    for file in folder.glob("*.toml"):
        for client in tomllib.loads(file.read_text()).get("clients", ()):
            private, public = new_key_pair()
            registered = folder / client["jwks_file"]
            registered.parent.mkdir(exist_ok=True)
            registered.write_text(public)
            private_key_file(keys, client["id"]).write_text(private)


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


def served(folder: Path, data: Path, key_file: Path) -> tuple[subprocess.Popen[bytes], Running]:
    """A serving gateway on this data; the caller ends it with ``stop``."""
    port, mllp = free_port(), free_port()
    options = ["--data", str(data), "--key-file", str(key_file)]
    url = f"http://127.0.0.1:{port}"
    words = [*options, "--agencies", str(folder / "agencies"), "--port", str(port), "--mllp-port", str(mllp)]
    log = (folder / "serve.log").open("ab")
    process = subprocess.Popen(
        [*SERVE, *words],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env={**os.environ, "DATABASE_URL": "", "CROSSWALK_DATABASE_URL": ""},
    )
    log.close()
    _wait(url, process, folder / "serve.log")
    return process, Running(folder, url, options)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()[-2000:]
        try:
            if httpx.get(f"{url}/readyz", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError(log.read_text()[-2000:])


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
