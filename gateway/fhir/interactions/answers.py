"""A view as an HTTP answer: ETag, Last-Modified, Location of the recipient's own version."""

from email.utils import format_datetime
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from gateway.fhir.outcome import Issue
from gateway.fhir.reply import outcome
from gateway.http import COMMON, answer

if TYPE_CHECKING:
    from gateway.disclose.viewing import View


def etag(view: "View") -> str:
    """The weak entity tag of a view."""
    return f'W/"{view.version}"'


def headers(view: "View") -> dict[str, str]:
    """ETag and Last-Modified of a view."""
    return {"ETag": etag(view), "Last-Modified": format_datetime(view.last_updated, usegmt=True)}


def shown(view: "View", status: int = 200, more: dict[str, str] | None = None) -> Response:
    """The released resource."""
    return answer(view.released, status, {**headers(view), **(more or {})})


def written(request: Request, view: "View", base: str, status: int) -> Response:
    """The answer to a write, as ``Prefer: return=`` asks: the resource, nothing, or an OperationOutcome."""
    more = {**headers(view), "Location": location(base, view)}
    wanted = request.headers.get("prefer", "").replace(" ", "").lower()
    if "return=minimal" in wanted:
        return Response(status_code=status, headers={**COMMON, **more})
    if "return=operationoutcome" in wanted:
        return answer(outcome(Issue("informational", "Kept.", severity="information")), status, more)
    return shown(view, status, more)


def unseen(base: str, kind: str, record: str, status: int) -> Response:
    """The answer to a write of what its writer, in this capacity, may not read: kept, and where, but not shown."""
    return Response(status_code=status, headers={**COMMON, "Location": f"{base}/{kind}/{record}"})


def unchanged(request: Request, view: "View") -> Response | None:
    """304 where the client already has this version; the tag may come bare, as some clients send it."""
    sent = [each.strip().removeprefix("W/").strip('"') for each in request.headers.get("if-none-match", "").split(",")]
    same = view.version in sent or "*" in sent
    return Response(status_code=304, headers={**COMMON, **headers(view)}) if same else None


def location(base: str, view: "View") -> str:
    """The URL of this version."""
    return f"{base}/{view.type}/{view.id}/_history/{view.version}"
