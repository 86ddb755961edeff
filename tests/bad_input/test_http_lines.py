"""HTTP below FHIR: lines, headers and time. Whoever never finishes is let go, and whoever sends too much is told."""

import socket
import time

import pytest

from tests.live import Live
from tests.parties import Party

POST = b"POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def exchange(live: Live, sent: bytes, seconds: float = 15) -> bytes:
    """Everything that comes back until the gateway ends the connection."""
    got = b""
    with socket.create_connection(("127.0.0.1", live.port), seconds) as line:
        line.sendall(sent)
        while more := line.recv(65536):
            got += more
    return got


TOO_LARGE = {
    "header of 70 kB": b"GET /livez HTTP/1.1\r\nX-A: " + b"a" * 70_000 + b"\r\n\r\n",
    "header without end": b"GET /livez HTTP/1.1\r\nX-A: " + b"a" * 200_000,
    "many headers without end": b"GET /livez HTTP/1.1\r\n" + b"X-A: a\r\n" * 100_000,
    "request line of 200 kB": b"GET /fhir/Patient?family=" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n",
    "write with header of 70 kB": POST + b"X-A: " + b"a" * 70_000 + b"\r\nContent-Length: 2\r\n\r\n{}",
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_r11_a_header_that_is_too_large_is_refused_and_never_becomes_a_request(live: Live, name: str) -> None:
    answer = exchange(live, TOO_LARGE[name])
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b'"OperationOutcome"' in answer


MALFORMED = {
    "no HTTP": b"\x00\x01garbage\r\n\r\n",
    "MLLP": b"\x0bMSH|^~\\&|EHR|CITYHOSP\x1c\r",
    "length and chunks": POST
    + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /livez HTTP/1.1\r\n\r\n",
    "two lengths": POST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\n{}{}",
    "negative length": POST + b"Content-Length: -4\r\n\r\n{}",
    "chunk without size": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "header without colon": b"GET /livez HTTP/1.1\r\nnonsense\r\n\r\n",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_r11_what_is_no_http_is_refused_and_nothing_is_smuggled_behind_it(live: Live, name: str) -> None:
    answer = exchange(live, MALFORMED[name])
    last = answer.rsplit(b"HTTP/1.1 ", 1)[-1]
    assert last.startswith(b"400 ") or answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 401 "))
    assert b'"alive"' not in answer


def test_r11_a_large_body_sent_with_its_header_in_one_piece_is_taken(live: Live, party: Party) -> None:
    body = b'{"resourceType":"Patient","name":[{"family":"' + b"a" * 400_000 + b'"}]}'
    head = (
        POST
        + f"Authorization: Bearer {party.token}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
    )
    assert exchange(live, head + body).startswith(b"HTTP/1.1 201 ")


def test_r11_slow_headers_end_in_ten_seconds_while_others_are_served(live: Live, party: Party) -> None:
    lines = [socket.create_connection(("127.0.0.1", live.port), 15) for _ in range(200)]
    begun = time.monotonic()
    for number, line in enumerate(lines):
        line.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nX-" if number % 2 else b"")
    assert party.get("Patient?_count=1").status == 200
    for _ in range(8):
        time.sleep(1)
        lines[1].sendall(b"a")
    told = [_rest(line) for line in lines]
    assert 7 < time.monotonic() - begun < 13
    assert all(answer.startswith(b"HTTP/1.1 408 ") for answer in told[1::2])
    assert set(told[::2]) == {b""}


@pytest.mark.soak
def test_r11_a_slow_body_ends_in_thirty_seconds(live: Live, party: Party) -> None:
    begun = time.monotonic()
    head = POST + f"Authorization: Bearer {party.token}\r\nContent-Length: 1000\r\n\r\n".encode()
    assert exchange(live, head + b"{", 40).startswith(b"HTTP/1.1 408 ")
    assert 25 < time.monotonic() - begun < 35


def _rest(line: socket.socket) -> bytes:
    got = b""
    with line:
        while more := line.recv(65536):
            got += more
    return got
