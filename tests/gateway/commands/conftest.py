"""One real gateway for all tests of commands, and what was sent to it."""

import shutil
from collections.abc import Iterator

import pytest

from tests.gateway.commands.running import SAMPLES, Running, agencies_with_keys, reachable_folder, served, stop


@pytest.fixture(scope="session")
def gateway() -> Iterator[Running]:
    folder = reachable_folder()
    agencies_with_keys(folder / "agencies")
    process, running = served(folder, folder / "data", folder / "key")
    try:
        yield running
    finally:
        stop(process)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sent(gateway: Running) -> dict[str, str]:
    """The replies to what City Hospital sent, by sample."""
    names = ("adt_a01_admission", "adt_a03_psychiatric", "adt_a04_registration")
    replies = {name: gateway.post((SAMPLES / "hospital" / f"{name}.hl7").read_bytes()) for name in names}
    broken = (SAMPLES / "hospital" / "adt_a01_admission.hl7").read_bytes()
    replies["broken"] = gateway.post(broken.replace(b"ADT^A01", b"ZZZ^Z99").replace(b"SAMPLE-A01", b"BROKEN"))
    return replies
