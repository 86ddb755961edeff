"""The ways out that this gateway has, as its settings say."""

from gateway.agencies.model import Route
from gateway.delivery.folder import FolderCarrier
from gateway.delivery.mllp import MllpCarrier
from gateway.delivery.parcel import Carrier
from gateway.delivery.rest_hook import RestHook
from gateway.settings import Settings


def carriers(settings: Settings) -> dict[Route, Carrier]:
    """The carrier of each route; what a delivery names beyond these becomes a dead letter that says so."""
    hook = RestHook(settings.base, settings.secrets, frozenset(settings.local_receivers))
    found: dict[Route, Carrier] = {Route.REST_HOOK: hook, Route.MLLP: MllpCarrier()}
    return {**found, Route.FOLDER: FolderCarrier(settings.folders)} if settings.folders else found
