"""Plausible situations, most of them lawful, from which random disclosures start: each regime's every way out."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from consent.terms import (
    Admission,
    Aggregate,
    Agreement,
    AgreementKind,
    CjisSession,
    Consent,
    ConsentDecision,
    ConsentForm,
    ConsentKind,
    ConsentStatus,
    Context,
    CrimeOnPremises,
    Custody,
    CustodyNeed,
    Disclosure,
    Emergency,
    Expiry,
    Family,
    InfoClass,
    Jurisdiction,
    Label,
    LegalProcess,
    LocateSubject,
    Minor,
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
    RevocationEvent,
    School,
    Signer,
    Suspension,
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


def situations() -> dict[str, Disclosure]:
    """Every situation by name."""
    tables = (part2(), part2_process(), health(), health_to_police(), justice(), victims(), schools(), illinois(), others())
    return {name: facts for table in tables for name, facts in table}


def part2() -> Iterable[tuple[str, Disclosure]]:
    """Ways out of Part 2 without process."""
    to_doctor = asked("doctor", "programme", "TREAT", P2, "diagnosis")
    to_charity = asked("case-manager", "programme", "COC", P2, "referral-status")
    to_worker = asked("social-worker", "programme", "COC", P2, "referral-status")
    notes = asked("clinician", "programme", "TREAT", f"{P2} SUDCOUNSELNOTE", "counseling-notes")
    bill = asked("claims", "programme", "HPAYMT", P2, "billing")
    emergency = amid(asked("paramedic", "programme", "ETREAT", P2, "diagnosis"), emergency=EMERGENCY)
    onward = received(asked("clinician", "hospital", "TREAT", P2, "diagnosis"), ReceivedUnder.PART2_TPO)
    fund = received(asked("engineer", "county-fund", "HPAYMT", "42CFRPart2", "billing"), ReceivedUnder.PART2_NAMED)
    progress = asked("supervising", "programme", "SUPERVISION", P2, "progress")
    supervised = with_consent(progress, "part2-2.35")
    event = replace(supervised.consents[0], revocation_event=RevocationEvent.FINAL_DISPOSITION)
    treating = Recipient(recipient_class=RecipientClass.TREATING_PARTICIPANTS)
    yield "p2 tpo", with_consent(to_doctor, "part2-tpo", TPO_CLASS, purposes="TREAT HPAYMT HOPERAT")
    yield "p2 tpo coordination", with_consent(replace(to_doctor, purpose=Purpose.COC), "part2-tpo", TPO_CLASS, purposes="TREAT")
    yield "p2 tpo payment", with_consent(bill, "part2-tpo", TPO_CLASS)
    yield "p2 tpo to police", with_consent(to_worker, "part2-tpo")
    yield "p2 named charity", with_consent(to_charity, "part2-named")
    yield "p2 named police", with_consent(to_worker, "part2-named", Recipient(org="Org/police", role=to_worker.actor.role))
    yield "p2 named law", with_consent(asked("officer", "programme", "LAW", P2, "attendance"), "part2-named")
    yield "p2 intermediary", with_consent(to_doctor, "part2-intermediary", Recipient(intermediary="Org/gateway"), treating)
    yield "p2 notes", with_consent(notes, "part2-counseling-notes")
    yield "p2 own notes", asked("counselor", "programme", "TREAT", f"{P2} SUDCOUNSELNOTE", "counseling-notes")
    yield "p2 supervision", replace(supervised, consents=(event,))
    yield "p2 supervision received", received(replace(supervised, consents=(event,)), ReceivedUnder.PART2_2_35)
    yield "p2 self", asked("patient", "programme", "PATRQT", P2, "diagnosis")
    yield "p2 own", asked("counselor", "programme", "TREAT", P2, "treatment-record")
    yield "p2 own received", received(asked("doctor", "hospital", "HOPERAT", P2, "diagnosis"), ReceivedUnder.PART2_TPO)
    yield "p2 emergency", emergency
    yield "p2 emergency restricted", amid(emergency, restriction=Restriction(RestrictionKind.AGREED, "Org/ambulance"))
    yield "p2 onward", onward
    yield "p2 onward authorized", with_consent(replace(onward, actor=person("officer"), purpose=Purpose.COC), "hipaa-authorization")
    yield "p2 onward threat", amid(replace(onward, actor=person("officer"), purpose=Purpose.THREAT), threat=THREAT)
    yield "p2 house onward", received(with_consent(asked("doctor", "recovery-house", "TREAT", "42CFRPart2", "diagnosis"), "part2-tpo", TPO_CLASS), ReceivedUnder.PART2_TPO)
    yield "p2 contractor", agreed(fund, AgreementKind.PART2_2_33C)
    yield "p2 service", agreed(asked("matching", "programme", "SERVICE", P2, "identifier"), AgreementKind.QSOA)
    yield "p2 service associate", agreed(asked("engineer", "programme", "SERVICE", P2, "bundle"), AgreementKind.BAA)
    yield "p2 audit", agreed(asked("auditor", "programme", "OVERSIGHT", P2, "diagnosis"), AgreementKind.PART2_2_53)
    yield "p2 research", amid(asked("researcher", "programme", "HRESCH", P2, "diagnosis"), research_approved=True)
    yield "p2 de-identified", asked("epidemiologist", "programme", "PUBHLTH", "42CFRPart2 DEIDENTIFIED", "aggregate")
    yield "p2 payment restricted", amid(with_consent(bill, "part2-tpo", TPO_CLASS), restriction=Restriction(RestrictionKind.PAID_IN_FULL, "Org/plan"))
    yield "p2 own informant", replace(asked("officer", "police", "COC", "42CFRPart2", "case-note"), received_under=ReceivedUnder.PART2_2_17_INFORMANT)


def part2_process() -> Iterable[tuple[str, Disclosure]]:
    """Part 2 and the courts, crimes and reports."""
    to_officer = asked("officer", "programme", "LAW", P2, "attendance")
    to_attorney = asked("attorney", "programme", "JUDICIAL", P2, "attendance")
    in_court = asked("prosecuting", "programme", "JUDICIAL", P2, "attendance")
    talk = asked("attorney", "programme", "JUDICIAL", f"{P2} CONFIDENTIAL-COMMUNICATION", "confidential-communication")
    alone = with_consent(in_court, "part2-proceedings")
    one_matter = replace(alone, matter="26-CF-101", consents=(replace(alone.consents[0], matter="26-CF-101"),))
    incident = asked("officer", "programme", "LAW", "42CFRPart2", "incident-2.12c5")
    report = asked("hotline", "programme", "ABUSE", "PHI 42CFRPart2", "initial-report")
    audited = received(asked("prosecuting", "auditors", "LAW", P2, "diagnosis"), ReceivedUnder.PART2_2_53)
    notes = asked("attorney", "programme", "JUDICIAL", f"{P2} SUDCOUNSELNOTE", "counseling-notes")
    yield "p2 order civil", served(to_attorney, ProcessKind.ORDER_2_64, CIVIL)
    yield "p2 order notes", served(notes, ProcessKind.ORDER_2_64, CIVIL)
    yield "p2 order communication", served(talk, ProcessKind.ORDER_2_64, CIVIL)
    yield "p2 order against patient", served(to_officer, ProcessKind.ORDER_2_65, AGAINST)
    yield "p2 order against programme", served(to_officer, ProcessKind.ORDER_2_66, replace(AGAINST, against_patient=False))
    yield "p2 order audited", served(audited, ProcessKind.ORDER_2_65, AGAINST)
    yield "p2 warrant", served(to_officer, ProcessKind.SEARCH_WARRANT, AGAINST)
    yield "p2 proceedings", amid(one_matter, proceeding=AGAINST)
    yield "p2 crime", amid(incident, crime_on_premises=CrimeOnPremises(occurred=True, reported_by_program=True))
    yield "p2 child abuse", under_law(report, ReportLaw.CHILD_ABUSE)
    yield "p2 onward order", received(served(replace(to_officer, holder=holder("hospital")), ProcessKind.ORDER_2_65, AGAINST), ReceivedUnder.PART2_TPO)


def health() -> Iterable[tuple[str, Disclosure]]:
    """Ways out of HIPAA but to police."""
    care = asked("clinician", "hospital", "TREAT", "PHI MH", "diagnosis")
    contact = asked("case-manager", "hospital", "COC", "PHI", "contact")
    notes = asked("clinician", "hospital", "TREAT", "PHI PSYTHPN", "psychotherapy-notes")
    broken = amid(replace(care, purpose=Purpose.BTG), break_glass=True, emergency=EMERGENCY)
    restriction = Restriction(RestrictionKind.AGREED, "Org/clinic")
    spouse = asked("spouse", "hospital", "FAMRQT", "PHI", "family-relevant")
    beside = amid(with_consent(spouse, "oral-agreement"), family=Family(involved_in_care=True, present=True, objects=False))
    child = replace(asked("mother", "clinic", "FAMRQT", "PHI", "diagnosis"), patient=Patient("Patient/p1", NINE))
    refused = with_consent(care, "hipaa-authorization")
    refusal = replace(refused.consents[0], decision=ConsentDecision.DENY)
    yield "hipaa care", care
    yield "hipaa coordination", replace(care, purpose=Purpose.COC)
    yield "hipaa refused", replace(refused, consents=(refusal,))
    yield "hipaa refused emergency", amid(replace(refused, consents=(refusal,)), emergency=EMERGENCY)
    yield "hipaa restricted", amid(care, restriction=restriction)
    yield "hipaa break glass", amid(broken, restriction=restriction)
    yield "hipaa own", asked("registrar", "hospital", "HPAYMT", "PHI", "full-chart")
    yield "hipaa own notes", asked("clinician", "clinic", "TREAT", "PHI PSYTHPN", "psychotherapy-notes")
    yield "hipaa notes authorized", with_consent(notes, "psychotherapy-notes-authorization")
    yield "hipaa payment", asked("claims", "hospital", "HPAYMT", "PHI", "claim")
    yield "hipaa payment restricted", amid(asked("claims", "hospital", "HPAYMT", "PHI", "claim"), restriction=Restriction(RestrictionKind.PAID_IN_FULL, "Org/plan"))
    yield "hipaa operations", asked("doctor", "clinic", "HOPERAT", "PHI", "full-chart")
    yield "hipaa plan operations", asked("claims", "hospital", "HOPERAT", "PHI", "claim")
    yield "hipaa operations held", replace(asked("doctor", "gateway", "HOPERAT", "PHI", "bundle"), origin="Org/hospital")
    yield "hipaa associate", agreed(asked("matching", "hospital", "SERVICE", "PHI", "demographics"), AgreementKind.BAA)
    yield "hipaa self", asked("patient", "hospital", "PATRQT", "PHI", "full-chart")
    yield "hipaa authorized", with_consent(contact, "hipaa-authorization")
    yield "hipaa anyone", with_consent(contact, "hipaa-authorization", Recipient(recipient_class=RecipientClass.ANYONE))
    yield "hipaa charity", amid(contact, treatment_determination=True)
    yield "hipaa family", beside
    yield "hipaa parent", amid(child, minor=Minor(state_lets_minor_consent_alone=False, informed=True, objects=False))
    yield "hipaa minor", with_consent(replace(contact, patient=Patient("Patient/p1", FOURTEEN)), "hipaa-authorization")
    yield "hipaa public health", asked("epidemiologist", "hospital", "PUBHLTH", "PHI", "lab")
    yield "hipaa research", amid(asked("researcher", "hospital", "HRESCH", "PHI", "lab"), research_approved=True)
    yield "hipaa oversight", asked("auditor", "hospital", "OVERSIGHT", "PHI", "billing")
    yield "hiv care", asked("clinician", "hospital", "TREAT", "PHI HIV", "lab")
    yield "hiv self", asked("patient", "hospital", "PATRQT", "PHI HIV", "lab")
    yield "hiv authorized", with_consent(asked("case-manager", "hospital", "COC", "PHI HIV", "lab"), "hipaa-authorization")


def health_to_police() -> Iterable[tuple[str, Disclosure]]:
    """HIPAA's ways to police, courts and protection agencies (45 CFR 164.512)."""
    injury = asked("officer", "hospital", "LAW", "PHI", "injury")
    agrees = with_consent(injury, "oral-agreement")
    alert = asked("officer", "ambulance", "LAW", "PHI", "crime-alert")
    chart = asked("officer", "hospital", "LAW", "PHI", "discharge-summary")
    civil = asked("attorney", "hospital", "JUDICIAL", "PHI", "discharge-summary")
    statement = asked("officer", "clinic", "LAW", "PHI MH", "statement")
    medication = asked("officer", "hospital", "CUSTODY", "PHI", "medication")
    told = Admission(violent_crime=True, learned_in_treatment_of_conduct=False)
    yield "police threat", amid(asked("officer", "clinic", "THREAT", "PHI MH", "diagnosis"), threat=THREAT)
    yield "police threat notes", amid(asked("officer", "clinic", "THREAT", "PHI PSYTHPN", "psychotherapy-notes"), threat=THREAT)
    yield "police threat abuse", amid(asked("officer", "clinic", "THREAT", "PHI SDV", "diagnosis"), threat=THREAT)
    yield "police admission", amid(statement, admission=told)
    yield "police locate", amid(replace(injury, info_class=InfoClass.LOCATE_FIELDS), locate=LocateSubject.MISSING_PERSON)
    yield "police victim agrees", amid(agrees, victim=replace(VICTIM, agrees=True, incapacitated=False))
    yield "police victim cannot", amid(injury, victim=VICTIM)
    yield "police abuse", amid(replace(injury, own_labels=frozenset({Label.PHI, Label.SDV})), victim=replace(VICTIM, adult_abuse=True))
    yield "police offsite", amid(alert, offsite_emergency_result_of_abuse=False)
    yield "police premises", amid(replace(alert, info_class=InfoClass.INCIDENT_2_12C5), crime_on_premises=CrimeOnPremises(occurred=True, reported_by_program=False))
    yield "police custody", amid(medication, custody=Custody(lawful=True, need=CustodyNeed.TRANSPORT_SAFETY))
    yield "police authorized", with_consent(asked("social-worker", "hospital", "COC", "PHI SDV", "handoff-status"), "hipaa-authorization")
    for kind in ProcessKind:
        yield f"police {kind}", served(chart, kind, AGAINST)
        yield f"civil {kind}", served(civil, kind, CIVIL)
    for law in ReportLaw:
        yield f"police report {law}", under_law(asked("officer", "hospital", "LAW", "PHI SDV", "gunshot-injury"), law)
        yield f"child report {law}", under_law(asked("hotline", "hospital", "ABUSE", "PHI", "initial-report"), law)
        yield f"adult report {law}", under_law(asked("investigator", "hospital", "ABUSE", "PHI SDV", "initial-report"), law)


def justice() -> Iterable[tuple[str, Disclosure]]:
    """FBI data and the agency's own."""
    chri = amid(asked("prosecuting", "police", "CRIMJUST", "CJI CHRI", "criminal-history"), cjis=SESSION)
    plain = amid(asked("county-officer", "police", "CRIMJUST", "CJI", "cji-record"), cjis=SESSION)
    wanted = amid(asked("case-manager", "police", "COC", "CJI NCIC-NONRESTRICTED", "cji-record"), cjis=replace(SESSION, authorized_by_law=True))
    ndex = amid(asked("officer", "police", "CRIMJUST", "CJI NDEX", "cji-record"), cjis=replace(SESSION, ndex_advance_permission=True, ndex_verified=True))
    story = asked("doctor", "police", "TREAT", "LE-LOCAL", "incident-narrative")
    vendor = amid(asked("engineer", "police", "CRIMJUST", "CJI CHRI", "bundle"), cjis=SESSION)
    referral = replace(asked("case-manager", "police", "COC", "LE-LOCAL", "referral"), requester="Org/police", performer="Org/charity")
    yield "cji chri", chri
    yield "cji exchanged", agreed(amid(chri, cjis=replace(SESSION, requestor_validated=False)), AgreementKind.CJIS_EXCHANGE)
    yield "cji plain", plain
    yield "cji own", amid(asked("officer", "police", "CRIMJUST", "CJI CHRI", "criminal-history"), cjis=SESSION)
    yield "cji law", amid(asked("officer", "police", "LAW", "CJI", "cji-record"), cjis=SESSION)
    yield "cji restricted", amid(asked("officer", "police", "CRIMJUST", "CJI NCIC-RESTRICTED", "alert"), cjis=SESSION)
    yield "cji wanted", replace(wanted, actor=replace(wanted.actor, screened=True))
    yield "cji wanted by the city", replace(wanted, actor=replace(person("analyst"), screened=True))
    yield "cji ndex", ndex
    yield "cji vendor", agreed(vendor, AgreementKind.CJIS_SECURITY_ADDENDUM)
    yield "cji idle", amid(chri, cjis=replace(SESSION, idle_minutes=30))
    yield "cji failures", amid(chri, cjis=replace(SESSION, failed_logons_15min=4))
    yield "local mou", agreed(story, AgreementKind.MOU)
    yield "local mou victims", agreed(asked("advocate", "police", "VICTIMSVC", "LE-LOCAL SDV", "incident-narrative"), AgreementKind.MOU)
    yield "local own", asked("officer", "police", "LAW", "LE-LOCAL", "incident-narrative")
    yield "local justice", asked("prosecuting", "police", "CRIMJUST", "LE-LOCAL", "contact-log")
    yield "local referral", referral
    yield "local juvenile", asked("officer", "police", "CRIMJUST", "LE-LOCAL JUVENILE", "incident-narrative")
    yield "local juvenile out", agreed(replace(story, own_labels=frozenset({Label.LE_LOCAL, Label.JUVENILE})), AgreementKind.MOU)
    yield "local held", replace(asked("doctor", "hospital", "TREAT", "LE-LOCAL", "incident-narrative"), origin="Org/police")


def victims() -> Iterable[tuple[str, Disclosure]]:
    """Victim services and 988."""
    plan = asked("doctor", "shelter", "TREAT", "VAWA SDV", "safety-plan")
    presence = asked("officer", "shelter", "LAW", "VAWA SHELTER-LOCATION", "presence")
    caller = asked("officer", "line-988", "THREAT", "CRISIS988", "location-callback")
    yield "vawa release", with_consent(plan, "vawa-release")
    yield "vawa release of place", with_consent(presence, "vawa-release")
    yield "vawa own", asked("advocate", "shelter", "VICTIMSVC", "VAWA SDV", "case-note")
    yield "vawa own care", asked("advocate", "shelter", "COC", "VAWA", "case-note")
    yield "vawa order", served(asked("prosecuting", "shelter", "JUDICIAL", "VAWA", "appointment"), ProcessKind.COURT_ORDER)
    yield "vawa self", asked("patient", "shelter", "PATRQT", "VAWA", "case-note")
    for law in ReportLaw:
        yield f"vawa report {law}", under_law(asked("hotline", "shelter", "ABUSE", "VAWA", "initial-report"), law)
        yield f"vawa adult report {law}", under_law(asked("investigator", "shelter", "ABUSE", "VAWA", "initial-report"), law)
    yield "988 agreed", with_consent(asked("responder", "line-988", "COC", "CRISIS988 SUD", "incident-narrative"), "oral-agreement")
    yield "988 risk", amid(caller, threat=replace(THREAT, determined_by=ThreatJudge.CRISIS_COUNSELOR))
    yield "988 own", asked("crisis-counselor", "line-988", "COC", "CRISIS988", "contact-log")
    yield "988 authorized", with_consent(asked("responder", "line-988", "COC", "CRISIS988", "referral"), "general-release")
    yield "988 self", asked("patient", "line-988", "PATRQT", "CRISIS988", "contact-log")


def schools() -> Iterable[tuple[str, Disclosure]]:
    """Education records."""
    record = replace(asked("officer", "school", "THREAT", "FERPA", "education-record"), patient=Patient("Patient/p1", FOURTEEN))
    signed = with_consent(record, "ferpa-99.30")
    parent = replace(signed.consents[0], signers=frozenset({Signer.PARENT}))
    official = agreed(replace(record, actor=person("team-clinician")), AgreementKind.FERPA_SCHOOL_OFFICIAL)
    team = replace(official, holder=holder("threat-team"), received_under=ReceivedUnder.FERPA_99_31A1)
    ongoing = School(articulable_significant_threat=True, emergency_ongoing=True)
    yield "ferpa parent", replace(signed, consents=(parent,))
    yield "ferpa student", replace(signed, patient=Patient("Patient/p1", date(2008, 2, 10)))
    yield "ferpa official", official
    yield "ferpa team", team
    yield "ferpa team to police", replace(team, actor=person("officer"))
    yield "ferpa emergency", amid(record, school=ongoing, threat=THREAT)
    yield "ferpa emergency alone", amid(record, school=ongoing)
    yield "ferpa team emergency", amid(replace(team, actor=person("officer")), school=ongoing, threat=THREAT)
    yield "ferpa own", asked("principal", "school", "COC", "FERPA", "education-record")
    yield "ferpa own threat", asked("principal", "school", "THREAT", "FERPA", "education-record")
    yield "ferpa self", asked("patient", "school", "PATRQT", "FERPA", "education-record")
    yield "ferpa mother", replace(record, actor=person("mother"), purpose=Purpose.FAMRQT)
    yield "ferpa order", served(record, ProcessKind.COURT_ORDER)
    yield "school unit", asked("officer", "school", "LAW", "LE-UNIT", "le-unit-record")


def illinois() -> Iterable[tuple[str, Disclosure]]:
    """The Illinois act."""
    to_worker = asked("social-worker", "clinic", "COC", IL, "diagnosis")
    forward = received(asked("prosecuting", "police", "LAW", "MH IL-MHDDCA", "diagnosis"), ReceivedUnder.IL_110_5, "clinic")
    threat = amid(asked("officer", "clinic", "THREAT", IL, "diagnosis"), threat=THREAT)
    mother = asked("mother", "clinic", "FAMRQT", IL, "diagnosis")
    informed = Minor(state_lets_minor_consent_alone=False, informed=True, objects=False)
    notes = asked("clinician", "clinic", "TREAT", f"{IL} PERSONAL-NOTES", "personal-notes")
    table = {
        "il consent": with_consent(to_worker, "il-110-5"),
        "il authorization": with_consent(to_worker, "hipaa-authorization"),
        "il forward": with_consent(forward, "il-110-5"),
        "il threat": threat,
        "il threat by clinician": amid(threat, threat=replace(THREAT, determined_by=ThreatJudge.TREATING_CLINICIAN)),
        "il own": asked("clinician", "clinic", "TREAT", IL, "diagnosis"),
        "il treatment": asked("doctor", "clinic", "TREAT", IL, "diagnosis"),
        "il emergency": amid(asked("doctor", "clinic", "ETREAT", IL, "medication"), emergency=EMERGENCY),
        "il mother": amid(replace(mother, patient=Patient("Patient/p1", FOURTEEN)), minor=informed),
        "il mother of a child": replace(mother, patient=Patient("Patient/p1", NINE)),
        "il self": asked("patient", "clinic", "PATRQT", IL, "diagnosis"),
        "il order": served(asked("officer", "clinic", "LAW", IL, "diagnosis"), ProcessKind.COURT_ORDER),
        "il child report": under_law(asked("hotline", "clinic", "ABUSE", IL, "initial-report"), ReportLaw.CHILD_ABUSE),
        "il notes": notes,
        "il notes consented": with_consent(replace(notes, actor=person("doctor")), "il-110-5"),
    }
    return [(name, amid(facts, jurisdiction=Jurisdiction.US_IL)) for name, facts in table.items()]


def others() -> Iterable[tuple[str, Disclosure]]:
    """Charities, logs, accountings, counts and what allows by itself."""
    note = asked("social-worker", "charity", "COC", "SOCIAL-SERVICE", "case-note")
    status = replace(note, requester="Org/police", performer="Org/charity", info_class=InfoClass.REFERRAL_STATUS)
    entry = asked("patient", "hospital", "PATRQT", "ACCOUNTING LE-SUSPENDABLE", "accounting-entry")
    counts = asked("analyst", "shelter", "OPERATIONS", "AGGREGATE", "aggregate")
    yield "charity release", with_consent(note, "general-release")
    yield "charity authorization", with_consent(note, "hipaa-authorization")
    yield "charity status", status
    yield "charity own", asked("case-manager", "charity", "COC", "SOCIAL-SERVICE", "case-note")
    yield "charity self", asked("patient", "charity", "PATRQT", "SOCIAL-SERVICE", "case-note")
    yield "accounting", replace(entry, own_labels=frozenset({Label.ACCOUNTING}))
    yield "accounting own", asked("registrar", "hospital", "HOPERAT", "ACCOUNTING", "accounting-entry")
    yield "accounting suspended", amid(entry, accounting=Suspension(written_statement=True, suspended_until=date(2026, 5, 2)))
    yield "accounting again", amid(entry, accounting=Suspension(written_statement=True, suspended_until=date(2026, 5, 1)))
    yield "audit log", asked("officer", "gateway", "LAW", "AUDIT-LOG", "audit-record")
    yield "audit log own", asked("matching", "gateway", "HOPERAT", "AUDIT-LOG", "audit-record")
    yield "counts", replace(counts, aggregate=Aggregate(cell=11, threshold=11, recoverable_by_subtraction=False))
    yield "public record", asked("advocate", "court", "VICTIMSVC", "PUBLIC-RECORD", "protective-order")
    yield "numbers alone", asked("doctor", "police", "TREAT", "CJIS-EXEMPT-ID", "message-header")
    yield "system", asked("officer", "gateway", "LAW", "SYSTEM", "operation-outcome")
    yield "de-identified", asked("epidemiologist", "programme", "PUBHLTH", "DEIDENTIFIED", "aggregate")
    yield "unlabelled", asked("officer", "police", "COC", "", "document")
    yield "only sensitive", asked("doctor", "hospital", "TREAT", "MH", "document")
