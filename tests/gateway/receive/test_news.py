"""News that cannot be carried out now is put off, never lost; news of what is gone is crossed off."""

import uuid
from dataclasses import replace

from gateway.clock import now
from gateway.delivery.news import NewsItem
from gateway.registry import Snapshot
from gateway.store import outbox
from gateway.store.outbox import Owed
from tests.gateway.disclose import asking
from tests.gateway.disclose.asking import HOSPITAL
from tests.messages import Visit
from tests.promises.house import House


async def _owed(house: House) -> Owed:
    """News owed to the program of a referral, claimed so that nobody else carries it out."""
    visit = Visit()
    await house.hospital(visit.a03())
    patient = await asking.patient_of(house, visit.mrn)
    async with house.owner() as owner:
        row = await owner.fetchrow(_TASKS, patient)
        number = uuid.uuid4()
        await owner.execute(
            _OWE,
            *(number, patient, row[0], row[1]),
        )
    names = ("news", patient, "cityhosp", "Task", row[0], "harbor-recovery", row[1])
    return Owed(*names, due=now(), id=str(number))


_TASKS = "SELECT sender_task::text, receiver_task::text FROM handoff WHERE patient = $1"
_OWE = """
INSERT INTO outbox (id, kind, subject, source, source_type, source_id, target, target_id, due, claimed_until)
VALUES ($1, 'news', $2, 'cityhosp', 'Task', $3, 'harbor-recovery', $4, now(), now() + interval '1 hour')
"""


def _item(house: House, owed: Owed, snapshot: Snapshot) -> NewsItem:
    gateway = house.gateway
    return NewsItem(owed, snapshot, gateway.keyring, gateway.receive.keeper, gateway.receive.segments)


async def _left(house: House, owed: Owed) -> int:
    async with house.owner() as owner:
        found: int = await owner.fetchval("SELECT count(*) FROM outbox WHERE id = $1", uuid.UUID(owed.id))
        return found


async def test_news_that_fails_halfway_stays_owed(house: House) -> None:
    owed, snapshot = await _owed(house), house.gateway.registry.current
    gone = Snapshot(snapshot.version, {"cityhosp": snapshot.agencies["cityhosp"]}, snapshot.operator, {})
    try:
        await house.gateway.intake.submit(_item(house, owed, gone))
        failed = False
    except Exception:  # noqa: BLE001  # whatever it is, the row must stay
        failed = True
    assert failed
    assert await _left(house, owed) == 1
    async with house.gateway.database.transaction("receive") as driver:
        await outbox.put_off(driver, owed, now())


async def test_news_is_carried_out_once_and_crossed_off_with_its_audit_row(house: House) -> None:
    owed = await _owed(house)
    item = _item(house, owed, house.gateway.registry.current)
    assert await house.gateway.intake.submit(item) in {"told", "withheld"}
    assert await _left(house, owed) == 0
    async with house.owner() as owner:
        rows = await owner.fetch("SELECT outcome FROM audit WHERE kind = 'news' AND patient = $1", owed.subject)
    assert len(rows) == 1


async def test_news_of_what_is_not_there_is_crossed_off_without_a_word(house: House) -> None:
    owed = await _owed(house)
    lost = replace(owed, source_id=str(uuid.uuid4()))
    assert await house.gateway.intake.submit(_item(house, lost, house.gateway.registry.current)) == "gone"
    assert await _left(house, owed) == 0
    view = await asking.read(house, HOSPITAL, "Task", owed.source_id)
    assert view is not None
