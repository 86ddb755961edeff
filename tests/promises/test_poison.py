"""Poison: one message among many that the database refuses is refused alone (decision 2)."""

import asyncio

from tests.messages import Visit
from tests.promises.house import House
from tests.promises.worlds import HOSPITAL

AUTHORITY = "urn:crosswalk:authority:CITYHOSP"
POISON = """
CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id = '{}' THEN RAISE EXCEPTION 'refused' USING ERRCODE = '23514'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER poison BEFORE INSERT ON part FOR EACH ROW EXECUTE FUNCTION poison();
"""


async def test_one_poisonous_message_among_fifty_is_refused_alone(house: House) -> None:
    visits = [Visit() for _ in range(50)]
    guilty = visits[23]
    patient = house.gateway.keyring["cityhosp"].identify("Patient", AUTHORITY, guilty.mrn)
    async with house.owner() as owner:
        await owner.execute(POISON.format(patient))
    hospital = house.asker(HOSPITAL)
    await hospital.token()
    answers = await asyncio.gather(*(hospital.messages(each.a01()) for each in visits))
    accepted = {visit.mrn for visit, answer in zip(visits, answers, strict=True) if b"MSA|AA" in answer.body}
    assert accepted == {visit.mrn for visit in visits} - {guilty.mrn}
    async with house.owner() as owner:
        assert await owner.fetchval("SELECT count(DISTINCT id) FROM part WHERE type = 'Patient'") == 49
        assert await owner.fetchval("SELECT count(*) FROM raw_message WHERE patient IS NOT NULL") >= 49
    for visit in visits:
        assert len(await hospital.found(f"Patient?identifier={visit.mrn}")) == (visit is not guilty)
