"""The referral as a ServiceRequest. Source: SDOH Clinical Care 3.0.0 (SDOHCC-ServiceRequest, orderDetail)."""

import re

from adapters.base import Json
from adapters.community.client import REFERRAL_SYSTEM
from adapters.community.draft import Draft, refer
from adapters.community.words import Need, need_system

SNOMED_REFERRAL = {"system": "http://snomed.info/sct", "code": "3457005", "display": "Patient referral (procedure)"}
CONTACT_PROHIBITED = "contacting-subject-prohibited"
NAMES_OTHER = "names the other party, who never stands in one Bundle with the victim: write it without"
FREE = ("reason", "contact_police")


def request(draft: Draft, patient: Json, wanted: tuple[Need, ...], when: str, *, cancelled: bool) -> Json:
    """What is asked for."""
    hide_other_party(draft)
    made = draft.make("ServiceRequest", REFERRAL_SYSTEM, draft.owner)
    need = draft.take("need", "ServiceRequest.code.text")
    made.update(
        status="revoked" if cancelled else "active",
        intent="order",
        code={"coding": [SNOMED_REFERRAL], **({"text": need} if need else {})},
        subject=refer(patient),
    )
    if need:
        made["category"] = [_category(need, wanted)]
    if when:
        made["authoredOn"] = when
    if priority := draft.word("urgency", "priority", "ServiceRequest.priority"):
        made["priority"] = priority
    _parties(draft, made)
    _words(draft, made)
    return made


def _category(need: str, wanted: tuple[Need, ...]) -> Json:
    codes = [{"system": need_system(), "code": each.category} for each in wanted if each.category]
    return {"coding": codes, "text": need} if codes else {"text": need}


def _parties(draft: Draft, made: Json) -> None:
    target = "ServiceRequest.requester"
    asking = [draft.take(name, target) for name in ("referrer_name", "referrer_organization")]
    if any(asking):
        made["requester"] = {"display": ", ".join(each for each in asking if each)}
    if asked := draft.take("referred_to", "ServiceRequest.performer"):
        made["performer"] = [{"type": "Organization", "display": asked}]


def _words(draft: Draft, made: Json) -> None:
    if reason := draft.take("reason", "ServiceRequest.reasonCode.text"):
        made["reasonCode"] = [{"text": reason}]
    if draft.prohibited:
        made["orderDetail"] = [{"coding": [{"system": need_system(), "code": CONTACT_PROHIBITED}]}]
    if instruction := _instruction(draft):
        made["patientInstruction"] = instruction
    if notes := list(_notes(draft)):
        made["note"] = [{"text": text} for text in notes]


def _instruction(draft: Draft) -> str:
    """When and how it is safe to call; whoever calls reads it first."""
    if draft.prohibited:
        draft.leave("safe_time", "the client must not be contacted")
        draft.leave("safe_to_leave_message", "the client must not be contacted")
        return ""
    said = draft.peek("safe_to_leave_message")
    when = draft.take("safe_time", "ServiceRequest.patientInstruction")
    may = draft.truth("safe_to_leave_message", "ServiceRequest.patientInstruction")
    parts = [f"Safe to call: {when}."] if when else []
    if said or draft.hidden:
        parts.append("A message may be left." if may else "Do not leave a message.")
    return " ".join(parts)


def _notes(draft: Draft) -> list[str]:
    aware = draft.truth("client_aware", "ServiceRequest.note")
    notes = [] if aware is None else [f"The client {'knows' if aware else 'does not know'} of this referral."]
    if contact := draft.take("referrer_contact", "ServiceRequest.note"):
        notes.append(f"The referrer can be reached at {contact}.")
    if police := draft.take("contact_police", "ServiceRequest.note"):
        notes.append(f"Tell the police if the client cannot be reached: {police}.")
    return notes


def hide_other_party(draft: Draft) -> None:
    """Free text that names the other party is not carried over."""
    own = _words_of(" ".join(draft.peek(name) for name in ("name", "given_name", "family_name", "aka")))
    other = _words_of(draft.peek("perpetrator_name")) - own
    for name in FREE:
        if _words_of(draft.peek(name)) & other:
            draft.drop(name, NAMES_OTHER)


def _words_of(text: str) -> set[str]:
    return {each for each in re.findall(r"\w+", text.casefold()) if len(each) > 2}
