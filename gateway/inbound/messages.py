"""POST /messages: one inlet for every sector's bytes. The token names the agency, its channel the adapter."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.hospital.framing import MAX_FRAME
from gateway.agencies.model import Agency, Channel, Transport, for_adapter
from gateway.auth.access_token import AccessTokens, Session
from gateway.fhir.outcome import BadRequest, Unauthenticated
from gateway.http import COMMON, authenticated, body, guarded
from gateway.metrics import MESSAGES
from gateway.receive.receive import Receive

MEDIA = {"hospital": "application/hl7-v2; charset=utf-8"}


def message_route(path: str, tokens: AccessTokens, receive: Receive) -> Route:
    """The route of the inlet: 200 with the format's own reply, whatever that reply says."""

    async def post(request: Request) -> Response:
        session = authenticated(request, tokens, "Bundle", "create")
        agency, channel = _channel(request, receive, session)
        raw = await body(request, MAX_FRAME)
        receipts = await receive.batch(agency, for_adapter(agency, channel), raw)
        for receipt in receipts:
            MESSAGES.labels(agency.id, receipt.fate).inc()
        replies = b"\r".join(receipt.reply.rstrip(b"\r") for receipt in receipts) + b"\r"
        return Response(replies, 200, COMMON, MEDIA.get(channel.adapter))

    return Route(path, guarded(post), methods=["POST"])


def _channel(request: Request, receive: Receive, session: Session) -> tuple[Agency, Channel]:
    """The caller's HTTP channel, named by ?channel= where there are several."""
    agency = receive.registry.current.agencies.get(session.agency)
    if agency is None:
        raise Unauthenticated("The token's agency is not registered any more.")
    mine = [each for each in agency.channels if each.transport is Transport.HTTP and _may_post(each, session)]
    wanted = request.query_params.get("channel", "")
    found = [each for each in mine if each.name == wanted] if wanted else mine
    if len(found) != 1:
        names = ", ".join(each.name for each in mine) or "none"
        raise BadRequest(f"Name the channel with ?channel=; yours are: {names}.", code="value")
    return agency, found[0]


def _may_post(channel: Channel, session: Session) -> bool:
    return not channel.clients or session.client_id in channel.clients
