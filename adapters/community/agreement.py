"""What the client is said to have agreed to: a Consent that grants nothing until a person confirms it.

docs/consent-on-the-wire.md.
"""

import re

from adapters.base import Json
from adapters.community.client import REFERRAL_SYSTEM
from adapters.community.draft import Draft, refer

SCOPE = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]}
CATEGORY = {"coding": [{"system": "http://loinc.org", "code": "59284-0", "display": "Consent Document"}]}
NO_POLICY = {"text": "The referral does not say which policy."}
BASE = "https://crosswalk-gateway.org/fhir"
AGENCY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
CLASSES = ("referral", "referral-status", "demographics", "name", "contact", "address", "housing-need")
"""What a yes to being referred covers: the referral, and whom it is about. Nothing of a case file."""
ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
PURPOSES = ((ACT_REASON, "COC"), (ACT_REASON, "TREAT"), (f"{BASE}/CodeSystem/purpose", "VICTIMSVC"))
"""What it is for: that whoever takes the referral over can coordinate, treat and help."""
RECIPIENT = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "PRCP"}]}


def consent(draft: Draft, patient: Json, agency: str, *, cancelled: bool) -> None:
    """The Consent: proposed for a yes, rejected for a no, none where neither is said."""
    given = draft.truth("consent_given", "Consent.provision.type")
    if given is None:
        return
    made = draft.make("Consent", f"{REFERRAL_SYSTEM}:consent", f"{draft.owner}|{patient['id']}")
    made.update(
        status="entered-in-error" if cancelled else "proposed" if given else "rejected",
        scope=SCOPE,
        category=[CATEGORY],
        patient=refer(patient),
        performer=[refer(patient)],
        organization=[_agency(agency)],
        policyRule=NO_POLICY,
        verification=[{"verified": False}],
        provision=_provision(draft, "permit" if given else "deny"),
    )
    if at := draft.moment("consent_date", "Consent.dateTime"):
        made["dateTime"] = at


def _provision(draft: Draft, kind: str) -> Json:
    made: Json = {"type": kind}
    if until := draft.moment("consent_until", "Consent.provision.period.end"):
        made["period"] = {"end": until}
    if to := draft.take("consent_to", "Consent.provision.actor") or draft.peek("referred_to"):
        made["actor"] = [{"role": RECIPIENT, "reference": _agency(to) if AGENCY.fullmatch(to) else {"display": to}}]
    made["purpose"] = [{"system": system, "code": code} for system, code in PURPOSES]
    made["class"] = [{"system": f"{BASE}/CodeSystem/info-class", "code": each} for each in CLASSES]
    return made


def _agency(name: str) -> Json:
    return {"identifier": {"system": f"{BASE}/agency", "value": name}}
