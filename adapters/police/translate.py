"""One police report as a FHIR transaction about one person: read, assembled, projected leaf by leaf.

Projection copies what a list allows: a leaf that no line below names never leaves. What is criminal justice information
is read for nothing here, so the Bundle, the facts and the control id are the same bytes with and without it.
"""

import hashlib
from zoneinfo import ZoneInfo

from adapters.base import Channel, Envelope, Identify, Mark, ReportLine, Translation, Unreadable
from adapters.police import formats, ndex, observed, referral, report, subject, table
from adapters.police.draft import Draft
from adapters.police.event import Action, Fields, JusticeEvent, assemble
from adapters.police.leaf import PROTECTED
from adapters.police.moments import moment
from adapters.police.source import Source
from adapters.police.tags import tags

JUVENILE = "a juvenile: kept inside, handed to nobody; a guardian's consent or a court order is taken outside"
NOT_RECALLED = "the report is taken back here; what was handed on before is not recalled yet: call who holds it"


def envelope(message: bytes, channel: Channel) -> Envelope:
    """Who sent it, which report it is and when it was made. Raises Unreadable."""
    source = _read(message, channel)
    return _envelope(source, assemble(source, channel.options.get("ori", "")), channel)


def translate(message: bytes, channel: Channel, identify: Identify) -> Translation:
    """The message as FHIR. Raises Unreadable with code, place and the envelope."""
    source = _read(message, channel)
    event = assemble(source, channel.options.get("ori", ""))
    known = _envelope(source, event, channel)
    try:
        return _translated(source, event, known, channel, identify)
    except Unreadable as refusal:
        raise Unreadable(refusal.code, refusal.place, str(refusal), known) from None


def _read(message: bytes, channel: Channel) -> Source:
    found = formats.recognise(message, channel.options.get("format", ""))
    if found == "json":
        return report.read(message)
    return ndex.read(message) if found == "xml" else table.read(message, channel)


def _zone(channel: Channel) -> ZoneInfo | None:
    return ZoneInfo(channel.zone) if channel.zone else None


def _envelope(source: Source, event: JusticeEvent, channel: Channel) -> Envelope:
    return Envelope(
        kind=f"police {event.action}",
        control_id=_control_id(source, event),
        application="",
        facility=event.ori,
        version=source.version,
        event_time=_event_time(event, _zone(channel)),
    )


def _control_id(source: Source, event: JusticeEvent) -> str:
    """Case, supplement and version; a report that says no version is known by its content, less what is protected."""
    version = event.text("version") or event.text("updated_at")
    if not version:
        digest = hashlib.sha256()
        for leaf in source.open():
            digest.update(f"{leaf.name}\x1f{leaf.value}\x1e".encode())
        version = digest.hexdigest()[:32]
    return "/".join((event.case_number, event.text("supplement"), event.action, version))


def _event_time(event: JusticeEvent, zone: ZoneInfo | None) -> str:
    said = (moment(event.text(name), zone) for name in ("updated_at", "reported_at"))
    return next((each for each in said if each), "") or _began(event, zone)


def _began(event: JusticeEvent, zone: ZoneInfo | None) -> str:
    """When it happened; day and time may stand apart."""
    whole = moment(event.text("incident.began_at"), zone)
    day, time = event.text("incident.date")[:10], event.text("incident.time").rpartition("T")[2]
    return whole or moment(f"{day}T{time}", zone) or moment(day, zone)


def _translated(
    source: Source, event: JusticeEvent, known: Envelope, channel: Channel, identify: Identify
) -> Translation:
    kinds = _tags(event)
    domestic = "domestic" in kinds
    draft = Draft(event, channel, identify, _zone(channel), subject.chosen(event, domestic=domestic))
    began = _began(event, draft.zone)
    if domestic:
        draft.marks.append(Mark("incident.call_type", "SDV"))
    juvenile = subject.mark_juvenile(draft, began or known.event_time)
    subject.patient(draft)
    observed.impressions(draft, began)
    observed.naloxone(draft, began)
    referral.referral(draft, known.event_time)
    referral.consent(draft)
    facts = {} if juvenile else _facts(draft, kinds)
    _remarks(draft, juvenile=juvenile)
    return _translation(draft, source, known, facts)


def _tags(event: JusticeEvent) -> tuple[str, ...]:
    """The kinds of call: by call type, and by what the report marks itself."""
    found = set(tags(leaf.value for leaf in event.all("incident.call_type")))
    found |= {"domestic"} if event.domestic else set()
    found |= {"overdose"} if event.true("incident.naloxone_given") else set()
    return tuple(sorted(found))


def _facts(draft: Draft, kinds: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    event = draft.event
    found: dict[str, tuple[str, ...]] = {"event": (event.action.upper(),)}
    if event.action is Action.DELETE:
        return found
    named = {
        "call_type": _values(draft, event, "incident.call_type"),
        "offense": _values(draft, event, "incident.offense"),
        "disposition": _values(draft, event, "incident.disposition"),
        "tag": kinds,
        "referred_to": _values(draft, event, "referral.to"),
        "need": _needs(draft),
    }
    return found | {name: values for name, values in named.items() if values}


def _needs(draft: Draft) -> tuple[str, ...]:
    """Every need; the first is the category of the request, the others only facts."""
    leaves = draft.event.all("referral.need")
    draft.taken.update(dict.fromkeys(leaves[1:], "facts.need"))
    return tuple(dict.fromkeys(leaf.value for leaf in leaves))


def _values(draft: Draft, fields: Fields, name: str) -> tuple[str, ...]:
    leaves = fields.all(name)
    fact = "referred_to" if name == "referral.to" else name.rpartition(".")[2]
    draft.taken.update(dict.fromkeys(leaves, f"facts.{fact}"))
    return tuple(dict.fromkeys(leaf.value for leaf in leaves))


HEADER = {
    "ori": "ServiceRequest.requester",
    "case_number": "Translation.number",
    "supplement": "Envelope.control_id",
    "version": "Envelope.control_id",
    "action": "facts.event",
    "updated_at": "Envelope.event_time",
    "reported_at": "Envelope.event_time",
    "incident.began_at": "Observation.effectiveDateTime",
    "incident.date": "Observation.effectiveDateTime",
    "incident.time": "Observation.effectiveDateTime",
    "incident.domestic": "facts.tag",
}
"""Fields that every report uses, and what for."""
TIMES = frozenset({"updated_at", "reported_at", "incident.began_at"})


def _remarks(draft: Draft, *, juvenile: bool) -> None:
    """Note the fields that every report uses, and what the department must know of this one."""
    for name, target in HEADER.items():
        if name in TIMES:
            draft.moment(draft.event, name, target)
        else:
            draft.take(draft.event, name, target)
    if juvenile:
        draft.lines.append(ReportLine("persons", "ignored", "", JUVENILE))
    if draft.retracted:
        draft.lines.append(ReportLine("action", "ignored", "", NOT_RECALLED))


def _translation(draft: Draft, source: Source, known: Envelope, facts: dict[str, tuple[str, ...]]) -> Translation:
    ignored = dict(draft.channel.profile.ignored) if draft.channel.profile else {}
    entries = [
        {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource, "request": {"method": "PUT", "url": about}}
        for about, resource in draft.resources.items()
    ]
    return Translation(
        envelope=known,
        bundle={"resourceType": "Bundle", "type": "transaction", "entry": entries},
        report=(*source.repairs, *draft.account(source, ignored)),
        subject=draft.patient["id"],
        marks=tuple(draft.marks),
        facts=facts,
        number=draft.event.case_number,
        protected=frozenset({"CJI"}) if any(leaf.kind in PROTECTED for leaf in source.leaves) else frozenset(),
        without=source.without,
    )
