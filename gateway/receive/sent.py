"""What of a record that a client sends back is the client's own."""

from collections.abc import Iterable
from typing import Any

from consent.labels import coding_of
from consent.vocabulary import Label

Json = dict[str, Any]
Pair = tuple[str, str]


def shown(labels: Iterable[Label], kept: Json | None) -> set[Pair]:
    """The codings that the gateway itself shows in meta.security: labels that whoever keeps the record never set."""
    own = {_pair(each) for each in ((kept or {}).get("meta") or {}).get("security") or ()}
    return {_pair(coding_of(label)) for label in labels} - own


def own_words(resource: Json, ours: set[Pair]) -> Json:
    """The resource less what the gateway writes into meta: versions, and these codings."""
    meta = {
        name: value for name, value in (resource.get("meta") or {}).items() if name in {"profile", "tag", "security"}
    }
    if "security" in meta:
        kept = [each for each in meta["security"] if _pair(each) not in ours]
        meta = {**meta, "security": kept} if kept else {name: meta[name] for name in meta if name != "security"}
    rest = {name: value for name, value in resource.items() if name != "meta"}
    return {**rest, "meta": meta} if meta else rest


def _pair(coding: Json) -> Pair:
    return str(coding.get("system", "")), str(coding.get("code", ""))
