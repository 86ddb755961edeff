"""Public keys of clients (RFC 7517, RFC 7518 section 6): what may stand in an agency file, and what never may."""

import json
from collections.abc import Iterator, Mapping

from joserfc.jwk import ECKey

from gateway.agencies.model import Algorithm, ClientEntry
from gateway.agencies.problems import Place, Problem, nearest
from gateway.auth.keys import CURVES, KEY_TYPES, MIN_RSA_BITS, UnusableKeys, public_keys

PUBLIC = frozenset({"kty", "kid", "use", "alg", "crv", "x", "y", "n", "e"})
PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


def public_members(raw: object, at: Place, problems: list[Problem]) -> list[dict[str, object]]:
    """The keys of a JWKS (``{"keys": [...]}``) or of a list of keys, reduced to their public members.

    Private or symmetric key material is a problem and drops the key; other members are ignored (RFC 7517 section 4).
    """
    keys = raw.get("keys") if isinstance(raw, Mapping) else raw
    if not isinstance(keys, list):
        problems.append(at.problem("bad-jwks", "is not a JWK set.", "Write a list of public keys."))
        return []
    read = (_members(key, at.item(index), problems) for index, key in enumerate(keys))
    return [key for key in read if key]


def check_keys(client: ClientEntry, at: Place) -> Iterator[Problem]:
    """What is wrong with the keys of one client: form, size, algorithm, key ids that are missing or used twice."""
    kids = [key.get("kid", "") for key in client.jwks]
    for index, key in enumerate(client.jwks):
        place = at.key("jwks").item(index)
        if not kids[index] or kids.count(kids[index]) > 1:
            yield place.problem("bad-jwks", "has no kid of its own.", "Give each key a different kid.")
        yield from _check_key(key, client.algorithms, place)


def _members(key: object, at: Place, problems: list[Problem]) -> dict[str, object]:
    if not isinstance(key, Mapping):
        problems.append(at.problem("bad-jwks", "is not a key.", "Write it as a table with kty and kid."))
        return {}
    secret = sorted(PRIVATE & key.keys())
    if secret:
        fault = f"holds private key material ({', '.join(secret)})."
        remedy = "Take this key out of use, make a new pair, and write only its public part here."
        problems.append(at.problem("private-key", fault, remedy))
        return {}
    return {name: value for name, value in key.items() if name in PUBLIC}


def _check_key(key: Mapping[str, str], algorithms: tuple[Algorithm, ...], at: Place) -> Iterator[Problem]:
    usable = _usable_with(key)
    if not usable:
        remedy = f"Use an EC key on P-256 or P-384, or an RSA key of at least {MIN_RSA_BITS} bits."
        yield at.problem("bad-jwks", "is no usable public key.", remedy)
    elif usable.isdisjoint(algorithms):
        remedy = f"List one of these in algorithms: {', '.join(sorted(usable))}."
        yield at.problem("bad-jwks", "fits none of the client's algorithms.", remedy)
    if key.get("use", "sig") != "sig":
        yield at.problem("bad-jwks", "is not a signature key.", nearest(key["use"], ["sig"]))


def _usable_with(key: Mapping[str, str]) -> frozenset[str]:
    """The algorithms a key can sign with; none when it is malformed, too small, or of a kind we do not take."""
    try:
        (read,) = public_keys(json.dumps({"keys": [dict(key)]}))
    except (UnusableKeys, ValueError):
        return frozenset()
    if isinstance(read.key, ECKey):
        return frozenset(filter(None, [CURVES.get(read.key.curve_name)]))
    return frozenset(name for name, kind in KEY_TYPES.items() if kind == "RSA")
