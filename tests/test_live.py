"""The harness itself: one discharge travels from a hospital to a program."""

from tests.live import Live
from tests.messages import Visit


async def test_a_discharge_reaches_the_hospital_and_the_program(gateway: Live) -> None:
    visit = Visit()
    assert b"MSA|AA" in gateway.mllp(visit.a01())
    assert b"MSA|AA" in gateway.mllp(visit.a03())
    (patient,) = gateway.party("cityhosp-ehr").search(f"Patient?identifier={visit.mrn}")
    tasks = gateway.party("harbor-recovery-system").search("Task?_count=50")
    assert any(patient["id"] in str(task) for task in tasks)
    async with gateway.owner() as database:
        assert await database.fetchval("SELECT count(*) FROM audit") > 0


def test_a_party_may_post_messages_over_http(gateway: Live) -> None:
    answer = gateway.party("cityhosp-ehr").messages(Visit().a04())
    assert (answer.status, b"MSA|AA" in answer.body) == (200, True)
