"""The clients of an agency as the token endpoint knows them."""

import json

from gateway.agencies.model import Agency, ClientEntry
from gateway.auth.clients import Client


def registrations(agency: Agency) -> tuple[Client, ...]:
    """Every client of a checked agency that has keys; one whose key file is not there yet is left out."""
    return tuple(_client(agency, entry) for entry in agency.clients if entry.jwks or entry.jwks_uri)


def _client(agency: Agency, entry: ClientEntry) -> Client:
    return Client(
        client_id=entry.id,
        agency=agency.id,
        scopes=" ".join(entry.scopes),
        purposes=entry.purposes,
        role=entry.role,
        jwks=json.dumps({"keys": [dict(key) for key in entry.jwks]}) if entry.jwks else None,
        jwks_uri=entry.jwks_uri or None,
        algorithms=entry.algorithms,
    )
