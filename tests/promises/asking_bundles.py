"""Transactions and batches that a recipient may try about records that it may or may not see."""

import base64

from tests.parties import Answer, Json
from tests.promises.house import Asker
from tests.promises.worlds import condition, person


def _bundle(kind: str, *entries: Json) -> Json:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def _asked(method: str, url: str, resource: Json | None = None, **conditions: str) -> Json:
    entry: Json = {"request": {"method": method, "url": url, **conditions}}
    return {**entry, "resource": resource} if resource else entry


def _patch(path: str) -> Json:
    data = base64.b64encode(b'{"language":"en"}').decode()
    binary = {"resourceType": "Binary", "contentType": "application/merge-patch+json", "data": data}
    return _asked("PATCH", path, binary)


async def batch_about(asker: Asker, kind: str, record: str, tag: str) -> Answer:
    """Reads, searches and writes of one id in one batch; none of them changes what the recipient keeps."""
    path, sent = f"{kind}/{record}", {"resourceType": kind, "id": record}
    entries = [
        _asked("GET", path),
        _asked("GET", path, ifNoneMatch=tag),
        _asked("GET", f"{path}/_history"),
        _asked("GET", f"{kind}?_id={record}&_total=accurate"),
        _asked("GET", f"Task?patient={record}&_total=accurate"),
        _asked("PUT", path, sent, ifMatch='W/"0"'),
        _asked("DELETE", path),
    ]
    return await asker.post("/fhir", _bundle("batch", *entries))


async def transaction_on(asker: Asker, kind: str, record: str, tag: str) -> list[Answer]:
    """Transactions that fail for what others keep as for what nobody keeps."""
    path = f"{kind}/{record}"
    tries = [
        [_asked("PUT", path, {"resourceType": kind, "id": record}, ifMatch=tag)],
        [
            _asked("POST", "Patient", person("MOSSWOOD", "M-9")),
            _asked("PUT", path, {"resourceType": kind, "id": record}),
        ],
        [_patch(path), _asked("DELETE", path)],
    ]
    return [await asker.post("/fhir", _bundle("transaction", *each)) for each in tries]


async def transaction_about(asker: Asker, identifier: str) -> Answer:
    """A conditional reference to a person whom others may keep; it never finds one of the recipient's own."""
    about = {**condition("R10.9"), "subject": {"reference": f"Patient?identifier={identifier}"}}
    return await asker.post("/fhir", _bundle("transaction", _asked("POST", "Condition", about)))
