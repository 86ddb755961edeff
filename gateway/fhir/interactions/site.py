"""What interactions work with: the ways in and out, the tokens, the base URL."""

from dataclasses import dataclass

from starlette.requests import Request

from gateway.auth.access_token import AccessTokens, Session
from gateway.consents.people import People
from gateway.disclose.disclose import Disclose
from gateway.fhir.outcome import Absent, absent
from gateway.http import authenticated, signed_in
from gateway.receive.receive import Receive
from gateway.store.kept import is_id

SERVED = frozenset(
    {
        "Patient",
        "Encounter",
        "Condition",
        "Observation",
        "AllergyIntolerance",
        "RelatedPerson",
        "Coverage",
        "Organization",
        "ServiceRequest",
        "Task",
        "Consent",
        "Procedure",
        "DocumentReference",
        "Goal",
        "Location",
        "Practitioner",
        "PractitionerRole",
        "HealthcareService",
        "CareTeam",
        "CarePlan",
        "QuestionnaireResponse",
        "Communication",
        "Immunization",
    }
)


@dataclass(frozen=True, slots=True)
class Site:
    """One FHIR base."""

    base: str
    tokens: AccessTokens
    receive: Receive
    disclose: Disclose
    people: People

    def session(self, request: Request, kind: str, interaction: str) -> Session:
        """The caller, allowed this interaction on this type. Raises Unauthenticated, OutOfScope."""
        return authenticated(request, self.tokens, kind, interaction)

    def caller(self, request: Request) -> Session:
        """Whoever is signed in, whatever it may do. Raises Unauthenticated."""
        return signed_in(request, self.tokens)

    def known(self, kind: str) -> None:
        """Raise Absent for a type that is not served."""
        if kind not in SERVED:
            raise Absent("There is no such resource type here; see /fhir/metadata.")

    def record(self, request: Request, kind: str) -> str:
        """The record id in the address; one that could not be ours is absent like any other."""
        self.known(kind)
        sent: str = request.path_params["id"]
        if not is_id(sent):
            raise absent(kind)
        return sent
