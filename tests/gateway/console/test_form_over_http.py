"""The referral form on a running gateway: what is sent is kept once, what is wrong comes back, nobody else gets in."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from gateway.console.form.questions import QUESTIONS
from tests.live import Live, Party

FORM = "application/x-www-form-urlencoded"
GOOD = {
    "referrer_name": "Samir Holloway",
    "referrer_contact": "desk@bridge.example",
    "given_name": "Tess",
    "family_name": "Quillfeather",
    "do_not_contact": "no",
    "safe_phone": "217-555-0148",
    "safe_to_leave_message": "no",
    "referred_to": "living-room",
    "need": "a place to rest tonight",
    "urgency": "asap",
    "client_aware": "yes",
    "consent_given": "no",
}
EVIL = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "{{ 7*7 }}",
    "</textarea>",
]


def form_link(live: Live, *words: str, agency: str = "bridge-community") -> subprocess.CompletedProcess[str]:
    site = live.site
    command = [str(Path(sys.executable).with_name("crosswalk")), "form-link", agency]
    options = ["--data", str(site.folder / "data"), "--key-file", str(site.key_file), "--url", live.root]
    return subprocess.run([*command, *options, *words], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def address(gateway: Live) -> str:
    done = form_link(gateway, "--channel", "web")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30) as client:
        yield client


def submission(http: httpx.Client, address: str) -> str:
    (found,) = re.findall(r'name="submission" value="([^"]+)"', http.get(address).text)
    return found


def post(http: httpx.Client, address: str, answers: dict[str, str], **headers: str) -> httpx.Response:
    return http.post(address, content=urlencode(answers).encode(), headers={"Content-Type": FORM, **headers})


def listed(live: Live) -> str:
    site = live.site
    command = [str(Path(sys.executable).with_name("crosswalk")), "message", "list", "--json"]
    options = ["--agency", "bridge-community", "--data", str(site.folder / "data"), "--key-file", str(site.key_file)]
    return subprocess.run([*command, *options], capture_output=True, text=True, check=True).stdout


def requested(party: Party) -> list[object]:
    """Referrals that wait for a receiver; a search is asked again where what may be seen changed meanwhile."""
    for _ in range(20):
        answer = party.get("Task?status=requested&_count=200")
        if answer.status == 200:
            break
        time.sleep(0.2)
    return list(answer.json.get("entry", []))


def test_a_good_form_is_kept_handed_over_and_answered_with_its_number(
    gateway: Live, http: httpx.Client, address: str
) -> None:
    before = listed(gateway).count('"id"')
    sent = {"submission": submission(http, address), **GOOD}
    first, second = post(http, address, sent), post(http, address, sent)
    assert first.status_code == second.status_code == 200
    assert "Your referral was received" in first.text
    assert not [each for each in ("Tess", "Quillfeather", "0148") if each in first.text]
    receipts = [re.findall(r"<dd>([0-9a-f]{8})</dd>", each.text) for each in (first, second)]
    assert receipts[0]
    assert receipts[0] == receipts[1]
    assert listed(gateway).count('"id"') == before + 1
    assert "handed to living-room" in listed(gateway)
    assert requested(gateway.party("living-room-system"))


def test_nothing_of_the_person_stands_in_the_log_or_an_address(gateway: Live, http: httpx.Client, address: str) -> None:
    sent = {"submission": submission(http, address), **GOOD, "family_name": "Canarybird", "urgency": "never"}
    answer = post(http, address, sent)
    assert answer.status_code == 422
    assert not answer.history
    assert "location" not in answer.headers
    assert "Canarybird" not in gateway.log.read_text()
    assert "Canarybird" not in listed(gateway)


def test_what_is_wrong_comes_back_with_what_was_entered(http: httpx.Client, address: str) -> None:
    number = submission(http, address)
    answer = post(http, address, {"submission": number, **GOOD, "need": ""})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'value="Quillfeather"' in answer.text
    assert f'value="{number}"' in answer.text


@pytest.mark.parametrize("evil", EVIL)
def test_no_field_becomes_markup_or_a_header(http: httpx.Client, address: str, evil: str) -> None:
    answer = post(http, address, {"submission": submission(http, address), **dict.fromkeys(QUESTIONS, evil)})
    assert answer.status_code == 422
    assert "<script" not in answer.text
    assert "<img" not in answer.text
    assert "49" not in re.findall(r'value="([^"]*)"', answer.text)


@pytest.mark.parametrize("name", list(QUESTIONS))
def test_no_field_injects_a_header(http: httpx.Client, address: str, name: str) -> None:
    plain = http.get(address)
    sent = {"submission": submission(http, address), **GOOD, "urgency": "", name: "a\r\nSet-Cookie: seen=1"}
    answer = post(http, address, sent)
    assert answer.status_code == 422
    assert set(answer.headers) == set(plain.headers)


def test_every_answer_carries_the_strict_headers(http: httpx.Client, address: str) -> None:
    answers = [
        http.get(address),
        http.get(address[:-1]),
        post(http, address, {}),
        post(http, address, {"submission": submission(http, address)}),
        http.post(address, content=b"x" * 70_000, headers={"Content-Type": FORM}),
    ]
    assert [each.status_code for each in answers] == [200, 404, 400, 422, 413]
    for each in answers:
        policy = each.headers["content-security-policy"]
        assert all(
            word in policy
            for word in ("default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'")
        )
        assert "unsafe" not in policy
        assert each.headers["referrer-policy"] == "no-referrer"
        assert each.headers["cache-control"] == "no-store"
        assert "set-cookie" not in each.headers


def test_every_address_that_is_not_ours_gets_one_and_the_same_page(http: httpx.Client, address: str) -> None:
    root, token = address.rsplit("/", 1)
    wrong = [token[:-1], token + "A", token + "=", "x", token.upper(), token[::-1]]
    wrong += ["%00", "a" * 5000, "..%5c", "%0d%0aX:1"]
    answers = {_same(http.get(f"{root}/{each}")) for each in wrong}
    answers |= {_same(http.post(f"{root}/{each}", data=GOOD)) for each in wrong}
    assert len(answers) == 1
    assert next(iter(answers))[0] == 404


def _same(answer: httpx.Response) -> tuple[int, str, tuple[tuple[str, str], ...]]:
    kept = tuple((name, value) for name, value in answer.headers.items() if name not in {"date", "x-request-id"})
    return answer.status_code, answer.text, kept


def test_a_token_with_one_character_changed_opens_nothing(http: httpx.Client, address: str) -> None:
    root, token = address.rsplit("/", 1)
    for at, letter in enumerate(token):
        other = "A" if letter != "A" else "B"
        assert http.get(f"{root}/{token[:at]}{other}{token[at + 1 :]}").status_code == 404


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b"{}", "application/json", 415),
        (b"a=1", "multipart/form-data; boundary=x", 415),
        (b"a=1", "", 415),
        (b"x" * 65_537, FORM, 413),
        (b"&".join(b"f%d=1" % n for n in range(61)), FORM, 400),
        (b"submission=%FF", FORM, 400),
        (b"\xff\xfe", FORM, 400),
        (b"__class__=1&submission=1", FORM, 400),
    ],
)
def test_what_no_browser_sends_is_refused(
    http: httpx.Client, address: str, body: bytes, media: str, status: int
) -> None:
    answer = http.post(address, content=body, headers={"Content-Type": media} if media else {})
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert "Traceback" not in answer.text


def test_a_body_announced_as_too_long_is_not_waited_for(http: httpx.Client, address: str) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b"a=" + b"x" * 4096 + b"&"

    answer = http.post(address, content=endless(), headers={"Content-Type": FORM})
    assert answer.status_code == 413


def test_other_methods_are_not_taken(http: httpx.Client, address: str) -> None:
    assert [http.request(method, address).status_code for method in ("PUT", "DELETE", "PATCH", "OPTIONS")] == [405] * 4
    head = http.head(address)
    assert (head.status_code, head.content) == (200, b"")


def test_a_number_used_before_is_a_correction_of_the_same_referral(
    gateway: Live, http: httpx.Client, address: str
) -> None:
    for need in ("a meal", "a meal and a bed"):
        sent = {"submission": submission(http, address), **GOOD, "referral_number": "OWN-7", "need": need}
        answer = post(http, address, sent)
        assert answer.status_code == 200, answer.text
        assert "OWN-7" in answer.text


@pytest.mark.parametrize(
    ("words", "agency", "says"),
    [
        (("--days", "0"), "bridge-community", "--days"),
        (("--channel", "nowhere"), "bridge-community", "--channel"),
        ((), "no-such-agency", "agency"),
        ((), "cityhosp", "channel"),
    ],
)
def test_no_address_is_made_for_what_takes_no_forms(
    gateway: Live, words: tuple[str, ...], agency: str, says: str
) -> None:
    done = form_link(gateway, *words, agency=agency)
    assert done.returncode in {1, 2}
    assert done.stdout == ""
    assert says in done.stderr


def test_while_the_store_is_away_nothing_is_kept_and_nothing_entered_is_lost(
    start_gateway: Callable[..., Live], http: httpx.Client
) -> None:
    live = start_gateway()
    address = form_link(live, "--channel", "web").stdout.strip()
    sent = {"submission": submission(http, address), **GOOD}
    assert "Your referral was received" in post(http, address, sent).text
    sent = {"submission": submission(http, address), **GOOD}
    live.kill9_database()
    until = time.monotonic() + 30
    while (answer := post(http, address, sent)).status_code != 200:
        assert answer.status_code == 503
        assert "Nothing was kept" in answer.text
        assert 'value="Quillfeather"' in answer.text
        assert time.monotonic() < until
        time.sleep(0.1)
    assert "Your referral was received" in answer.text
