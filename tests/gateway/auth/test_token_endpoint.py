"""POST /token over a real socket: what is granted, what is refused, and that refusals tell nothing."""

import asyncio
import json
import re
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from consent.vocabulary import Purpose
from gateway.auth import bearer
from gateway.auth.access_token import TokenRefused
from gateway.auth.discovery import smart_configuration
from gateway.auth.token_endpoint import ASSERTION_TYPE, token_route


def application(world):
    async def protected(request):
        try:
            session = bearer.session(request, world.tokens)
        except TokenRefused as refused:
            return JSONResponse({}, 401, {"WWW-Authenticate": bearer.challenge(refused)})
        return JSONResponse({"client": session.client_id, "purpose": session.purpose})

    async def configuration(request):
        return JSONResponse(dict(smart_configuration(world.base, world.token_url)))

    return Starlette(
        routes=[
            token_route("/token", world.assertions, world.tokens),
            Route("/fhir/.well-known/smart-configuration", configuration),
            Route("/fhir/{kind}", protected),
        ]
    )


@contextmanager
def served(application, bound):
    server = uvicorn.Server(uvicorn.Config(application, log_level="error", lifespan="off"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[bound])), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def served_world(make_world, keys):
    """A world that is served at its own token URL, with an HTTP client for it."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        world = make_world(keys, token_url=f"{url}/token", base=f"{url}/fhir")
        with served(application(world), bound), httpx.Client(base_url=url, trust_env=False) as world.http:
            yield world


@pytest.fixture
def here(served_world):
    """The served world with its one registration as at the start."""
    served_world.registry.clear()
    served_world.register()
    return served_world


def form(world, **changes):
    fields = {
        "grant_type": "client_credentials",
        "scope": "system/Task.rs",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": world.assertion(),
    }
    return {name: value for name, value in (fields | changes).items() if value is not None}


def post(world, **changes):
    return world.http.post("/token", data=form(world, **changes))


def test_assertion_is_exchanged_for_a_token_that_opens_a_resource(here):
    answer = post(here)
    body = answer.json()
    assert answer.status_code == 200
    assert body.keys() == {"access_token", "token_type", "expires_in", "scope", "purpose_of_use"}
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("bearer", 300, "system/Task.rs")
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    opened = here.http.get("/fhir/Task", headers={"Authorization": f"Bearer {body['access_token']}"})
    assert opened.json() == {"client": "harbor-ehr", "purpose": "TREAT"}


@pytest.mark.parametrize("algorithm", ["RS384", "ES384", "RS256", "ES256"])
def test_each_algorithm_gets_a_token(here, algorithm):
    assert post(here, client_assertion=here.assertion(algorithm)).status_code == 200


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        ("system/*.cruds", "system/Patient.rs system/Task.cruds"),
        ("system/*.read", "system/Patient.read system/Task.read"),
        ("system/Patient.cruds", "system/Patient.rs"),
        ("system/Task.read system/Task.write", "system/Task.*"),
    ],
)
def test_scope_is_narrowed_to_the_registration(here, asked, granted):
    assert post(here, scope=asked).json()["scope"] == granted


@pytest.mark.parametrize(
    "asked", ["system/Observation.rs", "system/Patient.cud", "system/Task.sr", "patient/Task.rs", "system/Task.rs?a=b"]
)
def test_scope_that_cannot_be_granted_is_invalid_scope(here, asked):
    answer = post(here, scope=asked)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


def test_client_of_several_purposes_must_name_one(here):
    here.register(purposes=(Purpose.TREAT, Purpose.COC))
    answer = post(here)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert "purpose_of_use" in answer.json()["error_description"]
    assert "TREAT, COC" in answer.json()["error_description"]
    assert post(here, purpose_of_use="COC").json()["purpose_of_use"] == "COC"


@pytest.mark.parametrize("asked", ["LAW", "treat", "TREAT ", "TREAT,LAW", "JUDICIAL"])
def test_purpose_that_is_not_registered_is_refused(here, asked):
    answer = post(here, purpose_of_use=asked)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert answer.json()["error_description"].endswith(": TREAT")


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"grant_type": None}, 400, "invalid_request"),
        ({"grant_type": "authorization_code"}, 400, "unsupported_grant_type"),
        ({"grant_type": "<script>"}, 400, "unsupported_grant_type"),
        ({"client_assertion_type": None}, 400, "invalid_request"),
        ({"client_assertion_type": "urn:other"}, 400, "invalid_request"),
        ({"scope": None}, 400, "invalid_scope"),
        ({"scope": ""}, 400, "invalid_scope"),
        ({"client_assertion": None}, 401, "invalid_client"),
        ({"client_assertion": ""}, 401, "invalid_client"),
        ({"client_assertion": "a.b.c"}, 401, "invalid_client"),
        ({"client_secret": "x"}, 401, "invalid_client"),
        ({"client_id": "other-ehr"}, 401, "invalid_client"),
    ],
    ids=str,
)
def test_request_that_is_not_the_profiles_is_refused(here, changes, status, error):
    answer = post(here, **changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["cache-control"] == "no-store"
    assert "<script>" not in answer.text


def test_client_id_that_agrees_with_the_assertion_is_accepted(here):
    assert post(here, client_id="harbor-ehr").status_code == 200


def test_every_failed_authentication_looks_the_same(here):
    here.register("closed-ehr", active=False)
    bent = [
        here.assertion(aud="https://other.example"),
        here.assertion(exp=1),
        here.assertion(iss="nobody", sub="nobody"),
        here.assertion(iss="closed-ehr", sub="closed-ehr"),
        here.assertion(header={"kid": "r9"}),
        here.assertion(jti=""),
        "garbage",
    ]
    answers = [post(here, client_assertion=assertion) for assertion in bent]
    seen = {(a.status_code, a.content, a.headers.get("www-authenticate")) for a in answers}
    assert seen == {(401, answers[0].content, "Bearer")}


def test_replayed_assertion_is_invalid_client(here):
    once = form(here)
    assert here.http.post("/token", data=once).status_code == 200
    again = here.http.post("/token", data=once)
    assert (again.status_code, again.json()["error"]) == (401, "invalid_client")


async def test_eight_posts_of_one_assertion_get_one_token(here):
    once = form(here)
    async with httpx.AsyncClient(trust_env=False) as http:
        answers = await asyncio.gather(*[http.post(here.token_url, data=once) for _ in range(8)])
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7


def test_access_token_is_no_assertion_and_an_assertion_no_access_token(here):
    token = post(here).json()["access_token"]
    assert post(here, client_assertion=token).status_code == 401
    for bad in (here.assertion(), "x"):
        answer = here.http.get("/fhir/Task", headers={"Authorization": f"Bearer {bad}"})
        assert (answer.status_code, answer.headers["www-authenticate"][:6]) == (401, "Bearer")


def test_revoked_client_is_shut_out_at_once(here):
    token = post(here).json()["access_token"]
    here.register(active=False)
    assert here.http.get("/fhir/Task", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert post(here).status_code == 401


def test_token_in_the_url_is_refused(here):
    token = post(here).json()["access_token"]
    assert here.http.get("/fhir/Task", params={"access_token": token}).status_code == 401


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
def test_only_post_is_allowed(here, method):
    answer = here.http.request(method, "/token", params={"grant_type": "client_credentials"})
    assert answer.status_code == 405


def test_parameters_in_the_url_are_refused(here):
    fields = form(here)
    answer = here.http.post("/token", params={"scope": fields.pop("scope")}, data=fields)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_other_ways_to_authenticate_are_refused_beside_the_assertion(here):
    answer = here.http.post("/token", data=form(here), headers={"Authorization": "Basic eDp5"})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        ({"Content-Type": "application/json"}, b'{"grant_type": "client_credentials"}'),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x--"),
        ({"Content-Type": "text/plain"}, b"grant_type=client_credentials"),
        ({}, b"grant_type=client_credentials"),
        (FORM, b"grant_type=client_credentials&grant_type=client_credentials"),
        (FORM, b"scope=&scope=system/Task.rs&grant_type=client_credentials"),
        (FORM, b"grant_type=%zz"),
        (FORM, b"grant_type=\xff\xfe"),
        (FORM, b"grant_type=<>"),
        (FORM, b""),
    ],
    ids=str,
)
def test_body_that_is_no_clean_form_is_invalid_request(here, headers, content):
    answer = here.http.post("/token", headers=headers, content=content)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_body_over_the_limit_is_refused_by_its_announcement(here):
    answer = post(here, client_assertion="A" * 1_000_000)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"


def test_body_over_the_limit_is_refused_before_any_of_it_is_sent(here):
    head = f"POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM['Content-Type']}\r\nContent-Length: 65537\r\n\r\n"
    with socket.create_connection((here.http.base_url.host, here.http.base_url.port), timeout=5) as raw:
        raw.sendall(head.encode())
        assert raw.recv(1024).startswith(b"HTTP/1.1 400")


def test_body_over_the_limit_is_refused_though_it_announces_nothing(here):
    def chunks():
        for _ in range(40):
            yield b"a" * 4096

    assert here.http.post("/token", headers=FORM, content=chunks()).status_code == 400


def test_body_of_exactly_the_limit_is_read(here):
    padding = 64 * 1024 - len(httpx.Request("POST", here.token_url, data=form(here, filler="")).content)
    assert post(here, filler="a" * padding).status_code == 200
    assert post(here, filler="a" * (padding + 10)).status_code == 400


def test_log_tells_the_reason_and_no_secret(here):
    assertion = here.assertion(aud="https://other.example")
    with structlog.testing.capture_logs() as lines:
        post(here, client_assertion=assertion)
        post(here, client_assertion=here.assertion(iss="Jane Roe", sub="Jane Roe"))
        token = post(here).json()["access_token"]
    reasons = [(line["reason"], line["client"]) for line in lines if line["event"] == "assertion refused"]
    assert reasons == [("audience", "harbor-ehr"), ("client", None)]
    assert not any(secret in str(lines) for secret in (assertion, token, "Jane Roe", "jti-"))


PROBE = Path(__file__).resolve().parents[3] / ".." / "shared" / "probes" / "probe_token_endpoint.py"


@pytest.mark.skipif(not PROBE.exists(), reason="../shared/probes is absent")
def test_probe_of_an_outsider_finds_nothing_to_complain_about(here, keys, tmp_path, monkeypatch):
    private = [{**key.as_dict(private=True), "kid": kid} for key, kid in map(keys.signer, ("RS384", "ES384"))]
    (tmp_path / "private.jwks").write_text(json.dumps({"keys": private}))
    here.register("probe-client", scopes="system/*.rs")
    monkeypatch.setattr(here, "present", None)
    command = [sys.executable, str(PROBE), "--base-url", here.base, "--key-file", str(tmp_path / "private.jwks")]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path, check=False)
    assert re.findall(r"^FAIL.*$", told.stdout, re.MULTILINE) == []
    assert told.stdout.splitlines()[-1] == "OK: 60 passed, 0 failed", told.stderr
