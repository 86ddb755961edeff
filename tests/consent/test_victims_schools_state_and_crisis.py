# ruff: noqa: E501  # tables, one case a row
"""VAWA, FERPA, the Illinois act and the crisis line: each rule permits what it says and nothing beside it."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product

import pytest

from consent.circumstances import Emergency, Minor, Report, School, Threat
from consent.decide import decide
from consent.terms import (
    AgreementKind,
    Consent,
    ConsentDecision,
    ConsentKind,
    Disclosure,
    Duty,
    Effect,
    Holder,
    InfoClass,
    Jurisdiction,
    Label,
    Obligation,
    OrgType,
    Patient,
    ProcessKind,
    Purpose,
    ReceivedUnder,
    ReportLaw,
    Role,
    Signer,
    ThreatJudge,
)
from tests.consent.facts import (
    ADULT_PROTECTION,
    AT_HOSPITAL,
    CHARITY,
    CHICAGO,
    CHILD_PROTECTION,
    CLINIC,
    EMERGENCY,
    GUARDIAN,
    HOSPITAL,
    OFFICER,
    PARENT,
    PATIENT,
    PHI,
    PROSECUTOR,
    SOCIAL_WORKER,
    SPOUSE,
    agreement,
    consent,
    facts,
    oral,
    process,
)

O = Obligation  # noqa: E741  # a column of the tables
NOBODY: frozenset[Obligation] | None = None
"""What a row expects where the disclosure is denied; else the obligations beside AUDIT."""
SHELTER = Holder("Org/shelter", OrgType.VICTIM_SERVICE_PROVIDER, victim_service_grantee=True)
ADVOCATE = replace(CHARITY, org="Org/shelter", org_type=OrgType.VICTIM_SERVICE_PROVIDER, role=Role.ADVOCATE)
SCHOOL = Holder("Org/school", OrgType.SCHOOL)
PRINCIPAL = replace(CHARITY, org="Org/school", org_type=OrgType.SCHOOL, role=Role.PRINCIPAL)
TEAM = Holder("Group/team", OrgType.THREAT_TEAM)
MEMBER = replace(
    CHARITY,
    org="Group/team",
    org_type=OrgType.THREAT_TEAM,
    role=Role.TEAM_CLINICIAN,
    duties=frozenset({Duty.THREAT_TEAM_MEMBER}),
)
CENTRE = Holder("Org/988", OrgType.CRISIS_LINE_988)
COUNSELOR = replace(CHARITY, org="Org/988", org_type=OrgType.CRISIS_LINE_988)
PUPIL = Patient("Patient/a", date(2010, 10, 1))
DIAGNOSIS, HELD = frozenset({InfoClass.DIAGNOSIS}), ReceivedUnder.FERPA_99_31A1
ORDER = (process(ProcessKind.COURT_ORDER, mandate=True),)
THREAT = Threat(
    serious=True, imminent=True, recipient_can_prevent=True, good_faith=True, determined_by=ThreatJudge.THERAPIST
)
CHILD = Report(ReportLaw.CHILD_ABUSE, DIAGNOSIS)


def release(kind: ConsentKind, actor, purpose: Purpose = Purpose.COC, **changes: object) -> tuple[Consent, ...]:
    """One consent of this kind that names the recipient for this purpose."""
    return (consent(kind, actor, purposes=frozenset({purpose}), **changes),)


VAWA = {"holder": SHELTER, "own_labels": frozenset({Label.VAWA, Label.SDV})}
COURT = {**VAWA, "actor": PROSECUTOR, "purpose": Purpose.JUDICIAL, "legal_process": ORDER}
ABUSE = {**VAWA, "actor": CHILD_PROTECTION, "purpose": Purpose.ABUSE, "report_law": CHILD}
VICTIM_RULES = [
    ("advocate of the shelter", {**VAWA, "actor": ADVOCATE, "purpose": Purpose.VICTIMSVC}, set()),
    ("the shelter, for matching", {**VAWA, "actor": ADVOCATE, "purpose": Purpose.MATCH}, NOBODY),
    ("the shelter breaks no glass", {**VAWA, "actor": ADVOCATE, "purpose": Purpose.BTG}, NOBODY),
    ("where the shelter is, to nobody", {**VAWA, "own_labels": frozenset({Label.SHELTER_LOCATION})}, NOBODY),
    ("the client", {**VAWA, "actor": PATIENT, "purpose": Purpose.PATRQT}, set()),
    ("her spouse", {**VAWA, "actor": SPOUSE, "purpose": Purpose.FAMRQT}, NOBODY),
    ("treating provider, no release", VAWA, NOBODY),
    ("treating provider, release", {**VAWA, "consents": release(ConsentKind.VAWA_RELEASE, CLINIC, Purpose.TREAT)}, set()),
    ("treating provider, release, other purpose", {**VAWA, "consents": release(ConsentKind.VAWA_RELEASE, CLINIC, Purpose.HPAYMT), "purpose": Purpose.HPAYMT}, {O.MINIMUM}),
    ("charity, release", {**VAWA, "actor": CHARITY, "purpose": Purpose.COC, "consents": release(ConsentKind.VAWA_RELEASE, CHARITY)}, {O.MINIMUM}),
    ("charity, HIPAA authorization", {**VAWA, "actor": CHARITY, "purpose": Purpose.COC, "consents": release(ConsentKind.HIPAA_AUTHORIZATION, CHARITY)}, NOBODY),
    ("charity, release and refusal", {**VAWA, "actor": CHARITY, "purpose": Purpose.COC, "consents": (
        *release(ConsentKind.VAWA_RELEASE, CHARITY), *release(ConsentKind.VAWA_RELEASE, CHARITY, decision=ConsentDecision.DENY))}, NOBODY),
    ("order with mandate", COURT, {O.LIMIT_TO_ORDER, O.VICTIM_NOTICE}),
    ("order with mandate, investigation", {**COURT, "purpose": Purpose.LAW}, {O.LIMIT_TO_ORDER, O.VICTIM_NOTICE}),
    ("order with mandate, care", {**COURT, "purpose": Purpose.COC}, NOBODY),
    ("order without mandate", {**COURT, "legal_process": (process(ProcessKind.COURT_ORDER),)}, NOBODY),
    ("subpoena", {**COURT, "legal_process": (process(ProcessKind.SUBPOENA, mandate=True, satisfactory_assurance=True),)}, NOBODY),
    ("order about something else", {**COURT, "info_class": InfoClass.SAFETY_PLAN}, NOBODY),
    ("child abuse report", ABUSE, {O.LIMIT_TO_LAW, O.VICTIM_NOTICE}),
    ("child abuse report to adult protection", {**ABUSE, "actor": ADULT_PROTECTION}, NOBODY),
    ("child abuse report, beyond the law", {**ABUSE, "info_class": InfoClass.SAFETY_PLAN}, NOBODY),
    ("report law, asked for care", {**ABUSE, "purpose": Purpose.COC}, NOBODY),
    ("wound report", {**ABUSE, "actor": OFFICER, "purpose": Purpose.LAW, "report_law": Report(ReportLaw.GUNSHOT_WOUND, DIAGNOSIS)}, {O.LIMIT_TO_LAW, O.VICTIM_NOTICE}),
    ("wound report, as abuse", {**ABUSE, "actor": OFFICER, "report_law": Report(ReportLaw.GUNSHOT_WOUND, DIAGNOSIS)}, NOBODY),
    ("imminent threat", {**VAWA, "actor": OFFICER, "purpose": Purpose.THREAT, "threat": THREAT}, NOBODY),
    ("medical emergency", {**VAWA, "purpose": Purpose.ETREAT, "emergency": EMERGENCY}, NOBODY),
    ("MOU with police", {**VAWA, "actor": SOCIAL_WORKER, "purpose": Purpose.VICTIMSVC, "agreements": (agreement(AgreementKind.MOU, "Org/pd", "Org/shelter"),)}, NOBODY),
    ("requester of the referral", {**VAWA, "actor": SOCIAL_WORKER, "purpose": Purpose.VICTIMSVC, "info_class": InfoClass.REFERRAL_STATUS, "requester": "Org/pd"}, NOBODY),
]  # fmt: skip

FERPA = {
    "holder": SCHOOL,
    "own_labels": frozenset({Label.FERPA}),
    "patient": PUPIL,
    "actor": SOCIAL_WORKER,
    "purpose": Purpose.THREAT,
}
DESIGNATED = {
    **FERPA,
    "actor": MEMBER,
    "agreements": (agreement(AgreementKind.FERPA_SCHOOL_OFFICIAL, "Org/school", "Group/team"),),
}
DECLARED = {**FERPA, "school": School(articulable_significant_threat=True, emergency_ongoing=True), "threat": THREAT}
SIGNED = {
    **FERPA,
    "consents": release(ConsentKind.FERPA_99_30, SOCIAL_WORKER, Purpose.THREAT, signers=frozenset({Signer.PARENT})),
}
LATER = datetime(2028, 10, 1, tzinfo=CHICAGO)
SCHOOL_RULES = [
    ("principal", {**FERPA, "actor": PRINCIPAL, "purpose": Purpose.COC}, set()),
    ("principal, assessing a threat", {**FERPA, "actor": PRINCIPAL}, set()),
    ("principal, for matching", {**FERPA, "actor": PRINCIPAL, "purpose": Purpose.MATCH}, NOBODY),
    ("police", FERPA, NOBODY),
    ("designated member", DESIGNATED, {O.USE_LIMIT_99_33}),
    ("designated member, for care", {**DESIGNATED, "purpose": Purpose.COC}, NOBODY),
    ("colleague who is no member", {**DESIGNATED, "actor": replace(MEMBER, duties=frozenset())}, NOBODY),
    ("member not designated", {**DESIGNATED, "agreements": ()}, NOBODY),
    ("emergency", DECLARED, {O.MINIMUM, O.RECORD_FERPA_99_32}),
    ("emergency, nothing known of the recipient", {**DECLARED, "threat": None}, NOBODY),
    ("emergency, recipient can do nothing", {**DECLARED, "threat": replace(THREAT, recipient_can_prevent=False)}, NOBODY),
    ("emergency, asked for care", {**DECLARED, "purpose": Purpose.COC}, NOBODY),
    ("emergency over", {**DECLARED, "school": School(articulable_significant_threat=True, emergency_ongoing=False)}, NOBODY),
    ("vague threat", {**DECLARED, "school": School(articulable_significant_threat=False, emergency_ongoing=True)}, NOBODY),
    ("threat alone, no emergency declared", {**FERPA, "threat": THREAT}, NOBODY),
    ("parent's consent", SIGNED, {O.USE_LIMIT_99_33}),
    ("parent's consent, other purpose", {**SIGNED, "purpose": Purpose.LAW}, NOBODY),
    ("parent's consent, student of 18", {**SIGNED, "now": LATER, "consents": release(ConsentKind.FERPA_99_30, SOCIAL_WORKER, Purpose.THREAT,
     signers=frozenset({Signer.PARENT}), period_end=date(2030, 1, 1))}, NOBODY),
    ("general release", {**SIGNED, "consents": release(ConsentKind.GENERAL_RELEASE, SOCIAL_WORKER, Purpose.THREAT, signers=frozenset({Signer.PARENT}))}, NOBODY),
    ("member uses what the team received", {**FERPA, "holder": TEAM, "origin": "Org/school", "actor": MEMBER, "received_under": HELD}, {O.USE_LIMIT_99_33}),
    ("colleague uses what the team received", {**FERPA, "holder": TEAM, "origin": "Org/school", "actor": replace(MEMBER, duties=frozenset()), "received_under": HELD}, NOBODY),
    ("member uses it for care", {**FERPA, "holder": TEAM, "origin": "Org/school", "actor": MEMBER, "received_under": HELD, "purpose": Purpose.COC}, NOBODY),
    ("team passes it on", {**FERPA, "holder": TEAM, "origin": "Org/school", "received_under": HELD}, NOBODY),
    ("team passes it on in an emergency", {**DECLARED, "holder": TEAM, "origin": "Org/school", "received_under": HELD}, NOBODY),
    ("team passes it on with consent", {**SIGNED, "holder": TEAM, "origin": "Org/school", "received_under": HELD}, {O.USE_LIMIT_99_33}),
    ("student", {**FERPA, "actor": PATIENT, "purpose": Purpose.PATRQT}, set()),
    ("parent", {**FERPA, "actor": PARENT, "purpose": Purpose.FAMRQT}, set()),
    ("parent, other purpose", {**FERPA, "actor": PARENT, "purpose": Purpose.COC}, NOBODY),
    ("parent of a student of 18", {**FERPA, "actor": PARENT, "purpose": Purpose.FAMRQT, "now": LATER}, NOBODY),
    ("spouse", {**FERPA, "actor": SPOUSE, "purpose": Purpose.FAMRQT}, NOBODY),
    ("court order", {**FERPA, "purpose": Purpose.JUDICIAL, "legal_process": ORDER}, {O.LIMIT_TO_ORDER}),
    ("court order, for care", {**FERPA, "purpose": Purpose.COC, "legal_process": ORDER}, NOBODY),
    ("subpoena", {**FERPA, "purpose": Purpose.JUDICIAL, "legal_process": (process(ProcessKind.SUBPOENA),)}, NOBODY),
]  # fmt: skip

IL = {"jurisdiction": Jurisdiction.US_IL, "own_labels": frozenset({Label.IL_MHDDCA})}
FORM = {**IL, "actor": SOCIAL_WORKER, "purpose": Purpose.COC, "consents": release(ConsentKind.IL_110_5, SOCIAL_WORKER)}
RISK = {**IL, "actor": OFFICER, "purpose": Purpose.THREAT, "threat": THREAT}
URGENT = {**IL, "purpose": Purpose.ETREAT, "emergency": EMERGENCY}
TEEN, CHILD_OF_11 = Patient("Patient/a", date(2012, 1, 15)), Patient("Patient/a", date(2014, 5, 3))
TURNS_12_TODAY = Patient("Patient/a", date(2014, 5, 2))
ASKS = {**IL, "actor": PARENT, "purpose": Purpose.FAMRQT}
HEARD = Minor(state_lets_minor_consent_alone=False, informed=True, objects=False)
WRITER = replace(AT_HOSPITAL, duties=frozenset({Duty.ORIGINATOR_OF_NOTES}))
STATE_RULES = [
    ("own clinician", {**IL, "actor": AT_HOSPITAL}, set()),
    ("own clinician, for matching", {**IL, "actor": AT_HOSPITAL, "purpose": Purpose.MATCH}, NOBODY),
    ("treating provider without consent", IL, NOBODY),
    ("another state, a treating provider", {**IL, "jurisdiction": Jurisdiction.US, "own_labels": PHI | IL["own_labels"]}, set()),
    ("another state, nothing else governs", {**IL, "jurisdiction": Jurisdiction.US}, NOBODY),
    ("consent of the act", FORM, {O.NOREDISCLOSE_IL_110_5D}),
    ("consent of the act, also HIPAA's", {**FORM, "own_labels": PHI | IL["own_labels"]}, {O.NOREDISCLOSE_IL_110_5D}),
    ("HIPAA authorization", {**FORM, "consents": release(ConsentKind.HIPAA_AUTHORIZATION, SOCIAL_WORKER)}, NOBODY),
    ("consent names another", {**FORM, "actor": PROSECUTOR}, NOBODY),
    ("recipient of services", {**IL, "actor": PATIENT, "purpose": Purpose.PATRQT}, set()),
    ("recipient who turns 12 today", {**IL, "patient": TURNS_12_TODAY, "actor": PATIENT, "purpose": Purpose.PATRQT}, set()),
    ("recipient of 11", {**IL, "patient": CHILD_OF_11, "actor": PATIENT, "purpose": Purpose.PATRQT}, NOBODY),
    ("parent, child of 11", {**ASKS, "patient": CHILD_OF_11}, set()),
    ("parent, child turns 12 today", {**ASKS, "patient": TURNS_12_TODAY}, NOBODY),
    ("parent, child of 11, refusal", {**ASKS, "patient": CHILD_OF_11, "consents": release(ConsentKind.IL_110_5, PARENT, Purpose.FAMRQT, decision=ConsentDecision.DENY)}, NOBODY),
    ("parent, 14, informed", {**ASKS, "patient": TEEN, "minor": HEARD}, set()),
    ("parent, 14, nothing known", {**ASKS, "patient": TEEN}, NOBODY),
    ("parent, 14, not informed", {**ASKS, "patient": TEEN, "minor": replace(HEARD, informed=False)}, NOBODY),
    ("parent, 14, objects", {**ASKS, "patient": TEEN, "minor": replace(HEARD, objects=True)}, NOBODY),
    ("parent, other purpose", {**ASKS, "patient": TEEN, "minor": HEARD, "purpose": Purpose.COC}, NOBODY),
    ("parent of an adult", {**ASKS, "minor": HEARD}, NOBODY),
    ("guardian of an adult", {**IL, "actor": GUARDIAN, "purpose": Purpose.PATRQT}, set()),
    ("guardian of a minor, as the patient", {**IL, "actor": GUARDIAN, "purpose": Purpose.PATRQT, "patient": TEEN}, NOBODY),
    ("spouse", {**ASKS, "actor": SPOUSE, "patient": TEEN, "minor": HEARD}, NOBODY),
    ("therapist sees imminent risk", RISK, {O.DOC_GOOD_FAITH, O.MINIMUM}),
    *((f"risk, without {name}", {**RISK, "threat": replace(THREAT, **{name: False})}, NOBODY) for name in ("serious", "imminent", "recipient_can_prevent", "good_faith")),
    ("risk, in another's judgement", {**RISK, "threat": replace(THREAT, determined_by=ThreatJudge.TREATING_CLINICIAN)}, NOBODY),
    ("risk, nothing recorded", {**RISK, "threat": None}, NOBODY),
    ("emergency care", URGENT, set()),
    *((f"emergency, {flags}", {**URGENT, "emergency": Emergency(*flags)}, NOBODY) for flags in product((True, False), repeat=3) if flags != (True, False, False)),
    ("emergency, nothing recorded", {**URGENT, "emergency": None}, NOBODY),
    ("emergency, no medical personnel", {**URGENT, "actor": replace(CLINIC, medical_personnel=False)}, NOBODY),
    ("child abuse report", {**IL, "actor": CHILD_PROTECTION, "purpose": Purpose.ABUSE, "report_law": CHILD}, {O.LIMIT_TO_LAW}),
    ("elder abuse report", {**IL, "actor": ADULT_PROTECTION, "purpose": Purpose.ABUSE, "report_law": Report(ReportLaw.ELDER_ABUSE, DIAGNOSIS)}, NOBODY),
    ("court order", {**IL, "actor": PROSECUTOR, "purpose": Purpose.JUDICIAL, "legal_process": ORDER}, {O.LIMIT_TO_ORDER}),
    ("court order, investigation", {**IL, "actor": PROSECUTOR, "purpose": Purpose.LAW, "legal_process": ORDER}, NOBODY),
    ("subpoena", {**IL, "actor": PROSECUTOR, "purpose": Purpose.JUDICIAL, "legal_process": (process(ProcessKind.SUBPOENA),)}, NOBODY),
    ("personal notes, their writer", {**IL, "own_labels": frozenset({Label.PERSONAL_NOTES}), "actor": WRITER}, set()),
    ("personal notes, their writer, for matching", {**IL, "own_labels": frozenset({Label.PERSONAL_NOTES}), "actor": WRITER, "purpose": Purpose.MATCH}, NOBODY),
    ("personal notes, a colleague", {**IL, "own_labels": frozenset({Label.PERSONAL_NOTES}), "actor": AT_HOSPITAL}, NOBODY),
    ("personal notes, the patient", {**IL, "own_labels": frozenset({Label.PERSONAL_NOTES}), "actor": PATIENT, "purpose": Purpose.PATRQT}, NOBODY),
    ("personal notes by their class", {**FORM, "info_class": InfoClass.PERSONAL_NOTES,
     "consents": release(ConsentKind.IL_110_5, SOCIAL_WORKER, info_classes=frozenset({InfoClass.PERSONAL_NOTES}))}, NOBODY),
    ("personal notes elsewhere", {"own_labels": frozenset({Label.PERSONAL_NOTES})}, NOBODY),
    ("personal notes, by consent that names them", {**FORM, "own_labels": frozenset({Label.PERSONAL_NOTES, Label.IL_MHDDCA}), "info_class": InfoClass.PERSONAL_NOTES,
     "consents": release(ConsentKind.IL_110_5, SOCIAL_WORKER, info_classes=frozenset({InfoClass.PERSONAL_NOTES}))}, NOBODY),
]  # fmt: skip

LINE = {"holder": CENTRE, "own_labels": frozenset({Label.CRISIS988}), "info_class": InfoClass.LOCATION_CALLBACK}
CALL = {**LINE, "actor": OFFICER, "purpose": Purpose.THREAT, "threat": THREAT}
CRISIS_RULES = [
    ("counsellor", {**LINE, "actor": COUNSELOR, "purpose": Purpose.COC}, set()),
    ("counsellor, breaking the glass", {**LINE, "actor": COUNSELOR, "purpose": Purpose.BTG}, NOBODY),
    ("counsellor, for matching", {**LINE, "actor": COUNSELOR, "purpose": Purpose.MATCH}, NOBODY),
    ("treating provider, nothing agreed", LINE, NOBODY),
    ("mobile team, agreed", {**LINE, "purpose": Purpose.COC, "consents": (oral(CLINIC, Purpose.COC),)}, {O.MINIMUM}),
    ("mobile team, agreed to another", {**LINE, "purpose": Purpose.COC, "consents": (oral(CHARITY, Purpose.COC),)}, NOBODY),
    ("authorization is no agreement of the caller with the line", {**LINE, "purpose": Purpose.COC, "consents": release(ConsentKind.HIPAA_AUTHORIZATION, CLINIC)}, NOBODY),
    ("imminent risk", CALL, {O.DOC_GOOD_FAITH, O.LIMIT_FIELDS}),
    ("imminent risk, more than the place", {**CALL, "info_class": InfoClass.CONTACT_LOG}, NOBODY),
    ("imminent risk, asked for investigation", {**CALL, "purpose": Purpose.LAW}, NOBODY),
    ("risk, nothing recorded", {**CALL, "threat": None}, NOBODY),
    *((f"risk, without {name}", {**CALL, "threat": replace(THREAT, **{name: False})}, NOBODY) for name in ("serious", "imminent", "recipient_can_prevent", "good_faith")),
]  # fmt: skip

ROWS = [
    *((f"VAWA: {name}", *row) for name, *row in VICTIM_RULES),
    *((f"FERPA: {name}", *row) for name, *row in SCHOOL_RULES),
    *((f"740 ILCS 110: {name}", *row) for name, *row in STATE_RULES),
    *((f"988: {name}", *row) for name, *row in CRISIS_RULES),
]


@pytest.mark.parametrize(("given", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_rule_permits_what_it_says_and_nothing_beside_it(given, expected):
    decision = decide(facts(**given))
    if expected is NOBODY:
        assert decision.effect is Effect.DENY
        assert Obligation.INDISTINGUISHABLE in decision.obligations
    else:
        assert decision.effect is Effect.PERMIT
        assert decision.obligations == expected | {Obligation.AUDIT}


@pytest.mark.parametrize("label", [Label.VAWA, Label.FERPA, Label.IL_MHDDCA, Label.CRISIS988])
def test_a_record_under_two_laws_needs_both(label):
    at_hospital = {"holder": HOSPITAL, "jurisdiction": Jurisdiction.US_IL}
    assert decide(facts(**at_hospital)).effect is Effect.PERMIT
    assert decide(facts(**at_hospital, own_labels=PHI | {label})).effect is Effect.DENY


def test_a_decision_about_a_child_holds_until_the_twelfth_birthday():
    given: Disclosure = facts(**{**ASKS, "patient": CHILD_OF_11})
    end = decide(given).valid_until
    assert end == datetime(2026, 5, 3, tzinfo=CHICAGO)
    for later, effect in ((timedelta(seconds=-1), Effect.PERMIT), (timedelta(), Effect.DENY)):
        assert decide(facts(**{**ASKS, "patient": CHILD_OF_11, "now": end + later})).effect is effect
