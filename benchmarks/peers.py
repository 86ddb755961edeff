"""Peers from the package registry, each in a throw-away folder of its own; never dependencies of this project."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.live import free_ports

INSTALL_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Peer:
    """A server to compare with; port 0 and the reason why where it could not be had."""

    port: int
    why: str = ""


def installed(folder: Path, package: str) -> Path | None:
    """The Python of a new environment with this package, None where it cannot be had in reasonable time."""
    python = folder / package / "bin" / "python"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder / package)], check=True, timeout=60, **quiet)  # type: ignore[call-overload]  # keywords by name
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]
        subprocess.run(command, check=True, timeout=INSTALL_SECONDS, **quiet)  # type: ignore[call-overload]  # keywords by name
    except (subprocess.SubprocessError, OSError):
        return None
    return python


@contextmanager
def sekmet(folder: Path, *, wanted: bool) -> Iterator[Peer]:
    """sekmet-fhir with strict validation, its traffic log and simulator off."""
    python = installed(folder, "sekmet-fhir") if wanted else None
    if python is None:
        yield Peer(0, "not wanted or could not be installed")
        return
    port = free_ports(1)[0]
    settings = {
        "base_url": f"http://127.0.0.1:{port}/fhir",
        "host": "127.0.0.1",
        "port": port,
        "data_dir": str(folder / "sekmet-data"),
        "validation": {"inbound": "strict"},
        "simulator": {"enabled": False},
        "log_inbound": False,
    }
    (folder / "sekmet.yaml").write_text(json.dumps(settings))  # JSON is YAML
    process = subprocess.Popen(
        [str(python), "-m", "sekmet.cli", "serve", "--config", str(folder / "sekmet.yaml")],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield Peer(port)
    finally:
        process.kill()
        process.wait()


BRIDGE = """
import json, sys, time
from v2fhir.config import load_config
from v2fhir.convert import convert
from v2fhir.hl7.parser import parse_bytes
from v2fhir.__main__ import _config
config, found = _config(None), []
for text in json.load(sys.stdin):
    raw, seconds = text.encode("latin-1"), []
    try:
        for _ in range(7):
            begun = time.thread_time()
            json.dumps(convert(parse_bytes(raw, config.default_charset, config.fallback_charsets), config).bundle)
            seconds.append(time.thread_time() - begun)
        found.append(sorted(seconds)[3])
    except Exception:
        found.append(None)
json.dump(found, sys.stdout)
"""
"""Seconds that hl7v2-fhir-bridge takes for each message: its own parser, mapper and JSON; null where it refuses."""


def bridge(folder: Path, messages: list[bytes]) -> list[float | None] | None:
    """Seconds per message of hl7v2-fhir-bridge, None for what it refuses; None where it cannot be had."""
    python = installed(folder, "hl7v2-fhir-bridge")
    if python is None:
        return None
    texts = json.dumps([each.decode("latin-1") for each in messages])
    done = subprocess.run(
        [str(python), "-c", BRIDGE],
        input=texts,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": ""},
    )
    found: list[float | None] | None = json.loads(done.stdout) if done.returncode == 0 else None
    return found
