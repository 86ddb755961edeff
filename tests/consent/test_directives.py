# tables, one case a row
"""Consents at reliance: alive or not to the instant, signed by the right people, and read to any depth."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.decide import decide
from consent.directives import is_live, says
from consent.parties import birthday
from consent.terms import (
    ConsentDecision,
    ConsentForm,
    ConsentKind,
    ConsentProblem,
    ConsentStatus,
    DataPeriod,
    Effect,
    Expiry,
    InfoClass,
    Label,
    Minor,
    Obligation,
    Patient,
    Provision,
    Purpose,
    Recipient,
    RecipientClass,
    RevocationEvent,
    Role,
    Signer,
)
from tests.consent.facts import (
    AT_HOSPITAL,
    CHARITY,
    CHICAGO,
    CLINIC,
    PLAN,
    STRANGER,
    at_program,
    consent,
    facts,
    named,
    oral,
    tpo,
)

PERMIT, DENY = ConsentDecision.PERMIT, ConsentDecision.DENY
CHILD = Patient("Patient/a", date(2014, 1, 1))
BOTH = frozenset({Signer.PATIENT, Signer.PARENT})
PARENT_ONLY, CHILD_ONLY = frozenset({Signer.PARENT}), frozenset({Signer.PATIENT})
ALONE = Minor(state_lets_minor_consent_alone=True, informed=True, objects=False)


def alive(given_consent, **changes):
    return is_live(facts(**changes), given_consent)


@pytest.mark.parametrize("status", [status for status in ConsentStatus if status is not ConsentStatus.ACTIVE])
def test_only_an_active_consent_lives(status):
    assert alive(tpo())
    assert not alive(tpo(status=status))


@pytest.mark.parametrize("problem", list(ConsentProblem))
def test_a_consent_with_a_problem_grants_nothing(problem):
    decision = decide(at_program(consents=(tpo(problems=frozenset({problem})),)))
    assert decision.effect is Effect.DENY
    needs_a_person = problem is not ConsentProblem.RECIPIENT_UNRESOLVABLE
    assert (Obligation.PRIVACY_OFFICER in decision.obligations) is needs_a_person


def test_an_unreadable_refusal_does_not_stop_another_basis():
    unreadable = consent(ConsentKind.HIPAA_AUTHORIZATION, decision=DENY, problems=frozenset({ConsentProblem.MALFORMED}))
    assert decide(facts(consents=(unreadable,))).effect is Effect.PERMIT


def test_a_missing_element_ends_reliance():
    assert not alive(tpo(missing_elements=frozenset({"2.31(a)(10)"})))


def test_a_consent_helps_only_the_patient_it_names():
    assert not alive(tpo(patient="Patient/b"))


@pytest.mark.parametrize(
    ("form", "kind", "decision", "lives"),
    [
        (ConsentForm.WRITTEN, ConsentKind.PART2_TPO, PERMIT, True),
        (ConsentForm.ORAL_DOCUMENTED, ConsentKind.PART2_TPO, PERMIT, False),
        (ConsentForm.ORAL_DOCUMENTED, ConsentKind.HIPAA_AUTHORIZATION, DENY, True),
        (ConsentForm.ORAL_DOCUMENTED, ConsentKind.ORAL_AGREEMENT, PERMIT, True),
        (ConsentForm.ORAL_UNDOCUMENTED, ConsentKind.ORAL_AGREEMENT, PERMIT, False),
        (ConsentForm.ORAL_UNDOCUMENTED, ConsentKind.ORAL_AGREEMENT, DENY, True),
    ],
)
def test_the_form_must_be_enough_for_the_kind(form, kind, decision, lives):
    assert alive(consent(kind, form=form, decision=decision)) is lives


@pytest.mark.parametrize(
    ("kind", "expiry", "end", "occurred", "lives"),
    [
        (ConsentKind.PART2_NAMED, Expiry.DATE, date(2026, 5, 2), False, True),
        (ConsentKind.PART2_NAMED, Expiry.DATE, date(2026, 5, 1), False, False),
        (ConsentKind.PART2_NAMED, Expiry.DATE, None, False, False),
        (ConsentKind.PART2_NAMED, Expiry.EVENT, None, False, True),
        (ConsentKind.PART2_NAMED, Expiry.EVENT, None, True, False),
        (ConsentKind.PART2_NAMED, Expiry.STATED_NONE, None, False, False),
        (ConsentKind.PART2_TPO, Expiry.STATED_NONE, None, False, True),
        (ConsentKind.ORAL_AGREEMENT, Expiry.STATED_NONE, None, False, True),
        (ConsentKind.PART2_TPO, Expiry.MISSING, None, False, False),
    ],
)
def test_a_consent_ends_as_its_form_says(kind, expiry, end, occurred, lives):
    assert alive(consent(kind, expiry=expiry, period_end=end, event_occurred=occurred)) is lives


def test_a_period_has_not_begun_before_its_first_local_midnight():
    week = consent(ConsentKind.PART2_NAMED, period_start=date(2026, 5, 3))
    assert not alive(week, now=datetime(2026, 5, 3, 4, 59, 59, tzinfo=UTC))
    assert alive(week, now=datetime(2026, 5, 3, 5, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    "end", [date(2026, 3, 8), date(2026, 11, 1), date(2026, 7, 4)], ids=["spring", "autumn", "summer"]
)
@pytest.mark.parametrize("zone", ["America/Chicago", "America/New_York"])
def test_the_last_day_is_whole_on_days_of_any_length(end, zone):
    running = consent(ConsentKind.PART2_NAMED, period_end=end)
    midnight = datetime(end.year, end.month, end.day, tzinfo=ZoneInfo(zone)) + timedelta(days=1)
    ended = midnight.astimezone(UTC)
    assert alive(running, now=ended - timedelta(seconds=1), timezone=ZoneInfo(zone))
    assert not alive(running, now=ended, timezone=ZoneInfo(zone))


def test_a_revocation_counts_from_its_instant():
    noon = datetime(2026, 5, 2, 17, 0, tzinfo=UTC)
    revoked = tpo(revoked_at=noon)
    assert alive(revoked, now=noon - timedelta(microseconds=1))
    assert not alive(revoked, now=noon)


@pytest.mark.parametrize(
    ("event", "revocable_from", "lives"),
    [
        (RevocationEvent.FINAL_DISPOSITION, None, True),
        (RevocationEvent.FINAL_DISPOSITION, date(2026, 5, 3), True),
        (RevocationEvent.FINAL_DISPOSITION, date(2026, 5, 2), False),
        (None, None, False),
    ],
)
def test_a_criminal_justice_consent_is_revocable_from_its_event(event, revocable_from, lives):
    revoked = {
        "revoked_at": datetime(2026, 4, 1, tzinfo=UTC),
        "revocation_event": event,
        "revocable_from": revocable_from,
    }
    assert alive(consent(ConsentKind.PART2_2_35, **revoked)) is lives
    assert not alive(consent(ConsentKind.PART2_NAMED, **revoked))


@pytest.mark.parametrize(
    ("kind", "signers", "patient", "minor", "lives"),
    [
        (ConsentKind.PART2_TPO, frozenset({Signer.PARENT}), None, None, False),
        (ConsentKind.PART2_TPO, frozenset({Signer.PERSONAL_REPRESENTATIVE}), None, None, True),
        (ConsentKind.PART2_TPO, frozenset(), None, None, False),
        (ConsentKind.PART2_TPO, BOTH, CHILD, None, True),
        (ConsentKind.PART2_TPO, PARENT_ONLY, CHILD, None, False),
        (ConsentKind.PART2_TPO, CHILD_ONLY, CHILD, None, False),
        (ConsentKind.PART2_TPO, CHILD_ONLY, CHILD, ALONE, True),
        (ConsentKind.PART2_TPO, PARENT_ONLY, CHILD, ALONE, False),
        (ConsentKind.HIPAA_AUTHORIZATION, PARENT_ONLY, CHILD, None, True),
        (ConsentKind.HIPAA_AUTHORIZATION, PARENT_ONLY, CHILD, ALONE, False),
        (ConsentKind.HIPAA_AUTHORIZATION, frozenset(), CHILD, None, False),
        (ConsentKind.VAWA_RELEASE, BOTH, CHILD, None, True),
        (ConsentKind.VAWA_RELEASE, PARENT_ONLY, CHILD, ALONE, False),
        (ConsentKind.FERPA_99_30, PARENT_ONLY, CHILD, None, True),
        (ConsentKind.FERPA_99_30, CHILD_ONLY, CHILD, None, False),
        (ConsentKind.FERPA_99_30, CHILD_ONLY, None, None, True),
        (ConsentKind.FERPA_99_30, PARENT_ONLY, None, None, False),
        (ConsentKind.ORAL_AGREEMENT, frozenset(), None, None, True),
    ],
)
def test_the_right_people_must_sign(kind, signers, patient, minor, lives):
    changes = {"patient": patient} if patient else {}
    assert alive(consent(kind, signers=signers), minor=minor, **changes) is lives


def test_the_abuser_never_signs_and_a_person_is_told():
    signed = tpo(signer_is_abuser=True)
    assert not alive(signed)
    assert Obligation.PRIVACY_OFFICER in decide(at_program(consents=(signed,))).obligations


def test_a_person_is_adult_from_local_midnight_of_the_birthday():
    born, grown = date(2008, 5, 2), frozenset({Signer.PATIENT})
    student = consent(ConsentKind.FERPA_99_30, signers=grown)
    before = facts(patient=Patient("Patient/a", born), now=datetime(2026, 5, 2, 4, 59, 59, tzinfo=UTC))
    assert not is_live(before, student)
    assert is_live(
        replace(before, context=replace(before.context, now=datetime(2026, 5, 2, 5, 0, tzinfo=UTC))), student
    )


def test_a_leap_day_child_comes_of_age_on_the_first_of_march():
    assert birthday(date(2008, 2, 29), 18) == date(2026, 3, 1)
    assert birthday(date(2008, 2, 29), 20) == date(2028, 2, 29)


def test_a_role_must_match_where_one_is_given():
    nurse = named(CLINIC, Purpose.TREAT, recipients=(Recipient(org="Org/lake", role=Role.PHYSICIAN),))
    assert says(facts(), nurse) is None
    assert says(facts(actor=replace(CLINIC, role=Role.PHYSICIAN)), nurse) is PERMIT


@pytest.mark.parametrize("notes", [InfoClass.COUNSELING_NOTES, InfoClass.PSYCHOTHERAPY_NOTES, InfoClass.PERSONAL_NOTES])
def test_the_star_covers_every_class_but_notes(notes):
    assert says(facts(info_class=InfoClass.LAB), tpo()) is PERMIT
    assert says(facts(info_class=notes), tpo()) is None


def test_coordination_is_covered_by_treatment_for_a_treating_provider_only():
    to_stranger = named(STRANGER, Purpose.TREAT)
    assert says(facts(purpose=Purpose.COC), named(CLINIC, Purpose.TREAT)) is PERMIT
    assert says(facts(actor=STRANGER, purpose=Purpose.COC), to_stranger) is None


@pytest.mark.parametrize("purpose", [p for p in Purpose if p not in {Purpose.TREAT, Purpose.COC}])
def test_no_other_purpose_is_covered_by_treatment(purpose):
    assert says(facts(purpose=purpose), named(CLINIC, Purpose.TREAT)) is None


@pytest.mark.parametrize(
    ("effective", "said"),
    [(date(2026, 1, 1), PERMIT), (date(2026, 2, 1), PERMIT), (date(2026, 2, 2), None), (None, None)],
)
def test_a_data_period_holds_the_clinical_date(effective, said):
    limited = named(CLINIC, Purpose.TREAT, data_period=DataPeriod(date(2026, 1, 1), date(2026, 2, 1)))
    assert says(facts(effective=effective), limited) is said


@pytest.mark.parametrize("empty", ["recipients", "purposes", "info_classes"])
def test_an_empty_condition_means_all_in_a_refusal_and_nobody_in_a_permit(empty):
    nothing = () if empty == "recipients" else frozenset()
    assert says(facts(), named(CLINIC, Purpose.TREAT, **{empty: nothing})) is None
    assert says(facts(), named(CLINIC, Purpose.TREAT, decision=DENY, **{empty: nothing})) is DENY


@pytest.mark.parametrize("everybody", [RecipientClass.ANYONE, RecipientClass.ALL_PARTICIPANTS])
def test_a_refusal_may_name_everybody(everybody):
    refusal = consent(ConsentKind.PART2_INTERMEDIARY, decision=DENY, recipients=(Recipient(recipient_class=everybody),))
    assert says(facts(actor=STRANGER), refusal) is DENY


def test_an_intermediary_alone_names_no_recipient():
    assert says(facts(), named(CLINIC, Purpose.TREAT, recipients=(Recipient(intermediary="Org/lake"),))) is None


def exceptions(*provisions, decision=PERMIT):
    return named(CLINIC, Purpose.TREAT, decision=decision, provisions=provisions)


def test_the_deepest_exception_gives_the_result():
    third = Provision(DENY, info_classes=frozenset({InfoClass.PROGRESS}))
    second = Provision(PERMIT, recipients=(Recipient(org="Org/lake", role=Role.CLINICIAN),), provisions=(third,))
    first = Provision(DENY, labels=frozenset({Label.SDV}), provisions=(second,))
    sdv = facts(own_labels=frozenset({Label.PHI, Label.SDV}))
    assert says(facts(), exceptions(first)) is PERMIT
    assert says(sdv, exceptions(first)) is PERMIT
    assert says(sdv, exceptions(replace(first, provisions=()))) is DENY
    assert says(replace(sdv, info_class=InfoClass.PROGRESS), exceptions(first)) is DENY


def test_among_siblings_a_refusal_wins():
    assert says(facts(), exceptions(Provision(PERMIT), Provision(DENY), decision=DENY)) is DENY
    assert says(facts(), exceptions(Provision(PERMIT), decision=DENY)) is PERMIT


@pytest.mark.parametrize(
    "narrow",
    [
        Provision(DENY, purposes=frozenset({Purpose.LAW})),
        Provision(DENY, recipients=(Recipient(org="Org/other"),)),
        Provision(DENY, data_period=DataPeriod(date(2026, 1, 1), date(2026, 2, 1))),
        Provision(DENY, info_classes=frozenset({InfoClass.LAB})),
    ],
)
def test_an_exception_that_does_not_match_changes_nothing(narrow):
    assert says(facts(), exceptions(narrow)) is PERMIT


def test_permits_add_up():
    status = named(CLINIC, Purpose.TREAT, info_classes=frozenset({InfoClass.REFERRAL_STATUS}))
    labs = named(CLINIC, Purpose.TREAT, info_classes=frozenset({InfoClass.LAB}))
    assert decide(at_program(info_class=InfoClass.LAB, consents=(status, labs))).effect is Effect.PERMIT


@pytest.mark.parametrize(("signed", "told"), [(date(2026, 3, 1), True), (date(2025, 12, 1), False)])
def test_a_refusal_wins_whatever_the_dates_and_a_person_hears_of_a_later_permit(signed, told):
    refusal = named(CLINIC, Purpose.TREAT, decision=DENY)
    decision = decide(at_program(consents=(refusal, named(CLINIC, Purpose.TREAT, signed_on=signed))))
    assert decision.effect is Effect.DENY
    assert (Obligation.PRIVACY_OFFICER in decision.obligations) is told


def test_an_oral_agreement_serves_no_other_rule():
    assert decide(facts(actor=CHARITY, consents=(oral(CHARITY, Purpose.TREAT),))).effect is Effect.DENY


@given(st.timedeltas(timedelta(), timedelta(days=360)), st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_the_end_of_a_period_is_read_in_the_zone_of_the_record(later, end):
    now = datetime(2026, 1, 1, tzinfo=UTC) + later
    running = consent(ConsentKind.PART2_NAMED, period_start=date(2025, 1, 1), period_end=end)
    assert alive(running, now=now) is (now.astimezone(CHICAGO).date() <= end)


REFUSALS = {
    "without an end": {"expiry": Expiry.DATE, "period_end": None},
    "with no word of an end": {"expiry": Expiry.MISSING, "period_end": None},
    "that says it does not end": {"expiry": Expiry.STATED_NONE, "period_end": None},
    "until an event": {"kind": ConsentKind.IL_110_5, "expiry": Expiry.EVENT, "period_end": None},
    "to the standard class": {"recipients": (Recipient(recipient_class=RecipientClass.TPO_STANDARD),)},
    "to treating participants": {"recipients": (Recipient(recipient_class=RecipientClass.TREATING_PARTICIPANTS),)},
}


@pytest.mark.parametrize("changes", REFUSALS.values(), ids=list(REFUSALS))
def test_a_refusal_needs_neither_form_nor_end(changes):
    """What only a permit must state does not weaken a refusal."""
    kind = changes.get("kind", ConsentKind.HIPAA_AUTHORIZATION)
    refusal = consent(kind, decision=DENY, **{name: value for name, value in changes.items() if name != "kind"})
    assert decide(facts()).effect is Effect.PERMIT
    assert decide(facts(consents=(refusal,))).effect is Effect.DENY


def test_a_refusal_to_a_class_refuses_nobody_outside_it():
    standard = (Recipient(recipient_class=RecipientClass.TPO_STANDARD),)
    refusal = consent(ConsentKind.HIPAA_AUTHORIZATION, decision=DENY, recipients=standard)
    assert decide(facts(actor=AT_HOSPITAL, consents=(refusal,))).effect is Effect.DENY
    registrar = replace(AT_HOSPITAL, treating_relationship=False)
    assert decide(facts(actor=registrar, consents=(refusal,))).effect is Effect.PERMIT
    claim = {"purpose": Purpose.HPAYMT, "info_class": InfoClass.CLAIM}
    unbounded = replace(refusal, purposes=frozenset())
    assert decide(facts(actor=PLAN, consents=(unbounded,), **claim)).effect is Effect.DENY


def test_an_illinois_consent_ends_on_a_date():
    """740 ILCS 110/5(b)."""
    assert not alive(consent(ConsentKind.IL_110_5, expiry=Expiry.EVENT, period_end=None))


EXCEPTED = (Provision(PERMIT, recipients=(Recipient(org="Org/lake"),)),)
WHOLE = {"decision": DENY, "purposes": frozenset(), "info_classes": frozenset(), "provisions": EXCEPTED}


@pytest.mark.parametrize(
    ("changes", "opens"),
    [
        ({}, True),
        ({"form": ConsentForm.ORAL_UNDOCUMENTED}, False),
        ({"expiry": Expiry.MISSING, "period_end": None}, False),
        ({"expiry": Expiry.EVENT, "period_end": None, "event_occurred": True}, False),
    ],
)
def test_what_a_refusal_excepts_needs_the_form_of_a_permit(changes, opens):
    refusal = consent(ConsentKind.PART2_NAMED, None, **{**WHOLE, **changes})
    assert decide(at_program(consents=(refusal,))).effect is (Effect.PERMIT if opens else Effect.DENY)
    assert says(at_program(actor=STRANGER), refusal) is (None if changes.get("event_occurred") else DENY)
