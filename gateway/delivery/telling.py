"""A parcel in the words of the formats that carry it: all of it from what was released, and the sender's own number."""

from typing import Any

from adapters import ADAPTERS
from adapters.base import News, Unreadable
from adapters.worklist import Entry
from gateway.clock import iso
from gateway.delivery.parcel import Parcel, Refused

Json = dict[str, Any]

CONTACT_PROHIBITED = "contacting-subject-prohibited"
"""ServiceRequest.orderDetail of SDOHCC 3.0.0: nobody but the requester may contact the person."""
PROHIBITED = "Do not contact the person: ask the requester."


def news(parcel: Parcel) -> News:
    """What the sender of a referral is told of it."""
    task = parcel.task.resource
    return News(
        number=parcel.original.number if parcel.original else "",
        receiver=parcel.counterpart,
        status=str(task.get("status", "")),
        at=str(task.get("lastModified") or iso(parcel.task.last_updated)),
        delivery=parcel.id,
        reason=said(task.get("statusReason")),
        business_status=said(task.get("businessStatus")),
    )


def written(parcel: Parcel) -> bytes:
    """The news in the format of the message that made the referral, empty where its sender reads none.

    Raises Refused where that message can no longer be read.
    """
    original = parcel.original
    if original is None:
        return b""
    try:
        return ADAPTERS[original.told_by.adapter].write(original.message, original.told_by, news(parcel))
    except (Unreadable, KeyError):
        fault = "the message that made the referral cannot be read any more"
        raise Refused(f"{fault}: answer its sender by a rest-hook or a folder") from None


def said(concept: Json | None) -> str:
    """A CodeableConcept in words: its text, else what its codings display, else their codes."""
    if not concept:
        return ""
    codings = concept.get("coding", [])
    shown = [each.get("display") or each.get("code", "") for each in codings]
    return str(concept.get("text") or next(filter(None, shown), ""))


def entry(task: Json, request: Json | None, patient: Json | None, requester: str) -> Entry:
    """A referral as one row of its receiver's worklist; what may not be seen is empty."""
    asked, person = request or {}, patient or {}
    prohibited = _prohibits_contact(asked)
    return Entry(
        task=str(task["id"]),
        requested=str(task.get("authoredOn", "")),
        due=str(task.get("restriction", {}).get("period", {}).get("end", "")),
        priority=str(task.get("priority", "")),
        category="; ".join(filter(None, map(said, asked.get("category", [])))),
        need="; ".join(_needs(asked)),
        requester=requester,
        person=_name(person),
        contact="" if prohibited else "; ".join(str(each.get("value", "")) for each in person.get("telecom", [])),
        safe_contact=PROHIBITED if prohibited else str(asked.get("patientInstruction", "")),
        as_of=str(task.get("meta", {}).get("lastUpdated", "")),
        status=str(task.get("status", "")),
    )


def _prohibits_contact(request: Json) -> bool:
    codings = [coding for detail in request.get("orderDetail", []) for coding in detail.get("coding", [])]
    return any(coding.get("code") == CONTACT_PROHIBITED for coding in codings)


def _needs(request: Json) -> list[str]:
    concepts = [request.get("code"), *request.get("reasonCode", [])]
    notes = [str(each.get("text", "")) for each in request.get("note", [])]
    return list(dict.fromkeys(filter(None, [*map(said, concepts), *notes])))


def _name(person: Json) -> str:
    """The name that the person goes by: the first that is no old one."""
    names = [each for each in person.get("name", []) if each.get("use") != "old"]
    if not names:
        return ""
    parts = (*names[0].get("given", []), names[0].get("family", ""))
    return str(names[0].get("text") or " ".join(filter(None, parts)))
