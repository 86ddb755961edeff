"""RF1, PRD and CON of a REF^I12: the referral as ServiceRequest, and consents as proposals.

Source: HL7 v2.8 chapters 11.8.1 (RF1), 11.8.3 (PRD) and 9.9 (CON); absent from the IG. What makes a Task of it is no
part of the translation.
"""

from adapters.base import Json, Mark
from adapters.hospital.draft import Draft, code_of, refer, reference
from adapters.hospital.er7 import Segment

SCOPE = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]}
CATEGORY = [{"coding": [{"system": "http://loinc.org", "code": "59284-0", "display": "Consent Document"}]}]
NO_POLICY = {"text": "The sender does not say which policy."}
PATIENT_REFERRAL = {
    "coding": [{"system": "http://snomed.info/sct", "code": "3457005", "display": "Patient referral (procedure)"}]
}
"""The code of a referral with a disposition (RF1-4) and no type (RF1-3): prr-1 asks for one."""
REFERRING, REFERRED_TO = "RP", "RT"


def referral(draft: Draft, segment: Segment) -> Json | None:
    """An RF1 as a ServiceRequest, known by its originating number, else by patient and event."""
    found: Json = {}
    draft.fill(segment, found, about="ServiceRequest")
    numbers = draft.values(segment, 6, "entity", "ServiceRequest.identifier")
    setting = draft.account.setting
    named = next(iter(numbers + found.get("identifier", [])), None)
    if named:
        system, value = named.get("system", setting.authority), named["value"]
    else:
        system, value = "urn:crosswalk:referral", f"{draft.patient['id']}|{draft.envelope.event_time}"
    resource = draft.make("ServiceRequest", system, value)
    resource.update(found, subject=refer(draft.patient), intent="order")
    if numbers:
        resource["identifier"] = numbers + found.get("identifier", [])
    draft.provide(resource, "status", "active")
    if "orderDetail" in resource:
        draft.provide(resource, "code", PATIENT_REFERRAL)
    draft.fact("referral", *(each["value"] for each in numbers))
    return resource


def provider(draft: Draft, segment: Segment) -> None:
    """A PRD as requester (RP) or performer (RT) of the referral; other roles are reported."""
    draft.fill(segment, {})
    request = next((each for each in draft.resources.values() if each["resourceType"] == "ServiceRequest"), None)
    roles = draft.values(segment, 1, "text", "ServiceRequest.requester or performer")
    role = next((each for each in roles if each in (REFERRING, REFERRED_TO)), "")
    if not role or request is None:
        draft.account.enter("unmapped", "a provider that neither refers nor is referred to", "", segment.label)
        return
    found = _reference(draft, segment, role)
    if found is None:
        draft.account.enter("unmapped", "a provider without name or number", "", segment.label)
    elif role == REFERRING:
        request.setdefault("requester", found)
    else:
        request.setdefault("performer", []).append(found)


def _reference(draft: Draft, segment: Segment, role: str) -> Json | None:
    names = draft.values(segment, 2, "spoken", "ServiceRequest.performer.display")
    numbers = draft.values(segment, 7, "provider_number", "ServiceRequest.performer.identifier")
    bodies = draft.values(segment, 10, "organization", "ServiceRequest.performer.display")
    spoken = names + [body["display"] for body in bodies if "display" in body]
    known = numbers + [body["identifier"] for body in bodies if "identifier" in body]
    if not spoken and not known:
        return None
    found: Json = {"type": "Practitioner" if names else "Organization"}
    if known:
        found["identifier"] = known[0]
    if spoken:
        found["display"] = ", ".join(spoken)
    if role == REFERRED_TO:
        draft.fact("referred_to", *spoken, *(each["value"] for each in known))
    return found


def finish(draft: Draft) -> None:
    """Tie the referral to its visit and to the diagnoses that came with it."""
    for request in draft.resources.values():
        if request["resourceType"] != "ServiceRequest":
            continue
        if draft.encounter:
            request["encounter"] = refer(draft.encounter)
        conditions = [each for each in draft.resources.values() if each["resourceType"] == "Condition"]
        if conditions:
            request["reasonReference"] = [refer(each) for each in conditions]
            reasons = request.setdefault("reasonCode", [])
            known = [code_of(each) for each in reasons]
            reasons += [each["code"] for each in conditions if code_of(each["code"]) not in known]


def consent(draft: Draft, segment: Segment) -> Json | None:
    """A CON as a Consent that the sender proposes: a grant stays ``proposed``; a refusal is taken as it is."""
    found: Json = {}
    draft.fill(segment, found, about="Consent")
    policies = draft.values(segment, 3, "concept", "Consent.policyRule")
    state = draft.value(segment, 11, "code", "Consent.status", "consent-status") or "proposed"
    forms, kinds = found.get("identifier", []), found.get("category", [])
    if forms:
        system, value = forms[0].get("system", draft.account.setting.authority), forms[0]["value"]
    else:
        kind = "|".join("|".join(code_of(each)) for each in kinds)
        system, value = "urn:crosswalk:consent", f"{draft.patient['id']}|{kind}|{found.get('dateTime', '')}"
    resource = draft.make("Consent", system, value)
    resource.update(found, status=state, scope=SCOPE, patient=refer(draft.patient))
    resource["policyRule"] = policies[0] if policies else NO_POLICY
    draft.provide(resource, "category", CATEGORY)
    draft.marks.append(Mark(segment.label, draft.peek(segment, 11) or state, reference(resource)))
    return resource
