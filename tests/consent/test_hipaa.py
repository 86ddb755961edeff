# ruff: noqa: E501  # tables, one case a row
"""45 CFR 164: each section permits what it says and nothing beside it."""

from dataclasses import replace
from datetime import date

import pytest

from consent.decide import decide
from consent.terms import (
    Admission,
    AgreementKind,
    ConsentDecision,
    ConsentKind,
    CrimeOnPremises,
    Custody,
    CustodyNeed,
    Disclosure,
    Duty,
    Effect,
    Family,
    InfoClass,
    Label,
    LocateSubject,
    Minor,
    Obligation,
    Patient,
    ProcessKind,
    Purpose,
    Recipient,
    RecipientClass,
    Report,
    ReportLaw,
    Restriction,
    RestrictionKind,
    Threat,
    ThreatJudge,
    Victim,
)
from tests.consent.facts import (
    ADULT_PROTECTION,
    AT_HOSPITAL,
    ATTORNEY,
    AUDITOR,
    CHARITY,
    CHILD_PROTECTION,
    CLINIC,
    EMERGENCY,
    FUND,
    GATEWAY,
    GUARDIAN,
    HEALTH_DEPARTMENT,
    OFFICER,
    PARENT,
    PATIENT,
    PHI,
    PLAN,
    SOCIAL_WORKER,
    SPOUSE,
    STRANGER,
    UNIVERSITY,
    VENDOR,
    agreement,
    authorization,
    consent,
    facts,
    oral,
    process,
)  # fmt: skip

PERMIT, DENY = Effect.PERMIT, Effect.DENY
ACCOUNT, MINIMUM = Obligation.ACCOUNT_HIPAA_164_528, Obligation.MINIMUM
SDV = PHI | {Label.SDV}
NOTES = {"own_labels": PHI | {Label.PSYTHPN}, "info_class": InfoClass.PSYCHOTHERAPY_NOTES}
CHILD = Patient("Patient/a", date(2014, 1, 1))
LAW = {"actor": OFFICER, "purpose": Purpose.LAW}
THREAT = Threat(True, True, True, True, ThreatJudge.TREATING_CLINICIAN)
UNABLE = Victim(False, True, True, True, True, False)
AGREES = Victim(True, False, False, False, False, False)
INVOLVED = Family(True, True, False)
ALONE, WITH_PARENT = Minor(True, True, False), Minor(False, True, False)
EVERY = tuple(InfoClass(c) for c in ("*",))
REFUSAL = consent(ConsentKind.HIPAA_AUTHORIZATION, CLINIC, decision=ConsentDecision.DENY)
MET = {"cell": 1}


def warrant(kind: ProcessKind, *covers: InfoClass, **flags: bool) -> tuple[object, ...]:
    return (process(kind, *covers, **flags),)


SECTIONS: list[tuple[str, Disclosure, Effect, set[Obligation]]] = [
    ("506(c)(2) treating provider", facts(), PERMIT, set()),
    ("506(c)(2) provider without relationship", facts(actor=STRANGER), DENY, set()),
    ("506(c)(2) coordination to police", facts(actor=SOCIAL_WORKER, purpose=Purpose.COC), DENY, set()),
    ("506(c)(2) live refusal stops treatment", facts(consents=(REFUSAL,)), DENY, set()),
    ("506(c)(2) refusal yields to an emergency", facts(consents=(REFUSAL,), emergency=EMERGENCY), PERMIT, set()),
    ("506(c)(2) SUD code of a hospital is no Part 2", facts(own_labels=PHI | {Label.SUD}), PERMIT, set()),
    ("506(c)(1) own treatment", facts(actor=replace(AT_HOSPITAL, treating_relationship=False)), PERMIT, set()),
    ("506(c)(1) own operations", facts(actor=AT_HOSPITAL, purpose=Purpose.HOPERAT), PERMIT, {MINIMUM}),
    ("506(c)(1) held by the gateway for its maker",
     facts(actor=AT_HOSPITAL, holder=GATEWAY, origin="Org/mercy", purpose=Purpose.HOPERAT), PERMIT, {MINIMUM}),
    ("506(c)(1) own, for law", facts(actor=AT_HOSPITAL, purpose=Purpose.LAW), DENY, set()),
    ("506(c)(1) own, for local administration", facts(actor=AT_HOSPITAL, purpose=Purpose.OPERATIONS), DENY, set()),
    ("506(c)(1) own payment", facts(actor=AT_HOSPITAL, purpose=Purpose.HPAYMT, info_class=InfoClass.BILLING), PERMIT, {MINIMUM}),
    ("506(c)(3) claim to a plan", facts(actor=PLAN, purpose=Purpose.HPAYMT, info_class=InfoClass.CLAIM), PERMIT, {MINIMUM}),
    ("506(c)(3) claim to a county fund", facts(actor=FUND, purpose=Purpose.HPAYMT, info_class=InfoClass.CLAIM), PERMIT, {MINIMUM}),
    ("506(c)(3) chart to a plan", facts(actor=PLAN, purpose=Purpose.HPAYMT, info_class=InfoClass.FULL_CHART), DENY, set()),
    ("506(c)(3) claim to police", facts(actor=OFFICER, purpose=Purpose.HPAYMT, info_class=InfoClass.CLAIM), DENY, set()),
    ("506(c)(4) operations of a covered entity that treats", facts(purpose=Purpose.HOPERAT), PERMIT, {MINIMUM}),
    ("506(c)(4) operations of a plan", facts(actor=PLAN, purpose=Purpose.HOPERAT), DENY, set()),
    ("506(c)(4) refused", facts(purpose=Purpose.HOPERAT, consents=(replace(REFUSAL, purposes=frozenset()),)), DENY, set()),
    ("502(e) business associate", facts(actor=VENDOR, purpose=Purpose.SERVICE,
     agreements=(agreement(AgreementKind.BAA, "Org/vendor", "Org/mercy"),)), PERMIT, {MINIMUM}),
    ("502(e) associate of somebody else", facts(actor=VENDOR, purpose=Purpose.SERVICE,
     agreements=(agreement(AgreementKind.BAA, "Org/vendor", "Org/lake"),)), DENY, set()),
    ("502(e) no agreement", facts(actor=VENDOR, purpose=Purpose.HOPERAT), DENY, set()),
    ("BTG clinician in an emergency", facts(purpose=Purpose.BTG, break_glass=True, emergency=EMERGENCY),
     PERMIT, {Obligation.BREAK_GLASS_REVIEW}),
    ("BTG without the button", facts(purpose=Purpose.BTG, emergency=EMERGENCY), DENY, set()),
    ("BTG without an emergency", facts(purpose=Purpose.BTG, break_glass=True), DENY, set()),
    ("BTG by who is no medical personnel", facts(actor=replace(CLINIC, medical_personnel=False), purpose=Purpose.BTG,
     break_glass=True, emergency=EMERGENCY), DENY, set()),
    ("BTG against the patient's word", facts(purpose=Purpose.BTG, break_glass=True,
     emergency=replace(EMERGENCY, patient_refused=True)), DENY, set()),
    ("501 charity on a determination", facts(actor=CHARITY, info_class=InfoClass.HOUSING_NEED, treatment_determination=True),
     PERMIT, {MINIMUM}),
    ("501 charity, more than the need", facts(actor=CHARITY, treatment_determination=True), DENY, set()),
    ("501 charity without determination", facts(actor=CHARITY, info_class=InfoClass.CONTACT), DENY, set()),
    ("508(c) authorization", facts(actor=SOCIAL_WORKER, purpose=Purpose.COC, consents=(authorization(SOCIAL_WORKER),)), PERMIT, set()),
    ("508(c) Illinois form serves", facts(actor=SOCIAL_WORKER, purpose=Purpose.COC, consents=(
     consent(ConsentKind.IL_110_5, SOCIAL_WORKER, purposes=frozenset({Purpose.COC})),)), PERMIT, set()),
    ("508(c) anyone", facts(actor=OFFICER, purpose=Purpose.LAW, consents=(authorization(OFFICER, Purpose.LAW,
     recipients=(Recipient(recipient_class=RecipientClass.ANYONE),)),)), PERMIT, set()),
    ("508(c) another purpose", facts(actor=SOCIAL_WORKER, purpose=Purpose.LAW, consents=(authorization(SOCIAL_WORKER),)), DENY, set()),
    ("508(c) a Part 2 consent is no authorization", facts(actor=CHARITY, purpose=Purpose.COC, consents=(
     consent(ConsentKind.PART2_NAMED, CHARITY, purposes=frozenset({Purpose.COC})),)), DENY, set()),
    ("508(a)(2) notes authorization", facts(**NOTES, actor=CHARITY, consents=(consent(
     ConsentKind.PSYCHOTHERAPY_NOTES_AUTHORIZATION, CHARITY, info_classes=frozenset({InfoClass.PSYCHOTHERAPY_NOTES})),)), PERMIT, set()),
    ("508(a)(2) notes authorization combined", facts(**NOTES, actor=CHARITY, consents=(consent(
     ConsentKind.PSYCHOTHERAPY_NOTES_AUTHORIZATION, CHARITY, info_classes=frozenset({InfoClass.PSYCHOTHERAPY_NOTES,
     InfoClass.DIAGNOSIS})),)), DENY, set()),
    ("508(a)(2) general authorization for notes", facts(**NOTES, actor=CHARITY, purpose=Purpose.COC,
     consents=(authorization(CHARITY),)), DENY, set()),
    ("508(a)(2) treating provider", facts(**NOTES), DENY, set()),
    ("508(a)(2) patient", facts(**NOTES, actor=PATIENT, purpose=Purpose.PATRQT), DENY, set()),
    ("508(a)(2)(i)(A) originator", facts(**NOTES, actor=replace(AT_HOSPITAL, duties=frozenset({Duty.ORIGINATOR_OF_NOTES}))),
     PERMIT, set()),
    ("508(a)(2)(i)(A) colleague", facts(**NOTES, actor=AT_HOSPITAL), DENY, set()),
    ("508(a)(2)(ii) threat", facts(**NOTES, actor=OFFICER, purpose=Purpose.THREAT, threat=THREAT), PERMIT, {ACCOUNT, MINIMUM}),
    ("508(a)(2)(ii) order naming the notes", facts(**NOTES, **LAW,
     legal_process=warrant(ProcessKind.COURT_ORDER, InfoClass.PSYCHOTHERAPY_NOTES)), PERMIT, {ACCOUNT}),
    ("508(a)(2)(ii) order for everything", facts(**NOTES, **LAW, legal_process=warrant(ProcessKind.COURT_ORDER, *EVERY)), DENY, set()),
    ("508(a)(2)(ii) report", facts(**NOTES, actor=CHILD_PROTECTION, purpose=Purpose.ABUSE,
     report_law=Report(ReportLaw.CHILD_ABUSE, frozenset({InfoClass.PSYCHOTHERAPY_NOTES}))), PERMIT, {ACCOUNT}),
    ("510(b) spouse", facts(actor=SPOUSE, purpose=Purpose.FAMRQT, info_class=InfoClass.FAMILY_RELEVANT, family=INVOLVED,
     consents=(oral(SPOUSE, Purpose.FAMRQT),)), PERMIT, {MINIMUM}),
    ("510(b) spouse, beyond the involvement", facts(actor=SPOUSE, purpose=Purpose.FAMRQT, family=INVOLVED,
     consents=(oral(SPOUSE, Purpose.FAMRQT),)), DENY, set()),
    ("510(b) spouse, agreed by name", facts(actor=SPOUSE, purpose=Purpose.FAMRQT, family=INVOLVED,
     consents=(oral(SPOUSE, Purpose.FAMRQT, info_classes=frozenset({InfoClass.DIAGNOSIS})),)), PERMIT, {MINIMUM}),
    ("510(b) no agreement on record", facts(actor=SPOUSE, purpose=Purpose.FAMRQT, info_class=InfoClass.FAMILY_RELEVANT,
     family=INVOLVED), DENY, set()),
    ("510(b) objects", facts(actor=SPOUSE, purpose=Purpose.FAMRQT, info_class=InfoClass.FAMILY_RELEVANT,
     family=replace(INVOLVED, objects=True), consents=(oral(SPOUSE, Purpose.FAMRQT),)), DENY, set()),
    ("510(b) not present", facts(actor=SPOUSE, purpose=Purpose.FAMRQT, info_class=InfoClass.FAMILY_RELEVANT,
     family=replace(INVOLVED, present=False), consents=(oral(SPOUSE, Purpose.FAMRQT),)), DENY, set()),
    ("510(b) domestic violence", facts(actor=SPOUSE, purpose=Purpose.FAMRQT, info_class=InfoClass.FAMILY_RELEVANT,
     family=INVOLVED, own_labels=SDV, consents=(oral(SPOUSE, Purpose.FAMRQT),)), DENY, set()),
    ("510(b) no facts", facts(actor=SPOUSE, purpose=Purpose.FAMRQT), DENY, set()),
    ("502(g)(3) parent of a minor", facts(actor=PARENT, purpose=Purpose.FAMRQT, patient=CHILD, minor=WITH_PARENT), PERMIT, set()),
    ("502(g)(3) minor consents alone", facts(actor=PARENT, purpose=Purpose.FAMRQT, patient=CHILD, minor=ALONE), DENY, set()),
    ("502(g)(3) parent of an adult", facts(actor=PARENT, purpose=Purpose.FAMRQT), DENY, set()),
    ("502(g)(2) guardian of an adult", facts(actor=GUARDIAN, purpose=Purpose.PATRQT), PERMIT, set()),
    ("502(g)(2) parent as the patient", facts(actor=PARENT, purpose=Purpose.PATRQT), DENY, set()),
    ("524 patient", facts(actor=PATIENT, purpose=Purpose.PATRQT), PERMIT, set()),
    ("524 patient with another purpose", facts(actor=PATIENT), DENY, set()),
    ("512(a) gunshot", facts(**LAW, info_class=InfoClass.GUNSHOT_INJURY,
     report_law=Report(ReportLaw.GUNSHOT_WOUND, frozenset({InfoClass.GUNSHOT_INJURY}))), PERMIT, {ACCOUNT, Obligation.LIMIT_TO_LAW}),
    ("512(a) gunshot, for another purpose", facts(actor=OFFICER, purpose=Purpose.ABUSE, info_class=InfoClass.GUNSHOT_INJURY,
     report_law=Report(ReportLaw.GUNSHOT_WOUND, frozenset({InfoClass.GUNSHOT_INJURY}))), DENY, set()),
    ("512(b)(1)(ii) child abuse", facts(actor=CHILD_PROTECTION, purpose=Purpose.ABUSE, info_class=InfoClass.INITIAL_REPORT,
     report_law=Report(ReportLaw.CHILD_ABUSE, frozenset({InfoClass.INITIAL_REPORT}))), PERMIT, {ACCOUNT, Obligation.LIMIT_TO_LAW}),
    ("512(b)(1)(ii) to a charity", facts(actor=CHARITY, purpose=Purpose.ABUSE, info_class=InfoClass.INITIAL_REPORT,
     report_law=Report(ReportLaw.CHILD_ABUSE, frozenset({InfoClass.INITIAL_REPORT}))), DENY, set()),
    ("512(b)(1)(i) public health", facts(actor=HEALTH_DEPARTMENT, purpose=Purpose.PUBHLTH), PERMIT, {ACCOUNT, MINIMUM}),
    ("512(b)(1)(i) somebody else", facts(actor=CHARITY, purpose=Purpose.PUBHLTH), DENY, set()),
    ("512(c) elder abuse", facts(actor=ADULT_PROTECTION, purpose=Purpose.ABUSE, info_class=InfoClass.INITIAL_REPORT,
     report_law=Report(ReportLaw.ELDER_ABUSE, frozenset({InfoClass.INITIAL_REPORT}))),
     PERMIT, {ACCOUNT, Obligation.LIMIT_TO_LAW, Obligation.INFORM_VICTIM_164_512C2}),
    ("512(c) domestic violence to police by law", facts(**LAW, own_labels=SDV, info_class=InfoClass.INJURY,
     report_law=Report(ReportLaw.ADULT_ABUSE, frozenset({InfoClass.INJURY}))), PERMIT, {ACCOUNT, Obligation.INFORM_VICTIM_164_512C2}),
    ("512(c) beyond the law", facts(actor=ADULT_PROTECTION, purpose=Purpose.ABUSE, info_class=InfoClass.FULL_CHART,
     report_law=Report(ReportLaw.ADULT_ABUSE, frozenset({InfoClass.INITIAL_REPORT}))), DENY, set()),
    ("512(d) oversight", facts(actor=AUDITOR, purpose=Purpose.OVERSIGHT), PERMIT, {ACCOUNT, MINIMUM}),
    ("512(d) police", facts(actor=OFFICER, purpose=Purpose.OVERSIGHT), DENY, set()),
    ("512(e)(1)(i) order", facts(actor=ATTORNEY, purpose=Purpose.JUDICIAL, legal_process=warrant(ProcessKind.COURT_ORDER)),
     PERMIT, {ACCOUNT, Obligation.LIMIT_TO_ORDER}),
    ("512(e)(1)(i) order for something else", facts(actor=ATTORNEY, purpose=Purpose.JUDICIAL,
     legal_process=warrant(ProcessKind.COURT_ORDER, InfoClass.LAB)), DENY, set()),
    ("512(e)(1)(i) subpart E order with mandate", facts(**LAW, legal_process=warrant(ProcessKind.ORDER_2_65, mandate=True)),
     PERMIT, {ACCOUNT}),
    ("512(e)(1)(i) subpart E order alone", facts(**LAW, legal_process=warrant(ProcessKind.ORDER_2_65)), DENY, set()),
    ("512(e)(1)(ii) second subpoena assured", facts(actor=ATTORNEY, purpose=Purpose.JUDICIAL, legal_process=(
     process(ProcessKind.SUBPOENA), process(ProcessKind.SUBPOENA, satisfactory_assurance=True))), PERMIT, {ACCOUNT}),
    ("512(e)(1)(ii) no assurance", facts(actor=ATTORNEY, purpose=Purpose.JUDICIAL, legal_process=warrant(ProcessKind.SUBPOENA)),
     DENY, set()),
    ("512(f)(1)(ii)(A) warrant", facts(**LAW, legal_process=warrant(ProcessKind.SEARCH_WARRANT)), PERMIT, {ACCOUNT}),
    ("512(f)(1)(ii)(A) warrant of an attorney", facts(actor=ATTORNEY, purpose=Purpose.JUDICIAL,
     legal_process=warrant(ProcessKind.SEARCH_WARRANT)), DENY, set()),
    ("512(f)(1)(ii)(A) arrest warrant", facts(**LAW, legal_process=warrant(ProcessKind.ARREST_WARRANT, *EVERY)), DENY, set()),
    ("512(f)(1)(ii)(A) undercover order", facts(**LAW, legal_process=warrant(ProcessKind.ORDER_2_67, mandate=True)), DENY, set()),
    ("512(f)(1)(ii)(B) grand jury", facts(**LAW, legal_process=warrant(ProcessKind.GRAND_JURY_SUBPOENA)), PERMIT, {ACCOUNT}),
    ("512(f)(1)(ii)(B) grand jury, to an attorney", facts(actor=ATTORNEY, purpose=Purpose.JUDICIAL,
     legal_process=warrant(ProcessKind.GRAND_JURY_SUBPOENA)), DENY, set()),
    ("512(f)(1)(ii)(C) request", facts(**LAW, legal_process=warrant(ProcessKind.ADMINISTRATIVE_REQUEST, three_part_statement=True)),
     PERMIT, {ACCOUNT, MINIMUM, Obligation.LIMIT_TO_ORDER}),
    ("512(f)(1)(ii)(C) no statement", facts(**LAW, legal_process=warrant(ProcessKind.ADMINISTRATIVE_REQUEST)), DENY, set()),
    ("512(f)(2) locate", facts(**LAW, info_class=InfoClass.LOCATE_FIELDS, locate=LocateSubject.SUSPECT),
     PERMIT, {ACCOUNT, Obligation.LIMIT_FIELDS}),
    ("512(f)(2) DNA", facts(**LAW, info_class=InfoClass.DNA_DENTAL, locate=LocateSubject.SUSPECT), DENY, set()),
    ("512(f)(2) to a charity", facts(actor=CHARITY, purpose=Purpose.LAW, info_class=InfoClass.LOCATE_FIELDS,
     locate=LocateSubject.SUSPECT), DENY, set()),
    ("512(f)(2) domestic violence", facts(**LAW, own_labels=SDV, info_class=InfoClass.LOCATE_FIELDS,
     locate=LocateSubject.MISSING_PERSON), DENY, set()),
    ("512(f)(3)(i) agreed on record", facts(**LAW, info_class=InfoClass.INJURY, victim=AGREES,
     consents=(oral(OFFICER, Purpose.LAW),)), PERMIT, {ACCOUNT, MINIMUM}),
    ("512(f)(3)(i) agreed, no record", facts(**LAW, info_class=InfoClass.INJURY, victim=AGREES), DENY, set()),
    ("512(f)(3)(ii) unable", facts(**LAW, info_class=InfoClass.INJURY, victim=UNABLE), PERMIT, {ACCOUNT, MINIMUM}),
    ("512(f)(3)(ii) not in the interest", facts(**LAW, info_class=InfoClass.INJURY, victim=replace(UNABLE, best_interest=False)),
     DENY, set()),
    ("512(f)(3)(ii) adult abuse", facts(**LAW, info_class=InfoClass.INJURY, victim=replace(UNABLE, adult_abuse=True)), DENY, set()),
    ("512(f)(5) premises", facts(**LAW, info_class=InfoClass.INCIDENT_2_12C5, crime_on_premises=CrimeOnPremises(True, True)),
     PERMIT, {ACCOUNT, Obligation.LIMIT_FIELDS}),
    ("512(f)(5) elsewhere", facts(**LAW, info_class=InfoClass.INCIDENT_2_12C5, crime_on_premises=CrimeOnPremises(False, True)),
     DENY, set()),
    ("512(f)(5) the chart", facts(**LAW, crime_on_premises=CrimeOnPremises(True, True)), DENY, set()),
    ("512(f)(6) off site", facts(**LAW, info_class=InfoClass.CRIME_ALERT, offsite_emergency_result_of_abuse=False),
     PERMIT, {ACCOUNT, Obligation.LIMIT_FIELDS}),
    ("512(f)(6) abuse", facts(**LAW, info_class=InfoClass.CRIME_ALERT, offsite_emergency_result_of_abuse=True), DENY, set()),
    ("512(f)(6) more than the alert", facts(**LAW, offsite_emergency_result_of_abuse=False), DENY, set()),
    ("512(i) approved", facts(actor=UNIVERSITY, purpose=Purpose.HRESCH, research_approved=True), PERMIT, {ACCOUNT}),
    ("512(i) not approved", facts(actor=UNIVERSITY, purpose=Purpose.HRESCH), DENY, set()),
    ("512(j)(1)(i) threat", facts(actor=OFFICER, purpose=Purpose.THREAT, threat=THREAT),
     PERMIT, {ACCOUNT, MINIMUM, Obligation.DOC_GOOD_FAITH}),
    ("512(j)(1)(i) abuse content to police", facts(actor=OFFICER, purpose=Purpose.THREAT, own_labels=SDV, threat=THREAT), DENY, set()),
    ("512(j)(1)(i) abuse content to a clinic", facts(actor=STRANGER, purpose=Purpose.THREAT, own_labels=SDV, threat=THREAT), PERMIT, {ACCOUNT}),
    ("512(j)(1)(i) no facts", facts(actor=OFFICER, purpose=Purpose.THREAT), DENY, set()),
    ("512(j)(1)(ii) statement", facts(**LAW, info_class=InfoClass.STATEMENT, admission=Admission(True, False)), PERMIT, {ACCOUNT}),
    ("512(j)(2)(i) learned in treatment", facts(**LAW, info_class=InfoClass.STATEMENT, admission=Admission(True, True)), DENY, set()),
    ("512(j)(3) more than the statement", facts(**LAW, admission=Admission(True, False)), DENY, set()),
    ("512(k)(5) custody", facts(actor=OFFICER, purpose=Purpose.CUSTODY, custody=Custody(True, CustodyNeed.HEALTH_CARE)),
     PERMIT, {MINIMUM}),
    ("512(k)(5) released", facts(actor=OFFICER, purpose=Purpose.CUSTODY, custody=Custody(False, CustodyNeed.HEALTH_CARE)), DENY, set()),
    ("512(k)(5) no need", facts(actor=OFFICER, purpose=Purpose.CUSTODY, custody=Custody(True, CustodyNeed.NONE)), DENY, set()),
    ("512(k)(5) whole chart", facts(actor=OFFICER, purpose=Purpose.CUSTODY, info_class=InfoClass.FULL_CHART,
     custody=Custody(True, CustodyNeed.TRANSPORT_SAFETY)), DENY, set()),
    ("522(a)(1)(iii) restriction", facts(restriction=Restriction(RestrictionKind.AGREED, "Org/lake")), DENY, set()),
    ("522(a)(1)(iii) against another", facts(restriction=Restriction(RestrictionKind.AGREED, "Org/other")), PERMIT, set()),
    ("522(a)(1)(iv) emergency", facts(purpose=Purpose.ETREAT, emergency=EMERGENCY,
     restriction=Restriction(RestrictionKind.AGREED, "Org/lake")), PERMIT, {Obligation.REQUEST_NO_FURTHER_USE}),
    ("522(a)(1)(v) an order is not restricted", facts(**LAW, legal_process=warrant(ProcessKind.COURT_ORDER),
     restriction=Restriction(RestrictionKind.AGREED, "Org/pd")), PERMIT, {ACCOUNT}),
    ("522(a)(1)(vi) paid in full", facts(actor=PLAN, purpose=Purpose.HPAYMT, info_class=InfoClass.CLAIM,
     restriction=Restriction(RestrictionKind.PAID_IN_FULL, "Org/plan")), DENY, set()),
    ("522(a)(1)(vi) does not reach treatment", facts(restriction=Restriction(RestrictionKind.PAID_IN_FULL, "Org/lake")), PERMIT, set()),
    ("no path for person matching", facts(purpose=Purpose.MATCH), DENY, set()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("disclosure", "effect", "duties"), [row[1:] for row in SECTIONS], ids=[row[0] for row in SECTIONS]
)
def test_a_section_permits_what_it_says_and_nothing_beside_it(disclosure, effect, duties):
    decision = decide(disclosure)
    assert decision.effect is effect
    assert duties <= decision.obligations
    assert (Obligation.INDISTINGUISHABLE in decision.obligations) is (effect is DENY)


def test_accounting_is_only_for_a_covered_entity():
    police_held = facts(
        actor=OFFICER, holder=replace(facts().holder, covered_entity=False), purpose=Purpose.THREAT, threat=THREAT
    )
    assert ACCOUNT not in decide(police_held).obligations
