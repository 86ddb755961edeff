# tables, one case a row
"""Properties over all facts: nothing the facts lack, and no label added, ever widens a decision."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.decide import decide, decide_record
from consent.laws import LAWS, called_up
from consent.terms import (
    AgreementKind,
    Consent,
    ConsentDecision,
    ConsentForm,
    ConsentKind,
    ConsentStatus,
    DataPeriod,
    Effect,
    Expiry,
    InfoClass,
    Label,
    Obligation,
    Patient,
    Proceeding,
    ProceedingKind,
    ProcessKind,
    Purpose,
    ReceivedUnder,
    Recipient,
    RecipientClass,
    Restriction,
    RestrictionKind,
    RevocationEvent,
    Signer,
    Suspension,
)
from tests.consent import facts as parties
from tests.consent.facts import EMERGENCY, P2, PHI, agreement, authorization, facts, named, process, session

ACTORS = [
    parties.CLINIC, parties.STRANGER, parties.OFFICER, parties.SOCIAL_WORKER, parties.PROSECUTOR, parties.PROBATION,
    parties.CHARITY, parties.PLAN, parties.VENDOR, parties.ATTORNEY, parties.PATIENT, parties.SPOUSE, parties.PARENT,
    parties.AT_PROGRAM, parties.AT_HOSPITAL, parties.UNIVERSITY, parties.AUDITOR,
]  # fmt: skip
HOLDERS = [parties.HOSPITAL, parties.PROGRAM, parties.PLAIN_PROGRAM, parties.POLICE, parties.GATEWAY]
DAYS = st.dates(date(2026, 4, 25), date(2026, 5, 10))
INSTANTS = st.timedeltas(timedelta(), timedelta(days=15)).map(lambda later: datetime(2026, 4, 25, tzinfo=UTC) + later)
CLASSES = [InfoClass.DIAGNOSIS, InfoClass.CLAIM, InfoClass.REFERRAL, InfoClass.COUNSELING_NOTES, InfoClass.STATEMENT]
RECIPIENTS = st.one_of(
    st.sampled_from(ACTORS).map(lambda actor: Recipient(org=actor.org)),
    st.sampled_from(list(RecipientClass)).map(lambda named_class: Recipient(recipient_class=named_class)),
)


@st.composite
def consents(draw: st.DrawFn) -> Consent:
    return Consent(
        id="c1",
        kind=draw(st.sampled_from(list(ConsentKind))),
        status=ConsentStatus.ACTIVE,
        decision=draw(st.sampled_from([ConsentDecision.PERMIT] * 3 + [ConsentDecision.DENY])),
        form=draw(st.sampled_from([ConsentForm.WRITTEN] * 3 + list(ConsentForm))),
        patient="Patient/a",
        signed_on=draw(DAYS),
        signers=draw(st.frozensets(st.sampled_from(list(Signer)), min_size=1)),
        period_start=draw(DAYS),
        period_end=draw(st.none() | DAYS | st.just(date.max)),
        expiry=draw(st.sampled_from(list(Expiry))),
        revoked_at=draw(st.none() | INSTANTS),
        revocation_event=draw(st.none() | st.just(RevocationEvent.FINAL_DISPOSITION)),
        revocable_from=draw(st.none() | DAYS),
        recipients=tuple(draw(st.lists(RECIPIENTS, min_size=1, max_size=3))),
        purposes=draw(st.frozensets(st.sampled_from(list(Purpose)), min_size=1)),
        info_classes=draw(st.sampled_from([parties.ALL, frozenset(CLASSES)])),
        data_period=draw(st.none() | st.just(DataPeriod(date(2026, 1, 1), date(2026, 6, 1)))),
    )


@st.composite
def disclosures(draw: st.DrawFn):
    actor, holder = draw(st.sampled_from(ACTORS)), draw(st.sampled_from(HOLDERS))
    pair = st.sampled_from(list(AgreementKind)).map(lambda kind: agreement(kind, actor.org, holder.org))
    mandated = st.sampled_from(list(ProcessKind)).map(lambda kind: process(kind, *CLASSES, mandate=True))
    return facts(
        actor=actor,
        holder=holder,
        origin=draw(st.sampled_from([holder.org, "Org/otp", "Org/mercy"])),
        purpose=draw(st.sampled_from(list(Purpose))),
        own_labels=draw(
            st.sampled_from([PHI, P2, frozenset({Label.CJI}), frozenset()])
            | st.frozensets(st.sampled_from(list(Label)), max_size=4)
        ),
        info_class=draw(st.sampled_from(CLASSES)),
        effective=draw(st.none() | st.just(date(2026, 5, 1))),
        patient=Patient("Patient/a", draw(st.sampled_from([date(1990, 3, 14), date(2008, 5, 3), date(2014, 1, 1)]))),
        received_under=draw(st.none() | st.sampled_from(list(ReceivedUnder))),
        consents=tuple(draw(st.lists(consents(), max_size=3))),
        now=draw(INSTANTS),
        agreements=tuple(draw(st.lists(pair, max_size=2))),
        legal_process=tuple(draw(st.lists(mandated, max_size=2))),
        proceeding=draw(st.none() | st.builds(Proceeding, st.sampled_from(list(ProceedingKind)), st.booleans())),
        emergency=draw(st.none() | st.just(EMERGENCY)),
        break_glass=draw(st.booleans()),
        restriction=draw(st.none() | st.just(Restriction(RestrictionKind.AGREED, actor.org))),
        accounting=draw(st.none() | st.builds(Suspension, st.booleans(), DAYS)),
        cjis=draw(st.none() | st.just(session())),
        research_approved=draw(st.booleans()),
    )


def permitted(disclosure) -> bool:
    return decide(disclosure).effect is Effect.PERMIT


@given(disclosures())
def test_deciding_is_total_and_silent(disclosure):
    decision = decide(disclosure)
    assert decision.alarm is None
    assert decision.because
    assert Obligation.AUDIT in decision.obligations
    assert decision.effect in {Effect.PERMIT, Effect.DENY}


@given(disclosures())
def test_a_missing_purpose_never_permits(disclosure):
    assert not permitted(replace(disclosure, purpose=None))


@given(disclosures())
def test_an_unregistered_recipient_never_receives(disclosure):
    assert not permitted(replace(disclosure, actor=replace(disclosure.actor, registered=False)))


@given(disclosures())
def test_every_law_asked_or_only_those_called_up_is_one_decision(disclosure):
    assert decide(disclosure) == decide(replace(disclosure), LAWS)


@pytest.mark.parametrize("label", list(Label))
def test_a_law_left_out_finds_nothing(label):
    labels = frozenset({label})
    for law in set(LAWS) - set(called_up(labels)):
        assert law(facts(own_labels=labels)) is None


@given(disclosures())
def test_equal_facts_decide_equally(disclosure):
    assert decide(disclosure) == decide(replace(disclosure))


@given(disclosures())
def test_removing_a_permit_never_adds_one(disclosure):
    for consent in disclosure.consents:
        if consent.decision is ConsentDecision.PERMIT and not permitted(disclosure):
            left = tuple(other for other in disclosure.consents if other is not consent)
            assert not permitted(replace(disclosure, consents=left))


@given(disclosures())
def test_a_refusal_added_never_adds_a_permit(disclosure):
    refusal = named(disclosure.actor, decision=ConsentDecision.DENY, purposes=frozenset(), info_classes=frozenset())
    if not permitted(disclosure):
        assert not permitted(replace(disclosure, consents=(*disclosure.consents, refusal)))


NARROWING = frozenset(
    {
        Label.CJI, Label.CHRI, Label.NCIC_RESTRICTED, Label.NDEX, Label.VAWA, Label.SHELTER_LOCATION, Label.FERPA,
        Label.PERSONAL_NOTES, Label.CRISIS988, Label.LE_LOCAL, Label.JUVENILE, Label.SOCIAL_SERVICE, Label.HIV,
        Label.AUDIT_LOG, Label.ACCOUNTING, Label.LE_SUSPENDABLE, Label.SUD, Label.MH, Label.SDV, Label.R, Label.PHI,
    }
)  # fmt: skip
"""Labels that bring a law and open no path; the others bring a path of their own (a Part 2 basis serves HIPAA)."""
SILENT = frozenset({Label.SUD, Label.MH, Label.SDV, Label.R, Label.IL_MHDDCA})


@given(disclosures(), st.sampled_from(sorted(NARROWING)))
def test_a_label_added_never_turns_a_refusal_into_a_permit(disclosure, label):
    if not disclosure.labels <= SILENT and not permitted(disclosure):
        assert not permitted(replace(disclosure, derived_from_labels=frozenset({label})))


@given(disclosures(), st.floats(0, 1))
def test_a_decision_holds_until_its_end(disclosure, share):
    decision, now = decide(disclosure), disclosure.context.now
    end = decision.valid_until or now + timedelta(days=40)
    later = now + (end - now) * share
    if later < end:
        again = decide(replace(disclosure, context=replace(disclosure.context, now=later)))
        assert (again.effect, again.because, again.obligations) == (
            decision.effect,
            decision.because,
            decision.obligations,
        )


@given(disclosures())
def test_the_end_of_a_decision_lies_ahead(disclosure):
    end = decide(disclosure).valid_until
    assert end is None or end > disclosure.context.now


@pytest.mark.parametrize("asked", list(Purpose))
@pytest.mark.parametrize("given_for", list(Purpose))
def test_an_authorization_serves_its_own_purpose_and_no_other(asked, given_for):
    actor = replace(parties.CHARITY, org_type=parties.ATTORNEY.org_type)
    disclosure = facts(actor=actor, purpose=asked, consents=(authorization(actor, given_for),))
    assert permitted(disclosure) is (asked is given_for)


def test_permission_to_treat_does_not_break_the_glass():
    assert not permitted(facts(purpose=Purpose.BTG, consents=(authorization(parties.CLINIC, Purpose.TREAT),)))


@given(st.lists(disclosures(), min_size=1, max_size=4))
def test_a_record_releases_exactly_the_parts_that_are_permitted(each):
    parts = {f"part-{number}": disclosure for number, disclosure in enumerate(each)}
    decision = decide_record(parts)
    withheld = {part for part, disclosure in parts.items() if not permitted(disclosure)}
    assert set(decision.withheld) == withheld
    if not withheld:
        assert decision.effect is Effect.PERMIT
    elif len(withheld) == len(parts):
        assert decision.effect is Effect.DENY
    else:
        assert decision.effect is Effect.PERMIT_REDACTED
