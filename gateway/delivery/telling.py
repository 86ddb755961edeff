"""A parcel in the words of the formats that carry it: all of it from what was released, and the sender's own number."""

from typing import Any

from adapters import ADAPTERS
from adapters.base import News, Unreadable
from gateway.clock import iso
from gateway.delivery.parcel import Parcel, Refused

Json = dict[str, Any]


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
