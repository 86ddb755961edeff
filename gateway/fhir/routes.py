"""Where each interaction is reached under the FHIR base. https://hl7.org/fhir/R4/http.html#summary"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, compile_path

from gateway.auth.discovery import oauth_uris_extension
from gateway.fhir.capability import Served, capability_statement
from gateway.fhir.interactions.create import create
from gateway.fhir.interactions.history import history
from gateway.fhir.interactions.operations import circumstance, confirm, covers
from gateway.fhir.interactions.read import read
from gateway.fhir.interactions.search import search
from gateway.fhir.interactions.site import SERVED, Site
from gateway.fhir.interactions.system import system
from gateway.fhir.interactions.update import patch, update
from gateway.fhir.interactions.vread import vread
from gateway.fhir.outcome import Absent, MethodNotAllowed
from gateway.fhir.reply import statement
from gateway.http import answer, guarded

Interaction = Callable[[Site, Request], Awaitable[Response]]

BY_METHOD: dict[str, dict[str, Interaction]] = {
    "/{type}/{id}/_history/{version}": {"GET": vread},
    "/{type}/{id}/_history": {"GET": history},
    "/Consent/{id}/$confirm": {"POST": confirm},
    "/Consent/{id}/$covers": {"GET": covers},
    "/Patient/{id}/$circumstance": {"POST": circumstance},
    "/{type}/_search": {"POST": search},
    "/{type}/{id}": {"GET": read, "PUT": update, "PATCH": patch},
    "/{type}": {"GET": search, "POST": create},
}

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
"""Those that reach an address, to be answered there with what it takes."""

INTERACTIONS = frozenset({"read", "vread", "update", "patch", "history-instance", "create", "search-type"})
CAPABILITIES_SINCE = "2026-11-23T00:00:00Z"


def fhir_routes(site: Site, token_url: str, version: str) -> list[Route]:
    """The routes under the base, relative to it."""
    capability = statement(_statement(site.base, token_url, version))

    async def metadata(_: Request) -> Response:
        return answer(capability)

    async def nothing(_: Request) -> Response:
        raise Absent("There is nothing at this address; see /fhir/metadata.")

    routes = [Route("/metadata", guarded(metadata), methods=["GET"])]
    for path, interactions in BY_METHOD.items():
        endpoint = guarded(partial(_dispatch, site, interactions))
        routes.append(Route(path, endpoint, methods=METHODS))
    return [*routes, base_route(site, "/"), Route("/{rest:path}", guarded(nothing), methods=METHODS)]


def base_route(site: Site, path: str) -> Route:
    """The base itself at a path: it takes transactions and batches."""

    async def one(request: Request) -> Response:
        return await _routed(site, request)

    async def base(request: Request) -> Response:
        return await system(site, request, one)

    return Route(path, guarded(base), methods=METHODS)


async def _routed(site: Site, request: Request) -> Response:
    """The answer to an entry of a batch, by its method and path."""
    for path, interactions in BY_METHOD.items():
        pattern, _, convertors = compile_path(path)
        if found := pattern.fullmatch(request.scope["path"]):
            request.scope["path_params"] = {
                name: convertors[name].convert(text) for name, text in found.groupdict().items()
            }
            return await _dispatch(site, interactions, request)
    raise Absent("There is nothing at this address; see /fhir/metadata.")


async def _dispatch(site: Site, interactions: dict[str, Interaction], request: Request) -> Response:
    interaction = interactions.get("GET" if request.method == "HEAD" else request.method)
    if interaction is None:
        allowed = ", ".join(interactions)
        raise MethodNotAllowed(f"This address takes {allowed}.", headers={"Allow": allowed})
    return await interaction(site, request)


def _statement(base: str, token_url: str, version: str) -> dict[str, Any]:
    served = Served(
        interactions=dict.fromkeys(sorted(SERVED), INTERACTIONS),  # type: ignore[arg-type]  # literals of a frozenset
        conditional=SERVED,
        system=("transaction", "batch"),
    )
    return capability_statement(base, oauth_uris_extension(token_url), version, CAPABILITIES_SINCE, served)
