"""PV1, PV2 and EVN: the visit, its identity, its status and its times.

Source: HL7 v2.8 chapter 3.4.3; IG tables PV1[Encounter] and Event[EncounterStatus]. The trigger event decides the
status; an update (A08) and a referral say nothing about it.
"""

from datetime import datetime
from typing import NamedTuple

from adapters.base import Json
from adapters.hospital.draft import Draft, reference
from adapters.hospital.er7 import Segment
from mappings.concepts import concepts
from mappings.parts import part
from mappings.times import date_time

NULL = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
ALONE = "no visit number, admission time or account: the visit cannot be told from later ones of this patient"
MAYBE_SHIFTED = "equals the time of discharge, PV1-45 being empty: perhaps shifted by one field; kept as admission"
AFTER = "an admission after the discharge: left out"
CANCELLED = "the discharge is cancelled"
NOT_YET = "a discharge time in a message about an admission"


class Identity(NamedTuple):
    """What tells a visit from others."""

    system: str
    value: str


def encounter(draft: Draft) -> None:
    """The Encounter of the message, if it speaks of a visit; ADT^A08 and REF^I12 without PV1 do not."""
    pv1, pv2 = draft.message.first("PV1"), draft.message.first("PV2")
    event = draft.envelope.kind.partition("^")[2]
    if pv1 is None and event not in ("A01", "A03", "A04", "A13"):
        return
    filled: Json = {}
    if pv1 is not None:
        draft.fill(pv1, filled, about="Encounter")
    identifiers = _numbers(draft, pv1)
    account = _account(draft)
    found = _identity(draft, pv1, identifiers, account)
    draft.encounter = resource = draft.make("Encounter", found.system, found.value)
    if pv2 is not None:
        draft.fill(pv2, filled, about="Encounter")
    resource.update(filled, subject={"reference": reference(draft.patient)})
    for element, value in (("identifier", identifiers), ("account", account)):
        if value:
            resource[element] = value
    if pv1 is not None:
        _places(draft, pv1, resource, event)
    _timing(draft, pv1, resource, event)
    _disposition(draft, pv1, resource, event)
    draft.provide(resource, "class", {"system": NULL, "code": "UNK", "display": "unknown"})
    _facts(draft, pv1, pv2, event)
    draft.settle(resource)


def _numbers(draft: Draft, pv1: Segment | None) -> list[Json]:
    if pv1 is None:
        return []
    found: list[Json] = []
    for number in (19, 50):
        found += draft.values(pv1, number, "identifier", "Encounter.identifier")
    for identifier in found:
        identifier.setdefault("system", draft.account.setting.authority)
    if found:
        draft.fact("visit", *(each["value"] for each in found))
    return found


def _account(draft: Draft) -> list[Json]:
    pid = draft.message.first("PID")
    found = draft.values(pid, 18, "identifier", "Encounter.account") if pid else []
    return [{"type": "Account", "identifier": each} for each in found]


def _identity(draft: Draft, pv1: Segment | None, identifiers: list[Json], account: list[Json]) -> Identity:
    """The visit number with its authority; else the patient and the admission time, the account, or the event.

    An account may span several visits, so it comes after the admission time.
    """
    if identifiers:
        return Identity(identifiers[0]["system"], identifiers[0]["value"])
    patient = draft.patient["id"]
    if admitted := draft.peek(pv1, 44):
        return Identity("urn:crosswalk:visit:admitted", f"{patient}|{admitted}")
    if account:
        known = account[0]["identifier"]
        return Identity("urn:crosswalk:visit:account", f"{patient}|{known.get('system', '')}|{known['value']}")
    draft.account.enter("repaired", ALONE, "Encounter.id", "PV1-19")
    return Identity("urn:crosswalk:visit:event", f"{patient}|{draft.envelope.event_time}")


def _places(draft: Draft, pv1: Segment, resource: Json, event: str) -> None:
    here = "completed" if event == "A03" else "active"
    for number, status in ((3, here), (6, "completed")):
        for found in draft.values(pv1, number, "place", "Encounter.location"):
            resource.setdefault("location", []).append({"location": found, "status": status})


def _timing(draft: Draft, pv1: Segment | None, resource: Json, event: str) -> None:
    start = draft.value(pv1, 44, "date_time", "Encounter.period.start") if pv1 else None
    end = _end(draft, pv1, event)
    if start and end and _later(start, end):
        draft.account.enter("unmapped", AFTER, "", "PV1-44")
        start = None
    elif start and start == end and event == "A03" and not draft.peek(pv1, 45):
        draft.account.enter("repaired", MAYBE_SHIFTED, "Encounter.period.start", "PV1-44")
    if period := {side: text for side, text in (("start", start), ("end", end)) if text}:
        resource["period"] = period
    _status(draft, resource, event, ended=bool(end))


def _end(draft: Draft, pv1: Segment | None, event: str) -> str | None:
    if event in ("A01", "A04", "A13"):
        if pv1 is not None:
            draft.leave(pv1, 45, CANCELLED if event == "A13" else NOT_YET)
        return None
    end: str | None = draft.value(pv1, 45, "date_time", "Encounter.period.end") if pv1 else None
    if end or event != "A03":
        return end
    evn = draft.message.first("EVN")
    for number in (6, 2):
        place = f"EVN-{number}"
        if evn is not None and (end := _moment(draft, evn, number)):
            draft.account.enter(
                "repaired", f"no PV1-45: the end of the visit is {place}", "Encounter.period.end", "PV1-45"
            )
            return end
    draft.account.enter("repaired", "no PV1-45, EVN-6 or EVN-2: the visit has ended at a time unknown", "", "PV1-45")
    return None


def _moment(draft: Draft, evn: Segment, number: int) -> str:
    setting = draft.account.setting
    text = draft.peek(evn, number)
    return date_time(text, setting.zone, setting.offset).text if text else ""


def _later(start: str, end: str) -> bool:
    """Whether start is certainly after end; times of different precision are compared by date."""
    if "T" in start and "T" in end:
        return datetime.fromisoformat(start) > datetime.fromisoformat(end)
    size = min(len(start), len(end), 10)
    return start[:size] > end[:size]


def _status(draft: Draft, resource: Json, event: str, *, ended: bool) -> None:
    known = concepts("encounter-status").find(event)
    if known is None:
        draft.provide(resource, "status", "finished" if ended else "unknown")
    elif event == "A04" and resource.get("class", {}).get("code") == "PRENC":
        resource["status"] = "planned"
    else:
        resource["status"] = known.code
    if event == "A13":
        draft.removed.update(
            f"{reference(resource)}.{element}" for element in ("period.end", "hospitalization.dischargeDisposition")
        )


def _disposition(draft: Draft, pv1: Segment | None, resource: Json, event: str) -> None:
    if pv1 is None:
        return
    if event == "A13":
        draft.leave(pv1, 36, CANCELLED)
        return
    draft.fact("disposition", *(part(parts, 1) for parts in draft.message.occurrences(pv1, 36)))
    found = draft.value(pv1, 36, "concept", "Encounter.hospitalization.dischargeDisposition", "discharge-disposition")
    if found:
        resource.setdefault("hospitalization", {})["dischargeDisposition"] = found


def _words(draft: Draft, pv1: Segment | None, number: int, most: int) -> list[str]:
    """The first components of a field, for facts."""
    occurrences = draft.message.occurrences(pv1, number) if pv1 else []
    return [part(occurrences[0], n) for n in range(1, most + 1)] if occurrences else []


def _facts(draft: Draft, pv1: Segment | None, pv2: Segment | None, event: str) -> None:
    draft.fact("patient_class", draft.peek(pv1, 2))
    draft.fact("service", *_words(draft, pv1, 10, 2))
    draft.fact("location", *_words(draft, pv1, 3, 4))
    expected = bool(draft.value(pv2, 9, "date_time", "facts.planned")) if pv2 else False
    before = event in ("A01", "A04", "A08") and not draft.peek(pv1, 45)
    if before and (expected or draft.facts.get("disposition")):
        draft.fact("planned", "true")
