"""Bodies, tokens and searches that no client should send: refused in FHIR, kept nowhere."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.live import Live
from tests.parties import FHIR, Answer, Party

FAMILY = "Zwielichtengel"


def patient(name: bytes) -> bytes:
    return b'{"resourceType":"Patient","name":[{"family":"' + FAMILY.encode() + name + b'"}]}'


def nested(levels: int, opened: bytes = b"[", closed: bytes = b"]") -> bytes:
    return b'{"resourceType":"Patient","extension":' + opened * levels + b"1" + closed * levels + b"}"


NOT_JSON = {
    "NaN": b'{"resourceType":"Patient","multipleBirthInteger":NaN}',
    "Infinity": b'{"resourceType":"Patient","multipleBirthInteger":-Infinity}',
    "duplicate keys": b'{"resourceType":"Patient","gender":"male","gender":"female"}',
    "duplicate keys, one escaped": b'{"resourceType":"Patient","gender":"male","\\u0067ender":"female"}',
    "U+0000 escaped": patient(b"\\u0000"),
    "U+0000": patient(b"\x00"),
    "lone high surrogate": patient(b"\\ud800"),
    "lone low surrogate": patient(b"\\udc00x"),
    "encoded surrogate": patient(b"\xed\xa0\x80"),
    "invalid UTF-8": patient(b"\xff\xfe"),
    "overlong UTF-8": patient(b"\xc0\xaf"),
    "BOM": b"\xef\xbb\xbf" + patient(b""),
    "UTF-16": patient(b"").decode().encode("utf-16"),
    "depth 10,000": nested(10_000),
    "depth 100,000": nested(100_000),
    "depth 100,000 of objects": nested(100_000, b'{"a":', b"}"),
    "integer of 5,000 digits": b'{"resourceType":"Patient","multipleBirthInteger":' + b"9" * 5000 + b"}",
    "exponent": b'{"resourceType":"Patient","multipleBirthInteger":1e999999}',
    "1,000,000 items": b'{"resourceType":"Patient","name":[' + b"{}," * 999_999 + b"{}]}",
    "two values": patient(b"") * 2,
    "comment": b'{"resourceType":"Patient"/**/}',
    "array": b"[]",
    "text": b'"x"',
    "nothing": b"",
    "half": patient(b"")[:-10],
}
NOT_FHIR = {
    "unknown element": b'{"resourceType":"Patient","__proto__":{"a":1}}',
    "another type": b'{"resourceType":"Task"}',
    "type is a list": b'{"resourceType":["Patient"]}',
    "type is null": b'{"resourceType":null}',
    "name is text": b'{"resourceType":"Patient","name":"x"}',
    "null in a list": b'{"resourceType":"Patient","name":[null]}',
    "path as id": b'{"resourceType":"Patient","id":"../../etc"}',
    "labels are text": b'{"resourceType":"Patient","meta":{"security":"x"}}',
    "300,000 unknown elements": b'{"resourceType":"Patient"' + b"".join(b',"k%d":1' % n for n in range(300_000)) + b"}",
}


def refused(answer: Answer, *statuses: int) -> None:
    assert answer.status in statuses, (answer.status, answer.body[:300])
    assert answer.json["resourceType"] == "OperationOutcome"
    assert FAMILY.encode() not in answer.body
    assert len(answer.body) < 20_000


@pytest.fixture(scope="module", autouse=True)
def nothing_kept(party: Party) -> Iterator[None]:
    """The number of records is the same after all that was refused."""
    before = party.get("Patient?_summary=count").json["total"]
    yield
    assert party.get("Patient?_summary=count").json["total"] == before


@pytest.mark.parametrize("name", NOT_JSON)
def test_s03_what_is_no_json_is_refused_at_every_inlet(party: Party, name: str) -> None:
    body = NOT_JSON[name]
    refused(party.raw("POST", "Patient", body, FHIR), 400)
    gone = "Patient/6b4c0e7e-0f4b-4d52-9a6a-3a1f2f0a9d11"
    assert {party.raw(verb, gone, body, FHIR).status for verb in ("PUT", "PATCH")} == {404}


@pytest.mark.parametrize("name", NOT_FHIR)
def test_s03_what_is_no_fhir_is_refused(party: Party, name: str) -> None:
    refused(party.raw("POST", "Patient", NOT_FHIR[name], FHIR), 400, 422)


@pytest.mark.parametrize("path", ["Patient", "/messages"])
@pytest.mark.parametrize("chunked", [False, True])
def test_r09_a_body_of_20_mb_is_refused_by_its_length(party: Party, path: str, chunked: bool) -> None:
    body = patient(b"a" * 20_000_000)
    pieces = (body[at : at + 2**16] for at in range(0, len(body), 2**16))
    refused(party.raw("POST", path, pieces if chunked else body, FHIR), 413)


def test_r09_a_form_of_20_mb_is_refused(party: Party) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    refused(party.raw("POST", "Patient/_search", b"family=" + b"a" * 20_000_000, form), 413)
    answer = party.raw("POST", "/token", b"scope=" + b"a" * 20_000_000, form)
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


INJECTED = ["' OR 1=1--", "'; DROP TABLE part;--", "%", "_", "\\", "a" * 20_000, "|" * 3000, "\x00", "\u202e", "*", "$"]


@pytest.mark.parametrize("value", INJECTED, ids=lambda value: repr(value)[:12])
@pytest.mark.parametrize("name", ["_id", "family", "identifier", "birthdate", "gender", "organization", "_lastUpdated"])
def test_s04_a_search_value_is_data(party: Party, name: str, value: str) -> None:
    answer = party.get(f"Patient?{name}={quote(value)}", {"Prefer": "handling=strict"})
    assert answer.status in {200, 400, 431}
    assert answer.status != 200 or "entry" not in answer.json


@pytest.mark.parametrize(
    "query",
    [
        *("_count=-1", "_count=1e12", "_count=abc", "_count=", "_sort=foo", "_sort=;drop", "_filter=x", "_cursor=x"),
        *("_include=*", "_revinclude=*", "_has:Task:patient:status=x", "_summary=x", "_total=x", "name:contains=a"),
        *("gender:foo=x", "general-practitioner.name=x", "_text=x", "_content=x", "_elements=a.b", "%00=1"),
        "&".join(["gender=male"] * 61),
    ],
)
def test_s04_what_a_search_cannot_do_is_refused_not_ignored(party: Party, query: str) -> None:
    refused(party.get(f"Patient?{query}"), 400)


def test_s04_a_page_is_never_larger_than_the_cap(party: Party) -> None:
    assert party.get("Patient?_count=999999999").status == 200


@pytest.mark.parametrize("damage", ["wrong", "cut", "tampered", "unsigned", "none", "basic", "url", "long"])
def test_t04_a_token_that_does_not_hold_is_refused_alike(live: Live, party: Party, damage: str) -> None:
    token = party.token
    head, claims, signature = token.split(".")
    sent = {
        "wrong": "Bearer x",
        "cut": f"Bearer {token[:-4]}",
        "tampered": f"Bearer {head}.{claims[:-2]}AA.{signature}",
        "unsigned": f"Bearer {head}.{claims}.",
        "basic": "Basic Zm9vOmJhcg==",
        "long": "Bearer " + "a" * 30_000,
    }.get(damage, "")
    path = f"Patient?access_token={token}" if damage == "url" else "Patient"
    answer = party.raw("GET", path, headers={"Authorization": sent})
    refused(answer, 401)
    assert "www-authenticate" in answer.headers
    assert token not in live.log.read_text()


def test_t04_an_unknown_token_learns_nothing_about_types(party: Party) -> None:
    told = {party.raw("GET", path, headers={"Authorization": "Bearer x"}).body for path in ("Patient", "Foo", "Task/x")}
    assert len(told) == 1
