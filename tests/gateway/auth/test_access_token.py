"""Access tokens open what they were issued for, for 300 seconds, while the registration stands (checklist T04)."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OctKey
from starlette.requests import Request

from consent.vocabulary import Purpose
from gateway.auth import access_token, bearer
from gateway.auth.access_token import AccessTokens, TokenRefused
from gateway.auth.scopes import parse


@pytest.fixture
def token(world):
    client = world.registry["harbor-ehr"]
    return world.tokens.issue(client, parse("system/Task.rs"), Purpose.TREAT)


def refused(tokens, token):
    with pytest.raises(TokenRefused) as refusal:
        tokens.verify(token)
    return refusal.value.reason


def forged(world, key=b"k" * 32, header=None, **changes):
    """A token with changed claims, signed with the gateway's own derived key."""
    kid, derived = access_token._derive(key)
    at = int(world.present.timestamp())
    claims = {
        "iss": world.base,
        "aud": world.base,
        "sub": "harbor-ehr",
        "agency": "harbor",
        "role": "clinician",
        "purpose": "TREAT",
        "scope": "system/Task.rs",
        "iat": at,
        "exp": at + 300,
        "jti": "t1",
    }
    claims = {k: v for k, v in (claims | changes).items() if v is not None}
    header = {"alg": "HS256", "typ": "at+jwt", "kid": kid} | (header or {})
    return jws.serialize_compact(header, json.dumps(claims), derived, algorithms=["HS256", "HS384"])


def test_token_opens_the_session_it_was_issued_for(world, token):
    session = world.tokens.verify(token)
    assert (session.client_id, session.agency, session.role) == ("harbor-ehr", "harbor", "clinician")
    assert (session.purpose, session.scopes) == (Purpose.TREAT, parse("system/Task.rs"))
    assert (session.expires - world.present).total_seconds() == 300
    assert session.token_id


def test_forger_with_our_key_would_succeed_so_the_refusals_below_mean_something(world):
    assert world.tokens.verify(forged(world)).client_id == "harbor-ehr"


@pytest.mark.parametrize("warm", [True, False], ids=["remembered", "seen first"])
def test_token_lives_300_seconds(world, token, warm):
    if warm:
        world.tokens.verify(token)
    world.pass_time(299)
    if warm:
        assert world.tokens.verify(token)
    world.pass_time(1)
    assert refused(world.tokens, token) == "expired"
    assert refused(world.tokens, token) == "expired"


@pytest.mark.parametrize("warm", [True, False], ids=["remembered", "seen first"])
@pytest.mark.parametrize(
    "change",
    [
        {"active": False},
        {"agency": "elsewhere"},
        {"role": "billing"},
        {"purposes": (Purpose.COC,)},
        {"scopes": "system/Patient.rs"},
        {"scopes": "system/Task.r"},
    ],
    ids=str,
)
def test_token_ends_when_the_registration_no_longer_carries_it(world, token, change, warm):
    if warm:
        world.tokens.verify(token)
    world.register(**change)
    assert refused(world.tokens, token) == "standing"


def test_token_ends_when_the_registration_is_gone(world, token):
    world.tokens.verify(token)
    del world.registry["harbor-ehr"]
    assert refused(world.tokens, token) == "standing"


def test_token_outlives_a_change_that_leaves_it_covered(world, token):
    world.tokens.verify(token)
    world.register(scopes="system/*.cruds", purposes=(Purpose.COC, Purpose.TREAT))
    assert world.tokens.verify(token)
    world.register(active=False)
    assert refused(world.tokens, token) == "standing"


ATTACKS = {
    "garbage": ("malformed", lambda w, j: "x"),
    "empty": ("malformed", lambda w, j: ""),
    "lone surrogate": ("malformed", lambda w, j: "\ud800"),
    "client assertion": ("type", lambda w, j: w.assertion()),
    "assertion type signed with our key": ("type", lambda w, j: forged(w, header={"typ": "JWT"})),
    "other hmac length with our key": ("type", lambda w, j: forged(w, header={"alg": "HS384"})),
    "alg none": (
        "type",
        lambda w, j: ".".join(
            [j["b64url"]({"alg": "none", "typ": "at+jwt"}), forged(w).split(".")[1], j["b64url"](b"x")]
        ),
    ),
    "token of other key material": ("key", lambda w, j: forged(w, key=b"x" * 32)),
    "known kid, other key": (
        "signature",
        lambda w, j: forged(w, key=b"x" * 32, header={"kid": access_token._derive(b"k" * 32)[0]}),
    ),
    "critical extension": ("signature", lambda w, j: forged_unchecked(w, j, crit=["exp"])),
    "other audience": ("audience", lambda w, j: forged(w, aud="https://other.example/fhir")),
    "audience list": ("audience", lambda w, j: forged(w, aud=[w.base])),
    "other issuer": ("audience", lambda w, j: forged(w, iss="https://other.example/fhir")),
    "expired": ("expired", lambda w, j: forged(w, exp=1)),
    "no expiry": ("malformed", lambda w, j: forged(w, exp=None)),
    "unknown purpose": ("malformed", lambda w, j: forged(w, purpose="FUN")),
    "patient scope": ("malformed", lambda w, j: forged(w, scope="patient/*.rs")),
    "scope beyond the registration": ("standing", lambda w, j: forged(w, scope="system/*.cruds")),
    "purpose beyond the registration": ("standing", lambda w, j: forged(w, purpose="LAW")),
    "agency of another": ("standing", lambda w, j: forged(w, agency="precinct")),
    "unknown client": ("standing", lambda w, j: forged(w, sub="nobody")),
}


def forged_unchecked(world, j, **header):
    """Like forged, with header parameters that a signing library would refuse."""
    kid, derived = access_token._derive(b"k" * 32)
    first = j["b64url"]({"alg": "HS256", "typ": "at+jwt", "kid": kid} | header)
    signed = f"{first}.{forged(world).split('.')[1]}"
    algorithm = jws.JWSRegistry.algorithms["HS256"]
    return f"{signed}.{j['b64url'](algorithm.sign(signed.encode(), derived))}"


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_opens_nothing(world, jose, name):
    reason, forge = ATTACKS[name]
    assert refused(world.tokens, forge(world, jose)) == reason


def test_the_raw_secret_is_not_the_signing_key(world, token):
    key = OctKey.import_key(b"k" * 32)
    header = {"alg": "HS256", "typ": "at+jwt", "kid": access_token._derive(b"k" * 32)[0]}
    claims = jws.extract_compact(token.encode()).payload
    assert refused(world.tokens, jws.serialize_compact(header, claims, key)) == "signature"


def test_key_is_rotated_by_putting_a_new_one_in_front(world, token):
    tokens = replace(world.tokens, material=[b"n" * 32, b"k" * 32])
    assert tokens.verify(token)
    renewed = tokens.issue(world.registry["harbor-ehr"], parse("system/Task.rs"), Purpose.TREAT)
    assert refused(world.tokens, renewed) == "key"
    assert refused(replace(world.tokens, material=[b"n" * 32]), token) == "key"


@pytest.mark.parametrize("material", [[], [b"short"], [b"k" * 32, b""]])
def test_weak_key_material_is_refused_at_the_start(world, material):
    with pytest.raises(ValueError, match="32"):
        AccessTokens(material, world.base, world.base, world.registry, world.now)


@pytest.mark.parametrize(("scope", "purpose"), [("system/*.rs", Purpose.TREAT), ("system/Task.r", Purpose.LAW)])
def test_more_than_is_registered_is_never_issued(world, scope, purpose):
    with pytest.raises(ValueError, match="harbor-ehr"):
        world.tokens.issue(world.registry["harbor-ehr"], parse(scope), purpose)


def test_memory_of_verified_tokens_is_bounded_and_forgetting_changes_nothing(world, monkeypatch):
    monkeypatch.setattr(access_token, "CACHED", 3)
    client = world.registry["harbor-ehr"]
    made = [world.tokens.issue(client, parse("system/Task.r"), Purpose.TREAT) for _ in range(5)]
    for token in made * 2:
        assert world.tokens.verify(token).client_id == "harbor-ehr"
    assert len(world.tokens._verified) == 3


def test_nothing_secret_in_repr(world, token):
    assert "kkkk" not in repr(world.tokens)
    assert token not in repr(world.tokens)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.floats(0, 1, exclude_max=True), letter=st.characters())
def test_any_changed_character_opens_nothing(world, token, where, letter):
    place = int(where * len(token))
    changed = token[:place] + letter + token[place + 1 :]
    if changed != token:
        refused(world.tokens, changed)


def request(headers=(), query=b""):
    return Request({"type": "http", "headers": list(headers), "query_string": query, "path": "/fhir/Task"})


def authorization(value):
    return (b"authorization", value.encode())


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_bearer_token_is_taken_from_the_header(world, token, scheme):
    asked = request([authorization(f"{scheme} {token}")], b"_text=access_token")
    assert bearer.session(asked, world.tokens).client_id == "harbor-ehr"


def test_token_is_taken_from_nowhere_else(world, token):
    good = authorization(f"Bearer {token}")
    cases = {
        "missing": request(),
        "url": request([good], b"_count=2&access_token=" + token.encode()),
        "malformed": request([good, good]),
    }
    cases_malformed = [authorization(f"Basic {token}"), authorization(token), authorization(f"Bearer  {token}")]
    for reason, asked in [*cases.items(), *(("malformed", request([value])) for value in cases_malformed)]:
        with pytest.raises(TokenRefused) as refusal:
            bearer.session(asked, world.tokens)
        assert refusal.value.reason == reason


def test_url_token_without_header_is_refused_too(world, token):
    with pytest.raises(TokenRefused, match="url"):
        bearer.session(request(query=b"access_token=" + token.encode()), world.tokens)


def test_challenge_tells_a_missing_token_from_a_bad_one_and_nothing_more():
    assert bearer.challenge(TokenRefused("missing")) == 'Bearer realm="fhir"'
    others = {bearer.challenge(TokenRefused(r)) for r in ("url", "malformed", "signature", "expired", "standing")}
    assert others == {'Bearer realm="fhir", error="invalid_token"'}
