"""The HTTP application: FHIR, tokens, the inlet for every sector's bytes, health and metrics."""

from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from gateway.auth.discovery import smart_configuration
from gateway.auth.token_endpoint import token_route
from gateway.console.form.routes import form_routes
from gateway.console.pages import console_routes
from gateway.console.worklist import worklist_route
from gateway.fhir.outcome import Absent, MethodNotAllowed
from gateway.fhir.routes import base_route, fhir_routes
from gateway.http import refused
from gateway.inbound.messages import message_route
from gateway.metrics import INTAKE_DEPTH, READY
from gateway.metrics import shown as metrics_shown
from gateway.store.away import AWAY
from gateway.store.grants import policy_version

if TYPE_CHECKING:
    from gateway.worker import Gateway

VERSION = version("crosswalk-gateway")


def create_app(gateway: "Gateway") -> FastAPI:
    """Every route of one worker. Hot FHIR routes are Starlette routes inside the FastAPI application."""
    app = FastAPI(title="Crosswalk", version=VERSION, docs_url=None, redoc_url=None, openapi_url=None)
    site, root = gateway.site, gateway.settings.root
    token_url = f"{root}/token"
    configuration = smart_configuration(site.base, token_url)

    async def discovery(_: Request) -> Response:
        return JSONResponse(configuration)

    app.router.routes += [
        Route("/fhir/.well-known/smart-configuration", discovery, methods=["GET"]),
        Route("/.well-known/smart-configuration", discovery, methods=["GET"]),
        base_route(site, "/fhir"),
        Mount("/fhir", routes=fhir_routes(site, token_url, VERSION)),
        token_route("/token", gateway.assertions, gateway.tokens),
        worklist_route("/worklist.csv", site),
        message_route("/messages", gateway.tokens, gateway.inlet),
        *_health(gateway),
        *form_routes(gateway.inlet),
        *console_routes(gateway.settings.story),
    ]
    app.router.redirect_slashes = False
    app.add_exception_handler(HTTPException, _nowhere)
    return app


async def _nowhere(_request: Request, fault: Exception) -> Response:
    """No route, or none for the method, as FHIR says it."""
    allowed = dict(getattr(fault, "headers", None) or {})
    if getattr(fault, "status_code", 404) == MethodNotAllowed.status:
        return refused(MethodNotAllowed("This address does not take this method.", headers=allowed))
    return refused(Absent("There is nothing at this address; see /fhir/metadata."))


def _health(gateway: "Gateway") -> list[Route]:
    async def livez(_: Request) -> Response:
        return JSONResponse({"status": "alive", "version": VERSION})

    async def readyz(_: Request) -> Response:
        try:
            async with gateway.database.connection("receive") as driver:
                await policy_version(driver)
        except AWAY:
            return JSONResponse({"status": "database away"}, 503)
        return JSONResponse(
            {"status": "ready"} if gateway.ready else {"status": "stopping"}, 200 if gateway.ready else 503
        )

    async def metrics(request: Request) -> Response:
        INTAKE_DEPTH.set(gateway.intake.depth)
        READY.set(gateway.ready)
        shown = metrics_shown(gateway.settings.data, request.headers.get("authorization", ""))
        return Response(shown, headers={"Cache-Control": "no-store"}, media_type="text/plain; version=0.0.4")

    return [
        Route("/livez", livez, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
    ]
