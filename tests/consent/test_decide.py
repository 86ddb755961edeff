"""The combining rule over every combination, the joining of parts, and the one maker of Released."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product

import pytest

from consent.decide import decide, decide_record, release, weigh
from consent.explain import explain
from consent.terms import Context, Decision, Effect, Finding, Label, Obligation, Patient, Purpose, Released, Strength
from tests.consent.facts import (
    AT_HOSPITAL,
    CHARITY,
    CHICAGO,
    CLINIC,
    HOSPITAL,
    OFFICER,
    P2,
    POLICE,
    at_program,
    facts,
    named,
    session,
    tpo,
)

PERMITS = Finding("law", Effect.PERMIT, "1.1", "it may", frozenset({Obligation.MINIMUM}))
REFUSES = Finding("law", Effect.DENY, "1.2", "it may not")


def permits(_):
    return PERMITS


def refuses(_):
    return REFUSES


def silent(_):
    return None


def broken(_):
    message = "Patient/a has a secret"
    raise KeyError(message)


@pytest.mark.parametrize("laws", list(product([permits, refuses, silent, broken], repeat=4)))
def test_permitted_only_if_a_law_governs_and_every_governing_law_permits(laws):
    expected = permits in laws and refuses not in laws and broken not in laws
    decision = decide(facts(), laws)
    assert (decision.effect is Effect.PERMIT) is expected
    assert (decision.alarm is not None) is (broken in laws)
    assert (Obligation.MINIMUM in decision.obligations) is expected


@pytest.mark.parametrize("effects", list(product([Effect.PERMIT, Effect.DENY], repeat=3)))
def test_only_the_determining_findings_are_named(effects):
    findings = [replace(PERMITS, effect=effect) for effect in effects]
    effect, because = weigh(findings)
    assert {finding.effect for finding in because} == {effect}


def test_nothing_governing_denies_with_a_reason():
    decision = decide(facts(), ())
    assert decision.effect is Effect.DENY
    assert decision.because[0].effect is Effect.DENY


def test_an_alarm_names_the_law_and_no_person():
    alarm = decide(facts(), (broken,)).alarm
    assert "broken" in alarm
    assert "KeyError" in alarm
    assert "Patient" not in alarm


def test_a_record_in_part_says_what_is_withheld_and_hides_it():
    parts = {"own": facts(purpose=Purpose.COC), "note": facts(own_labels=P2, origin="Org/otp", purpose=Purpose.COC)}
    decision = decide_record(parts)
    assert decision.effect is Effect.PERMIT_REDACTED
    assert decision.withheld == ("note",)
    assert Obligation.INDISTINGUISHABLE in decision.obligations


def test_withholding_what_reveals_nothing_needs_no_hiding():
    decision = decide_record({"plain": facts(), "log": facts(own_labels=frozenset({Label.AUDIT_LOG}))})
    assert decision.effect is Effect.PERMIT_REDACTED
    assert Obligation.INDISTINGUISHABLE not in decision.obligations


def test_a_record_denied_in_every_part_is_denied_with_the_parts_named():
    decision = decide_record({"a": at_program(), "b": at_program()})
    assert decision.effect is Effect.DENY
    assert decision.withheld == ("a", "b")
    assert decision.obligations == {Obligation.AUDIT, Obligation.INDISTINGUISHABLE}
    assert len(decision.because) == len(set(decision.because))


def test_a_record_without_parts_is_denied():
    assert decide_record({}).effect is Effect.DENY


def test_a_session_refusal_beside_a_hidden_part_reveals_nothing():
    locked = facts(actor=OFFICER, holder=POLICE, purpose=Purpose.CRIMJUST, own_labels=frozenset({Label.CJI}))
    hidden = facts(actor=OFFICER, holder=HOSPITAL, purpose=Purpose.CRIMJUST)
    assert decide_record({"cji": locked}).obligations == {Obligation.AUDIT, Obligation.ENCRYPT_FIPS}
    both = decide_record({"cji": locked, "phi": hidden})
    assert both.obligations == {Obligation.AUDIT, Obligation.INDISTINGUISHABLE}


def test_a_record_holds_until_the_first_part_ends():
    soon = at_program(consents=(tpo(period_end=date(2026, 5, 5)),))
    decision = decide_record({"a": facts(), "b": soon})
    assert decision.valid_until == datetime(2026, 5, 6, 5, 0, tzinfo=UTC)
    assert decide_record({"a": facts()}).valid_until is None


@pytest.mark.parametrize("end", [date(2026, 3, 8), date(2026, 11, 1)], ids=["spring", "autumn"])
def test_a_decision_ends_at_local_midnight_on_days_of_any_length(end):
    before = datetime(end.year, end.month, end.day, 12, 0, tzinfo=CHICAGO)
    running = at_program(consents=(tpo(period_end=end),), now=before)
    ends = decide(running).valid_until
    assert ends.astimezone(CHICAGO).timetuple()[:5] == (end.year, end.month, end.day + 1, 0, 0)


def test_a_decision_ends_at_a_revocation_and_at_the_eighteenth_birthday():
    revoked = datetime(2026, 5, 2, 18, 0, tzinfo=UTC)
    assert decide(at_program(consents=(tpo(revoked_at=revoked),))).valid_until == revoked
    young = facts(patient=Patient("Patient/a", date(2008, 5, 3)))
    assert decide(young).valid_until == datetime(2026, 5, 3, 5, 0, tzinfo=UTC)


def test_only_release_makes_what_may_leave():
    decision = decide(facts())
    with pytest.raises(TypeError, match="release alone"):
        Released({"resourceType": "Patient"}, decision)
    released = release({"resourceType": "Patient", "id": "secret"}, decision)
    assert released.resource["id"] == "secret"
    assert released.decision is decision
    assert "secret" not in repr(released)
    with pytest.raises(AttributeError, match="never changes"):
        released.resource = {}


def test_a_refusal_releases_nothing():
    with pytest.raises(ValueError, match="releases nothing"):
        release({"resourceType": "Patient"}, decide(facts(actor=CHARITY)))


def test_no_person_shows_in_a_repr():
    shown = repr(at_program(actor=CLINIC, consents=(named(CLINIC),), matter="26-CF-1"))
    for secret in ("Patient/a", "1990", "26-CF-1", "Org/lake"):
        assert secret not in shown


def test_a_clock_without_offset_is_refused():
    with pytest.raises(ValueError, match="no UTC offset"):
        Context(now=datetime(2026, 5, 2, 12, 0), timezone=CHICAGO)  # noqa: DTZ001  # that is the point


def test_an_explanation_cites_the_rule_and_the_state_of_its_review():
    text = explain(decide(at_program(consents=(tpo(period_end=date(2026, 5, 5)),))))
    assert "42 CFR 2.31(a)(4)(i)" in text
    assert "follows from the text" in text
    assert "NOTICE_2_32" in text
    assert "holds until 2026-05-06T05:00:00+00:00" in text


def test_an_explanation_names_withheld_parts_and_alarms():
    record = decide_record({"own": facts(), "note": facts(own_labels=P2)})
    assert "Withheld parts: note." in explain(record)
    assert "Alarm: law broken raised KeyError" in explain(decide(facts(), (broken,)))
    unread = Decision(Effect.DENY, (replace(REFUSES, strength=Strength.FROM_MEMORY),), frozenset())
    assert "text unread" in explain(unread)


def test_an_explanation_is_the_same_for_the_same_decision():
    each = [explain(decide(facts(actor=AT_HOSPITAL, purpose=Purpose.HOPERAT, cjis=session()))) for _ in range(3)]
    assert len(set(each)) == 1
