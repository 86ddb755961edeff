"""One community referral as a FHIR transaction about one client."""

import hashlib
from zoneinfo import ZoneInfo

from adapters.base import Channel, Envelope, Identify, Json, Mark, Translation, Unreadable
from adapters.community.agreement import consent
from adapters.community.client import client, helper, prohibits, same_contact
from adapters.community.draft import Draft
from adapters.community.moments import date_time
from adapters.community.referral import Referral
from adapters.community.request import request
from adapters.community.words import Need, needs, truth, word

REFERRAL, CANCEL = "REFERRAL", "CANCEL"
NAMES = ("name", "given_name", "family_name", "aka", "client_id")
ASKS = ("need", "reason", "referred_to")
OTHER_PARTY = ("perpetrator_name", "perpetrator_birth_date", "perpetrator_location", "perpetrator_relationship")


def envelope(referral: Referral, channel: Channel) -> Envelope:
    """Which referral it is, and when it was made or last changed; the same content is the same message."""
    texts = referral.texts
    return Envelope(
        kind=f"community {(word('action', texts.get('action', '')) or REFERRAL).lower()}",
        control_id=f"{texts.get('referral_number', '')[:80]}#{_digest(referral)}",
        application="",
        facility="",
        version=referral.version,
        by_content=True,
        event_time=_moment(referral, channel, ("updated", "referral_date")),
    )


def translate(referral: Referral, channel: Channel, identify: Identify) -> Translation:
    """The referral as FHIR. Raises Unreadable with the envelope where it says too little."""
    known = envelope(referral, channel)
    try:
        event = _checked(referral)
    except Unreadable as refusal:
        raise Unreadable(refusal.code, refusal.place, str(refusal), known) from None
    wanted, marks = _wanted(referral), _marks(referral)
    draft = _begin(referral, channel, identify, hidden=bool(marks))
    patient = _assemble(draft, channel, wanted, event)
    return Translation(
        envelope=known,
        bundle={
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [_entry(each) for each in draft.resources.values()],
        },
        report=(*referral.lines, *draft.account.lines),
        subject=patient["id"],
        marks=marks,
        removed=_removed(draft, patient),
        facts=_facts(referral, wanted, event),
        number=referral.texts.get("referral_number", ""),
    )


def _removed(draft: Draft, patient: Json) -> frozenset[str]:
    """What an earlier message may have told of where the client can be reached, once that is not safe any more."""
    said = draft.peek("address_confidential")
    confidential = draft.hidden or draft.prohibited or (bool(said) and truth(said) is not False)
    gone = ["address"] * confidential + ["telecom"] * draft.prohibited
    found = {f"Patient/{patient['id']}.{element}" for element in gone if element not in patient}
    if draft.prohibited:
        requests = (about for about in draft.resources if about.startswith("ServiceRequest/"))
        found |= {f"{about}.patientInstruction" for about in requests}
    return frozenset(found)


def _digest(referral: Referral) -> str:
    """A short digest of what it says, whatever the order of its columns."""
    fields = sorted((cell.name, "" if cell.name else cell.place, cell.text) for cell in referral.cells)
    return hashlib.sha256("\x1e".join("\x1f".join(each) for each in fields).encode()).hexdigest()[:24]


def _moment(referral: Referral, channel: Channel, names: tuple[str, ...]) -> str:
    zone = ZoneInfo(channel.zone) if channel.zone else None
    found = (date_time(referral.texts.get(name, ""), referral.dates, zone) for name in names)
    return next((each for each in found if each), "")


def _checked(referral: Referral) -> str:
    """The event; a referral that names nobody, asks for nothing or does an unknown thing is refused."""
    texts = referral.texts
    if not (texts.get("referral_number") or texts.get("client_id")):
        remedy = "fill in referral_number or client_id"
        raise Unreadable("required", "referral_number", f"The referral has no number of yours: {remedy}.")
    said = texts.get("action", "")
    event = word("action", said) if said else REFERRAL
    if not event:
        raise Unreadable("value", referral.place("action"), "The action is not known: write referral or cancel.")
    if event == CANCEL and not texts.get("referral_number"):
        raise Unreadable("required", "referral_number", "What is cancelled has no number: fill in referral_number.")
    if event == REFERRAL and not any(texts.get(name) for name in NAMES):
        raise Unreadable("required", "name", "The referral names nobody: fill in name or client_id.")
    if event == REFERRAL and not any(texts.get(name) for name in ASKS):
        raise Unreadable("required", "need", "The referral asks for nothing: fill in need, reason or referred_to.")
    return event


def _wanted(referral: Referral) -> tuple[Need, ...]:
    return needs(referral.texts.get("need", ""))


def _marks(referral: Referral) -> tuple[Mark, ...]:
    """What makes it a referral to victim services: its need or reason by the table, or another party, or an order."""
    texts = referral.texts
    said = [(name, each.mark) for name in ("need", "reason") for each in needs(texts.get(name, "")) if each.mark]
    said += [(name, "SDV") for name in OTHER_PARTY if texts.get(name)]
    order = texts.get("protection_order", "")
    said += [("protection_order", "SDV")] if order and truth(order) is not False else []
    return tuple(Mark(referral.place(name), code) for name, code in dict.fromkeys(said))


def _begin(referral: Referral, channel: Channel, identify: Identify, *, hidden: bool) -> Draft:
    texts = referral.texts
    owner = texts.get("referral_number") or f"{texts['client_id']}|{_moment(referral, channel, ('referral_date',))}"
    safe = texts.get("safe_phone", "")
    safe = "" if same_contact(safe, texts.get("referrer_contact", "")) else safe
    prohibited = prohibits(texts.get("do_not_contact", ""), safe, hidden=hidden)
    zone = ZoneInfo(channel.zone) if channel.zone else None
    return Draft(referral, identify, zone, owner, hidden, prohibited)


def _assemble(draft: Draft, channel: Channel, wanted: tuple[Need, ...], event: str) -> Json:
    patient = client(draft)
    for name, target in (("referral_number", "Translation.number"), ("action", "facts.event")):
        draft.take(name, target)
    draft.moment("updated", "Envelope.event_time")
    written = draft.moment("referral_date", "ServiceRequest.authoredOn")
    when = written or _moment(draft.referral, channel, ("updated",))
    request(draft, patient, wanted, when, cancelled=event == CANCEL)
    consent(draft, patient, channel.agency, cancelled=event == CANCEL)
    helper(draft, patient)
    draft.close()
    return patient


def _facts(referral: Referral, wanted: tuple[Need, ...], event: str) -> dict[str, tuple[str, ...]]:
    """What hand-off rules may test; one that is taken back names no need and nobody, so that no rule hands it on."""
    texts = referral.texts
    facts: dict[str, tuple[str, ...]] = {"event": (event,), "referral": (texts.get("referral_number", ""),)}
    if event == REFERRAL:
        facts |= {name: (texts.get(name, ""),) for name in ("need", "referred_to")}
        facts["tag"] = tuple(each.tag for each in wanted)
    return {name: found for name, found in facts.items() if any(found)}


def _entry(resource: Json) -> Json:
    path = f"{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource, "request": {"method": "PUT", "url": path}}
