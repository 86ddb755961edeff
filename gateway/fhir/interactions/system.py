"""What is sent to the base itself: a Bundle of type transaction or batch. https://hl7.org/fhir/R4/http.html#transaction"""

from starlette.requests import Request
from starlette.responses import Response

from gateway.fhir.interactions.batch import Dispatch, batch
from gateway.fhir.interactions.site import Site
from gateway.fhir.interactions.transaction import transaction
from gateway.fhir.outcome import BadRequest, MethodNotAllowed, Unprocessable
from gateway.http import resource


async def system(site: Site, request: Request, dispatch: Dispatch) -> Response:
    """Take a transaction or a batch; refuse any other Bundle, naming what to send."""
    if request.method != "POST":
        raise MethodNotAllowed("The base takes POST of a Bundle.", headers={"Allow": "POST"})
    site.caller(request)
    bundle = await resource(request)
    if bundle.get("resourceType") != "Bundle":
        raise BadRequest("The base takes a Bundle; send another resource to the address of its type.")
    if bundle.get("type") == "transaction":
        return await transaction(site, request, bundle)
    if bundle.get("type") == "batch":
        return await batch(site, request, bundle, dispatch)
    text = "The base takes a Bundle of type transaction or batch; messages and documents are not taken as FHIR Bundles."
    raise Unprocessable(text, code="not-supported", expression="Bundle.type")
