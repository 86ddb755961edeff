"""Registrations that could never work, or would weaken the checks, are refused with the remedy."""

import json

import pytest

from consent.vocabulary import Purpose
from gateway.auth.clients import Client, Misregistered
from gateway.auth.discovery import oauth_uris_extension, smart_configuration
from gateway.auth.keys import UnusableKeys, new_key_pair, public_keys, sign_assertion


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"client_id": ""}, "client_id"),
        ({"client_id": "two words"}, "client_id"),
        ({"client_id": "a\n"}, "client_id"),
        ({"client_id": "a" * 256}, "client_id"),
        ({"jwks": None}, "jwks"),
        ({"jwks_uri": "https://harbor.example/jwks"}, "jwks"),
        ({"jwks": None, "jwks_uri": "http://harbor.example/jwks"}, "https://"),
        ({"jwks": None, "jwks_uri": "https://me@harbor.example/jwks"}, "user names"),
        ({"algorithms": ()}, "algorithms"),
        ({"algorithms": ("RS384", "HS256")}, "algorithms"),
        ({"algorithms": ("none",)}, "algorithms"),
        ({"purposes": ()}, "purposes"),
        ({"purposes": ("TREATMENT",)}, "purposes"),
        ({"purposes": (Purpose.TREAT, Purpose.TREAT)}, "purposes"),
        ({"scopes": ""}, "system/"),
        ({"scopes": "patient/*.rs"}, "system/"),
        ({"jwks": "{}"}, "JWK set"),
    ],
    ids=str,
)
def test_unusable_registration_is_refused_where_it_stands(world, change, place):
    with pytest.raises(Misregistered, match=place):
        world.register(**change)


def test_registration_is_immutable_and_shows_no_keys(world):
    client = world.registry["harbor-ehr"]
    with pytest.raises(AttributeError):
        client.active = False
    assert "kty" not in repr(client)
    assert isinstance(hash(client), int)


@pytest.mark.parametrize(
    "jwks",
    [
        "",
        "[]",
        "{}",
        '{"keys": 1}',
        '{"keys": [1]}',
        '{"keys": []}',
        '{"keys": [], "keys": []}',
        '{"keys": [{"kty": "oct", "kid": "a", "k": "c2VjcmV0"}]}',
        '{"keys": [{"kty": "RSA", "kid": "a"}]}',
        '{"keys": [{"kty": "EC", "kid": "a", "crv": "P-999", "x": "AA", "y": "AA"}]}',
        '{"keys": [{"kty": "EC", "kid": "a", "crv": "P-256", "x": "AA", "y": "AA"}]}',
        json.dumps({"keys": [{}] * 65}),
    ],
)
def test_jwk_set_without_usable_keys_is_refused(jwks):
    with pytest.raises(UnusableKeys):
        public_keys(jwks)


def test_private_key_is_never_registered(keys):
    private = {**keys.p384.as_dict(private=True), "kid": "e1"}
    with pytest.raises(UnusableKeys, match="public half") as refused:
        public_keys(json.dumps({"keys": [private]}))
    assert private["d"] not in str(refused.value)


def test_short_rsa_key_is_refused(jose):
    import warnings

    from joserfc.jwk import RSAKey

    with warnings.catch_warnings(action="ignore"):
        short = RSAKey.generate_key(1024)
    with pytest.raises(UnusableKeys, match="2048"):
        public_keys(json.dumps({"keys": [jose["public"](short, "r")]}))


def test_keys_without_kid_or_for_encryption_are_passed_over(keys, jose):
    encryption = jose["public"](keys.rsa, "x", use="enc")
    nameless = keys.p256.as_dict(private=False)
    nameless.pop("kid", None)
    (only,) = public_keys(json.dumps({"keys": [encryption, nameless, jose["public"](keys.p384, "e1")]}))
    assert (only.kid, only.kty, only.alg) == ("e1", "EC", None)


async def test_new_key_pair_signs_what_its_public_half_verifies(world):
    private, public = new_key_pair()
    world.register(jwks=public, algorithms=("ES384",))
    assertion = sign_assertion(private, "harbor-ehr", world.token_url, world.present)
    assert await world.assertions.authenticate(assertion) is world.registry["harbor-ehr"]


def test_new_key_pairs_differ_and_the_public_half_holds_nothing_private():
    (private, public), (other, _) = new_key_pair(), new_key_pair()
    (secret,), (shown,) = json.loads(private)["keys"], json.loads(public)["keys"]
    assert private != other
    assert "d" not in shown
    assert secret["d"] not in public
    assert (secret["key_ops"], secret["alg"], secret["kid"]) == (["sign"], "ES384", shown["kid"])


@pytest.mark.parametrize("algorithm", ["RS384", "ES256", "ES384"])
async def test_keys_made_elsewhere_sign_too(world, algorithm):
    key, kid = world.keys.signer(algorithm)
    private = json.dumps({"keys": [{**key.as_dict(private=True), "kid": kid}]})
    assert await world.assertions.authenticate(sign_assertion(private, "harbor-ehr", world.token_url, world.present))


@pytest.mark.parametrize("jwks", ["{}", '{"keys": []}', '{"keys": [{"kty": "RSA", "d": "AA"}]}'])
def test_signing_without_a_private_key_says_what_to_give(jwks):
    with pytest.raises(UnusableKeys):
        sign_assertion(jwks, "a", "https://gateway.example/token", None)


def test_private_key_for_another_algorithm_is_refused(keys):
    member = {**keys.rsa.as_dict(private=True), "alg": "PS384"}
    with pytest.raises(UnusableKeys, match="PS384"):
        sign_assertion(json.dumps({"keys": [member]}), "a", "https://gateway.example/token", None)


def test_smart_configuration_is_that_of_a_backend_services_server():
    found = smart_configuration("https://gateway.example/fhir", "https://gateway.example/token")
    assert found["token_endpoint"] == "https://gateway.example/token"
    assert found["grant_types_supported"] == ["client_credentials"]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert {"client-confidential-asymmetric", "permission-v1", "permission-v2"} == set(found["capabilities"])
    assert {"RS384", "ES384"} <= set(found["token_endpoint_auth_signing_alg_values_supported"])
    assert found["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert not {"issuer", "jwks_uri", "authorization_endpoint"} & found.keys()


@pytest.mark.parametrize("bad", ["", "/fhir", "gateway.example/fhir", "ftp://gateway.example"])
def test_relative_urls_are_not_published(bad):
    good = "https://gateway.example"
    for publish in (
        lambda: smart_configuration(bad, good),
        lambda: smart_configuration(good, bad),
        lambda: oauth_uris_extension(bad),
    ):
        with pytest.raises(ValueError, match="absolute"):
            publish()


def test_fhirclient_finds_the_token_url_in_the_extension():
    from fhirclient.auth import FHIRAuth
    from fhirclient.models.capabilitystatement import CapabilityStatementRestSecurity

    security = CapabilityStatementRestSecurity({"extension": [oauth_uris_extension("https://gateway.example/token")]})
    auth = FHIRAuth.from_capability_security(security, {"app_id": "harbor-ehr", "jwt_token": "x"})
    assert (auth.auth_type, auth._token_uri) == ("oauth2", "https://gateway.example/token")


def test_client_defaults_to_all_four_algorithms(keys):
    client = Client("a", "harbor", "system/*.rs", (Purpose.TREAT,), "clinician", jwks=keys.jwks())
    assert client.algorithms == ("RS384", "ES384", "RS256", "ES256")
    assert client.active
