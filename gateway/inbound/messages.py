"""POST /messages: one inlet for every sector's bytes. The token names the agency, its channel the adapter."""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.hospital.framing import MAX_FRAME
from adapters.worklist import recognises
from gateway.agencies.model import Agency, Channel, Transport
from gateway.auth.access_token import AccessTokens, Session
from gateway.auth.scopes import allows
from gateway.fhir.outcome import BadRequest, OutOfScope, Unauthenticated
from gateway.http import COMMON, authenticated, body, guarded
from gateway.inbound.inlet import Inlet
from gateway.metrics import MESSAGES
from gateway.receive.message import Receipt
from gateway.receive.receive import Receive

HL7 = "application/hl7-v2; charset=utf-8"


def message_route(path: str, tokens: AccessTokens, inlet: Inlet) -> Route:
    """The route of the inlet: HL7 v2 gets 200 with its own reply, whatever that says; others a list of what became
    of each message, with 422 where all were refused.
    """

    async def post(request: Request) -> Response:
        session = authenticated(request, tokens, "Bundle", "create")
        agency, channel = _channel(request, inlet.receive, session)
        raw = await body(request, MAX_FRAME)
        if recognises(raw) and not allows(session.scopes, "Task", "update"):
            raise OutOfScope("A worklist moves Tasks: ask for a token whose scopes allow update of Task.")
        receipts = await inlet.batch(agency, channel, raw, session)
        for receipt in receipts:
            MESSAGES.labels(agency.id, receipt.fate).inc()
        if channel.adapter == "hospital" and not recognises(raw):
            replies = b"\r".join(receipt.reply.rstrip(b"\r") for receipt in receipts) + b"\r"
            return Response(replies, 200, COMMON, HL7)
        status = 422 if receipts and all(each.fate == "refused" for each in receipts) else 200
        return Response(orjson.dumps([_told(each) for each in receipts]), status, COMMON, "application/json")

    return Route(path, guarded(post), methods=["POST"])


def _told(receipt: Receipt) -> dict[str, object]:
    """What became of one message, for a sender whose format has no acknowledgement of its own."""
    told = {"status": receipt.fate, "message": receipt.message, "place": receipt.place, "reason": receipt.reason}
    return {name: said for name, said in {**told, "left_out": receipt.left_out}.items() if said}


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
