"""The referral as a ServiceRequest that police propose, and a consent that an officer or social worker reports.

The narrative never goes in: only the social worker's own plain summary. Source: SDOH Clinical Care 3.0.0
(SDOHCC-ServiceRequest, orderDetail); docs/consent-on-the-wire.md for the Consent.
"""

from functools import cache

from adapters.base import Json
from adapters.police.draft import Draft
from adapters.police.leaf import load, truth
from adapters.police.subject import prohibited

SNOMED_REFERRAL = {"system": "http://snomed.info/sct", "code": "3457005", "display": "Patient referral (procedure)"}
CONTACT_PROHIBITED = "contacting-subject-prohibited"
PRIORITIES = {"routine": "routine", "urgent": "urgent", "asap": "asap", "stat": "stat", "emergency": "stat"}
NO_PRIORITY = "no urgency that FHIR knows: write routine, urgent, asap or stat"
SCOPE = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]}
CATEGORY = {"coding": [{"system": "http://loinc.org", "code": "59284-0", "display": "Consent Document"}]}
NO_POLICY = {"text": "The report does not say which policy."}
RECIPIENT = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "PRCP"}]}
REFERRAL_FIELDS = ("to", "need", "reason", "urgency", "summary", "at", "start")


def asked(draft: Draft) -> bool:
    """Whether the report asks for help for the person."""
    return any(draft.event.text(f"referral.{name}") for name in REFERRAL_FIELDS)


def referral(draft: Draft, when: str) -> None:
    """The ServiceRequest, if the report asks for help."""
    if not asked(draft):
        return
    event = draft.event
    need = draft.take(event, "referral.need", "ServiceRequest.category")
    made = draft.make("ServiceRequest", "referral", f"{event.case_number}|{draft.patient['id']}")
    made.update(
        status="entered-in-error" if draft.retracted else "active",
        intent="proposal",
        code={"coding": [SNOMED_REFERRAL], **({"text": need} if need else {})},
        subject=draft.subject(),
        requester=draft.department(),
    )
    if need:
        made["category"] = [_category(need)]
    _particulars(draft, made, when)


def _particulars(draft: Draft, made: Json, when: str) -> None:
    event = draft.event
    _priority(draft, made)
    written = draft.moment(event, "referral.at", "ServiceRequest.authoredOn") or when
    if written:
        made["authoredOn"] = written
    if start := draft.moment(event, "referral.start", "ServiceRequest.occurrenceDateTime"):
        made["occurrenceDateTime"] = start
    if reason := draft.plain(event, "referral.reason", "ServiceRequest.reasonCode.text"):
        made["reasonCode"] = [{"text": reason}]
    if summary := draft.plain(event, "referral.summary", "ServiceRequest.note.text"):
        made["note"] = [{"text": summary}]
    if prohibited(draft):
        system = str(_needs()[0])
        made["orderDetail"] = [{"coding": [{"system": system, "code": CONTACT_PROHIBITED}]}]
        draft.take(draft.person, "persons.do_not_contact", "ServiceRequest.orderDetail")


def _priority(draft: Draft, made: Json) -> None:
    leaf = draft.event.one("referral.urgency")
    found = PRIORITIES.get(leaf.value.lower()) if leaf else None
    if leaf and found:
        made["priority"] = found
        draft.taken[leaf] = "ServiceRequest.priority"
    elif leaf:
        draft.left[leaf] = NO_PRIORITY


def _category(need: str) -> Json:
    """The need as a category; one that the table does not know is text."""
    system, codes = _needs()
    code = codes.get(need.strip().lower().replace(" ", "-"))
    return {"coding": [{"system": system, "code": code}], "text": need} if code else {"text": need}


@cache
def _needs() -> tuple[str, dict[str, str]]:
    document = load("needs")
    return document["system"], document["code"]


def consent(draft: Draft) -> None:
    """What the person is said to have agreed to, as a proposal that grants nothing; a refusal is kept as one."""
    event = draft.event
    said = event.one("consent.given")
    given = truth(said.value) if said else None
    if said is None or given is None:
        return
    draft.taken[said] = "Consent.provision.type"
    to = draft.take(event, "consent.to", "Consent.provision.actor")
    at = draft.moment(event, "consent.at", "Consent.dateTime")
    made = draft.make("Consent", "consent", f"{draft.patient['id']}|{event.case_number}|{to}|{at}")
    provision: Json = {"type": "permit" if given else "deny"}
    if to:
        provision["actor"] = [{"role": RECIPIENT, "reference": {"display": to}}]
    made.update(
        status="entered-in-error" if draft.retracted else "proposed" if given else "rejected",
        scope=SCOPE,
        category=[CATEGORY],
        patient=draft.subject(),
        policyRule=NO_POLICY,
        verification=[{"verified": False}],
        provision=provision,
    )
    if at:
        made["dateTime"] = at
