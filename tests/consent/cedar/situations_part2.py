"""Situations under 42 CFR Part 2: each way out, and some that are none."""

from collections.abc import Iterable
from dataclasses import replace

from consent.terms import (
    AgreementKind,
    CrimeOnPremises,
    Disclosure,
    ProcessKind,
    Purpose,
    ReceivedUnder,
    Recipient,
    RecipientClass,
    ReportLaw,
    Restriction,
    RestrictionKind,
    RevocationEvent,
)
from tests.consent.cedar.building import (
    AGAINST,
    CIVIL,
    EMERGENCY,
    P2,
    THREAT,
    TPO_CLASS,
    agreed,
    amid,
    asked,
    received,
    served,
    under_law,
    with_consent,
)
from tests.consent.cedar.people import holder, person


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
    yield (
        "p2 tpo coordination",
        with_consent(replace(to_doctor, purpose=Purpose.COC), "part2-tpo", TPO_CLASS, purposes="TREAT"),
    )
    yield "p2 tpo payment", with_consent(bill, "part2-tpo", TPO_CLASS)
    yield "p2 tpo to police", with_consent(to_worker, "part2-tpo")
    yield "p2 named charity", with_consent(to_charity, "part2-named")
    yield (
        "p2 named police",
        with_consent(to_worker, "part2-named", Recipient(org="Org/police", role=to_worker.actor.role)),
    )
    yield "p2 named law", with_consent(asked("officer", "programme", "LAW", P2, "attendance"), "part2-named")
    yield (
        "p2 intermediary",
        with_consent(to_doctor, "part2-intermediary", Recipient(intermediary="Org/gateway"), treating),
    )
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
    yield (
        "p2 onward authorized",
        with_consent(replace(onward, actor=person("officer"), purpose=Purpose.COC), "hipaa-authorization"),
    )
    yield "p2 onward threat", amid(replace(onward, actor=person("officer"), purpose=Purpose.THREAT), threat=THREAT)
    yield (
        "p2 house onward",
        received(
            with_consent(asked("doctor", "recovery-house", "TREAT", "42CFRPart2", "diagnosis"), "part2-tpo", TPO_CLASS),
            ReceivedUnder.PART2_TPO,
        ),
    )
    named = with_consent(fund, "part2-named", Recipient(org="Org/county-fund"))
    yield "p2 contractor named", agreed(named, AgreementKind.PART2_2_33C)
    yield "p2 notes received", received(with_consent(notes, "part2-counseling-notes"), ReceivedUnder.PART2_TPO)
    yield "p2 contractor", agreed(fund, AgreementKind.PART2_2_33C)
    yield "p2 service", agreed(asked("matching", "programme", "SERVICE", P2, "identifier"), AgreementKind.QSOA)
    yield "p2 service associate", agreed(asked("engineer", "programme", "SERVICE", P2, "bundle"), AgreementKind.BAA)
    yield "p2 audit", agreed(asked("auditor", "programme", "OVERSIGHT", P2, "diagnosis"), AgreementKind.PART2_2_53)
    yield "p2 research", amid(asked("researcher", "programme", "HRESCH", P2, "diagnosis"), research_approved=True)
    yield "p2 de-identified", asked("epidemiologist", "programme", "PUBHLTH", "42CFRPart2 DEIDENTIFIED", "aggregate")
    yield (
        "p2 payment restricted",
        amid(
            with_consent(bill, "part2-tpo", TPO_CLASS),
            restriction=Restriction(RestrictionKind.PAID_IN_FULL, "Org/plan"),
        ),
    )
    yield (
        "p2 own informant",
        replace(
            asked("officer", "police", "COC", "42CFRPart2", "case-note"),
            received_under=ReceivedUnder.PART2_2_17_INFORMANT,
        ),
    )


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
    yield (
        "p2 order against programme",
        served(to_officer, ProcessKind.ORDER_2_66, replace(AGAINST, against_patient=False)),
    )
    yield "p2 order audited", served(audited, ProcessKind.ORDER_2_65, AGAINST)
    back = asked("counselor", "university", "HRESCH", "42CFRPart2", "diagnosis")
    yield "p2 research back", received(back, ReceivedUnder.PART2_2_52)
    yield (
        "p2 own emergency refused",
        amid(
            with_consent(asked("counselor", "programme", "ETREAT", P2, "medication"), "part2-named"),
            emergency=EMERGENCY,
        ),
    )
    yield "p2 warrant", served(to_officer, ProcessKind.SEARCH_WARRANT, AGAINST)
    yield "p2 proceedings", amid(one_matter, proceeding=AGAINST)
    yield "p2 crime", amid(incident, crime_on_premises=CrimeOnPremises(occurred=True, reported_by_program=True))
    yield "p2 child abuse", under_law(report, ReportLaw.CHILD_ABUSE)
    yield (
        "p2 onward order",
        received(
            served(replace(to_officer, holder=holder("hospital")), ProcessKind.ORDER_2_65, AGAINST),
            ReceivedUnder.PART2_TPO,
        ),
    )
