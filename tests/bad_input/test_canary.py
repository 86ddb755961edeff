"""L01, L02: a person's name and numbers go through every path, and come out of no log, metric or error."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import pytest

from tests.clients.agency_files import connected, replies
from tests.live import Live
from tests.messages import Visit
from tests.parties import FHIR, Answer, Party

NAME, MRN, SSN = "Kanarienvogelsang", "CNRY77310042", "987-65-4329"
CANARIES = (NAME, NAME.upper(), MRN, SSN, SSN.replace("-", ""))
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
GONE = "6b4c0e7e-0f4b-4d52-9a6a-3a1f2f0a9d11"


@dataclass
class Told:
    """What came back where nothing of the person may be said."""

    refusals: list[bytes]
    acknowledgements: list[bytes]


def person(**more: object) -> dict[str, object]:
    identifiers = [{"system": "urn:mrn", "value": MRN}, {"system": "http://hl7.org/fhir/sid/us-ssn", "value": SSN}]
    return {"resourceType": "Patient", "name": [{"family": NAME}], "identifier": identifiers, **more}


def canary(kind: str = "a01") -> bytes:
    message: bytes = getattr(Visit(mrn=MRN, family=NAME), kind)()
    return message.replace(b"|F|", b"|F|", 1).replace(b"\rPV1", b"\rNK1|1|" + NAME.encode() + b"\rPV1", 1)


@pytest.fixture(scope="module")
def told(live: Live) -> Told:
    ours, theirs = live.party("city-client"), live.party("clinic-client")
    made = ours.post("Patient", person())
    assert made.status == 201
    path = f"Patient/{made.json['id']}"
    answers = [*_bodies(ours, path), *_addresses(ours, theirs, path)]
    refusals = [answer.body for answer in answers if answer.status >= 400]
    with connected(live) as line:
        line.sendall(b"".join(b"\x0b%s\x1c\r" % each for each in _messages()))
        acknowledgements = replies(line, len(_messages()))
    acknowledgements += [ours.messages(each).body for each in _messages()]
    return Told(refusals, acknowledgements)


def _bodies(ours: Party, path: str) -> Iterator[Answer]:
    """Writes that are refused."""
    text = json.dumps(person())
    for body in (
        text[:-1],
        text.replace("}]", "}],", 1),
        text[:-1] + ',"name":[]}',
        text.replace(NAME, NAME + "\\u0000"),
    ):
        yield ours.raw("POST", "Patient", body.encode(), FHIR)
    yield ours.raw("POST", "Patient", text.encode(), {"Content-Type": NAME})
    yield ours.raw("POST", "Patient", text.encode(), {**FHIR, "Content-Encoding": NAME})
    for wrong in ({NAME: 1}, {"gender": NAME}, {"birthDate": SSN}, {"name": NAME}, {"contact": [{"x": MRN}]}):
        yield ours.post("Patient", person(**wrong))
    yield ours.post("Patient", {**person(), "resourceType": NAME})
    yield ours.post(f"{NAME}", person())
    yield ours.put(path, person(id=NAME))
    yield ours.put(path, person(id=path.removeprefix("Patient/")), {"If-Match": NAME})
    yield ours.patch(path, {"gender": NAME})
    yield ours.post("Patient", person(), {"If-None-Exist": f"{NAME}={SSN}"})
    yield ours.post(
        "Task", {"resourceType": "Task", "status": NAME, "intent": "order", "for": {"reference": f"Patient/{MRN}"}}
    )
    yield ours.raw("POST", "Patient/_search", f"birthdate={SSN}&_count={NAME}".encode(), FORM)


def _addresses(ours: Party, theirs: Party, path: str) -> Iterator[Answer]:
    """Addresses and headers that are refused."""
    for query in (
        f"birthdate={SSN}",
        f"_sort={NAME}",
        f"{NAME}:x={MRN}",
        f"name:{NAME}=x",
        f"_lastUpdated={NAME}",
        f"_cursor={MRN}",
    ):
        yield ours.get(f"Patient?{query}", {"Prefer": "handling=strict"})
    for address in (
        f"Patient/{quote(NAME)}",
        f"{NAME}/{MRN}",
        f"Patient/{GONE}/_history/{NAME}",
        f"/{NAME}/{SSN}",
        f"/fhir/a/b/c/{NAME}",
    ):
        yield ours.get(address)
    yield ours.raw("PROPFIND", f"Patient/{NAME}")
    yield theirs.get(path)
    yield theirs.get(f"Patient?identifier={MRN}")
    yield ours.raw("GET", path, headers={"Authorization": f"Bearer {NAME}"})
    yield ours.raw("GET", path, headers={"Accept": NAME})
    yield ours.raw("GET", path + f"?_format={NAME}")
    yield ours.raw("POST", "/token", f"client_id={NAME}&grant_type={SSN}".encode(), FORM)
    yield ours.raw("POST", f"/messages?channel={NAME}", canary())
    yield ours.raw("GET", "/fhir/Patient", headers={"X-Request-Id": f"{NAME} \\n{SSN}"})


def _messages() -> list[bytes]:
    """Messages that are kept, refused, turned away or unreadable."""
    good = canary()
    return [
        good,
        canary("a03"),
        good.replace(b"ADT^A01", b"ZZZ^Z99"),
        good.replace(b"EHR|CITYHOSP", NAME.encode() + b"|" + MRN.encode()),
        good.replace(b"\rPID|", b"\rZID|"),
        good.replace(b"|P|2.5.1", b"|P|9.9." + NAME.encode()),
        good.replace(b"|P|2.5.1", b"|P|2.5.1||||||" + NAME.encode()),
        good.replace(NAME.encode(), b"\xff" + NAME.encode(), 1),
        good.replace(NAME.encode(), NAME.encode() + b"\x00", 1),
        good.replace(b"|19880214|", b"|" + SSN.encode() + b"|"),
        good.replace(b"MSH|", b"MSH|" + NAME.encode(), 1),
        NAME.encode(),
        good.replace(NAME.encode(), NAME.encode() + b"\\X0A\\{\"level\":\"error\"}\x1b[31m" + "\u202e".encode()),
    ]  # fmt: skip


def found(text: str) -> list[str]:
    return [text[max(0, text.index(each) - 80) : text.index(each) + 40] for each in CANARIES if each in text]


def test_l02_no_refusal_repeats_a_value_that_was_sent(told: Told) -> None:
    assert len(told.refusals) >= 35
    assert [found(each.decode()) for each in told.refusals if found(each.decode())] == []


def test_l02_no_acknowledgement_repeats_what_the_message_says_of_a_person(told: Told) -> None:
    assert len(told.acknowledgements) >= 2 * len(_messages()) - 1
    echoed = re.compile(rb"^(MSH|MSA)[^\r]*", re.MULTILINE)  # header fields go back to their sender by the standard
    said = [echoed.sub(b"", each.replace(b"\r", b"\n")).decode("latin-1") for each in told.acknowledgements]
    assert [found(each) for each in said if found(each)] == []


def test_l02_the_log_and_the_metrics_hold_no_value(live: Live, told: Told) -> None:
    metrics = live.party("city-client").raw("GET", "/metrics").body.decode()
    assert found(live.log.read_text()) == []
    assert found(metrics) == []
    assert "Traceback" not in live.log.read_text()


def test_l01_every_log_line_is_one_json_object(live: Live, told: Told) -> None:
    for line in live.log.read_text().splitlines():
        entry = json.loads(line)
        assert entry["level"] != "error", entry
        assert not re.search("[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", line)
