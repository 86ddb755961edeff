"""MLLP beyond the happy path: odd frames, foreign senders, too much, wrong letters; and the next one is served."""

import asyncio
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.clients.agency_files import connected, msa, replies
from tests.live import Live
from tests.messages import Visit
from tests.parties import Party

FRAME = b"\x0b%s\x1c\r"
TABLES = ("raw_message", "part", "record", "token")


def framed(message: bytes) -> bytes:
    return FRAME % message


def sent(live: Live, data: bytes, frames: int = 1, seconds: float = 20) -> list[bytes]:
    with connected(live, seconds) as line:
        line.sendall(data)
        return replies(line, frames)


def codes(answers: list[bytes]) -> list[str]:
    return [msa(each)[0] for each in answers]


def header(message: bytes, old: bytes, new: bytes) -> bytes:
    assert old in message
    return message.replace(old, new, 1)


async def _rows(live: Live) -> dict[str, int]:
    async with live.owner() as driver:
        tables = await driver.fetch("SELECT schemaname, relname FROM pg_stat_user_tables")
        named = {f"{row['schemaname']}.{row['relname']}" for row in tables}
        return {each: await driver.fetchval(f"SELECT count(*) FROM {each}") for each in sorted(named)}  # noqa: S608


def rows(live: Live) -> dict[str, int]:
    """How many rows each table of the store has."""
    return asyncio.run(_rows(live))


FORMS = {
    "LF endings": lambda m: framed(m.replace(b"\r", b"\n")),
    "CR LF endings": lambda m: framed(m.replace(b"\r", b"\r\n")),
    "BOM": lambda m: framed(b"\xef\xbb\xbf" + m),
    "junk before VT": lambda m: b"junk\x00\r\n\x1c\r" + framed(m),
    "no CR after FS": lambda m: framed(m)[:-1],
    "no CR at the end": lambda m: framed(m.rstrip(b"\r")),
    "blank lines": lambda m: framed(b"\r\r" + m + b"\r\r"),
}


@pytest.mark.parametrize("form", FORMS)
def test_r08_an_odd_frame_is_understood(live: Live, form: str) -> None:
    message = Visit().a01()
    answers = sent(live, FORMS[form](message))
    assert codes(answers) == ["AA"]
    assert msa(answers[0])[1].encode() in message


def test_r08_frames_arrive_joined_and_in_pieces(live: Live) -> None:
    both = framed(Visit().a01()) + framed(Visit().a01())
    assert codes(sent(live, both, 2)) == ["AA", "AA"]
    with connected(live) as line:
        for at in range(0, len(both), 37):
            line.sendall(both[at : at + 37])
            time.sleep(0.001)
        assert codes(replies(line, 2)) == ["AA", "AA"]


def test_r08_a_half_frame_keeps_nothing_and_holds_nobody(live: Live) -> None:
    person, before = Visit(), rows(live)
    half = framed(person.a01())[:-2]
    with connected(live) as waiting:
        waiting.sendall(half)
        with connected(live) as ended:
            ended.sendall(half)
            ended.shutdown(socket.SHUT_WR)
            assert replies(ended) == []
        assert rows(live) == before
        assert codes(sent(live, framed(Visit().a01()))) == ["AA"]
        waiting.sendall(b"\x1c\r")
        assert codes(replies(waiting)) == ["AA"]


@pytest.mark.soak
def test_r08_a_half_frame_ends_in_thirty_seconds(live: Live) -> None:
    begun = time.monotonic()
    with connected(live, 40) as line:
        line.sendall(framed(Visit().a01())[:-2])
        assert replies(line) == []
    assert 25 < time.monotonic() - begun < 35


def test_r08_a_sender_that_hangs_up_before_its_ack_finds_the_message_kept_once(live: Live, party: Party) -> None:
    person = Visit()
    message = person.a01()
    for _ in range(5):
        with connected(live) as line:
            line.sendall(framed(message))
    assert codes(sent(live, framed(message))) == ["AA"]
    found = party.search(f"Patient?identifier=|{person.mrn}") or party.search(f"Patient?identifier={person.mrn}")
    assert len(found) == 1


def test_r08_many_connections_at_once_are_each_answered(live: Live) -> None:
    def one(_: int) -> list[str]:
        return codes(sent(live, framed(Visit().a01())))

    with ThreadPoolExecutor(60) as pool:
        assert list(pool.map(one, range(120))) == [["AA"]] * 120


def test_r08_idle_connections_beyond_the_limit_are_ended_and_room_comes_back(live: Live) -> None:
    lines = [connected(live, 5) for _ in range(300)]
    time.sleep(0.3)
    for line in lines:
        line.close()
    time.sleep(0.3)
    assert codes(sent(live, framed(Visit().a01()))) == ["AA"]


USELESS = {
    "empty": b"",
    "text": b"hello",
    "no sender": b"MSH|^~\\&|||||20260101||ADT^A01|1|P|2.5",
    "NULs": b"\x00" * 99,
}


@pytest.mark.parametrize("name", USELESS)
def test_r08_what_is_no_message_of_anybody_is_turned_away_and_kept_nowhere(live: Live, name: str) -> None:
    before = rows(live)
    assert codes(sent(live, framed(USELESS[name]))) == ["AR"]
    assert rows(live) == before


# --- whose channel


def foreign() -> bytes:
    return header(Visit(family="FREMDLING").a01(), b"EHR|CITYHOSP", b"EMR|CLINIC")


def test_g_a_sender_that_no_channel_lists_is_turned_away_and_stored_nowhere(live: Live) -> None:
    before = rows(live)
    assert codes(sent(live, framed(header(Visit().a01(), b"EHR|CITYHOSP", b"EHR|NOWHERE")))) == ["AR"]
    assert codes(sent(live, framed(header(Visit().a01(), b"EHR|CITYHOSP", b"OTHER|CITYHOSP")))) == ["AR"]
    assert rows(live) == before


def test_g_a_sender_from_an_address_that_is_not_its_peer_is_turned_away(live: Live) -> None:
    before = rows(live)
    assert codes(sent(live, framed(header(Visit().a01(), b"EHR|CITYHOSP", b"FAR|CLINIC")))) == ["AR"]
    assert rows(live) == before


def test_g_another_agencys_message_under_our_token_is_turned_away_and_stored_nowhere(live: Live, party: Party) -> None:
    before = rows(live)
    answer = party.messages(foreign())
    assert msa(answer.body)[0] == "AR"
    batch = b"FHS|^~\\&\rBHS|^~\\&\r" + foreign() + Visit().a01() + b"BTS|2\rFTS|1\r"
    assert codes(party.messages(batch).body.split(b"MSH|")[1:] and _split(party.messages(batch).body)) == ["AR", "AA"]
    after = rows(live)
    assert after != before
    clinic = live.party("clinic-client")
    assert clinic.search("Patient?family=FREMDLING") == party.search("Patient?family=FREMDLING") == []


def _split(body: bytes) -> list[bytes]:
    return [b"MSH|" + each for each in body.split(b"MSH|")[1:]]


# --- too much


def test_r09_a_message_of_20_mb_is_refused_and_the_connection_ended(live: Live) -> None:
    before = rows(live)
    answers = sent(live, framed(Visit().a01() + b"NTE|1||" + b"a" * 20_000_000))
    assert codes(answers) == ["AR"]
    assert rows(live) == before


LARGE = {
    "20,000 segments": lambda m: m + b"NTE|1||x\r" * 20_000,
    "5,000 repetitions": lambda m: header(m, b"^^^CITYHOSP^MR", b"^^^CITYHOSP^MR" + b"~1^^^A^MR" * 5_000),
    "100,000 components": lambda m: header(m, b"12 ELM ST", b"^" * 100_000),
    "100,000 fields": lambda m: header(m, b"\rPV1|", b"\rPV1" + b"|" * 100_000),
    "escape bomb": lambda m: header(m, b"QUILLFEATHER", b"\\X" + b"41" * 500_000 + b"\\"),
    "1,000,000 escapes": lambda m: header(m, b"QUILLFEATHER", b"\\T\\" * 1_000_000),
}


@pytest.mark.parametrize("name", LARGE)
def test_r09_a_message_of_great_extent_is_answered_soon(live: Live, name: str) -> None:
    begun = time.monotonic()
    assert codes(sent(live, framed(LARGE[name](Visit().a01())), seconds=30))[0] in {"AA", "AE", "AR"}
    assert time.monotonic() - begun < 5


# --- letters


def in_charset(name: bytes, text: bytes) -> bytes:
    message = header(Visit().a01(), b"QUILLFEATHER", text)
    return header(message, b"|P|2.5.1", b"|P|2.5.1||||||" + name) if name else message


@pytest.mark.parametrize(
    ("charset", "text", "code"),
    [
        (b"UNICODE UTF-8", b"\xff\xfe", "AE"),
        (b"UNICODE UTF-8", b"\xed\xa0\x80", "AE"),
        (b"", "NUÑEZ".encode("latin-1"), "AE"),
        (b"KLINGON", b"QUILL", "AE"),
        (b"8859/1", "NUÑEZ".encode("latin-1"), "AA"),
        (b"UNICODE UTF-8", "NUÑEZ".encode(), "AA"),
        (b"", "NUÑEZ".encode(), "AA"),
        (b"", b"QU\x00ILL", "AE"),
    ],
)
def test_r10_letters_are_read_as_declared_or_refused(live: Live, charset: bytes, text: bytes, code: str) -> None:
    (answer,) = sent(live, framed(in_charset(charset, text)))
    assert msa(answer)[0] == code
    assert code == "AA" or b"\rERR|" in answer


@pytest.mark.parametrize(
    ("accept", "application", "wanted"),
    [(b"AL", b"NE", ["CA"]), (b"AL", b"AL", ["CA"]), (b"NE", b"NE", []), (b"ER", b"NE", []), (b"SU", b"NE", ["CA"])],
)
def test_enhanced_mode_answers_as_msh_15_asks(live: Live, accept: bytes, application: bytes, wanted: list[str]) -> None:
    message = header(Visit().a01(), b"|P|2.5.1", b"|P|2.5.1|||" + accept + b"|" + application)
    assert codes(sent(live, framed(message), seconds=1.5))[:1] == wanted
