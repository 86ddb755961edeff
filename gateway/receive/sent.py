"""What of a record that a client sends back is the client's own."""

from typing import Any

from consent.labels import coding_of
from consent.vocabulary import Label

Json = dict[str, Any]

LOCAL_LABELS = {(coding["system"], coding["code"]) for coding in map(coding_of, Label)}


def without_our_labels(resource: Json) -> Json:
    """The resource less what the gateway itself writes into meta."""
    meta = {
        name: value for name, value in (resource.get("meta") or {}).items() if name in {"profile", "tag", "security"}
    }
    if "security" in meta:
        kept = [each for each in meta["security"] if (each.get("system"), each.get("code")) not in LOCAL_LABELS]
        meta = {**meta, "security": kept} if kept else {name: meta[name] for name in meta if name != "security"}
    rest = {name: value for name, value in resource.items() if name != "meta"}
    return {**rest, "meta": meta} if meta else rest
