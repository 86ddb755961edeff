# ruff: noqa: E501  # tables, one case a row
"""42 CFR Part 2: each section permits what it says and nothing beside it."""

from dataclasses import replace
from datetime import date

import pytest

from consent.decide import decide
from consent.terms import (
    AgreementKind,
    ConsentDecision,
    ConsentKind,
    CrimeOnPremises,
    Disclosure,
    Duty,
    Effect,
    InfoClass,
    Label,
    LocateSubject,
    Minor,
    Obligation,
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
    Restriction,
    RestrictionKind,
    Signer,
    Threat,
    ThreatJudge,
)
from tests.consent.facts import (
    ADULT_PROTECTION,
    AT_HOSPITAL,
    AT_PROGRAM,
    ATTORNEY,
    AUDITOR,
    CHARITY,
    CHILD_PROTECTION,
    CLINIC,
    EMERGENCY,
    FUND,
    GATEWAY,
    HEALTH_DEPARTMENT,
    HOSPITAL,
    OFFICER,
    P2,
    PATIENT,
    PHI,
    PLAIN_PROGRAM,
    PLAN,
    PROBATION,
    PROSECUTOR,
    SOCIAL_WORKER,
    STRANGER,
    UNIVERSITY,
    VENDOR,
    agreement,
    at_program,
    authorization,
    consent,
    facts,
    named,
    process,
    tpo,
)  # fmt: skip

PERMIT, DENY = Effect.PERMIT, Effect.DENY
KEEP, MINIMUM, ACCOUNT = Obligation.KEEP_P2_ORIGIN, Obligation.MINIMUM, Obligation.ACCOUNT_HIPAA_164_528
CONSENTED = {KEEP, Obligation.NOTICE_2_32, Obligation.CONSENT_COPY_2_32B, Obligation.ACCOUNT_P2_2_25}
OFFER, PERSON, ROUTE = (
    Obligation.OFFER_NON_IDENTIFYING_REPORT,
    Obligation.PRIVACY_OFFICER,
    Obligation.ROUTE_TO_MEDICAL_PERSONNEL,
)
NOTES = {"own_labels": P2 | {Label.SUDCOUNSELNOTE}, "info_class": InfoClass.COUNSELING_NOTES}
CIVIL = Proceeding(ProceedingKind.CIVIL, against_patient=True, matter="26-L-1")
AGAINST = Proceeding(ProceedingKind.CRIMINAL, against_patient=True, matter="26-CF-1")
ABOUT_PROGRAM = replace(AGAINST, against_patient=False)
LAW = {"actor": OFFICER, "purpose": Purpose.LAW}
COURT = {"actor": ATTORNEY, "purpose": Purpose.JUDICIAL}
HELD = {"holder": HOSPITAL, "own_labels": P2, "received_under": ReceivedUnder.PART2_TPO}
HIDDEN = {"info_class": InfoClass.CONFIDENTIAL_COMMUNICATION}
CHILD = Patient("Patient/a", date(2014, 1, 1))
THREAT = Threat(True, True, True, True, ThreatJudge.THERAPIST)


def order(
    kind: ProcessKind, *covers: InfoClass, mandate: bool = True, grounds_2_63: bool = False
) -> tuple[object, ...]:
    return (process(kind, *covers, mandate=mandate, grounds_2_63=grounds_2_63),)


def proceedings(**changes: object):
    given = {"purposes": frozenset({Purpose.JUDICIAL}), "matter": "26-CF-1", **changes}
    return consent(ConsentKind.PART2_PROCEEDINGS, PROSECUTOR, **given)


def supervision(**changes: object):
    return consent(ConsentKind.PART2_2_35, PROBATION, **{"purposes": frozenset({Purpose.SUPERVISION}), **changes})


def notes_consent(**changes: object):
    return consent(
        ConsentKind.PART2_COUNSELING_NOTES,
        CLINIC,
        **{"info_classes": frozenset({InfoClass.COUNSELING_NOTES}), **changes},
    )


def through(*recipients: Recipient):
    return consent(ConsentKind.PART2_INTERMEDIARY, CLINIC, recipients=recipients)


BY_GATEWAY = Recipient(intermediary="Org/gateway")
TREATING = Recipient(recipient_class=RecipientClass.TREATING_PARTICIPANTS)

SECTIONS: list[tuple[str, Disclosure, Effect, set[Obligation]]] = [
    ("2.31 TPO consent, treating provider", at_program(consents=(tpo(),)), PERMIT, CONSENTED),
    ("2.31 TPO consent, coordination", at_program(consents=(tpo(),), purpose=Purpose.COC), PERMIT, CONSENTED),
    ("2.31 TPO consent, emergency purpose is not listed", at_program(consents=(tpo(),), purpose=Purpose.ETREAT), DENY, set()),
    ("2.31 TPO consent, no treating relationship", at_program(consents=(tpo(),), actor=STRANGER), DENY, set()),
    ("2.31 TPO consent, provider by name", at_program(consents=(tpo(recipients=(Recipient(org="Org/other"),)),), actor=STRANGER),
     PERMIT, CONSENTED | {MINIMUM}),
    ("2.31 TPO consent, charity by name", at_program(actor=CHARITY, purpose=Purpose.TREAT,
     consents=(tpo(recipients=(Recipient(org="Org/housing"),)),)), DENY, set()),
    ("2.31 TPO consent, claim to a plan", at_program(consents=(tpo(),), actor=PLAN, purpose=Purpose.HPAYMT, info_class=InfoClass.CLAIM),
     PERMIT, CONSENTED | {MINIMUM}),
    ("2.31 TPO consent, chart to a plan", at_program(consents=(tpo(),), actor=PLAN, purpose=Purpose.HPAYMT), DENY, set()),
    ("2.31 TPO consent, plan for treatment", at_program(consents=(tpo(),), actor=PLAN), DENY, set()),
    ("2.31 TPO consent, helper of the programme", at_program(consents=(tpo(),), actor=VENDOR, purpose=Purpose.HOPERAT,
     agreements=(agreement(AgreementKind.BAA, "Org/vendor", "Org/otp"),)), PERMIT, CONSENTED | {MINIMUM}),
    ("2.31 TPO consent never serves an investigation", at_program(**LAW, consents=(
     tpo(recipients=(Recipient(org="Org/pd"),), purposes=frozenset({Purpose.LAW})),)), DENY, set()),
    ("2.31 named charity", at_program(actor=CHARITY, purpose=Purpose.COC, consents=(named(CHARITY),)), PERMIT, CONSENTED | {MINIMUM}),
    ("2.31 named police, investigation", at_program(**LAW, proceeding=AGAINST, consents=(named(OFFICER, Purpose.LAW),)), DENY, set()),
    ("2.31 named police, established as not against the patient", at_program(**LAW, proceeding=ABOUT_PROGRAM,
     consents=(named(OFFICER, Purpose.LAW),)), PERMIT, CONSENTED | {MINIMUM}),
    ("2.31 named, judicial", at_program(**COURT, proceeding=replace(CIVIL, against_patient=False),
     consents=(named(ATTORNEY, Purpose.JUDICIAL),)), DENY, set()),
    ("2.31 a HIPAA authorization is no Part 2 consent", at_program(actor=CHARITY, purpose=Purpose.COC,
     consents=(authorization(CHARITY),)), DENY, set()),
    ("2.31(a)(4)(ii) treating participant", at_program(consents=(through(BY_GATEWAY, TREATING),)),
     PERMIT, CONSENTED | {Obligation.INTERMEDIARY_LIST_2_24}),
    ("2.31(a)(4)(ii) participant by name", at_program(consents=(through(BY_GATEWAY, Recipient(org="Org/lake")),)), PERMIT, CONSENTED),
    ("2.31(a)(4)(ii) intermediary not named", at_program(consents=(through(TREATING),)), DENY, set()),
    ("2.31(a)(4)(ii) all participants name nobody", at_program(consents=(
     through(BY_GATEWAY, Recipient(recipient_class=RecipientClass.ALL_PARTICIPANTS)),)), DENY, set()),
    ("2.31(a)(4)(ii) participant that does not treat", at_program(actor=STRANGER, consents=(through(BY_GATEWAY, TREATING),)), DENY, set()),
    ("2.31(a)(4) class of another form", at_program(consents=(named(CLINIC, Purpose.TREAT, recipients=(TREATING,)),)), DENY, set()),
    ("2.31(a)(4) anyone", at_program(consents=(named(CLINIC, Purpose.TREAT,
     recipients=(Recipient(recipient_class=RecipientClass.ANYONE),)),)), DENY, set()),
    ("2.31(b) notes consent", at_program(**NOTES, consents=(notes_consent(),)), PERMIT, CONSENTED),
    ("2.31(b) notes consent combined", at_program(**NOTES, consents=(notes_consent(
     info_classes=frozenset({InfoClass.COUNSELING_NOTES, InfoClass.DIAGNOSIS})),)), DENY, set()),
    ("2.31(b) TPO consent", at_program(**NOTES, consents=(tpo(),)), DENY, set()),
    ("2.31(b) notes consent for the rest", at_program(consents=(notes_consent(),)), DENY, set()),
    ("2.31(b) originator", at_program(**NOTES, actor=replace(AT_PROGRAM, duties=frozenset({Duty.ORIGINATOR_OF_NOTES}))), PERMIT, {KEEP}),
    ("2.31(b) colleague", at_program(**NOTES, actor=AT_PROGRAM), DENY, set()),
    ("2.31(b) patient", at_program(**NOTES, actor=PATIENT, purpose=Purpose.PATRQT), DENY, set()),
    ("2.31(b) order on 2.63 grounds", at_program(**NOTES, **COURT, proceeding=CIVIL,
     legal_process=order(ProcessKind.ORDER_2_64, InfoClass.COUNSELING_NOTES, grounds_2_63=True)), PERMIT, {KEEP}),
    ("2.31(d) stand-alone", at_program(actor=PROSECUTOR, purpose=Purpose.JUDICIAL, proceeding=AGAINST, matter="26-CF-1",
     consents=(proceedings(),)), PERMIT, CONSENTED | {MINIMUM}),
    ("2.31(d) combined", at_program(actor=PROSECUTOR, purpose=Purpose.JUDICIAL, proceeding=AGAINST, matter="26-CF-1",
     consents=(proceedings(purposes=frozenset({Purpose.JUDICIAL, Purpose.COC})),)), DENY, set()),
    ("2.31(d) another matter", at_program(actor=PROSECUTOR, purpose=Purpose.JUDICIAL, proceeding=AGAINST, matter="26-CF-2",
     consents=(proceedings(),)), DENY, set()),
    ("2.31(d) no matter", at_program(actor=PROSECUTOR, purpose=Purpose.JUDICIAL, proceeding=replace(AGAINST, matter=None),
     consents=(proceedings(matter=None),)), DENY, set()),
    ("2.35 monitor", at_program(actor=PROBATION, purpose=Purpose.SUPERVISION, consents=(supervision(),)),
     PERMIT, CONSENTED | {MINIMUM, Obligation.USE_LIMIT_2_35D}),
    ("2.35 no duty", at_program(actor=replace(PROBATION, duties=frozenset()), purpose=Purpose.SUPERVISION,
     consents=(supervision(),)), DENY, set()),
    ("2.35(d) held, own duty", facts(actor=PROBATION, holder=replace(HOSPITAL, org="Org/probation", covered_entity=False),
     own_labels=frozenset({Label.PART2}), received_under=ReceivedUnder.PART2_2_35, purpose=Purpose.SUPERVISION,
     consents=(supervision(),)), PERMIT, {Obligation.USE_LIMIT_2_35D}),
    ("2.35(d) held, given to police", facts(**LAW, holder=replace(HOSPITAL, org="Org/probation", covered_entity=False),
     own_labels=frozenset({Label.PART2}), received_under=ReceivedUnder.PART2_2_35, consents=(supervision(),)), DENY, set()),
    ("2.12(c)(3) within the programme", at_program(actor=AT_PROGRAM), PERMIT, {KEEP}),
    ("2.12(c)(3) operations", at_program(actor=AT_PROGRAM, purpose=Purpose.HOPERAT), PERMIT, {KEEP, MINIMUM}),
    ("2.12(c)(3) refused", at_program(actor=AT_PROGRAM, consents=(
     consent(ConsentKind.PART2_TPO, AT_PROGRAM, decision=ConsentDecision.DENY),)), DENY, set()),
    ("2.12(c)(3) payment beyond the claim", at_program(actor=AT_PROGRAM, purpose=Purpose.HPAYMT), DENY, set()),
    ("2.12(c)(3) own, for police work", at_program(actor=AT_PROGRAM, purpose=Purpose.LAW), DENY, set()),
    ("2.12(c)(3) a holder that is no programme", facts(actor=AT_HOSPITAL, own_labels=P2), DENY, set()),
    ("2.12(c)(4) QSO", at_program(actor=VENDOR, purpose=Purpose.SERVICE,
     agreements=(agreement(AgreementKind.QSOA, "Org/vendor", "Org/otp"),)), PERMIT, {KEEP}),
    ("2.12(c)(4) business associate", at_program(actor=VENDOR, purpose=Purpose.SERVICE,
     agreements=(agreement(AgreementKind.BAA, "Org/vendor", "Org/otp"),)), PERMIT, {KEEP}),
    ("2.12(c)(4) no agreement", at_program(actor=VENDOR, purpose=Purpose.SERVICE), DENY, set()),
    ("2.12(c)(4) the QSO serves nobody else", facts(holder=GATEWAY, own_labels=P2, origin="Org/otp",
     agreements=(agreement(AgreementKind.QSOA, "Org/gateway", "Org/otp"),)), DENY, set()),
    ("2.12(c)(4) holder is no programme", facts(actor=VENDOR, own_labels=P2, purpose=Purpose.SERVICE,
     agreements=(agreement(AgreementKind.QSOA, "Org/vendor", "Org/mercy"),)), DENY, set()),
    ("2.12(c)(5) crime", at_program(**LAW, info_class=InfoClass.INCIDENT_2_12C5, crime_on_premises=CrimeOnPremises(True, True)),
     PERMIT, {ACCOUNT, Obligation.LIMIT_FIELDS}),
    ("2.12(c)(5) police ask", at_program(**LAW, info_class=InfoClass.INCIDENT_2_12C5, crime_on_premises=CrimeOnPremises(True, False)),
     DENY, set()),
    ("2.12(c)(5) the diagnosis", at_program(**LAW, crime_on_premises=CrimeOnPremises(True, True)), DENY, set()),
    ("2.12(c)(6) child abuse", at_program(actor=CHILD_PROTECTION, purpose=Purpose.ABUSE, info_class=InfoClass.INITIAL_REPORT,
     report_law=Report(ReportLaw.CHILD_ABUSE, frozenset({InfoClass.INITIAL_REPORT}))), PERMIT, {ACCOUNT, Obligation.LIMIT_TO_LAW}),
    ("2.12(c)(6) the original record", at_program(actor=CHILD_PROTECTION, purpose=Purpose.ABUSE,
     report_law=Report(ReportLaw.CHILD_ABUSE, frozenset({InfoClass.EVERY}))), DENY, set()),
    ("2.12(c)(6) adult abuse", at_program(actor=ADULT_PROTECTION, purpose=Purpose.ABUSE, info_class=InfoClass.INITIAL_REPORT,
     report_law=Report(ReportLaw.ADULT_ABUSE, frozenset({InfoClass.INITIAL_REPORT}))), DENY, {OFFER}),
    ("2.12(c)(6) no law", at_program(actor=CHILD_PROTECTION, purpose=Purpose.ABUSE), DENY, set()),
    ("2.12(d)(2)(ii) hospital's own diagnosis", facts(own_labels=PHI | {Label.SUD}), PERMIT, set()),
    ("2.13 threat", at_program(actor=OFFICER, purpose=Purpose.THREAT, threat=THREAT), DENY, {OFFER, PERSON}),
    ("2.13 locate", at_program(**LAW, info_class=InfoClass.LOCATE_FIELDS, locate=LocateSubject.MISSING_PERSON), DENY, set()),
    ("2.14 minor alone", at_program(patient=CHILD, minor=Minor(True, True, False), consents=(tpo(),)), PERMIT, CONSENTED),
    ("2.14 minor and parent", at_program(patient=CHILD, consents=(tpo(signers=frozenset({Signer.PATIENT, Signer.PARENT})),)),
     PERMIT, CONSENTED),
    ("2.14 parent alone", at_program(patient=CHILD, consents=(tpo(signers=frozenset({Signer.PARENT})),)), DENY, set()),
    ("2.15 representative", at_program(consents=(tpo(signers=frozenset({Signer.PERSONAL_REPRESENTATIVE})),)), PERMIT, CONSENTED),
    ("2.17 informant", facts(**{**HELD, "received_under": ReceivedUnder.PART2_2_17_INFORMANT}, consents=(tpo(),)), DENY, set()),
    ("2.23 patient", at_program(actor=PATIENT, purpose=Purpose.PATRQT), PERMIT, set()),
    ("2.23 patient at a hospital that received", facts(**HELD, actor=PATIENT, purpose=Purpose.PATRQT, proceeding=AGAINST), PERMIT, set()),
    ("2.26 restriction", at_program(consents=(tpo(),), restriction=Restriction(RestrictionKind.AGREED, "Org/lake")), DENY, set()),
    ("2.26 restriction, no PHI label", at_program(own_labels=frozenset({Label.PART2}), consents=(tpo(),),
     restriction=Restriction(RestrictionKind.AGREED, "Org/lake")), DENY, set()),
    ("2.26(a)(4) emergency", at_program(purpose=Purpose.ETREAT, emergency=EMERGENCY,
     restriction=Restriction(RestrictionKind.AGREED, "Org/lake")), PERMIT, {Obligation.REQUEST_NO_FURTHER_USE}),
    ("2.33(b)(1) to a treating clinic", facts(**HELD), PERMIT, {KEEP}),
    ("2.33(b)(1) no HIPAA basis", facts(**HELD, actor=SOCIAL_WORKER, purpose=Purpose.COC, consents=(named(SOCIAL_WORKER),)), DENY, set()),
    ("2.33(b)(1) authorization is a HIPAA basis", facts(**HELD, actor=SOCIAL_WORKER, purpose=Purpose.COC,
     consents=(authorization(SOCIAL_WORKER),)), PERMIT, {KEEP, MINIMUM}),
    ("2.33(b)(1) own operations", facts(**HELD, actor=AT_HOSPITAL, purpose=Purpose.HOPERAT), PERMIT, {KEEP, MINIMUM}),
    ("2.33(b)(1) court order of HIPAA", facts(**HELD, **LAW, legal_process=(process(ProcessKind.COURT_ORDER),)), DENY, set()),
    ("2.33(b)(1) subpart E order", facts(**HELD, **LAW, proceeding=AGAINST, legal_process=order(ProcessKind.ORDER_2_65)), PERMIT, {KEEP}),
    ("2.33(b)(1) threat, accounted for without a PHI label", facts(**{**HELD, "own_labels": frozenset({Label.PART2})}, actor=OFFICER,
     purpose=Purpose.THREAT, threat=THREAT), PERMIT, {ACCOUNT, KEEP, Obligation.DOC_GOOD_FAITH}),
    ("2.33(b)(1) against the patient", facts(**HELD, actor=OFFICER, purpose=Purpose.THREAT, threat=THREAT, proceeding=AGAINST),
     DENY, {OFFER}),
    ("2.33(b)(1) notes", facts(**{**HELD, **NOTES}, consents=(notes_consent(),)), DENY, set()),
    ("2.33(b)(2) programme that is no covered entity", facts(holder=PLAIN_PROGRAM, own_labels=frozenset({Label.PART2}),
     received_under=ReceivedUnder.PART2_TPO, consents=(tpo(),)), PERMIT, CONSENTED),
    ("2.33(b)(3) payer reads what it received under a TPO consent", facts(actor=FUND, holder=replace(PLAIN_PROGRAM, org="Org/fund",
     part2_program=False), own_labels=frozenset({Label.PART2}), received_under=ReceivedUnder.PART2_TPO, purpose=Purpose.HPAYMT,
     info_class=InfoClass.CLAIM), PERMIT, {KEEP, MINIMUM}),
    ("2.33(b)(3) payer reads what it received by name", facts(actor=FUND, holder=replace(PLAIN_PROGRAM, org="Org/fund",
     part2_program=False), own_labels=frozenset({Label.PART2}), received_under=ReceivedUnder.PART2_NAMED, purpose=Purpose.HPAYMT,
     info_class=InfoClass.CLAIM), DENY, set()),
    ("2.33(b)(3) contractor", facts(actor=VENDOR, holder=replace(PLAIN_PROGRAM, org="Org/fund", org_type=FUND.org_type,
     part2_program=False), own_labels=frozenset({Label.PART2}), received_under=ReceivedUnder.PART2_NAMED, purpose=Purpose.HPAYMT,
     info_class=InfoClass.BILLING, consents=(named(FUND, Purpose.HPAYMT),),
     agreements=(agreement(AgreementKind.PART2_2_33C, "Org/fund", "Org/vendor"),)), PERMIT, {KEEP, MINIMUM, Obligation.NOTICE_2_32}),
    ("2.33(b)(3) no contract", facts(actor=VENDOR, holder=replace(PLAIN_PROGRAM, org="Org/fund", part2_program=False),
     own_labels=frozenset({Label.PART2}), received_under=ReceivedUnder.PART2_NAMED, purpose=Purpose.HPAYMT,
     info_class=InfoClass.BILLING, consents=(named(FUND, Purpose.HPAYMT),)), DENY, set()),
    ("2.33(b)(3) consent gone", facts(actor=VENDOR, holder=replace(PLAIN_PROGRAM, org="Org/fund", part2_program=False),
     own_labels=frozenset({Label.PART2}), received_under=ReceivedUnder.PART2_NAMED, purpose=Purpose.HPAYMT,
     info_class=InfoClass.BILLING, agreements=(agreement(AgreementKind.PART2_2_33C, "Org/fund", "Org/vendor"),)), DENY, set()),
    ("2.51 medical personnel", at_program(purpose=Purpose.ETREAT, emergency=EMERGENCY),
     PERMIT, {KEEP, MINIMUM, Obligation.DOC_EMERGENCY_2_51C}),
    ("2.51 break-glass", at_program(purpose=Purpose.BTG, break_glass=True, emergency=EMERGENCY), PERMIT, {Obligation.BREAK_GLASS_REVIEW}),
    ("2.51 treatment is another purpose", at_program(emergency=EMERGENCY), DENY, set()),
    ("2.51 officer", at_program(actor=OFFICER, purpose=Purpose.ETREAT, emergency=EMERGENCY), DENY, {ROUTE}),
    ("2.51 consent obtainable", at_program(purpose=Purpose.ETREAT, emergency=replace(EMERGENCY, consent_obtainable=True)), DENY, set()),
    ("2.52 research", at_program(actor=UNIVERSITY, purpose=Purpose.HRESCH, research_approved=True),
     PERMIT, {ACCOUNT, Obligation.NO_REDISCLOSURE_2_52}),
    ("2.52 not approved", at_program(actor=UNIVERSITY, purpose=Purpose.HRESCH), DENY, set()),
    ("2.52 back to the programme", facts(actor=AT_PROGRAM, holder=replace(HOSPITAL, org="Org/uni", covered_entity=False), origin="Org/otp",
     own_labels=frozenset({Label.PART2}), received_under=ReceivedUnder.PART2_2_52, purpose=Purpose.HRESCH), PERMIT, set()),
    ("2.52 on to somebody else", facts(**{**HELD, "received_under": ReceivedUnder.PART2_2_52}, consents=(tpo(),)), DENY, set()),
    ("2.53 audit", at_program(actor=AUDITOR, purpose=Purpose.OVERSIGHT,
     agreements=(agreement(AgreementKind.PART2_2_53, "Org/state", "Org/otp"),)), PERMIT, {ACCOUNT, Obligation.NO_REDISCLOSURE_2_53}),
    ("2.53 no agreement", at_program(actor=AUDITOR, purpose=Purpose.OVERSIGHT), DENY, set()),
    ("2.54 identified", at_program(actor=HEALTH_DEPARTMENT, purpose=Purpose.PUBHLTH), DENY, set()),
    ("2.54 de-identified", at_program(actor=HEALTH_DEPARTMENT, purpose=Purpose.PUBHLTH,
     own_labels=frozenset({Label.PART2, Label.DEIDENTIFIED})), PERMIT, {Obligation.DEIDENTIFY}),
    ("2.61 subpoena alone", at_program(**COURT, proceeding=CIVIL, legal_process=(
     process(ProcessKind.SUBPOENA, mandate=True, satisfactory_assurance=True),)), DENY, set()),
    ("2.61 no mandate", at_program(**LAW, proceeding=AGAINST, legal_process=order(ProcessKind.ORDER_2_65, mandate=False)), DENY, {PERSON}),
    ("2.62 held for audit", facts(**{**HELD, "received_under": ReceivedUnder.PART2_2_53}, **LAW, proceeding=AGAINST,
     legal_process=order(ProcessKind.ORDER_2_65)), DENY, set()),
    ("2.63 no ground", at_program(**COURT, **HIDDEN, proceeding=CIVIL,
     legal_process=order(ProcessKind.ORDER_2_64, InfoClass.CONFIDENTIAL_COMMUNICATION)), DENY, set()),
    ("2.63 ground", at_program(**COURT, **HIDDEN, proceeding=CIVIL,
     legal_process=order(ProcessKind.ORDER_2_64, InfoClass.CONFIDENTIAL_COMMUNICATION, grounds_2_63=True)), PERMIT, {KEEP}),
    ("2.64 civil", at_program(**COURT, proceeding=CIVIL, legal_process=order(ProcessKind.ORDER_2_64)),
     PERMIT, {ACCOUNT, KEEP, Obligation.LIMIT_TO_ORDER}),
    ("2.64 criminal", at_program(**LAW, proceeding=AGAINST, legal_process=order(ProcessKind.ORDER_2_64)), DENY, set()),
    ("2.64 no proceeding", at_program(**COURT, legal_process=order(ProcessKind.ORDER_2_64)), DENY, set()),
    ("2.65 criminal", at_program(**LAW, proceeding=AGAINST, legal_process=order(ProcessKind.ORDER_2_65)), PERMIT, {ACCOUNT, KEEP}),
    ("2.65 defence attorney", at_program(**COURT, proceeding=AGAINST, legal_process=order(ProcessKind.ORDER_2_65)), DENY, set()),
    ("2.65 not against the patient", at_program(**LAW, proceeding=ABOUT_PROGRAM, legal_process=order(ProcessKind.ORDER_2_65)), DENY, set()),
    ("2.66 programme", at_program(**LAW, proceeding=ABOUT_PROGRAM, legal_process=order(ProcessKind.ORDER_2_66)), PERMIT, {KEEP}),
    ("2.66 against the patient", at_program(**LAW, proceeding=AGAINST, legal_process=order(ProcessKind.ORDER_2_66)), DENY, set()),
    ("2.66 overseer", at_program(actor=AUDITOR, purpose=Purpose.LAW, proceeding=ABOUT_PROGRAM,
     legal_process=order(ProcessKind.ORDER_2_66)), PERMIT, {KEEP}),
    ("2.67 undercover", at_program(**LAW, proceeding=AGAINST, legal_process=order(ProcessKind.ORDER_2_67)), DENY, set()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("disclosure", "effect", "duties"), [row[1:] for row in SECTIONS], ids=[row[0] for row in SECTIONS]
)
def test_a_section_permits_what_it_says_and_nothing_beside_it(disclosure, effect, duties):
    decision = decide(disclosure)
    assert decision.effect is effect
    assert duties <= decision.obligations


def test_a_treating_provider_is_not_held_to_the_minimum():
    assert MINIMUM not in decide(at_program(consents=(tpo(),))).obligations


def test_the_origin_does_not_travel_to_the_patient():
    assert KEEP not in decide(at_program(actor=PATIENT, purpose=Purpose.PATRQT)).obligations
    assert CLINIC.treating_relationship


WITH_TPO = {"consents": (tpo(purposes=frozenset(Purpose)),)}
BARRED = {
    "treatment under TPO": at_program(**WITH_TPO),
    "coordination, by name": at_program(actor=SOCIAL_WORKER, purpose=Purpose.COC, consents=(named(SOCIAL_WORKER),)),
    "the programme itself": at_program(actor=AT_PROGRAM),
    "operations of a qualified service": at_program(
        actor=VENDOR, purpose=Purpose.SERVICE, agreements=(agreement(AgreementKind.QSOA, "Org/otp", "Org/vendor"),)
    ),
    "redisclosure by who received for care": facts(
        own_labels=P2, origin="Org/otp", received_under=ReceivedUnder.PART2_TPO
    ),
}


@pytest.mark.parametrize("given", BARRED.values(), ids=list(BARRED))
def test_no_purpose_covers_use_against_the_patient(given):
    """42 CFR 2.12(d)(1)."""
    assert decide(given).effect is Effect.PERMIT
    assert decide(replace(given, context=replace(given.context, proceeding=AGAINST))).effect is Effect.DENY
    aside = replace(AGAINST, against_patient=False)
    assert decide(replace(given, context=replace(given.context, proceeding=aside))).effect is Effect.PERMIT


@pytest.mark.parametrize(
    "given",
    [
        at_program(actor=PATIENT, purpose=Purpose.PATRQT),
        at_program(purpose=Purpose.ETREAT, emergency=EMERGENCY),
        at_program(
            actor=PROBATION,
            purpose=Purpose.SUPERVISION,
            consents=(consent(ConsentKind.PART2_2_35, PROBATION, purposes=frozenset({Purpose.SUPERVISION})),),
        ),
    ],
    ids=["the patient", "an emergency", "supervision"],
)
def test_what_part2_permits_whatever_follows_stays_permitted(given):
    """42 CFR 2.23, 2.51, 2.35: the bar on use goes with the record."""
    assert decide(replace(given, context=replace(given.context, proceeding=AGAINST))).effect is Effect.PERMIT


def test_a_tpo_consent_pays_by_claim_and_billing_alone():
    """42 CFR 2.33(a)(2): as HIPAA permits, whatever the form names."""
    classes = frozenset({InfoClass.DIAGNOSIS, InfoClass.CLAIM})
    form = tpo(info_classes=classes)
    for asked, effect in ((InfoClass.DIAGNOSIS, Effect.DENY), (InfoClass.CLAIM, Effect.PERMIT)):
        given = at_program(actor=PLAN, purpose=Purpose.HPAYMT, info_class=asked, consents=(form,))
        assert decide(given).effect is effect


NOTES = {"info_class": InfoClass.COUNSELING_NOTES}
ORIGINATOR = replace(AT_PROGRAM, duties=frozenset({Duty.ORIGINATOR_OF_NOTES}))


def test_counselling_notes_have_no_consent_but_their_own():
    """42 CFR 2.31(b), (d)."""
    duty = consent(ConsentKind.PART2_2_35, PROBATION, purposes=frozenset({Purpose.SUPERVISION}),
                   info_classes=frozenset({InfoClass.COUNSELING_NOTES, InfoClass.ATTENDANCE}))  # fmt: skip
    held = at_program(
        actor=PROBATION,
        holder=replace(HOSPITAL, org="Org/probation", covered_entity=False),
        origin="Org/otp",
        own_labels=frozenset({Label.PART2}),
        purpose=Purpose.SUPERVISION,
        received_under=ReceivedUnder.PART2_2_35,
        consents=(duty,),
    )
    assert decide(replace(held, info_class=InfoClass.ATTENDANCE)).effect is Effect.PERMIT
    assert decide(replace(held, **NOTES)).effect is Effect.DENY
    against = replace(held, received_under=None, context=replace(held.context, proceeding=AGAINST))
    assert decide(replace(against, info_class=InfoClass.ATTENDANCE)).effect is Effect.PERMIT
    assert decide(replace(against, **NOTES)).effect is Effect.DENY


@pytest.mark.parametrize("purpose", [Purpose.TREAT, Purpose.BTG])
def test_the_originator_reads_notes_for_care_that_nobody_refused(purpose):
    given = at_program(actor=ORIGINATOR, purpose=purpose, **NOTES)
    assert decide(given).effect is (Effect.PERMIT if purpose is Purpose.TREAT else Effect.DENY)
    refusal = consent(ConsentKind.PART2_NAMED, None, decision=ConsentDecision.DENY, purposes=frozenset(),
                      info_classes=frozenset())  # fmt: skip
    assert decide(replace(given, consents=(refusal,))).effect is Effect.DENY
