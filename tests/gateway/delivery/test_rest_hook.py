"""Rest-hooks go to public https addresses alone, signed under the agency's own secret, whatever a URL tries."""

import base64
import re
import runpy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from consent.decide import release
from consent.terms import Decision, Effect
from consent.vocabulary import Purpose, Role
from gateway.agencies.model import Content, Delivery, Route
from gateway.auth.addresses import resolve as resolve_by_system
from gateway.auth.calling import Answer
from gateway.delivery.parcel import Parcel, Undelivered
from gateway.delivery.rest_hook import RestHook, notified
from gateway.disclose.viewing import View
from gateway.store.relations import Handoff
from tests.gateway.delivery.post_room import SECRET
from tests.gateway.delivery.receiver import Receiver

PAGE = Path(__file__).resolve().parents[3] / "docs" / "deliveries.md"
AT = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
BASE = "https://gateway.example/fhir"
TASK, REQUEST, PATIENT = (f"{digit * 8}-0000-4000-8000-000000000000" for digit in "abc")


def _view(kind: str, number: str, **elements: Any) -> View:
    resource = {"resourceType": kind, "id": number, **elements}
    return View(
        "cityhosp", kind, number, PATIENT, "1", AT, release(resource, Decision(Effect.PERMIT, (), frozenset())), {"": 1}
    )


def _parcel(to: str, content: Content = Content.ID_ONLY, file: str = "cityhosp.secret") -> Parcel:
    agency: Any = type("Agency", (), {"id": "cityhosp"})
    delivery = Delivery("hook", Route.REST_HOOK, to, Purpose.TREAT, Role.TREATING_PHYSICIAN, content, "", file)
    handoff = Handoff("cityhosp", REQUEST, TASK, "bridge-community", TASK, PATIENT, None, AT)
    task = _view("Task", TASK, status="accepted", intent="order")
    request = _view(
        "ServiceRequest", REQUEST, status="active", intent="order", subject={"reference": f"Patient/{PATIENT}"}
    )
    patient = _view("Patient", PATIENT, name=[{"family": "QUILLFEATHER"}])
    number = "d" * 8 + "-0000-4000-8000-000000000000"
    return Parcel(number, agency, delivery, task, request, patient, handoff, "requester", None, "Bridge")


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    (tmp_path / "cityhosp.secret").write_text(SECRET + "\n")
    return tmp_path


async def _rebinding(host: str, port: int) -> list[str]:
    """A name that has a public address and a private one: whichever a second look-up would give."""
    return ["93.184.216.34", "127.0.0.1"]


async def _public_or_literal(host: str, port: int) -> list[str]:
    """As the system reads literals, in all their forms; the one name there is has a public address."""
    return ["93.184.216.34"] if host == "hooks.example" else await resolve_by_system(host, port)


TRICKS = [
    "http://hooks.example/",
    "http://127.0.0.1/hook",
    "https://127.0.0.1/hook",
    "https://127.1/hook",
    "https://2130706433/hook",
    "https://0x7f000001/hook",
    "https://0x7f.0.0.1/hook",
    "https://0177.0.0.1/hook",
    "https://017700000001/hook",
    "https://0.0.0.0/hook",
    "https://localhost/hook",
    "https://[::1]/hook",
    "https://[::]/hook",
    "https://[::ffff:127.0.0.1]/hook",
    "https://[::ffff:7f00:1]/hook",
    "https://[64:ff9b::7f00:1]/hook",
    "https://[2002:7f00:1::]/hook",
    "https://[fe80::1]/hook",
    "https://[fd00:ec2::254]/latest/meta-data",
    "https://169.254.169.254/latest/meta-data",
    "https://10.0.0.1/hook",
    "https://172.16.3.4/hook",
    "https://192.168.1.1/hook",
    "https://100.64.0.1/hook",
    "https://224.0.0.1/hook",
    "https://user@127.0.0.1/hook",
    "https://hooks.example@127.0.0.1/hook",
    "https://user:password@hooks.example/",
    "https://hooks.example#@127.0.0.1/",
    "https://hooks.example\\@127.0.0.1/",
    "https://hooks.example/\r\nHost: 127.0.0.1",
    "https://hooks.example /",
    "https://①②⑦.0.0.1/hook",
    "https://hooks.example:0/",
    "https://hooks.example:99999/",
    "https:///hook",
    "file:///etc/passwd",
    "gopher://127.0.0.1:25/",
    "ftp://hooks.example/",
    "//127.0.0.1/hook",
    "",
]


@pytest.mark.parametrize("url", TRICKS)
async def test_no_form_of_url_reaches_an_address_off_the_public_internet(
    url: str, secrets: Path, receiver: Receiver
) -> None:
    hook = RestHook(BASE, secrets, {receiver.authority}, _public_or_literal)
    for tried in (url, url.replace("127.0.0.1/", f"127.0.0.1:{receiver.port + 1}/")):
        with pytest.raises(Undelivered, match=r"^a URL to fetch|does not resolve to public addresses only"):
            await hook.carry(_parcel(tried))
    assert receiver.got == []


async def test_a_name_with_any_private_address_is_refused_before_a_byte_is_sent(
    secrets: Path, receiver: Receiver
) -> None:
    with pytest.raises(Undelivered, match="does not resolve to public addresses only"):
        await RestHook(BASE, secrets, (), _rebinding).carry(_parcel(f"https://hooks.example:{receiver.port}/"))
    assert receiver.got == []


async def test_the_name_is_looked_up_once_and_only_the_vetted_address_is_called(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def turning(host: str, port: int) -> list[str]:
        """The second answer of a rebinding name server would be the loopback."""
        asked.append(host)
        return ["192.0.2.1"] if len(asked) > 1 else ["93.184.216.34"]

    called = []

    async def note(target: Any, *_: Any) -> Answer:
        called.append((str(target.address), target.host))
        return Answer(200, {}, b"")

    monkeypatch.setattr("gateway.delivery.rest_hook.call", note)
    await RestHook(BASE, secrets, (), turning).carry(_parcel("https://hooks.example/"))
    assert (asked, called) == (["hooks.example"], [("93.184.216.34", "hooks.example")])


@pytest.mark.parametrize("listed", ["{host}", "{host}:1", "localhost:{port}", "127.0.0.2:{port}", ""])
async def test_an_exception_is_for_its_own_host_and_port_alone(secrets: Path, receiver: Receiver, listed: str) -> None:
    local = {listed.format(host="127.0.0.1", port=receiver.port)}
    with pytest.raises(Undelivered):
        await RestHook(BASE, secrets, local).carry(_parcel(receiver.url))
    assert receiver.got == []
    await RestHook(BASE, secrets, {receiver.authority}).carry(_parcel(receiver.url))
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    ("name", "held", "told"),
    [
        ("", SECRET, "name its secret_file"),
        ("../cityhosp.secret", SECRET, "name its secret_file"),
        ("other.secret", SECRET, "holds no readable other.secret"),
        ("cityhosp.secret", "", "must hold whsec_"),
        ("cityhosp.secret", "whsec_", "must hold whsec_"),
        ("cityhosp.secret", "whsec_short", "must hold whsec_"),
        ("cityhosp.secret", "whsec_c2hvcnQ=", "must hold whsec_"),
        ("cityhosp.secret", SECRET.removeprefix("whsec_"), "must hold whsec_"),
        ("cityhosp.secret", "whsec_é" * 40, "must hold whsec_"),
    ],
)
async def test_nothing_leaves_unsigned_and_no_secret_is_told(
    secrets: Path, receiver: Receiver, name: str, held: str, told: str
) -> None:
    (secrets / "cityhosp.secret").write_text(held)
    with pytest.raises(Undelivered, match=told) as refused:
        await RestHook(BASE, secrets, {receiver.authority}).carry(_parcel(receiver.url, file=name))
    assert receiver.got == []
    key = held.removeprefix("whsec_")
    assert not key or key not in str(refused.value)


async def test_the_signature_is_of_id_time_and_body_under_the_key_of_the_file_as_it_is_now(
    secrets: Path, receiver: Receiver
) -> None:
    hook = RestHook(BASE, secrets, {receiver.authority})
    await hook.carry(_parcel(receiver.url))
    other = "whsec_" + base64.b64encode(b"another key of thirty-two octets").decode()
    (secrets / "cityhosp.secret").write_text(other)
    await hook.carry(_parcel(receiver.url))
    one, two = receiver.got
    Webhook(SECRET).verify(one.body, one.headers)
    Webhook(other).verify(two.body, two.headers)
    changed = one.body.replace(TASK.encode(), REQUEST.encode())
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(SECRET).verify(changed, one.headers)
    assert "whsec" not in repr(hook) + repr(one.headers)


def test_a_notification_is_a_bundle_of_type_history_with_its_status_first() -> None:
    said = {content: notified(_parcel("https://x.example/", content), BASE, AT).content for content in Content}
    for body in said.values():
        first = body["entry"][0]["resource"]
        assert (body["type"], first["resourceType"]) == ("history", "Parameters")
        assert all({"request", "response"} <= each.keys() for each in body["entry"])
        assert {each["name"] for each in first["parameter"]} >= {"subscription", "status", "type", "notification-event"}
        assert "cityhosp/hook" in str(first)
    named = [[each["fullUrl"].removeprefix(f"{BASE}/") for each in said[content]["entry"][1:]] for content in Content]
    assert named == [[], [f"Task/{TASK}"], [f"Task/{TASK}", f"ServiceRequest/{REQUEST}", f"Patient/{PATIENT}"]]
    assert all("resource" not in each for each in said[Content.ID_ONLY]["entry"][1:])


def test_the_bundle_is_fhir_r4() -> None:
    from fhir.resources.R4B.bundle import Bundle

    for content in Content:
        Bundle.model_validate(notified(_parcel("https://x.example/", content), BASE, AT).content)


async def test_the_page_verifies_what_arrives_and_nothing_else(
    secrets: Path, receiver: Receiver, tmp_path: Path
) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    (tmp_path / "verify.py").write_text(code)
    genuine = runpy.run_path(str(tmp_path / "verify.py"))["genuine"]
    await RestHook(BASE, secrets, {receiver.authority}).carry(_parcel(receiver.url))
    (got,) = receiver.got
    assert genuine(got.headers, got.body, SECRET)
    assert not genuine(got.headers, got.body + b" ", SECRET)
    assert not genuine({**got.headers, "webhook-id": REQUEST}, got.body, SECRET)
    assert not genuine({**got.headers, "webhook-timestamp": "1000000000"}, got.body, SECRET)
