"""One HL7 v2 message as a FHIR transaction: ADT A01, A03, A04, A08, A13, A40 and REF I12.

Source: HL7 v2.8 chapters 3.3 and 11.3; HL7 v2-to-FHIR Implementation Guide 1.0.0 for the tables in
``mappings/hospital``. A03 and A40 and the referral segments are absent there and ours.
"""

from collections.abc import Callable

from adapters.base import Channel, Identify, Json, Translation, Unreadable
from adapters.hospital import clinical, coverage, header, marks, patient, referral, visit
from adapters.hospital.draft import Draft, begin
from adapters.hospital.er7 import Segment

Reader = Callable[[Draft, Segment], Json | None]

NOT_TRANSLATED = "the segment is not translated"
Z_SEGMENT = "Z segment kept with the raw message"
MERGE_ONLY = "ADT^A40 merges patients and says nothing else"


def translate(raw: bytes, channel: Channel, identify: Identify) -> Translation:
    """The message as FHIR. Raises Unreadable with code, place and the envelope."""
    found = header.read(raw, channel)
    header.refuse_unusable(found)
    draft = begin(found, identify)
    try:
        _header(draft, found.header)
        if found.envelope.kind == "ADT^A40":
            _merge(draft)
        else:
            _visit(draft)
    except Unreadable as refusal:
        raise Unreadable(refusal.code, refusal.place, str(refusal), found.envelope) from None
    return draft.translation(found.repairs)


def _header(draft: Draft, known: header.Header) -> None:
    first = draft.message.segments[0]
    draft.account.lines += known.lines
    draft.account.pending |= known.pending
    draft.value(first, 7, "date_time", "Envelope.event_time")
    event = draft.message.first("EVN")
    if event is not None:
        draft.fill(event, {})
        for number in (2, 6):
            draft.value(event, number, "date_time", "Envelope.event_time" if number == 2 else "Encounter.period.end")
    draft.fact("event", draft.envelope.kind, draft.envelope.kind.partition("^")[2])
    marks.header(draft)


def _visit(draft: Draft) -> None:
    persons = draft.message.named("PID")
    if draft.envelope.kind == "REF^I12" and draft.message.first("RF1") is None:
        raise Unreadable("required", "RF1", "required RF1: a referral without referral information")
    if not persons:
        raise Unreadable("required", "PID", "required PID-3: no PID segment; a message is about one patient")
    if len(persons) > 1:
        raise Unreadable("structure", "PID[2]", "a second patient in one message; send one message for each")
    draft.patient = patient.patient(draft, persons[0])
    visit.encounter(draft)
    about: Json | None = None
    for segment in draft.message.segments:
        if segment.name == "NTE":
            clinical.note(draft, segment, about)
        elif segment.name not in READ_BEFORE:
            about = _segment(draft, segment)
    referral.finish(draft)


def _segment(draft: Draft, segment: Segment) -> Json | None:
    reader = READERS.get(segment.name) or (REFERRAL.get(segment.name) if draft.envelope.kind == "REF^I12" else None)
    if reader is not None:
        resource = reader(draft, segment)
        draft.settle(resource)
        return resource
    if segment.name[0] == "Z":
        draft.account.enter("ignored", Z_SEGMENT, "", segment.label)
    else:
        draft.account.enter("unmapped", NOT_TRANSLATED, "", segment.label)
    return None


def _merge(draft: Draft) -> None:
    survivor: Json = {}
    for segment in draft.message.segments:
        if segment.name == "PID":
            survivor = patient.patient(draft, segment)
            draft.patient = draft.patient or survivor
        elif segment.name == "MRG" and survivor:
            patient.merge(draft, segment, survivor)
        elif segment.name == "PD1" and survivor:
            draft.fill(segment, survivor)
        elif segment.name not in READ_BEFORE:
            because = Z_SEGMENT if segment.name[0] == "Z" else MERGE_ONLY
            draft.account.enter("ignored", because, "", segment.label)
    if not draft.merges:
        missing = "PID" if not survivor else "MRG-1"
        raise Unreadable("required", missing, f"required {missing}: ADT^A40 merges the patient of MRG into that of PID")


def _pd1(draft: Draft, segment: Segment) -> None:
    draft.fill(segment, draft.patient)
    marks.protection(draft, segment)


def _further(draft: Draft, segment: Segment) -> None:
    """A PV1 or PV2 after the first has no resource; the first one is read with the visit."""
    if segment is not draft.message.first(segment.name) or not draft.encounter:
        draft.account.enter("unmapped", "a message is about one visit", "", segment.label)
    else:
        draft.visited = True
        marks.visit(draft, segment)


def _diagnosis(draft: Draft, segment: Segment) -> Json | None:
    resource = clinical.diagnosis(draft, segment)
    if resource is not None:
        marks.diagnosis(draft, segment, resource)
    return resource


READ_BEFORE = frozenset({"MSH", "EVN", "PID"})
READERS: dict[str, Reader] = {
    "PD1": _pd1,
    "PV1": _further,
    "PV2": _further,
    "NK1": patient.contact,
    "GT1": patient.guarantor,
    "DG1": _diagnosis,
    "AL1": clinical.allergy,
    "OBX": clinical.observation,
    "IN1": coverage.coverage,
    "ARV": marks.restriction,
    "CON": referral.consent,
}
REFERRAL: dict[str, Reader] = {
    "RF1": referral.referral,
    "PRD": referral.provider,
}
