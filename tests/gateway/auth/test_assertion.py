"""Forged, bent and worn-out client assertions, each refused for its own reason (security checklist T01 to T04)."""

import asyncio
import hmac
import json
import string
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.auth.assertion import LEEWAY, LIFETIME, AssertionRefused, Assertions
from gateway.auth.keys import ALGORITHMS, public_keys

ATTACKS = {}
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def attack(reason):
    def keep(forge):
        ATTACKS[forge.__name__] = (reason, forge)
        return forge

    return keep


def unsigned(w, j, alg):
    return f"{j.b64url(w.header(alg='RS384') | {'alg': alg})}.{j.b64url(w.claims())}."


def part(jws_text, index, value):
    parts = jws_text.split(".")
    parts[index] = value
    return ".".join(parts)


# --- T01: the signature and its header


for spelling in ("none", "None", "NONE", "nOnE"):
    ATTACKS[f"alg_{spelling}_without_signature"] = ("malformed", lambda w, j, a=spelling: unsigned(w, j, a))
    ATTACKS[f"alg_{spelling}_with_some_signature"] = (
        "algorithm",
        lambda w, j, a=spelling: unsigned(w, j, a) + j.b64url(b"sig"),
    )


def hmac_with_public_pem(digest):
    def forge(w, j):
        signed = f"{j.b64url(w.header() | {'alg': f'HS{digest}'})}.{j.b64url(w.claims())}"
        code = hmac.new(w.keys.rsa.as_pem(private=False), signed.encode(), f"sha{digest}").digest()
        return f"{signed}.{j.b64url(code)}"

    return forge


for digest in ("256", "384", "512"):
    ATTACKS[f"HS{digest}_with_the_public_key_as_secret"] = ("algorithm", hmac_with_public_pem(digest))


@attack("algorithm")
def rs512_that_is_on_nobodys_list(w, j):
    return j.sign(w.keys.rsa, w.header(alg="RS512"), w.claims())


@attack("algorithm")
def ps384_that_is_on_nobodys_list(w, j):
    return w.assertion(header={"alg": "PS384"})


@attack("algorithm")
def algorithm_left_out(w, j):
    return j.sign(w.keys.rsa, w.header() | {"alg": "RS384"}, w.claims()).replace(
        j.b64url(w.header()), j.b64url(w.header(alg=None))
    )


@attack("algorithm")
def algorithm_as_list(w, j):
    return part(w.assertion(), 0, j.b64url(w.header() | {"alg": ["RS384"]}))


@attack("key")
def rsa_algorithm_with_the_kid_of_an_ec_key(w, j):
    return w.assertion(header={"kid": "e1"})


@attack("key")
def ec_algorithm_with_the_kid_of_an_rsa_key(w, j):
    return w.assertion("ES384", header={"kid": "r1"})


@attack("signature")
def es384_with_the_p256_key(w, j):
    return part(w.assertion("ES384", header={"kid": "e2"}), 2, j.b64url(b"\1" * 96))


@attack("key")
def unknown_kid(w, j):
    return w.assertion(header={"kid": "no-such-key"})


@attack("key")
def kid_as_path(w, j):
    return w.assertion(header={"kid": "../../../../dev/null"})


@attack("header")
def kid_as_sql(w, j):
    return w.assertion(header={"kid": "r1' OR '1'='1"})


@attack("header")
def kid_left_out(w, j):
    return w.assertion(header={"kid": None})


@attack("header")
def kid_empty(w, j):
    return w.assertion(header={"kid": ""})


@attack("header")
def kid_as_number(w, j):
    return w.assertion(header={"kid": 1})


@attack("header")
def typ_left_out(w, j):
    return w.assertion(header={"typ": None})


@attack("header")
def typ_of_an_access_token(w, j):
    return w.assertion(header={"typ": "at+jwt"})


@attack("header")
def strangers_key_embedded_as_jwk(w, j):
    embedded = j.public(w.keys.stranger, "r1")
    return j.sign(w.keys.stranger, w.header(jwk=embedded), w.claims())


@attack("header")
def strangers_certificate_embedded_as_x5c(w, j):
    return j.sign(w.keys.stranger, w.header(x5c=["MIIB"]), w.claims())


@attack("header")
def x5u_to_a_foreign_url(w, j):
    return w.assertion(header={"x5u": "https://foreign.example/c.pem"})


@attack("jku")
def jku_to_a_foreign_url(w, j):
    return w.assertion(header={"jku": "http://127.0.0.1:9/keys.json"})


@attack("header")
def unknown_critical_extension(w, j):
    return w.assertion(header={"crit": ["exp"], "exp": 1})


@attack("header")
def unencoded_payload_by_b64(w, j):
    return w.assertion(header={"b64": False, "crit": ["b64"]})


@attack("header")
def unknown_header_parameter(w, j):
    return w.assertion(header={"alg2": "none"})


@attack("signature")
def known_kid_signed_by_a_stranger(w, j):
    return j.sign(w.keys.stranger, w.header(), w.claims())


@attack("malformed")
def signature_stripped(w, j):
    return part(w.assertion(), 2, "")


@attack("malformed")
def signature_part_left_out(w, j):
    return w.assertion().rsplit(".", 1)[0]


@attack("signature")
def ecdsa_signature_of_zeros(w, j):
    return part(w.assertion("ES384"), 2, j.b64url(b"\0" * 96))


@attack("signature")
def ecdsa_signature_of_the_group_order(w, j):
    return part(w.assertion("ES256"), 2, j.b64url(P256_ORDER.to_bytes(32, "big") * 2))


@attack("signature")
def ecdsa_signature_in_der(w, j):
    return part(w.assertion("ES256"), 2, j.b64url(b"\x30\x06\x02\x01\x01\x02\x01\x01"))


@attack("signature")
def rsa_signature_of_zeros(w, j):
    return part(w.assertion(), 2, j.b64url(b"\0" * 256))


@attack("signature")
def claims_changed_after_signing(w, j):
    return part(w.assertion(), 1, j.b64url(w.claims(jti="another")))


@attack("signature")
def header_changed_after_signing(w, j):
    return part(w.assertion(), 0, j.b64url(w.header("RS256")))


@attack("malformed")
def padding_after_the_signature(w, j):
    return w.assertion() + "=="


@attack("malformed")
def line_break_in_the_signature(w, j):
    return w.assertion() + "\n"


@attack("malformed")
def four_parts(w, j):
    return w.assertion() + ".e30"


@attack("malformed")
def not_a_jwt(w, j):
    return "a.b.c"


@attack("malformed")
def general_json_serialisation(w, j):
    return json.dumps({"payload": "e30", "signatures": []})


@attack("malformed")
def longer_than_any_assertion(w, j):
    return w.assertion(filler="A" * 20_000)


@attack("malformed")
def a_claim_given_twice(w, j):
    claims = json.dumps(w.claims())
    return j.sign(w.keys.rsa, w.header(), (claims[:-1] + ', "sub": "harbor-ehr"}').encode())


@attack("malformed")
def claims_nested_ten_thousand_deep(w, j):
    return j.sign(w.keys.rsa, w.header(), b"[" * 10_000)


@attack("malformed")
def claims_as_list(w, j):
    return j.sign(w.keys.rsa, w.header(), [1])


@attack("malformed")
def not_a_number_as_expiry(w, j):
    return j.sign(w.keys.rsa, w.header(), b'{"exp": NaN}')


# --- who says it


@attack("client")
def issuer_is_nobody(w, j):
    return w.assertion(iss="someone-else")


@attack("client")
def subject_is_someone_else(w, j):
    return w.assertion(sub="someone-else")


@attack("client")
def issuer_left_out(w, j):
    return w.assertion(iss=None)


@attack("client")
def subject_left_out(w, j):
    return w.assertion(sub=None)


@attack("client")
def issuer_as_list(w, j):
    return w.assertion(iss=["harbor-ehr"], sub=["harbor-ehr"])


@attack("client")
def issuer_with_nul(w, j):
    return w.assertion(iss="harbor-ehr\0", sub="harbor-ehr\0")


@attack("client")
def client_no_longer_active(w, j):
    w.register(active=False)
    return w.assertion()


@attack("key")
def key_of_another_client(w, j):
    only_ec = json.dumps({"keys": [j.public(w.keys.p384, "e1")]})
    w.register("other-ehr", jwks=only_ec)
    return w.assertion(iss="other-ehr", sub="other-ehr")


@attack("algorithm")
def algorithm_not_registered_for_this_client(w, j):
    w.register(algorithms=("ES384",))
    return w.assertion()


@attack("key")
def two_keys_of_one_kid(w, j):
    w.register(jwks=json.dumps({"keys": [j.public(w.keys.rsa, "r1"), j.public(w.keys.stranger, "r1")]}))
    return w.assertion()


@attack("key")
def key_published_for_another_algorithm(w, j):
    w.register(jwks=json.dumps({"keys": [j.public(w.keys.rsa, "r1", alg="RS256")]}))
    return w.assertion("RS384")


@attack("key")
def key_rotated_out(w, j):
    w.register(jwks=json.dumps({"keys": [j.public(w.keys.stranger, "r2")]}))
    return w.assertion()


@attack("keys")
def keys_behind_a_url_that_is_not_fetched(w, j):
    w.register(jwks=None, jwks_uri="https://harbor.example/jwks.json")
    return w.assertion()


# --- T03: audience and times


def claim(reason, **changes):
    return reason, lambda w, j: w.assertion(**{k: v(w) if callable(v) else v for k, v in changes.items()})


def at(seconds):
    return lambda w: int(w.present.timestamp()) + seconds


ATTACKS |= {
    "audience_of_another_server": claim("audience", aud="https://other.example/token"),
    "audience_is_the_fhir_base": claim("audience", aud="https://gateway.example/fhir"),
    "audience_with_a_trailing_slash": claim("audience", aud=lambda w: w.token_url + "/"),
    "audience_in_other_case": claim("audience", aud=lambda w: w.token_url.upper()),
    "audience_left_out": claim("audience", aud=None),
    "audience_list_with_foreigners": claim("audience", aud=lambda w: [w.token_url, "https://other.example/token"]),
    "audience_list_with_itself_twice": claim("audience", aud=lambda w: [w.token_url, w.token_url]),
    "audience_list_empty": claim("audience", aud=[]),
    "audience_nested": claim("audience", aud=lambda w: [[w.token_url]]),
    "expiry_left_out": claim("expiry", exp=None),
    "expired_two_minutes_ago": claim("expiry", exp=at(-120)),
    "expired_a_second_ago": claim("expiry", exp=at(-1)),
    "expires_now": claim("expiry", exp=at(0)),
    "expiry_one_hour_ahead": claim("expiry", exp=at(3600)),
    "expiry_just_past_the_leeway": claim("expiry", exp=at(LIFETIME + LEEWAY + 1)),
    "expiry_beyond_all_calendars": claim("expiry", exp=10**30),
    "expiry_as_text": claim("expiry", exp=lambda w: str(at(100)(w))),
    "expiry_as_float": claim("expiry", exp=lambda w: at(100)(w) + 0.5),
    "expiry_as_true": claim("expiry", exp=True),
    "not_before_in_ten_minutes": claim("not-yet", nbf=at(600)),
    "not_before_just_past_the_leeway": claim("not-yet", nbf=at(LEEWAY + 1)),
    "not_before_as_text": claim("not-yet", nbf="0"),
    "issued_in_ten_minutes": claim("not-yet", iat=at(600)),
    "issued_at_as_float": claim("not-yet", iat=0.5),
    "jti_left_out": claim("jti", jti=None),
    "jti_empty": claim("jti", jti=""),
    "jti_as_number": claim("jti", jti=7),
    "jti_as_list": claim("jti", jti=["a"]),
    "jti_too_long": claim("jti", jti="a" * 256),
    "jti_with_nul": claim("jti", jti="a\0"),
    "jti_with_a_lone_surrogate": claim("jti", jti="\ud800"),
}


@pytest.mark.parametrize("name", ATTACKS)
async def test_attack_is_refused_for_its_reason_and_uses_nothing_up(name, world, jose):
    reason, forge = ATTACKS[name]
    with pytest.raises(AssertionRefused) as refused:
        await world.assertions.authenticate(forge(world, SimpleNamespace(**jose)))
    assert refused.value.reason == reason
    assert not world.used


async def test_access_token_is_no_assertion(world):
    client = world.registry["harbor-ehr"]
    token = world.tokens.issue(client, client.limits, client.purposes[0])
    with pytest.raises(AssertionRefused, match="client"):
        await world.assertions.authenticate(token)


# --- what must work


def test_limits_are_those_of_the_specification():
    assert (LIFETIME, LEEWAY) == (300, 5)


async def test_assertion_of_the_greatest_length_is_read_and_one_longer_is_not(world):
    filler = "A" * 11_000
    while len(world.assertion(filler=filler)) < 16 * 1024 - 3:
        filler += "A"
    assert await world.assertions.authenticate(world.assertion(filler=filler))
    with pytest.raises(AssertionRefused, match="malformed"):
        await world.assertions.authenticate(world.assertion(filler=filler + "AAAA"))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_each_algorithm_authenticates(world, algorithm):
    assert await world.assertions.authenticate(world.assertion(algorithm)) is world.registry["harbor-ehr"]


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["https://gateway.example/token"]},
        {"iat": None},
        {"exp": at(LIFETIME)},
        {"exp": at(LIFETIME + LEEWAY)},
        {"exp": at(1)},
        {"nbf": at(LEEWAY), "iat": at(LEEWAY)},
        {"nbf": at(-86400)},
        {"jti": "a" * 255},
        {"extensions": {"hl7-b2b": {}}},
    ],
)
async def test_what_the_specification_allows_is_accepted(world, changes):
    claims = {name: value(world) if callable(value) else value for name, value in changes.items()}
    assert await world.assertions.authenticate(world.assertion(**claims))


async def test_certificate_thumbprints_are_ignored(world):
    assert await world.assertions.authenticate(world.assertion(header={"x5t": "AA", "x5t#S256": "AA"}))


async def test_jku_equal_to_the_registered_url_is_accepted(world):
    url = "https://harbor.example/jwks.json"
    keys = world.registry["harbor-ehr"].jwks

    async def fetch(asked, kid):
        assert (asked, kid) == (url, "r1")
        return public_keys(keys)

    world.register(jwks=None, jwks_uri=url)
    world.assertions = Assertions(world.registry, world.used, fetch, world.token_url, world.now)
    assert await world.assertions.authenticate(world.assertion(header={"jku": url}))
    thumbprints = {"x5t": "AA", "x5t#S256": "AA"}
    assert await world.assertions.authenticate(world.assertion(header={"jku": url} | thumbprints))
    with pytest.raises(AssertionRefused, match="jku"):
        await world.assertions.authenticate(world.assertion(header={"jku": url + "#"}))


async def test_refusal_names_a_registered_client_and_no_other(world):
    with pytest.raises(AssertionRefused) as known:
        await world.assertions.authenticate(world.assertion(aud="x"))
    with pytest.raises(AssertionRefused) as unknown:
        await world.assertions.authenticate(world.assertion(iss="x"))
    assert (known.value.client_id, unknown.value.client_id) == ("harbor-ehr", None)


# --- T02: replay


async def test_assertion_works_once(world):
    once = world.assertion()
    await world.assertions.authenticate(once)
    with pytest.raises(AssertionRefused, match="replay"):
        await world.assertions.authenticate(once)


async def test_jti_is_used_up_whatever_key_signs_it_next(world):
    await world.assertions.authenticate(world.assertion("RS384", jti="same"))
    with pytest.raises(AssertionRefused, match="replay"):
        await world.assertions.authenticate(world.assertion("ES384", jti="same"))


async def test_jti_is_counted_per_issuer(world):
    world.register("other-ehr")
    await world.assertions.authenticate(world.assertion(jti="same"))
    assert await world.assertions.authenticate(world.assertion(iss="other-ehr", sub="other-ehr", jti="same"))


async def test_one_of_eight_at_once_wins(world):
    once = world.assertion()
    tries = [world.assertions.authenticate(once) for _ in range(8)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(not isinstance(outcome, AssertionRefused) for outcome in outcomes) == 1


async def test_nobody_is_authenticated_while_the_store_is_down(world):
    async def down(issuer, jti, until):
        raise OSError("store is down")

    world.used.first_use = down
    with pytest.raises(OSError, match="down"):
        await world.assertions.authenticate(world.assertion())


async def test_jti_is_kept_longer_than_the_assertion_lives(world):
    await world.assertions.authenticate(world.assertion(exp=at(100)(world)))
    assert world.used.until.timestamp() >= at(100)(world)


# --- arbitrary input

STILL = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


async def outcome(world, text):
    try:
        return await world.assertions.authenticate(text)
    except AssertionRefused as refused:
        return refused


@STILL
@given(text=st.text(max_size=200) | st.from_regex(r"[\w-]{0,20}\.[\w-]{0,20}\.[\w-]{0,20}", fullmatch=True))
async def test_any_text_is_refused_and_raises_nothing_else(world, text):
    assert isinstance(await outcome(world, text), AssertionRefused)


@STILL
@given(name=st.sampled_from(["iss", "sub", "aud", "exp", "jti"]), value=JSON)
async def test_signed_claim_of_any_json_never_breaks_the_check(world, name, value):
    world.used.clear()
    good = world.claims()
    result = await outcome(world, world.assertion(**(good | {name: value})))
    if name in ("iss", "sub", "aud", "exp") and value != good[name]:
        assert isinstance(result, AssertionRefused)


@STILL
@given(name=st.sampled_from(["alg", "kid", "typ", "jku", "crit", "jwk"]), value=JSON.filter(lambda v: v is not None))
async def test_signed_header_of_any_json_is_refused(world, jose, name, value):
    header = world.header() | {name: value}
    signed = jose["sign"](world.keys.rsa, {"alg": "RS384"}, world.claims()).split(".")
    forged = ".".join([jose["b64url"](header), *signed[1:]])
    assert isinstance(await outcome(world, forged), AssertionRefused)


@STILL
@given(where=st.floats(0, 1, exclude_max=True), letter=st.sampled_from(f"{string.ascii_letters}{string.digits}-_.="))
async def test_any_changed_character_is_refused(world, where, letter):
    text = world.assertion("ES256")
    place = int(where * len(text))
    changed = text[:place] + letter + text[place + 1 :]
    if changed != text:
        assert isinstance(await outcome(world, changed), AssertionRefused)
