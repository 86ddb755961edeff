"""The building blocks of invented situations: calm requests, and what consents, process and agreements add."""

from dataclasses import replace
from datetime import date, datetime
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
    Emergency,
    Expiry,
    InfoClass,
    Label,
    LegalProcess,
    Patient,
    Proceeding,
    ProceedingKind,
    ProcessKind,
    Purpose,
    ReceivedUnder,
    Recipient,
    RecipientClass,
    Report,
    ReportLaw,
    Signer,
    Threat,
    ThreatJudge,
    Victim,
)
from tests.consent.cedar.people import holder, person

CHICAGO = ZoneInfo("America/Chicago")
NOON = datetime(2026, 5, 2, 12, tzinfo=CHICAGO)
ADULT, FOURTEEN, NINE = date(1990, 3, 14), date(2012, 1, 15), date(2016, 8, 20)
CALM = Context(now=NOON, timezone=CHICAGO)
EMERGENCY = Emergency(medical=True, consent_obtainable=False, patient_refused=False)
THREAT = Threat(
    serious=True,
    imminent=True,
    recipient_can_prevent=True,
    good_faith=True,
    determined_by=ThreatJudge.THERAPIST,
)
SESSION = CjisSession(requestor_validated=True, fips_transport=True, idle_minutes=5)
AGAINST = Proceeding(ProceedingKind.CRIMINAL, against_patient=True, matter="26-CF-101")
CIVIL = Proceeding(ProceedingKind.CIVIL, against_patient=True)
TPO_CLASS = Recipient(recipient_class=RecipientClass.TPO_STANDARD)
VICTIM = Victim(
    agrees=False,
    incapacitated=True,
    represents_not_against_victim=True,
    represents_cannot_wait=True,
    best_interest=True,
    adult_abuse=False,
)


def asked(who: str, of: str, why: str, labels: str, what: str) -> Disclosure:
    """A calm disclosure: a person, an organisation that holds its own record, a purpose, labels and a class."""
    return Disclosure(
        actor=person(who),
        holder=holder(of),
        patient=Patient("Patient/p1", ADULT),
        purpose=Purpose(why),
        own_labels=frozenset(Label(label) for label in labels.split()),
        info_class=InfoClass(what),
        origin=f"Org/{of}",
        context=CALM,
    )


def with_consent(facts: Disclosure, kind: str, *recipients: Recipient, purposes: str = "") -> Disclosure:
    """The disclosure with a consent that covers it, and names its recipient where nobody else is named."""
    oral = kind == ConsentKind.ORAL_AGREEMENT
    consent = Consent(
        id="c1",
        kind=ConsentKind(kind),
        status=ConsentStatus.ACTIVE,
        decision=ConsentDecision.PERMIT,
        form=ConsentForm.ORAL_DOCUMENTED if oral else ConsentForm.WRITTEN,
        patient=facts.patient.id,
        signed_on=date(2026, 1, 1),
        signers=frozenset() if oral else frozenset({Signer.PATIENT}),
        period_start=date(2026, 1, 1),
        period_end=date(2026, 12, 31),
        expiry=Expiry.DATE,
        recipients=recipients or (Recipient(org=facts.actor.org),),
        purposes=frozenset(map(Purpose, purposes.split())) or frozenset({facts.purpose or Purpose.TREAT}),
        info_classes=frozenset({facts.info_class}),
    )
    return replace(facts, consents=(*facts.consents, consent))


def amid(facts: Disclosure, **groups: object) -> Disclosure:
    """The disclosure in other circumstances."""
    return replace(facts, context=replace(facts.context, **groups))  # type: ignore[arg-type]  # names checked at run time


def agreed(facts: Disclosure, kind: AgreementKind) -> Disclosure:
    """The disclosure under an agreement between recipient and holder."""
    return amid(facts, agreements=(Agreement(kind, frozenset({facts.actor.org, facts.holder.org})),))


def served(facts: Disclosure, kind: ProcessKind, proceeding: Proceeding | None = None) -> Disclosure:
    """The disclosure with process served that covers it and carries all that process may carry."""
    process = LegalProcess(
        kind,
        frozenset({facts.info_class}),
        mandate=True,
        grounds_2_63=True,
        satisfactory_assurance=True,
        three_part_statement=True,
    )
    return amid(facts, legal_process=(process,), proceeding=proceeding)


def under_law(facts: Disclosure, kind: ReportLaw) -> Disclosure:
    """The disclosure under a reporting law that covers it."""
    return amid(facts, report_law=Report(kind, frozenset({facts.info_class})))


def received(facts: Disclosure, under: ReceivedUnder, origin: str = "programme") -> Disclosure:
    """The disclosure of what the holder had from another under a rule."""
    return replace(facts, received_under=under, origin=f"Org/{origin}")


P2 = "PHI 42CFRPart2 SUD"
IL = "PHI MH IL-MHDDCA"
