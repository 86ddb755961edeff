"""A signed consent form, as the person who holds it reads it out, as FHIR Consent (docs/consent-on-the-wire.md)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from consent.code_sets import ACT_CODE
from consent.forms import Statement
from consent.instruments import ConsentDecision, ConsentForm, ConsentKind, RecipientClass
from consent.provisions import BASE, LOCAL_PURPOSES
from consent.vocabulary import InfoClass, Purpose, Role
from gateway.registry import organization_id

Json = dict[str, Any]

SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
USUAL_CLASSES = (InfoClass.REFERRAL, InfoClass.REFERRAL_STATUS, InfoClass.APPOINTMENT)
"""What a form opens where nothing else is said: that there is a referral, its status, and appointments."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a form names: an agency, or one job there."""

    agency: str
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class SignedForm:
    """What stands on the form. until is the last day, both ends included; None with no_expiry or where none is said."""

    holder: str
    patient: str = field(repr=False)
    kind: ConsentKind
    recipients: tuple[Recipient, ...]
    purposes: tuple[Purpose, ...]
    classes: tuple[InfoClass, ...]
    signed: date
    until: date | None = None
    no_expiry: bool = False
    decision: ConsentDecision = ConsentDecision.PERMIT
    form: ConsentForm = ConsentForm.WRITTEN
    states: tuple[Statement, ...] = ()
    document: str = "Signed consent form"


def consent_of(form: SignedForm) -> Json:
    """The Consent, active, in the holder's custody; the patient signed it."""
    made: Json = {
        "resourceType": "Consent",
        "extension": [_statements(form)],
        "status": "active",
        "scope": _concept(SCOPE, "patient-privacy"),
        "category": [_concept(f"{BASE}CodeSystem/consent-kind", form.kind)],
        "patient": {"reference": f"Patient/{form.patient}"},
        "dateTime": form.signed.isoformat(),
        "performer": [{"reference": f"Patient/{form.patient}"}],
        "organization": [_organization(form.holder)],
        "policyRule": _concept(ACT_CODE, "OPTIN" if form.decision is ConsentDecision.PERMIT else "OPTOUT"),
        "provision": _provision(form),
    }
    if form.form is ConsentForm.WRITTEN:
        made["sourceAttachment"] = {"title": form.document}
    return made


def _statements(form: SignedForm) -> Json:
    said: list[Json] = [{"url": "form", "valueCode": str(form.form)}]
    if form.no_expiry:
        said.append({"url": "expiry", "valueCode": "stated-none"})
    said += [{"url": str(each), "valueBoolean": True} for each in form.states]
    return {"url": f"{BASE}StructureDefinition/consent-statements", "extension": said}


def _provision(form: SignedForm) -> Json:
    period = {"start": form.signed.isoformat()}
    if form.until:
        period["end"] = form.until.isoformat()
    return {
        "type": str(form.decision),
        "period": period,
        "actor": [_actor(each) for each in form.recipients] or [_standard()],
        "purpose": [_purpose(each) for each in form.purposes],
        "class": [{"system": f"{BASE}CodeSystem/info-class", "code": str(each)} for each in form.classes],
    }


def _actor(recipient: Recipient) -> Json:
    made: Json = {"role": _concept(PARTICIPATION, "IRCP"), "reference": _organization(recipient.agency)}
    if recipient.role:
        made["extension"] = [{"url": f"{BASE}StructureDefinition/recipient-role", "valueCode": str(recipient.role)}]
    return made


def _standard() -> Json:
    """The class that 42 CFR 2.31(a)(4)(ii)(B) and (a)(5)(iii) let a TPO consent name instead of anybody."""
    words = "My treating providers, health plans, third-party payers, and people helping to operate this program"
    url = f"{BASE}StructureDefinition/recipient-class"
    extension = [{"url": url, "valueCode": str(RecipientClass.TPO_STANDARD)}]
    return {"extension": extension, "role": _concept(PARTICIPATION, "IRCP"), "reference": {"display": words}}


def _purpose(purpose: Purpose) -> Json:
    system = f"{BASE}CodeSystem/purpose" if purpose in LOCAL_PURPOSES else REASON
    return {"system": system, "code": str(purpose)}


def _organization(agency: str) -> Json:
    return {"reference": f"Organization/{organization_id(agency)}"}


def _concept(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": str(code)}]}
