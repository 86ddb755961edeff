"""Every adapter keeps to what the conformance kit asks of all of them."""

from pathlib import Path

import pytest

from adapters import ADAPTERS
from adapters.base import Channel
from adapters.worklist import Entry, write
from tests.adapters import conformance

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
TASK = "00000000-0000-8000-8000-000000000001"
WORKLIST = write([Entry(TASK, status="requested")]).replace(b",requested,,", b",requested,yes,")
FOUND = {
    "hospital": (SAMPLES / "hospital" / "adt_a03_opioid_to_program.hl7", ("RIVERA", "700101", "5550100", "19900102")),
    "police": (SAMPLES / "police" / "crisis_report.json", ("Quillfeather",)),
    "community": (SAMPLES / "community" / "referrals.json", ("Gorsewood", "Perpetua", "1994-06-03")),
}


@pytest.mark.parametrize("name", ADAPTERS)
def test_every_adapter_conforms(name: str) -> None:
    sample, values = FOUND.get(name, (None, (TASK,)))
    channel = Channel("sample", "web", name, "America/Chicago")
    conformance.check(ADAPTERS[name], channel, sample.read_bytes() if sample else WORKLIST, values)
