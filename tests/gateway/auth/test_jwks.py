"""Key sets are fetched from registered URLs only, over https, from vetted addresses, and kept as long as allowed."""

import asyncio
import ipaddress
import json
import ssl
import threading
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from gateway.auth.addresses import Forbidden, resolve, vet
from gateway.auth.assertion import AssertionRefused, Assertions
from gateway.auth.jwks import DEFAULT_AGE, LONGEST_AGE, JwksFetcher, age
from gateway.auth.keys import UnusableKeys

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
HOST = "keys.harbor.example"


async def to_loopback(host, port):
    return ["127.0.0.1"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory, world_start):
    """A self-signed certificate for HOST, as PEM file with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(world_start - timedelta(days=3650))
        .not_valid_after(world_start + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + made.public_bytes(serialization.Encoding.PEM)
    path = tmp_path_factory.mktemp("tls") / "host.pem"
    path.write_bytes(pem)
    return path


@pytest.fixture
def publisher(certificate, keys):
    """A real TLS server that publishes the keys; what it answers can be changed, what it was asked is kept."""
    answer = {"status": 200, "headers": {"Cache-Control": "max-age=60"}, "body": keys.jwks().encode()}
    answer["asked"] = []

    class Publish(BaseHTTPRequestHandler):
        def do_GET(self):
            answer["asked"].append((self.headers["Host"], self.path))
            self.send_response(answer["status"])
            for name, value in answer["headers"].items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer["body"])

        def log_message(self, *words):
            pass

    with serving(Publish, certificate) as port:
        yield answer | {"port": port, "url": f"https://{HOST}:{port}/jwks.json", "set": answer.update}


@contextmanager
def serving(handler, certificate):
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.handle_error = lambda request, address: None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


@pytest.fixture
def fetch(world, certificate):
    return JwksFetcher(world.now, LOOPBACK, to_loopback, ssl.create_default_context(cafile=str(certificate)))


async def test_keys_are_fetched_from_the_vetted_address_under_the_registered_name(fetch, publisher):
    assert [key.kid for key in await fetch(publisher["url"], "r1")] == ["r1", "e1", "e2"]
    assert publisher["asked"] == [(f"{HOST}:{publisher['port']}", "/jwks.json")]


async def test_client_registered_by_url_is_authenticated(world, fetch, publisher):
    world.register(jwks=None, jwks_uri=publisher["url"])
    assertions = Assertions(world.registry, world.used, fetch, world.token_url, world.now)
    assert await assertions.authenticate(world.assertion())
    assert await assertions.authenticate(world.assertion(header={"jku": publisher["url"]}))
    assert len(publisher["asked"]) == 1


async def test_nothing_is_fetched_for_an_assertion_that_fails_without_keys(world, fetch, publisher):
    world.register(jwks=None, jwks_uri=publisher["url"])
    assertions = Assertions(world.registry, world.used, fetch, world.token_url, world.now)
    for bad in (world.assertion(aud="x"), world.assertion(exp=1), world.assertion(header={"jku": "https://x.example"})):
        with pytest.raises(AssertionRefused):
            await assertions.authenticate(bad)
    assert publisher["asked"] == []


async def test_set_is_kept_as_long_as_its_max_age(world, fetch, publisher):
    for seconds, fetches in ((0, 1), (59, 1), (1, 2)):
        world.pass_time(seconds)
        await fetch(publisher["url"], "r1")
        assert len(publisher["asked"]) == fetches


async def test_unknown_kid_looks_again_after_a_minute_and_not_before(world, fetch, publisher):
    publisher["set"](headers={"Cache-Control": "max-age=3600"})
    for seconds, fetches in ((0, 1), (59, 1), (1, 2), (1, 2)):
        world.pass_time(seconds)
        await fetch(publisher["url"], "new")
        assert len(publisher["asked"]) == fetches


async def test_waiting_requests_share_one_fetch(fetch, publisher):
    await asyncio.gather(*[fetch(publisher["url"], "r1") for _ in range(8)])
    assert len(publisher["asked"]) == 1


async def test_set_that_may_not_be_kept_is_fetched_for_each_request_but_shared_by_those_waiting(
    world, fetch, publisher
):
    publisher["set"](headers={"Cache-Control": "no-store"})
    for fetches in (1, 2):
        await fetch(publisher["url"], "r1")
        assert len(publisher["asked"]) == fetches
    world.present = None
    await asyncio.gather(*[fetch(publisher["url"], "r1") for _ in range(8)])
    assert len(publisher["asked"]) <= 4


@pytest.mark.parametrize(
    "change",
    [
        {"status": 301, "headers": {"Location": "https://keys.harbor.example/other"}},
        {"status": 302, "headers": {"Location": "http://169.254.169.254/latest/meta-data"}},
        {"status": 404},
        {"status": 500},
        {"body": b"not json"},
        {"body": b"\xff\xfe"},
        {"body": b'{"keys": []}'},
        {"body": b" " * (64 * 1024 + 1)},
        {"headers": {"Content-Encoding": "gzip"}},
    ],
    ids=["moved", "redirected inside", "absent", "broken", "no json", "no utf-8", "no keys", "too long", "compressed"],
)
async def test_answer_that_is_no_key_set_gives_no_keys_and_is_remembered_briefly(world, fetch, publisher, change):
    publisher["set"](**change)
    for seconds, fetches in ((0, 1), (9, 1), (1, 2)):
        world.pass_time(seconds)
        with pytest.raises(UnusableKeys):
            await fetch(publisher["url"], "r1")
        assert len(publisher["asked"]) == fetches


async def test_certificate_must_be_for_the_registered_host(fetch, publisher):
    with pytest.raises(UnusableKeys, match="ConnectError"):
        await fetch(publisher["url"].replace(HOST, "other.example"), "r1")
    assert publisher["asked"] == []


async def test_certificate_must_be_trusted(world, publisher):
    with pytest.raises(UnusableKeys, match="ConnectError"):
        await JwksFetcher(world.now, LOOPBACK, to_loopback)(publisher["url"], "r1")


async def test_loopback_is_not_called_unless_permitted(world, publisher):
    with pytest.raises(UnusableKeys, match="public address"):
        await JwksFetcher(world.now, resolve=to_loopback)(publisher["url"], "r1")
    assert publisher["asked"] == []


async def test_host_that_does_not_resolve_gives_no_keys(world):
    async def nowhere(host, port):
        raise OSError("no such host")

    with pytest.raises(UnusableKeys, match="OSError"):
        await JwksFetcher(world.now, resolve=nowhere)("https://nowhere.example/", "r1")


# --- T06: addresses

TRICKS = [
    "http://keys.example/jwks",
    "file:///etc/passwd",
    "ftp://keys.example/jwks",
    "gopher://keys.example/",
    "data:application/json,{}",
    "//keys.example/jwks",
    "keys.example/jwks",
    "",
    "https://",
    "https:///jwks",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://0.0.0.0/",
    "https://localhost/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://240.0.0.1/",
    "https://198.18.0.1/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:8.8.8.8]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:1::1]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://user@keys.example/",
    "https://keys.example@127.0.0.1/",
    "https://keys.example/#fragment",
    "https://keys.example:0/",
    "https://keys.example:99999/",
    "https://keys.example\r\nHost: inside/",
    "https://keys.example/a b",
    "https://keys.example\\@inside/",
    "https://ⓚeys.example/",
]


async def offline(host, port):
    """The system's resolver for literal addresses and localhost; every other name is public."""
    literal = host == "localhost" or ":" in host or host[-1].isdigit() or host.startswith("0x")
    return await resolve(host, port) if literal else ["93.184.215.14"]


@pytest.mark.parametrize("url", TRICKS)
async def test_url_that_leads_inside_is_forbidden(url):
    with pytest.raises(Forbidden):
        await vet(url, offline)


async def test_one_private_address_among_public_ones_is_enough_to_forbid():
    async def rebinding(host, port):
        return ["93.184.215.14", "10.0.0.1"]

    with pytest.raises(Forbidden):
        await vet("https://keys.example/", rebinding)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
async def test_public_address_of_either_version_is_open_on_the_port_of_https(address):
    async def there(host, port):
        assert port == 443
        return [address]

    target = await vet("https://keys.example", there)
    assert (str(target.address), target.port, target.path) == (address, 443, "/")


async def test_name_is_resolved_once_and_its_address_is_the_one_to_connect_to():
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])

    async def rebinding(host, port):
        return next(answers)

    target = await vet("https://Keys.Example:8443/a?b=c", rebinding)
    assert (target.host, str(target.address), target.port) == ("keys.example", "93.184.215.14", 8443)
    assert target.path == "/a?b=c"
    assert next(answers) == ["127.0.0.1"]


@given(address=st.ip_addresses())
def test_private_and_translated_addresses_are_never_open(address):
    async def there(host, port):
        return [str(address)]

    try:
        found = asyncio.run(vet("https://keys.example/", there)).address
    except Forbidden:
        return
    assert found == address
    assert found.is_global
    assert not any([found.is_private, found.is_loopback, found.is_link_local, found.is_multicast])
    if found.version == 6:
        assert [found.ipv4_mapped, found.sixtofour, found.teredo] == [None, None, None]


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        ("", DEFAULT_AGE),
        ("public", DEFAULT_AGE),
        ("max-age=10", timedelta(seconds=10)),
        ("public, Max-Age=10 , must-revalidate", timedelta(seconds=10)),
        ("max-age=0", timedelta(0)),
        ("max-age=99999999", LONGEST_AGE),
        ("no-store", timedelta(0)),
        ("max-age=600, no-cache", timedelta(0)),
        ("s-maxage=10", DEFAULT_AGE),
    ],
)
def test_age_follows_cache_control(header, kept):
    assert age(header) == kept


def test_fetcher_hides_its_context(fetch):
    assert "SSLContext" not in repr(fetch)
    assert json.dumps(DEFAULT_AGE.total_seconds()) == "300.0"
