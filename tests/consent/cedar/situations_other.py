"""Situations of police, victims, schools, Illinois, charities and the rest: each way out, and some that are none."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from consent.terms import (
    Aggregate,
    AgreementKind,
    Disclosure,
    InfoClass,
    Jurisdiction,
    Label,
    Minor,
    Patient,
    ProcessKind,
    Purpose,
    ReceivedUnder,
    ReportLaw,
    School,
    Signer,
    Suspension,
    ThreatJudge,
)
from tests.consent.cedar.building import (
    EMERGENCY,
    FOURTEEN,
    IL,
    NINE,
    SESSION,
    THREAT,
    agreed,
    amid,
    asked,
    received,
    served,
    under_law,
    with_consent,
)
from tests.consent.cedar.people import holder, person


def justice() -> Iterable[tuple[str, Disclosure]]:
    """FBI data and the agency's own."""
    chri = amid(asked("prosecuting", "police", "CRIMJUST", "CJI CHRI", "criminal-history"), cjis=SESSION)
    plain = amid(asked("county-officer", "police", "CRIMJUST", "CJI", "cji-record"), cjis=SESSION)
    wanted = amid(
        asked("case-manager", "police", "COC", "CJI NCIC-NONRESTRICTED", "cji-record"),
        cjis=replace(SESSION, authorized_by_law=True),
    )
    ndex = amid(
        asked("officer", "police", "CRIMJUST", "CJI NDEX", "cji-record"),
        cjis=replace(SESSION, ndex_advance_permission=True, ndex_verified=True),
    )
    story = asked("doctor", "police", "TREAT", "LE-LOCAL", "incident-narrative")
    vendor = amid(asked("engineer", "police", "CRIMJUST", "CJI CHRI", "bundle"), cjis=SESSION)
    referral = replace(
        asked("case-manager", "police", "COC", "LE-LOCAL", "referral"), requester="Org/police", performer="Org/charity"
    )
    yield "cji chri", chri
    yield (
        "cji exchanged",
        agreed(amid(chri, cjis=replace(SESSION, requestor_validated=False)), AgreementKind.CJIS_EXCHANGE),
    )
    yield "cji plain", plain
    yield "cji own", amid(asked("officer", "police", "CRIMJUST", "CJI CHRI", "criminal-history"), cjis=SESSION)
    yield "cji law", amid(asked("officer", "police", "LAW", "CJI", "cji-record"), cjis=SESSION)
    yield "cji restricted", amid(asked("officer", "police", "CRIMJUST", "CJI NCIC-RESTRICTED", "alert"), cjis=SESSION)
    yield "cji wanted", replace(wanted, actor=replace(wanted.actor, screened=True))
    yield "cji wanted by the city", replace(wanted, actor=replace(person("analyst"), screened=True))
    yield "cji ndex", ndex
    yield "cji vendor", agreed(vendor, AgreementKind.CJIS_SECURITY_ADDENDUM)
    yield "cji idle", amid(chri, cjis=replace(SESSION, idle_minutes=30))
    yield "cji idle too long", amid(chri, cjis=replace(SESSION, idle_minutes=31))
    yield "cji failures too many", amid(chri, cjis=replace(SESSION, failed_logons_15min=5))
    yield "cji failures", amid(chri, cjis=replace(SESSION, failed_logons_15min=4))
    yield "local mou", agreed(story, AgreementKind.MOU)
    yield (
        "local mou victims",
        agreed(asked("advocate", "police", "VICTIMSVC", "LE-LOCAL SDV", "incident-narrative"), AgreementKind.MOU),
    )
    yield "local own", asked("officer", "police", "LAW", "LE-LOCAL", "incident-narrative")
    yield "local justice", asked("prosecuting", "police", "CRIMJUST", "LE-LOCAL", "contact-log")
    yield "local referral", referral
    yield "local juvenile", asked("officer", "police", "CRIMJUST", "LE-LOCAL JUVENILE", "incident-narrative")
    yield (
        "local juvenile out",
        agreed(replace(story, own_labels=frozenset({Label.LE_LOCAL, Label.JUVENILE})), AgreementKind.MOU),
    )
    yield (
        "local held",
        replace(asked("doctor", "hospital", "TREAT", "LE-LOCAL", "incident-narrative"), origin="Org/police"),
    )


def victims() -> Iterable[tuple[str, Disclosure]]:
    """Victim services and 988."""
    plan = asked("doctor", "shelter", "TREAT", "VAWA SDV", "safety-plan")
    presence = asked("officer", "shelter", "LAW", "VAWA SHELTER-LOCATION", "presence")
    caller = asked("officer", "line-988", "THREAT", "CRISIS988", "location-callback")
    yield "vawa release", with_consent(plan, "vawa-release")
    yield "vawa release of place", with_consent(presence, "vawa-release")
    yield "vawa own", asked("advocate", "shelter", "VICTIMSVC", "VAWA SDV", "case-note")
    yield "vawa own care", asked("advocate", "shelter", "COC", "VAWA", "case-note")
    yield (
        "vawa order",
        served(asked("prosecuting", "shelter", "JUDICIAL", "VAWA", "appointment"), ProcessKind.COURT_ORDER),
    )
    yield "vawa self", asked("patient", "shelter", "PATRQT", "VAWA", "case-note")
    for law in ReportLaw:
        yield f"vawa report {law}", under_law(asked("hotline", "shelter", "ABUSE", "VAWA", "initial-report"), law)
        yield (
            f"vawa adult report {law}",
            under_law(asked("investigator", "shelter", "ABUSE", "VAWA", "initial-report"), law),
        )
    yield (
        "988 agreed",
        with_consent(asked("responder", "line-988", "COC", "CRISIS988 SUD", "incident-narrative"), "oral-agreement"),
    )
    yield "988 risk", amid(caller, threat=replace(THREAT, determined_by=ThreatJudge.CRISIS_COUNSELOR))
    yield "988 own", asked("crisis-counselor", "line-988", "COC", "CRISIS988", "contact-log")
    yield (
        "988 authorized",
        with_consent(asked("responder", "line-988", "COC", "CRISIS988", "referral"), "general-release"),
    )
    yield "988 self", asked("patient", "line-988", "PATRQT", "CRISIS988", "contact-log")


def schools() -> Iterable[tuple[str, Disclosure]]:
    """Education records."""
    record = replace(
        asked("officer", "school", "THREAT", "FERPA", "education-record"), patient=Patient("Patient/p1", FOURTEEN)
    )
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
    forward = received(
        asked("prosecuting", "police", "LAW", "MH IL-MHDDCA", "diagnosis"), ReceivedUnder.IL_110_5, "clinic"
    )
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
        "il order in court": served(asked("attorney", "clinic", "JUDICIAL", IL, "diagnosis"), ProcessKind.COURT_ORDER),
        "il own personal notes": asked("clinician", "clinic", "TREAT", f"{IL} PERSONAL-NOTES", "personal-notes"),
        "il notes of a class": with_consent(asked("doctor", "clinic", "TREAT", IL, "personal-notes"), "il-110-5"),
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
    yield "charity own referral", replace(status, actor=person("case-manager"), info_class=InfoClass.REFERRAL)
    yield "charity own", asked("case-manager", "charity", "COC", "SOCIAL-SERVICE", "case-note")
    yield "charity self", asked("patient", "charity", "PATRQT", "SOCIAL-SERVICE", "case-note")
    yield "accounting", replace(entry, own_labels=frozenset({Label.ACCOUNTING}))
    yield "accounting own", asked("registrar", "hospital", "HOPERAT", "ACCOUNTING", "accounting-entry")
    yield (
        "accounting suspended",
        amid(entry, accounting=Suspension(written_statement=True, suspended_until=date(2026, 5, 2))),
    )
    yield (
        "accounting again",
        amid(entry, accounting=Suspension(written_statement=True, suspended_until=date(2026, 5, 1))),
    )
    yield "audit log", asked("officer", "gateway", "LAW", "AUDIT-LOG", "audit-record")
    yield "audit log of a person", asked("patient", "gateway", "PATRQT", "AUDIT-LOG", "audit-record")
    yield "audit log own", asked("matching", "gateway", "HOPERAT", "AUDIT-LOG", "audit-record")
    yield "counts", replace(counts, aggregate=Aggregate(cell=11, threshold=11, recoverable_by_subtraction=False))
    yield "public record", asked("advocate", "court", "VICTIMSVC", "PUBLIC-RECORD", "protective-order")
    yield "numbers alone", asked("doctor", "police", "TREAT", "CJIS-EXEMPT-ID", "message-header")
    few = Aggregate(cell=10, threshold=11, recoverable_by_subtraction=False)
    again = Aggregate(cell=12, threshold=11, recoverable_by_subtraction=True)
    yield "counts few", replace(counts, aggregate=few)
    yield "counts recovered", replace(counts, aggregate=again)
    yield "counts of all", replace(counts, aggregate=replace(again, cell=370, recoverable_by_subtraction=False))
    yield "system", asked("officer", "gateway", "LAW", "SYSTEM", "operation-outcome")
    yield "de-identified", asked("epidemiologist", "programme", "PUBHLTH", "DEIDENTIFIED", "aggregate")
    yield "unlabelled", asked("officer", "police", "COC", "", "document")
    yield "only sensitive", asked("doctor", "hospital", "TREAT", "MH", "document")
