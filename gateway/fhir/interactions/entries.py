"""The entries of a batch or transaction as requests. https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from gateway.fhir import wire
from gateway.fhir.outcome import BadRequest, TooLarge
from gateway.fhir.spelling import items, text_of

Json = dict[str, Any]

ENTRY_LIMIT: Final = 500
MERGE_PATCH: Final = "application/merge-patch+json"
HEADERS: Final = MappingProxyType(
    {
        "ifMatch": "if-match",
        "ifNoneMatch": "if-none-match",
        "ifModifiedSince": "if-modified-since",
        "ifNoneExist": "if-none-exist",
    }
)
_PATH = re.compile(r"[A-Za-z0-9_$./\-]{1,200}")


@dataclass(frozen=True, slots=True)
class Asked:
    """One entry: its place from 0, method, path and query under the base, conditions as headers, and what it sends."""

    place: int
    method: str
    path: str
    query: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    full_url: str = field(repr=False)
    resource: Json | None = field(repr=False)

    @property
    def kind(self) -> str:
        """The resource type in the path."""
        return self.path.split("/")[0]

    @property
    def id(self) -> str:
        """The record id in the path, empty for none."""
        return self.path.partition("/")[2]


def entries(bundle: Json) -> list[Any]:
    """The entries as they were sent. Raises TooLarge for too many."""
    found = items(bundle, "entry")
    if len(found) > ENTRY_LIMIT:
        raise TooLarge(f"A Bundle takes at most {ENTRY_LIMIT} entries here; send several.")
    return found


def asked(entry: Any, place: int, base: str) -> Asked:
    """The request of an entry. Raises BadRequest where it has none that can be understood."""
    request = entry.get("request") if isinstance(entry, dict) else None
    if not isinstance(request, dict):
        raise BadRequest("An entry has a request with method and url.", code="required")
    path, _, query = text_of(request, "url").removeprefix(f"{base}/").partition("?")
    if not _PATH.fullmatch(path) or path.startswith("/"):
        raise BadRequest("request.url is a path under the base, as Patient or Patient/id.", code="value")
    headers = {header: text_of(request, name) for name, header in HEADERS.items() if text_of(request, name)}
    if any("\n" in value or "\r" in value or not value.isascii() for value in headers.values()):
        raise BadRequest("A condition of this request has a line break or a letter beyond ASCII.", code="value")
    sent = entry.get("resource")
    resource = sent if isinstance(sent, dict) else None
    return Asked(place, text_of(request, "method"), path, query, headers, text_of(entry, "fullUrl"), resource)


def patch_of(entry: Asked) -> Json:
    """The merge patch that a PATCH sends as a Binary. Raises BadRequest for any other patch."""
    sent = entry.resource or {}
    if sent.get("resourceType") != "Binary" or sent.get("contentType") != MERGE_PATCH:
        raise BadRequest(f"Send a patch as a Binary of contentType {MERGE_PATCH}.", code="not-supported")
    try:
        return wire.parse(base64.b64decode(text_of(sent, "data"), validate=True))
    except (binascii.Error, ValueError) as fault:
        raise BadRequest("Binary.data is no base64.", code="value") from fault
