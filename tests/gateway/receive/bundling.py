"""Bundles as clients send them to the base."""

import base64
import json
from typing import Any

from tests.parties import Answer, Json
from tests.promises.house import Asker


def post(resource: Json, full_url: str = "", **conditions: str) -> Json:
    """An entry that creates."""
    request = {"method": "POST", "url": resource["resourceType"], **conditions}
    return {**({"fullUrl": full_url} if full_url else {}), "resource": resource, "request": request}


def put(resource: Json, **conditions: str) -> Json:
    """An entry that replaces."""
    url = f"{resource['resourceType']}/{resource['id']}"
    return {"resource": resource, "request": {"method": "PUT", "url": url, **conditions}}


def patch(path: str, change: Json, **conditions: str) -> Json:
    """An entry that merges a change."""
    data = base64.b64encode(json.dumps(change).encode()).decode()
    binary = {"resourceType": "Binary", "contentType": "application/merge-patch+json", "data": data}
    return {"resource": binary, "request": {"method": "PATCH", "url": path, **conditions}}


def get(path: str) -> Json:
    """An entry that reads or searches."""
    return {"request": {"method": "GET", "url": path}}


def bundle(kind: str, *entries: Json) -> Json:
    """A Bundle."""
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


async def transact(asker: Asker, *entries: Json, **headers: str) -> Answer:
    """POST of a transaction."""
    return await asker.post("/fhir", bundle("transaction", *entries), **headers)


async def at_once(asker: Asker, *entries: Json, **headers: str) -> list[Any]:
    """The response entries of a batch."""
    answer = await asker.post("/fhir", bundle("batch", *entries), **headers)
    assert (answer.status, answer.json["type"]) == (200, "batch-response"), answer.body
    return list(answer.json["entry"])


def ids(answer: Answer) -> list[str]:
    """The ids of the records that a transaction made or changed, in order."""
    assert answer.status == 200, answer.body
    return [each["response"]["location"].split("/fhir/")[1].split("/")[1] for each in answer.json["entry"]]
