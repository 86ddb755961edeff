"""One gateway that gets all the bad input: if one refusal broke it, those after would fail."""

from collections.abc import Iterator

import pytest

from tests.clients.agency_files import Agency, Client, started
from tests.live import Live
from tests.parties import Party

RESTRICTED = """
[[channels]]
name = "far"
adapter = "hospital"
transport = "mllp"
senders = [{ application = "FAR", facility = "CLINIC" }]
peers = ["192.0.2.0/24"]
"""


@pytest.fixture(scope="package")
def live() -> Iterator[Live]:
    ours = Agency("cityhosp", clients=(Client("city-client"),), senders=(("EHR", "CITYHOSP"),))
    theirs = Agency("clinic", clients=(Client("clinic-client"),), senders=(("EMR", "CLINIC"),), more=RESTRICTED)
    with started(ours, theirs) as running:
        yield running


@pytest.fixture(scope="package")
def party(live: Live) -> Party:
    return live.party("city-client")


@pytest.fixture(autouse=True)
def next_one_served(live: Live, party: Party) -> Iterator[None]:
    """Whatever a test sends, the next request is served and the log shows no fault."""
    yield
    assert party.raw("GET", "/readyz").status == 200
    assert party.get("Patient?_count=1").status == 200
    log = live.log.read_text()
    assert not [line for line in log.splitlines() if '"level": "error"' in line or not line.startswith("{")]
