"""A signed consent form, as the person who holds it reads it out, as FHIR Consent (docs/consent-on-the-wire.md)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from consent.code_sets import ACT_CODE
from consent.forms import Statement
from consent.instruments import ConsentDecision, ConsentForm, ConsentKind, Expiry, RecipientClass
from consent.provisions import BASE, LOCAL_PURPOSES
from consent.vocabulary import InfoClass, Purpose, Role
from gateway.registry import organization_id

Json = dict[str, Any]

SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_USUAL = (InfoClass.REFERRAL, InfoClass.REFERRAL_STATUS, InfoClass.APPOINTMENT)
_CLASSES = {
    ConsentKind.PART2_TPO: (InfoClass.EVERY,),
    ConsentKind.PART2_COUNSELING_NOTES: (InfoClass.COUNSELING_NOTES,),
    ConsentKind.PSYCHOTHERAPY_NOTES_AUTHORIZATION: (InfoClass.PSYCHOTHERAPY_NOTES,),
    ConsentKind.PART2_2_35: (InfoClass.REFERRAL_STATUS, InfoClass.ATTENDANCE, InfoClass.PROGRESS),
}
_PURPOSES = {ConsentKind.PART2_TPO: (Purpose.TREAT, Purpose.HPAYMT, Purpose.HOPERAT)}


def usual_classes(kind: ConsentKind, decision: ConsentDecision) -> tuple[InfoClass, ...]:
    """What is meant where no class is said: all for a refusal, else what forms of the kind usually cover."""
    return () if decision is ConsentDecision.DENY else _CLASSES.get(kind, _USUAL)


def usual_purposes(kind: ConsentKind, decision: ConsentDecision) -> tuple[Purpose, ...]:
    """What it is for where no purpose is said: treatment, payment and operations are what a TPO consent is."""
    return () if decision is ConsentDecision.DENY else _PURPOSES.get(kind, ())


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
    if expiry := _expiry(form):
        said.append({"url": "expiry", "valueCode": str(expiry)})
    said += [{"url": str(each), "valueBoolean": True} for each in form.states]
    return {"url": f"{BASE}StructureDefinition/consent-statements", "extension": said}


def _expiry(form: SignedForm) -> Expiry | None:
    """How it ends where it names no day; a refusal without an end stands until the person takes it back."""
    if form.until:
        return None
    if form.decision is ConsentDecision.DENY:
        return Expiry.EVENT
    return Expiry.STATED_NONE if form.no_expiry else None


def _provision(form: SignedForm) -> Json:
    period = {"start": form.signed.isoformat()}
    if form.until:
        period["end"] = form.until.isoformat()
    made = {
        "type": str(form.decision),
        "period": period,
        "actor": [_actor(each) for each in form.recipients] or _unnamed(form),
        "purpose": [_purpose(each) for each in form.purposes],
        "class": [{"system": f"{BASE}CodeSystem/info-class", "code": str(each)} for each in form.classes],
    }
    return {name: value for name, value in made.items() if value}


def _actor(recipient: Recipient) -> Json:
    made: Json = {"role": _concept(PARTICIPATION, "IRCP"), "reference": _organization(recipient.agency)}
    if recipient.role:
        made["extension"] = [{"url": f"{BASE}StructureDefinition/recipient-role", "valueCode": str(recipient.role)}]
    return made


def _unnamed(form: SignedForm) -> list[Json]:
    """Recipients where none is named: of a TPO consent the standard class, of a refusal everybody, else nobody."""
    standard = form.kind is ConsentKind.PART2_TPO and form.decision is ConsentDecision.PERMIT
    return [_standard()] if standard else []


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
