"""A gateway of its own process, as `crosswalk serve` starts it, for as long as the demo lasts."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from gateway.demo.sandbox import HOST, Sandbox

START_SECONDS = 60.0
STOP_SECONDS = 20.0
SERVE = (sys.executable, "-c", "from gateway.cli import main; main()", "serve")


class NotReady(Exception):
    """The gateway ended, or did not answer in time; the text carries the end of its log."""


@contextmanager
def running(place: Sandbox) -> Iterator[subprocess.Popen[bytes]]:
    """The process of a gateway that is ready to serve. Raises NotReady."""
    with (place.folder / "gateway.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603
            [*SERVE, *_options(place)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_environment(place),
            start_new_session=True,
            preexec_fn=_end_with_the_demo,  # noqa: PLW1509  # before any thread is started
        )
    try:
        _wait_until_ready(place, process)
        yield process
    finally:
        _stop(process)


def _end_with_the_demo() -> None:
    """However the demo ends, its gateway is told to stop."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _environment(place: Sandbox) -> dict[str, str]:
    """Ours without what may be set for another gateway: the demo touches no database but its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CROSSWALK_")}
    kept.pop("DATABASE_URL", None)
    hook = json.dumps([f"localhost:{place.hook_port}"])
    return {**kept, "CROSSWALK_STORY": str(place.story), "CROSSWALK_LOCAL_RECEIVERS": hook}


def _options(place: Sandbox) -> list[str]:
    said = {
        "--data": place.data,
        "--key-file": place.key_file,
        "--agencies": place.agencies,
        "--folders": place.folders,
        "--secrets": place.secrets,
        "--host": HOST,
        "--port": place.port,
        "--mllp-host": HOST,
        "--mllp-port": place.mllp_port,
        "--public-url": place.root,
        "--workers": 1,
    }
    return [str(word) for pair in said.items() for word in pair]


def _wait_until_ready(place: Sandbox, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise NotReady(f"the gateway ended with status {process.returncode}: {_log(place)}")
        if _ready(place):
            return
        time.sleep(0.05)
    raise NotReady(f"the gateway was not ready within {START_SECONDS:.0f} s: {_log(place)}")


def _ready(place: Sandbox) -> bool:
    try:
        return httpx.get(f"{place.root}/readyz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _log(place: Sandbox) -> str:
    return (place.folder / "gateway.log").read_text(errors="replace")[-500:]


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
