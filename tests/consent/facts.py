"""Invented parties and facts from which the tests of the laws are put together."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from consent.terms import (
    Agreement,
    AgreementKind,
    CjisSession,
    Consent,
    ConsentDecision,
    ConsentForm,
    ConsentKind,
    ConsentStatus,
    Context,
    Disclosure,
    Duty,
    Emergency,
    Expiry,
    Holder,
    InfoClass,
    Label,
    LegalProcess,
    OrgType,
    Party,
    Patient,
    ProcessKind,
    Purpose,
    Recipient,
    RecipientClass,
    Relation,
    Role,
    Signer,
)

CHICAGO = ZoneInfo("America/Chicago")
NOW = datetime(2026, 5, 2, 12, 0, tzinfo=timezone(timedelta(hours=-5)))
ALL = frozenset({InfoClass.EVERY})
PHI, P2 = frozenset({Label.PHI}), frozenset({Label.PHI, Label.PART2})

CLINIC = Party(
    "Org/lake", OrgType.BEHAVIORAL_HEALTH, Role.CLINICIAN, registered=True, covered_entity=True,
    health_care_provider=True, treating_relationship=True, medical_personnel=True, mfa=True,
)  # fmt: skip
STRANGER = replace(CLINIC, org="Org/other", org_type=OrgType.HOSPITAL, treating_relationship=False)
OFFICER = Party(
    "Org/pd",
    OrgType.POLICE,
    Role.PATROL_OFFICER,
    registered=True,
    criminal_justice_agency=True,
    screened=True,
    mfa=True,
)
SOCIAL_WORKER = replace(OFFICER, role=Role.POLICE_SOCIAL_WORKER, duties=frozenset({Duty.SOCIAL_SERVICES}))
PROSECUTOR = replace(OFFICER, org="Org/sao", org_type=OrgType.PROSECUTOR, role=Role.ASSISTANT_STATES_ATTORNEY)
PROBATION = replace(
    OFFICER, org="Org/probation", org_type=OrgType.PROBATION, role=Role.SUPERVISING_OFFICER,
    duties=frozenset({Duty.MONITORS_CONDITIONAL_RELEASE}),
)  # fmt: skip
CHARITY = Party("Org/housing", OrgType.COMMUNITY_ORG, Role.CASE_MANAGER, registered=True, mfa=True)
PLAN = Party("Org/plan", OrgType.HEALTH_PLAN, Role.CLAIMS, registered=True, covered_entity=True, mfa=True)
FUND = Party("Org/fund", OrgType.PAYER_NOT_HIPAA, Role.CLAIMS, registered=True, mfa=True)
VENDOR = Party("Org/vendor", OrgType.CONTRACTOR, Role.SUPPORT_ENGINEER, registered=True, screened=True, mfa=True)
ATTORNEY = Party("Org/firm", OrgType.ATTORNEY, Role.CIVIL_ATTORNEY, registered=True, mfa=True)
CHILD_PROTECTION = Party("Org/dcfs", OrgType.CHILD_PROTECTION, Role.HOTLINE, registered=True, mfa=True)
ADULT_PROTECTION = Party("Org/aps", OrgType.ADULT_PROTECTION, Role.INVESTIGATOR, registered=True, mfa=True)
HEALTH_DEPARTMENT = Party("Org/county", OrgType.PUBLIC_HEALTH_AUTHORITY, Role.EPIDEMIOLOGIST, registered=True, mfa=True)
UNIVERSITY = Party("Org/uni", OrgType.RESEARCH, Role.INVESTIGATOR, registered=True, mfa=True)
AUDITOR = Party("Org/state", OrgType.OVERSIGHT_AGENCY, Role.AUDITOR, registered=True, mfa=True)
PATIENT = Party("Patient/a", OrgType.INDIVIDUAL, Role.PATIENT, registered=True, relation=Relation.SELF, mfa=True)
SPOUSE = replace(PATIENT, org="RelatedPerson/s", role=Role.SPOUSE, relation=Relation.SPOUSE)
PARENT = replace(PATIENT, org="RelatedPerson/p", role=Role.PARENT, relation=Relation.PARENT)
GUARDIAN = replace(PATIENT, org="RelatedPerson/g", role=Role.PARENT, relation=Relation.GUARDIAN)

HOSPITAL = Holder("Org/mercy", OrgType.HOSPITAL, covered_entity=True)
PROGRAM = Holder("Org/otp", OrgType.PART2_PROGRAM, covered_entity=True, part2_program=True)
PLAIN_PROGRAM = Holder("Org/sober", OrgType.PART2_PROGRAM, part2_program=True)
POLICE = Holder("Org/pd", OrgType.POLICE)
GATEWAY = Holder("Org/gateway", OrgType.GATEWAY_OPERATOR, covered_entity=True)
AT_PROGRAM = replace(CLINIC, org="Org/otp", org_type=OrgType.PART2_PROGRAM, part2_program=True)
AT_HOSPITAL = replace(CLINIC, org="Org/mercy", org_type=OrgType.HOSPITAL)
EMERGENCY = Emergency(medical=True, consent_obtainable=False, patient_refused=False)


def context(**facts: object) -> Context:
    """Noon in Chicago, and what the test establishes."""
    return Context(**{"now": NOW, "timezone": CHICAGO, **facts})  # type: ignore[arg-type]  # facts by name, checked at run


def facts(**changes: object) -> Disclosure:
    """A treating clinic asks the hospital for a diagnosis; keywords of Context go to the context."""
    of_context = {key: changes.pop(key) for key in list(changes) if key in Context.__dataclass_fields__}
    given: dict[str, object] = {
        "actor": CLINIC, "holder": HOSPITAL, "patient": Patient("Patient/a", date(1990, 3, 14)),
        "purpose": Purpose.TREAT, "own_labels": PHI, "info_class": InfoClass.DIAGNOSIS, **changes,
    }  # fmt: skip
    given.setdefault("origin", given["holder"].org)  # type: ignore[attr-defined]  # a Holder
    return Disclosure(**given, context=context(**of_context))  # type: ignore[arg-type]  # facts by name


def at_program(**changes: object) -> Disclosure:
    """The same clinic asks the programme for its record."""
    return facts(**{"holder": PROGRAM, "own_labels": P2, **changes})


def consent(kind: ConsentKind, actor: Party | None = CLINIC, **changes: object) -> Consent:
    """A live permit of this kind that names ``actor`` for treatment and every class, for the year 2026."""
    given: dict[str, object] = {
        "id": "c1", "kind": kind, "status": ConsentStatus.ACTIVE, "decision": ConsentDecision.PERMIT,
        "form": ConsentForm.WRITTEN, "patient": "Patient/a", "signed_on": date(2026, 1, 1),
        "signers": frozenset({Signer.PATIENT}), "period_start": date(2026, 1, 1), "period_end": date(2026, 12, 31),
        "expiry": Expiry.DATE, "recipients": (Recipient(org=actor.org),) if actor else (),
        "purposes": frozenset({Purpose.TREAT}), "info_classes": ALL, **changes,
    }  # fmt: skip
    return Consent(**given)  # type: ignore[arg-type]  # facts by name


def tpo(**changes: object) -> Consent:
    """A TPO consent with the standard class and no end."""
    given: dict[str, object] = {
        "recipients": (Recipient(recipient_class=RecipientClass.TPO_STANDARD),),
        "purposes": frozenset({Purpose.TREAT, Purpose.HPAYMT, Purpose.HOPERAT}),
        "period_end": None, "expiry": Expiry.STATED_NONE, **changes,
    }  # fmt: skip
    return consent(ConsentKind.PART2_TPO, None, **given)


def named(actor: Party, purpose: Purpose = Purpose.COC, **changes: object) -> Consent:
    """A Part 2 consent that names a recipient for one purpose."""
    return consent(ConsentKind.PART2_NAMED, actor, **{"purposes": frozenset({purpose}), **changes})


def authorization(actor: Party, purpose: Purpose = Purpose.COC, **changes: object) -> Consent:
    """A HIPAA authorization that names a recipient for one purpose."""
    return consent(ConsentKind.HIPAA_AUTHORIZATION, actor, **{"purposes": frozenset({purpose}), **changes})


def oral(actor: Party, purpose: Purpose, **changes: object) -> Consent:
    """A recorded oral agreement."""
    given = {"form": ConsentForm.ORAL_DOCUMENTED, "signers": frozenset(), "purposes": frozenset({purpose}), **changes}
    return consent(ConsentKind.ORAL_AGREEMENT, actor, **given)


def agreement(kind: AgreementKind, *parties: str) -> Agreement:
    """An agreement in force."""
    return Agreement(kind, frozenset(parties))


def process(kind: ProcessKind, *covers: InfoClass, **flags: bool) -> LegalProcess:
    """Process that covers a diagnosis unless told otherwise."""
    return LegalProcess(kind, frozenset(covers or {InfoClass.DIAGNOSIS}), **flags)


def session(**flags: object) -> CjisSession:
    """A validated session over an encrypted link, five minutes idle."""
    return CjisSession(**{"requestor_validated": True, "fips_transport": True, "idle_minutes": 5, **flags})  # type: ignore[arg-type]  # facts by name
