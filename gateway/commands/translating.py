"""Source bytes into FHIR without a store: what ``receive`` would keep, under ids of the documented test key."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from adapters import ADAPTERS
from adapters.base import Channel, Envelope, ReportLine, Translation, Unreadable
from gateway import clock, referral
from gateway.agencies.handoffs import due
from gateway.agencies.model import Agency, HandoffRule
from gateway.fhir.check import check_structure
from gateway.fhir.native import validate_native
from gateway.fhir.outcome import operation_outcome
from gateway.store.keys import DOCUMENTED_TEST_KEYS, CustodianKeys
from gateway.store.seal import derive

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """Who speaks: the channels of one adapter, and the agency whose handoff rules apply, None without one."""

    adapter: str
    channels: tuple[Channel, ...]
    agency: Agency | None = None
    receivers: frozenset[str] = frozenset()
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Translated:
    """One message as a transaction Bundle, with its report, the hand-offs it makes due, and what to know besides."""

    place: str
    kind: str
    bundle: Json = field(repr=False)
    report: tuple[ReportLine, ...]
    handoffs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """One message that cannot be used, as an OperationOutcome."""

    place: str
    outcome: Json = field(repr=False)


def translations(name: str, raw: bytes, source: Source) -> Iterator[Translated | Refused]:
    """Each message in the bytes of the named file, in order."""
    try:
        messages = ADAPTERS[source.adapter].parse(raw, source.channels[0])
    except Exception as fault:  # noqa: BLE001  # whatever a file holds, the others are still translated
        yield _refused(name, fault)
        return
    for number, message in enumerate(messages, 1):
        batch = getattr(messages, "report", ()) if number == 1 else ()
        place = f"{name} {messages.places[number - 1]}" if messages.places else _numbered(name, number, len(messages))
        try:
            done = _translated(place, message, source)
            yield replace(done, report=(*batch, *done.report)) if isinstance(done, Translated) else done
        except Exception as fault:  # noqa: BLE001  # as above
            yield _refused(place, fault)


def _numbered(name: str, number: int, count: int) -> str:
    return name if count == 1 else f"{name} message {number}"


def unusable(place: str, code: str, text: str, at: str = "") -> Refused:
    """A refusal with one issue; at is the place within the message."""
    issue: Json = {"severity": "error", "code": code, "diagnostics": f"{place}: {text}"}
    return Refused(place, {"resourceType": "OperationOutcome", "issue": [issue | ({"location": [at]} if at else {})]})


def _refused(place: str, fault: Exception) -> Refused:
    if isinstance(fault, Unreadable):
        return unusable(place, fault.code, str(fault), fault.place)
    text = f"the adapter failed ({type(fault).__name__}); please report it with the kind of message and its sender"
    return unusable(place, "exception", text)


def _translated(place: str, message: bytes, source: Source) -> Translated | Refused:
    adapter = ADAPTERS[source.adapter]
    envelope = adapter.envelope(message, source.channels[0])
    channel, notes = _channel(source, envelope)
    translation = adapter.translate(message, channel, DOCUMENTED_TEST_KEYS.identify)
    bundle, handoffs = _handed_over(translation, source)
    issues = check_structure(bundle) or (validate_native(bundle) if source.strict else [])
    if issues:
        return Refused(place, operation_outcome(replace(each, text=f"{place}: {each.text}") for each in issues))
    return Translated(place, envelope.kind, bundle, translation.report, handoffs, notes)


def _channel(source: Source, envelope: Envelope) -> tuple[Channel, tuple[str, ...]]:
    """The channel on which the sender may speak, else the first one and a note."""
    speaker = (envelope.application, envelope.facility)
    for channel in source.channels:
        if not channel.senders or speaker in channel.senders:
            return channel, ()
    names = ", ".join(channel.name for channel in source.channels)
    return source.channels[0], (f"the gateway would turn this sender away: it is not among the senders of {names}",)


def _handed_over(translation: Translation, source: Source) -> tuple[Json, tuple[str, ...]]:
    """The Bundle with a request and the sender's Task for every rule that is due."""
    rules = due(source.agency, translation.facts) if source.agency else ()
    rules = tuple(rule for rule in rules if rule.receiver in source.receivers)
    if not rules or source.agency is None:
        return translation.bundle, ()
    entries = [each for each in translation.bundle["entry"] if each["resource"]["resourceType"] != "ServiceRequest"]
    occasion = _occasion(translation, source.agency)
    for rule in rules:
        offer = _offer(rule, occasion)
        entries += [_entry(offer.request), _entry(offer.sender_task)]
    told = tuple(f"handed to {referral.party(rule.receiver, rule.unit)} by rule {rule.name}" for rule in rules)
    return {**translation.bundle, "entry": entries}, told


def _occasion(translation: Translation, agency: Agency) -> referral.Occasion:
    resources: list[Json] = [entry["resource"] for entry in translation.bundle["entry"]]
    return referral.Occasion(
        sender=agency.id,
        patient=translation.subject,
        visit=translation.visit,
        number=translation.number or next(iter(translation.facts.get("referral", ())), ""),
        event_time=translation.envelope.event_time,
        conditions=tuple(f"Condition/{each['id']}" for each in resources if each["resourceType"] == "Condition"),
        request=next((each for each in resources if each["resourceType"] == "ServiceRequest"), None),
    )


def _offer(rule: HandoffRule, occasion: referral.Occasion) -> referral.Offer:
    request = referral.request_id(DOCUMENTED_TEST_KEYS, occasion, rule)
    receiver = receiver_keys(rule.receiver)
    return referral.offer(rule, occasion, request, DOCUMENTED_TEST_KEYS, receiver, _moment(occasion.event_time))


def receiver_keys(agency: str) -> CustodianKeys:
    """The documented test keys of a receiving agency, derived from those of the sender."""
    return CustodianKeys(f"test-{agency}", derive(DOCUMENTED_TEST_KEYS.key, f"test-{agency}"))


def _moment(event_time: str) -> datetime:
    """When the clocks of a hand-off begin: at the event where its instant is known, else now."""
    try:
        moment = datetime.fromisoformat(event_time)
    except ValueError:
        return clock.now()
    return moment if moment.tzinfo else clock.now()


def _entry(resource: Json) -> Json:
    url = f"{resource['resourceType']}/{resource['id']}"
    request: Mapping[str, str] = {"method": "PUT", "url": url}
    return {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource, "request": request}
