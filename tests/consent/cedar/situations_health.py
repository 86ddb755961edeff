"""Situations under HIPAA: each way out, and some that are none."""

from collections.abc import Iterable
from dataclasses import replace

from consent.terms import (
    Admission,
    AgreementKind,
    ConsentDecision,
    CrimeOnPremises,
    Custody,
    CustodyNeed,
    Disclosure,
    Family,
    InfoClass,
    Label,
    LocateSubject,
    Minor,
    Patient,
    ProcessKind,
    Purpose,
    Recipient,
    RecipientClass,
    ReportLaw,
    Restriction,
    RestrictionKind,
)
from tests.consent.cedar.building import (
    AGAINST,
    CIVIL,
    EMERGENCY,
    FOURTEEN,
    NINE,
    THREAT,
    VICTIM,
    agreed,
    amid,
    asked,
    served,
    under_law,
    with_consent,
)


def health() -> Iterable[tuple[str, Disclosure]]:
    """Ways out of HIPAA but to police."""
    care = asked("clinician", "hospital", "TREAT", "PHI MH", "diagnosis")
    contact = asked("case-manager", "hospital", "COC", "PHI", "contact")
    notes = asked("clinician", "hospital", "TREAT", "PHI PSYTHPN", "psychotherapy-notes")
    broken = amid(replace(care, purpose=Purpose.BTG), break_glass=True, emergency=EMERGENCY)
    restriction = Restriction(RestrictionKind.AGREED, "Org/clinic")
    spouse = asked("spouse", "hospital", "FAMRQT", "PHI", "family-relevant")
    beside = amid(
        with_consent(spouse, "oral-agreement"), family=Family(involved_in_care=True, present=True, objects=False)
    )
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
    yield (
        "hipaa payment restricted",
        amid(
            asked("claims", "hospital", "HPAYMT", "PHI", "claim"),
            restriction=Restriction(RestrictionKind.PAID_IN_FULL, "Org/plan"),
        ),
    )
    yield "hipaa operations", asked("doctor", "clinic", "HOPERAT", "PHI", "full-chart")
    yield "hipaa plan operations", asked("claims", "hospital", "HOPERAT", "PHI", "claim")
    yield (
        "hipaa operations held",
        replace(asked("doctor", "gateway", "HOPERAT", "PHI", "bundle"), origin="Org/hospital"),
    )
    yield "hipaa associate", agreed(asked("matching", "hospital", "SERVICE", "PHI", "demographics"), AgreementKind.BAA)
    yield "hipaa self", asked("patient", "hospital", "PATRQT", "PHI", "full-chart")
    yield "hipaa guardian", asked("guardian", "hospital", "PATRQT", "PHI", "full-chart")
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
    hiv_emergency = asked("paramedic", "hospital", "ETREAT", "PHI HIV", "lab")
    yield "hiv emergency", amid(hiv_emergency, emergency=EMERGENCY)
    yield (
        "hiv to a charity",
        amid(replace(contact, own_labels=frozenset({Label.PHI, Label.HIV})), treatment_determination=True),
    )
    yield "hiv self", asked("patient", "hospital", "PATRQT", "PHI HIV", "lab")
    yield (
        "hiv authorized",
        with_consent(asked("case-manager", "hospital", "COC", "PHI HIV", "lab"), "hipaa-authorization"),
    )


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
    yield (
        "police threat notes",
        amid(asked("officer", "clinic", "THREAT", "PHI PSYTHPN", "psychotherapy-notes"), threat=THREAT),
    )
    yield "police threat abuse", amid(asked("officer", "clinic", "THREAT", "PHI SDV", "diagnosis"), threat=THREAT)
    yield "police admission", amid(statement, admission=told)
    yield (
        "police locate",
        amid(replace(injury, info_class=InfoClass.LOCATE_FIELDS), locate=LocateSubject.MISSING_PERSON),
    )
    yield "police victim agrees", amid(agrees, victim=replace(VICTIM, agrees=True, incapacitated=False))
    yield "police victim cannot", amid(injury, victim=VICTIM)
    yield (
        "police abuse",
        amid(replace(injury, own_labels=frozenset({Label.PHI, Label.SDV})), victim=replace(VICTIM, adult_abuse=True)),
    )
    yield "police offsite", amid(alert, offsite_emergency_result_of_abuse=False)
    yield (
        "police premises",
        amid(
            replace(alert, info_class=InfoClass.INCIDENT_2_12C5),
            crime_on_premises=CrimeOnPremises(occurred=True, reported_by_program=False),
        ),
    )
    yield "police custody", amid(medication, custody=Custody(lawful=True, need=CustodyNeed.TRANSPORT_SAFETY))
    yield (
        "police authorized",
        with_consent(asked("social-worker", "hospital", "COC", "PHI SDV", "handoff-status"), "hipaa-authorization"),
    )
    for kind in ProcessKind:
        yield f"police {kind}", served(chart, kind, AGAINST)
        yield f"civil {kind}", served(civil, kind, CIVIL)
    for law in ReportLaw:
        yield f"police report {law}", under_law(asked("officer", "hospital", "LAW", "PHI SDV", "gunshot-injury"), law)
        yield f"child report {law}", under_law(asked("hotline", "hospital", "ABUSE", "PHI", "initial-report"), law)
        yield (
            f"adult report {law}",
            under_law(asked("investigator", "hospital", "ABUSE", "PHI SDV", "initial-report"), law),
        )
