"""GET and POST /refer/<token>: the form of the token's channel, and what was filled in as a message of that channel."""

import time
from dataclasses import dataclass

import orjson
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from gateway import clock
from gateway.agencies.model import Agency, Channel
from gateway.console.form import filled, pages
from gateway.console.form.address import check, form_key, found
from gateway.console.form.questions import QUESTIONS, receivers
from gateway.console.pages import HERE
from gateway.fhir.outcome import Refusal, Unavailable, UnsupportedMediaType
from gateway.http import body
from gateway.inbound.inlet import Inlet
from gateway.logs import where
from gateway.metrics import MESSAGES, REQUESTS
from gateway.receive.message import Receipt

MEDIA = "application/x-www-form-urlencoded"
BODY_LIMIT = 64 * 2**10
NUMBER_USED = "This number was used before for another referral: give another, or leave it empty."
REFUSED = "The referral was not accepted:"

log = structlog.get_logger("gateway.form")


def form_routes(inlet: Inlet) -> list[Route]:
    """The form and its style sheet."""
    desk = FormDesk(inlet, form_key(inlet.receive.keyring.gateway.key))
    style = (HERE / "static" / "form.css").read_text()

    async def css(_: Request) -> Response:
        return Response(style, headers=pages.FORM_HEADERS, media_type="text/css")

    return [
        Route("/form.css", css, methods=["GET"]),
        Route("/refer/{token}", desk.answer, methods=["GET", "POST"]),
    ]


@dataclass(frozen=True, slots=True)
class FormDesk:
    """Where forms are handed out and taken."""

    inlet: Inlet
    key: bytes

    async def answer(self, request: Request) -> Response:
        """The page that a request gets, whatever happens; logs name faults by type and place alone."""
        began = time.perf_counter()
        try:
            response = await self._page(request)
        except Refusal as refusal:
            response = pages.notice("This could not be taken", str(refusal), refusal.status)
        except ClientDisconnect:
            response = pages.notice(*pages.FAILED, 400)
        except Exception as fault:  # noqa: BLE001  # no fault of ours may show its text
            log.error("form failed", **where(fault))  # noqa: TRY400  # a traceback could carry a person
            response = pages.notice(*pages.FAILED, 500)
        REQUESTS.labels(request.method, response.status_code).observe(time.perf_counter() - began)
        return response

    async def _page(self, request: Request) -> Response:
        named = check(self.key, request.path_params["token"], clock.now())
        here = named and found(self.inlet.receive.registry.current, named[0], named[1])
        if not here:
            return pages.gone()
        if request.method != "POST":
            return pages.asked(here[0], self._receivers(here[0]), filled.blank())
        if request.headers.get("content-type", "").split(";")[0].strip().lower() != MEDIA:
            raise UnsupportedMediaType("Send the form of this page from a browser.")
        return await self._taken(*here, filled.read(await body(request, BODY_LIMIT)))

    async def _taken(self, agency: Agency, channel: Channel, form: filled.Filled) -> Response:
        choice, at = self._receivers(agency), clock.now()
        if faults := filled.faults(form, choice, at.date()):
            return pages.asked(agency, choice, form, faults, status=422)
        try:
            (receipt,) = await self.inlet.batch(agency, channel, filled.written(form))
        except Unavailable as fault:
            log.warning("store away", **where(fault))
            return pages.asked(agency, choice, form, notice=pages.AWAY, status=503)
        MESSAGES.labels(agency.id, receipt.fate).inc()
        if receipt.fate == "refused":
            faults = _refused(receipt)
            return pages.asked(agency, choice, filled.again(form), faults, f"{REFUSED} {receipt.reason}", 422)
        return pages.received(agency, choice[form.answers["referred_to"]], form.number, receipt.message, at)

    def _receivers(self, agency: Agency) -> dict[str, str]:
        return dict(receivers(agency, self.inlet.receive.registry.current))


def _refused(receipt: Receipt) -> dict[str, str]:
    """The adapter's reason at the field it names; at none where it names none of the form."""
    told = orjson.loads(receipt.reply) if receipt.reply else {}
    place = "referral_number" if told.get("place") == "MSH-10" else str(told.get("place", ""))
    reason = NUMBER_USED if place == "referral_number" else receipt.reason
    return {place: reason} if place in QUESTIONS else {}
