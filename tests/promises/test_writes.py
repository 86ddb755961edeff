"""Promise 7: a write applies to the writer's view; what the writer cannot see answers as what does not exist."""

import itertools
import uuid

import pytest

import consent.decide
from consent.vocabulary import Label
from gateway.store.registry import set_laws
from tests.messages import Visit
from tests.parties import Answer
from tests.promises.house import House
from tests.promises.stories import charted, consented, receiver_task, referred
from tests.promises.worlds import HOSPITAL, LIVING_ROOM, POLICE, PROGRAM, person

NOWHERE = str(uuid.UUID(int=4 << 76 | 8 << 60 | 4711))


def told_of(answer: Answer, identity: str) -> tuple[object, ...]:
    """What was learned, with the id that was asked for struck out."""
    status, headers, body = answer.told
    return status, headers, body.replace(identity.encode(), b"ID")


@pytest.fixture
async def hidden(house: House) -> dict[str, str]:
    """Records that neither police nor a crisis center may see: type and id."""
    patient = await referred(house, Visit())
    path, task = await charted(house, patient), await receiver_task(house, PROGRAM, patient)
    consent = await consented(house, patient, "line-988")
    return {"Patient": patient, "Task": task["id"], **dict([path.split("/"), consent.split("/")])}  # type: ignore[misc]  # two parts each


CONDITIONS: tuple[dict[str, str], ...] = ({}, {"If-Match": 'W/"x"'}, {"If-Match": "*"}, {"If-None-Match": "*"})
BODIES = (b"", b"[]", b"{", b'{"resourceType":"Patient"}', b'{"resourceType":"Patient","id":"x"}')


@pytest.mark.parametrize("client", [POLICE, LIVING_ROOM])
async def test_an_invisible_id_answers_like_one_that_never_existed(
    client: str, house: House, hidden: dict[str, str]
) -> None:
    asker = house.asker(client)
    for kind, identity in hidden.items():
        for method, headers in itertools.product(("GET", "PUT", "PATCH", "DELETE"), CONDITIONS):
            heard = []
            for each in (identity, NOWHERE):
                body = {**person("X", "1"), "resourceType": kind, "id": each} if method != "GET" else None
                heard.append(told_of(await asker.raw(method, f"{kind}/{each}", body, headers), each))
            assert heard[0] == heard[1], (kind, method, headers)


async def test_a_bad_body_to_an_invisible_id_answers_like_one_to_nothing(house: House, hidden: dict[str, str]) -> None:
    headers = {"Content-Type": "application/fhir+json", "If-Match": 'W/"x"'}
    for method, body in itertools.product(("PUT", "PATCH"), BODIES):
        heard = [
            told_of(await house.asker(POLICE).raw(method, f"Patient/{each}", body, headers), each)
            for each in (hidden["Patient"], NOWHERE)
        ]
        assert heard[0] == heard[1], (method, body)


async def test_a_put_to_an_unknown_id_never_creates(house: House) -> None:
    for client in (HOSPITAL, PROGRAM, POLICE):
        body = {**person("OAKHURST", "K-1"), "id": NOWHERE}
        assert (await house.asker(client).put(f"Patient/{NOWHERE}", body)).status in {404, 405}
        assert (await house.asker(client).put("Patient?identifier=K-1", person("OAKHURST", "K-1"))).status >= 400
        assert await house.asker(client).found("Patient?identifier=K-1") == []
    async with house.owner() as database:
        assert not await database.fetchval("SELECT count(*) FROM part WHERE id::text = $1", NOWHERE)


async def test_a_conditional_create_does_not_find_what_others_keep(house: House) -> None:
    first = await house.asker(PROGRAM).post("Patient", person("PENDRAGON", "Z-9"))
    again = await house.asker(POLICE).post("Patient", person("PENDRAGON", "Z-9"), if_none_exist="identifier=Z-9")
    assert (first.status, again.status) == (201, 201)
    assert first.json["id"] != again.json["id"]
    third = await house.asker(POLICE).post("Patient", person("PENDRAGON", "Z-9"), if_none_exist="identifier=Z-9")
    assert (third.status, third.json["id"]) == (200, again.json["id"])


async def test_if_match_compares_the_view_and_a_visible_change_refuses(house: House) -> None:
    made = await house.asker(PROGRAM).post("Patient", person("QUIMBY", "U-1"))
    path, tag = f"Patient/{made.json['id']}", made.headers["etag"]
    assert (await house.asker(PROGRAM).patch(path, {"gender": "female"}, if_match=tag)).status == 200
    assert (await house.asker(PROGRAM).patch(path, {"gender": "male"}, if_match=tag)).status == 412
    assert (await house.asker(PROGRAM).get(path)).json["gender"] == "female"


async def test_a_hidden_answer_of_the_program_does_not_move_the_senders_version(house: House) -> None:
    patient = await referred(house, Visit())
    (task,) = await house.asker(HOSPITAL).found(f"Task?patient={patient}")
    before = await house.asker(HOSPITAL).get(f"Task/{task['id']}")
    theirs = await receiver_task(house, PROGRAM, patient)
    for status in ("accepted", "in-progress"):
        assert (await house.asker(PROGRAM).patch(f"Task/{theirs['id']}", {"status": status})).status == 200
        await house.settled()
    after = await house.asker(HOSPITAL).get(f"Task/{task['id']}")
    assert after.told == before.told
    changed = await house.asker(HOSPITAL).patch(
        f"Task/{task['id']}", {"description": "call first"}, if_match=before.headers["etag"]
    )
    assert changed.status == 200


async def test_news_that_became_visible_refuses_a_write_against_the_version_before(house: House) -> None:
    patient = await referred(house, Visit())
    (task,) = await house.asker(HOSPITAL).found(f"Task?patient={patient}")
    before = await house.asker(HOSPITAL).get(f"Task/{task['id']}")
    await consented(house, patient)
    theirs = await receiver_task(house, PROGRAM, patient)
    await house.asker(PROGRAM).patch(f"Task/{theirs['id']}", {"status": "accepted"})
    await house.settled()
    after = await house.asker(HOSPITAL).get(f"Task/{task['id']}")
    assert (after.json["status"], before.json["status"]) == ("accepted", "requested")
    stale = await house.asker(HOSPITAL).patch(
        f"Task/{task['id']}", {"description": "call first"}, if_match=before.headers["etag"]
    )
    assert stale.status == 412


async def test_a_put_carries_over_the_part_that_its_writer_cannot_see(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = await referred(house, Visit())
    (task,) = await house.asker(HOSPITAL).found(f"Task?patient={patient}")
    await consented(house, patient)
    theirs = await receiver_task(house, PROGRAM, patient)
    await house.asker(PROGRAM).patch(f"Task/{theirs['id']}", {"status": "accepted"})
    await house.settled()
    with monkeypatch.context() as patch:
        honest = consent.decide.called_up
        patch.setattr("consent.decide.called_up", lambda labels: () if Label.PART2 in labels else honest(labels))
        await decide_anew(house, "none of Part 2")
        blind = await house.asker(HOSPITAL).get(f"Task/{task['id']}")
        assert blind.json["status"] == "requested"
        changed = {**blind.json, "description": "call first"}
        put = await house.asker(HOSPITAL).put(f"Task/{task['id']}", changed, if_match=blind.headers["etag"])
        assert put.status == 200, put.body
        assert (put.status, put.json["status"], put.json["description"]) == (200, "requested", "call first")
    await decide_anew(house, "all laws")
    shown = (await house.asker(HOSPITAL).get(f"Task/{task['id']}")).json
    assert (shown["status"], shown["description"]) == ("accepted", "call first")


async def decide_anew(house: House, laws: str) -> None:
    """Void every decision, as a new version of the laws does."""
    async with house.owner() as driver:
        await set_laws(driver, laws)


async def test_nobody_but_the_custodian_changes_a_record(house: House) -> None:
    patient = await referred(house, Visit())
    path = await charted(house, patient)
    await consented(house, patient)
    seen = await house.asker(HOSPITAL).get(path)
    assert seen.status == 200
    for answer in (
        await house.asker(HOSPITAL).put(path, seen.json),
        await house.asker(HOSPITAL).patch(path, {"language": "en"}),
    ):
        assert 400 <= answer.status < 500
    assert (await house.asker(HOSPITAL).get(path)).told == seen.told
