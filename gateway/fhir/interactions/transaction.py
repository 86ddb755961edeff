"""https://hl7.org/fhir/R4/http.html#transaction: all entries are kept, or none is."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from gateway.auth.access_token import Session
from gateway.disclose.viewing import View
from gateway.fhir.check import check_structure
from gateway.fhir.interactions.answers import etag, location
from gateway.fhir.interactions.create import existing
from gateway.fhir.interactions.entries import Asked, asked, entries, patch_of
from gateway.fhir.interactions.referring import directed
from gateway.fhir.interactions.resolving import local, resolved
from gateway.fhir.interactions.site import SERVED, Site
from gateway.fhir.interactions.update import check_precondition, merged_into
from gateway.fhir.native import validate_native
from gateway.fhir.outcome import (
    BadRequest,
    Issue,
    OutOfScope,
    PreconditionFailed,
    Refusal,
    Unprocessable,
    absent,
)
from gateway.fhir.query import parse_query
from gateway.fhir.reply import Answered, outcome, responses
from gateway.http import answer
from gateway.receive.transaction import Written, placed
from gateway.store.kept import is_id

Json = dict[str, Any]

TOGETHER: Final = 100
"""Records looked up at once."""
INTERACTIONS: Final = {"POST": "create", "PUT": "update", "PATCH": "patch"}


@dataclass(frozen=True, slots=True)
class Planned:
    """An entry and the record that it makes or changes; view is what the caller sees of one that exists already."""

    entry: Asked
    id: str
    view: View | None = field(default=None, repr=False)
    sent: Json | None = field(default=None, repr=False)
    """What is to be kept, None where a condition found the record."""

    @property
    def about(self) -> str:
        """``Type/id``."""
        return f"{self.entry.kind}/{self.id}"


Views = Mapping[str, View]
"""By ``Type/id``."""


async def transaction(site: Site, request: Request, bundle: Json) -> Response:
    """Keep every entry's record and answer for each, in order; or refuse them all for the first that cannot be."""
    session = site.caller(request)
    found = [_understood(site, request, each, place) for place, each in enumerate(entries(bundle))]
    _once(found, [each.full_url for each in found], "Another entry has this fullUrl already; give each its own.")
    if issues := check_structure(bundle):
        raise Unprocessable.of(issues)
    name: str = request.state.request_id
    seen = await _views(site, session, (f"{each.kind}/{each.id}" for each in found if each.id), name)
    plan = [await _planned(site, session, each, seen, name) for each in found]
    _check_overlap(plan)
    written = await _written(site, session, plan, name)
    if written:
        await site.receive.transaction(session, written, name)
    after = await _views(site, session, (each.about for each in plan), name)
    return answer(responses("transaction-response", [_answered(site, request, each, after) for each in plan]))


@contextmanager
def _at(place: int) -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        raise placed(refusal, place) from refusal


def _understood(site: Site, request: Request, sent: Any, place: int) -> Asked:
    """The entry, allowed by the caller's scopes."""
    with _at(place):
        entry = asked(sent, place, site.base)
        if entry.method not in INTERACTIONS:
            text = "A transaction takes POST, PUT and PATCH; send reads in a batch. Nothing is deleted here."
            raise BadRequest(text, code="not-supported", expression=f"Bundle.entry[{place}].request.method")
        if entry.kind not in SERVED:
            raise Unprocessable("This resource type is not served; see /fhir/metadata.", code="not-supported")
        site.session(request, entry.kind, INTERACTIONS[entry.method])
        _check_shape(entry)
    return entry


def _check_shape(entry: Asked) -> None:
    """A record to create has no id in its address, one to change has; the resource fits the address."""
    if entry.query:
        raise BadRequest("Conditional updates are not offered; name the record by its id.", code="not-supported")
    if (entry.method == "POST") is bool(entry.id) or "/" in entry.id:
        raise BadRequest("request.url is a type for POST, and a type and id for PUT and PATCH.", code="value")
    if entry.method == "PATCH":
        return
    sent = entry.resource or {}
    if sent.get("resourceType") != entry.kind or (entry.id and sent.get("id") != entry.id):
        raise BadRequest("resourceType and id of the resource must be those of request.url.")


async def _views(site: Site, session: Session, records: Iterable[str], request: str) -> dict[str, View]:
    """What the caller sees of these records; absent and hidden ones are missing alike."""
    by_kind: dict[str, list[str]] = {}
    for each in dict.fromkeys(records):
        kind, _, record = each.partition("/")
        if is_id(record):
            by_kind.setdefault(kind, []).append(record)
    found: dict[str, View] = {}
    for kind, ids in by_kind.items():
        for start in range(0, len(ids), TOGETHER):
            some = ",".join(ids[start : start + TOGETHER])
            query = parse_query(kind, [("_id", some), ("_count", str(TOGETHER))], base=site.base)
            page = await site.disclose.search(session, query, request)
            found |= {f"{kind}/{view.id}": view for view in page.matches}
    return found


async def _planned(site: Site, session: Session, entry: Asked, seen: Views, request: str) -> Planned:
    with _at(entry.place):
        if entry.method == "POST":
            condition = entry.headers.get("if-none-exist", "")
            view = await existing(site, session, entry.kind, condition, request) if condition else None
            if view:
                return Planned(entry, view.id, view)
            made = str(uuid.uuid4())
            return Planned(entry, made, None, {**(entry.resource or {}), "id": made})
        view = seen.get(f"{entry.kind}/{entry.id}")
        if view is None:
            raise absent(entry.kind)
        if view.custodian != session.agency:
            raise OutOfScope("This record is kept by another agency; only that agency changes it.")
        check_precondition(entry.headers, view)
        return Planned(entry, view.id, view, _changed(entry, view))


def _changed(entry: Asked, view: View) -> Json:
    if entry.method == "PUT":
        return entry.resource or {}
    merged: Json = merged_into(view.resource, patch_of(entry))
    if merged.get("resourceType") != entry.kind or merged.get("id") != view.id:
        raise BadRequest("A patch changes neither resourceType nor id.")
    return merged


def _check_overlap(plan: Sequence[Planned]) -> None:
    """Each record once, and each condition."""
    sent = [each.entry for each in plan]
    _once(sent, [each.about for each in plan], "Another entry is about this record already; send it once.")
    wanted = [(each.kind, each.headers.get("if-none-exist", "")) for each in sent]
    conditions = [f"{kind}?{condition}" if condition else "" for kind, condition in wanted]
    _once(sent, conditions, "Another entry creates on this condition already; send it once.")


def _once(sent: Sequence[Asked], names: Sequence[str], text: str) -> None:
    known: set[str] = set()
    for each, name in zip(sent, names, strict=True):
        if name in known:
            with _at(each.place):
                raise Unprocessable(text)
        known |= {name} - {""}


async def _written(site: Site, session: Session, plan: Sequence[Planned], request: str) -> list[Written]:
    """What is to be kept: links between entries resolved, each record valid, each referral for its writer to make."""
    targets = {each.entry.full_url: each.about for each in plan if each.entry.full_url}
    resources = [await _resolved(site, session, each, targets, request) for each in plan]
    along = {each.about: resource for each, resource in zip(plan, resources, strict=True) if resource}
    written = []
    for each in plan:
        if (resource := along.get(each.about)) is None:
            continue
        with _at(each.entry.place):
            if issues := check_structure(resource) or validate_native(resource):
                raise Unprocessable.of(issues)
            kept = await directed(site, session, resource, request, along)
        written.append(Written(kept, each.view.shown if each.view else None, each.entry.place))
    return written


async def _resolved(
    site: Site, session: Session, planned: Planned, targets: Mapping[str, str], request: str
) -> Json | None:
    async def lookup(kind: str, query: str) -> str:
        found = await existing(site, session, kind, query, request) if kind in SERVED else None
        if found is None:
            raise PreconditionFailed("A conditional reference finds no record of yours; send it along.")
        return f"{kind}/{found.id}"

    if planned.sent is None:
        return None
    with _at(planned.entry.place):
        made: Json = local(await resolved(planned.sent, planned.entry.full_url, targets, lookup), site.base)
    return made


def _answered(site: Site, request: Request, planned: Planned, after: Views) -> Answered:
    """As ``Prefer: return=`` asks; one whose writer does not see it is answered without a version."""
    view = after.get(planned.about)
    made = planned.entry.method == "POST" and planned.view is None
    said = {"status": "201" if made else "200", "location": f"{site.base}/{planned.about}"}
    if view is None:
        return Answered(said)
    said |= {
        "location": location(site.base, view),
        "etag": etag(view),
        "lastModified": view.resource["meta"]["lastUpdated"],
    }
    wanted = request.headers.get("prefer", "").replace(" ", "").lower()
    if "return=minimal" in wanted:
        return Answered(said)
    if "return=operationoutcome" in wanted:
        return Answered(said, outcome(Issue("informational", "Kept.", severity="information")))
    return Answered(said, view.released, f"{site.base}/{planned.about}")
