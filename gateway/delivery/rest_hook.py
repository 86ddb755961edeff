"""Notifications POSTed to an agency's own URL: FHIR Bundles, signed, sent to vetted addresses alone.

Subscriptions R5 Backport, R4 notifications (http://hl7.org/fhir/uv/subscriptions-backport); signatures by Standard
Webhooks (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
"""

import base64
import ssl
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import orjson
from standardwebhooks import Webhook

from consent.terms import Released
from gateway.agencies.model import Content, Delivery
from gateway.auth.addresses import Forbidden, Resolve, resolve, vet_receiver
from gateway.auth.calling import FAULTS, SIZE_LIMIT, Answer, TooMuch, call
from gateway.clock import now
from gateway.delivery.parcel import Parcel, Refused, Undelivered
from gateway.fhir import wire
from gateway.fhir.reply import Notice, Reply, notification

FHIR_JSON = "application/fhir+json"
SECONDS = 10.0
GONE = 410
PREFIX = "whsec_"
KEY_OCTETS = range(24, 65)
FAILING = frozenset({"error", "fatal"})


@dataclass(frozen=True, slots=True)
class RestHook:
    """The carrier of rest-hooks. secrets is the folder of signing keys; local lists receivers off the internet."""

    base: str
    secrets: Path | None
    local: Collection[str] = ()
    resolve: Resolve = resolve
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)

    async def carry(self, parcel: Parcel) -> None:
        """POST the notification. Raises Undelivered unless the receiver takes it, Refused where it is gone."""
        at = now()
        body = wire.serialise(notified(parcel, self.base, at).content)
        headers = self._signed(parcel, body, at)
        try:
            target = await vet_receiver(parcel.delivery.to, self.resolve, self.local)
            answer = await call(target, self.tls, SECONDS, headers, body)
        except Forbidden as problem:
            raise Undelivered(str(problem)) from problem
        except TooMuch:
            raise Undelivered(f"the receiver answered with more than {SIZE_LIMIT} octets") from None
        except FAULTS as problem:
            raise Undelivered(f"the receiver cannot be reached ({type(problem).__name__})") from None
        check(answer)

    def _signed(self, parcel: Parcel, body: bytes, at: datetime) -> dict[str, str]:
        signature = _signer(self._secret(parcel.delivery)).sign(parcel.id, at, body.decode())
        return {
            "Content-Type": FHIR_JSON,
            "Accept": FHIR_JSON,
            "User-Agent": "crosswalk",
            "webhook-id": parcel.id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature,
        }

    def _secret(self, delivery: Delivery) -> str:
        name = delivery.secret_file
        if not name or self.secrets is None or Path(name).name != name:
            raise Undelivered("a rest-hook is signed: name its secret_file, in the folder CROSSWALK_SECRETS")
        try:
            return (self.secrets / name).read_text().strip()
        except (OSError, UnicodeError):
            raise Undelivered(f"the folder CROSSWALK_SECRETS holds no readable {name}, its secret_file") from None


def notified(parcel: Parcel, base: str, at: datetime) -> Reply:
    """The notification: nothing but that there is one, the id of the agency's own Task, or all that was released."""
    content = parcel.delivery.content
    focus = "" if content is Content.EMPTY else f"Task/{parcel.task.id}"
    views = (parcel.task, parcel.request, parcel.patient) if content is Content.FULL_RESOURCE else ()
    carried: list[Released] = [view.released for view in views if view]
    name = f"{parcel.agency.id}/{parcel.delivery.name}"
    return notification(Notice(parcel.id, name, base, at, parcel.task.last_updated, focus), carried)


def check(answer: Answer) -> None:
    """Raise Refused for what is gone, Undelivered for anything but a 2xx without an error in it."""
    if answer.status == GONE:
        raise Refused("the receiver answered 410 Gone")
    if not 200 <= answer.status < 300:
        redirected = "; redirects are not followed" if 300 <= answer.status < 400 else ""
        raise Undelivered(f"the receiver answered {answer.status}{redirected}")
    if _fails(answer.body):
        raise Undelivered(f"the receiver answered {answer.status} with an error in an OperationOutcome")


def _fails(body: bytes) -> bool:
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    if not isinstance(told, dict) or told.get("resourceType") != "OperationOutcome":
        return False
    issues = told.get("issue")
    found = issues if isinstance(issues, list) else []
    return any(isinstance(each, dict) and each.get("severity") in FAILING for each in found)


def _signer(secret: str) -> Webhook:
    """Standard Webhooks, "Signature scheme": whsec_ and the base64 of 24 to 64 random octets."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(PREFIX) or len(key) not in KEY_OCTETS:
        raise Undelivered("its secret_file must hold whsec_ and 24 to 64 octets in base64, on one line")
    return Webhook(key)
