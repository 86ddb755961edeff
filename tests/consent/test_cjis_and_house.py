# ruff: noqa: E501  # tables, one case a row
"""CJIS and the product's defaults: each rule permits what it says and nothing beside it."""

from dataclasses import replace
from datetime import date

import pytest

from consent.decide import decide
from consent.terms import (
    Aggregate,
    AgreementKind,
    ConsentKind,
    Disclosure,
    Effect,
    InfoClass,
    Label,
    Obligation,
    Purpose,
    Relation,
    Suspension,
)
from tests.consent.facts import (
    AT_HOSPITAL,
    CHARITY,
    CLINIC,
    GATEWAY,
    HEALTH_DEPARTMENT,
    HOSPITAL,
    OFFICER,
    P2,
    PATIENT,
    PHI,
    PLAIN_PROGRAM,
    POLICE,
    PROSECUTOR,
    SOCIAL_WORKER,
    VENDOR,
    agreement,
    authorization,
    consent,
    facts,
    session,
)  # fmt: skip

PERMIT, DENY = Effect.PERMIT, Effect.DENY
FIPS, LOG, HIDE = Obligation.ENCRYPT_FIPS, Obligation.LOG_SECONDARY_DISSEMINATION_5_1_3, Obligation.INDISTINGUISHABLE
CHRI, CJI = frozenset({Label.CJI, Label.CHRI}), frozenset({Label.CJI})
WANTED, NDEX = CJI | {Label.NCIC_NONRESTRICTED}, CJI | {Label.NDEX}
JUSTICE = {"holder": POLICE, "purpose": Purpose.CRIMJUST}
EXCHANGE = (agreement(AgreementKind.CJIS_EXCHANGE, "Org/pd", "Org/sao"),)
ADDENDUM = (agreement(AgreementKind.CJIS_SECURITY_ADDENDUM, "Org/pd", "Org/vendor"),)
MOU = (agreement(AgreementKind.MOU, "Org/pd", "Org/lake"),)
LOCAL = {"holder": POLICE, "own_labels": frozenset({Label.LE_LOCAL}), "info_class": InfoClass.INCIDENT_NARRATIVE}
SOCIAL = {
    "holder": replace(HOSPITAL, org="Org/housing", covered_entity=False),
    "own_labels": frozenset({Label.SOCIAL_SERVICE}),
}
DAY = date(2026, 5, 2)


def justice(**changes: object) -> Disclosure:
    return facts(**{"actor": OFFICER, **JUSTICE, "own_labels": CHRI, "cjis": session(), **changes})


def labelled(*labels: Label, **changes: object) -> Disclosure:
    return facts(own_labels=frozenset(labels), **changes)


RULES: list[tuple[str, Disclosure, Effect, set[Obligation]]] = [
    ("20.33(a)(1) own officer", justice(), PERMIT, {FIPS}),
    ("20.33(a)(1) care is no justice", justice(actor=SOCIAL_WORKER, purpose=Purpose.COC), DENY, {HIDE}),
    ("20.33(a)(1) hospital", justice(actor=CLINIC, purpose=Purpose.TREAT), DENY, {HIDE}),
    ("20.33(a)(1) investigation is stated otherwise", justice(purpose=Purpose.LAW), DENY, {HIDE}),
    ("20.33(a)(7) addendum", justice(actor=VENDOR, agreements=ADDENDUM), PERMIT, {FIPS}),
    ("20.33(a)(7) none", justice(actor=VENDOR), DENY, {HIDE}),
    ("20.33(a)(7) charity with a paper", justice(actor=replace(CHARITY, org="Org/vendor"), agreements=ADDENDUM), DENY, {HIDE}),
    ("5.1.3 CHRI outside an agreement", justice(actor=PROSECUTOR), PERMIT, {FIPS, LOG}),
    ("5.1.4 requestor not validated", justice(actor=PROSECUTOR, cjis=session(requestor_validated=False)), DENY, {HIDE}),
    ("5.1.1 exchange agreement stands for validation",
     justice(actor=PROSECUTOR, agreements=EXCHANGE, cjis=session(requestor_validated=False)), PERMIT, {FIPS}),
    ("5.12.1 not screened", justice(actor=replace(OFFICER, screened=False)), DENY, {HIDE}),
    ("4.2.2 restricted file to a clinician", facts(holder=POLICE, own_labels=CJI | {Label.NCIC_RESTRICTED}, cjis=session(
     authorized_by_law=True)), DENY, {HIDE}),
    ("4.2.3 other file, authorized by law", facts(actor=CHARITY, holder=POLICE, own_labels=WANTED, cjis=session(authorized_by_law=True)),
     PERMIT, {FIPS}),
    ("4.2.3 other file, not authorized", facts(actor=CHARITY, holder=POLICE, own_labels=WANTED, cjis=session()), DENY, {HIDE}),
    ("4.2.3 beside CHRI", facts(actor=CHARITY, holder=POLICE, own_labels=WANTED | CHRI, cjis=session(authorized_by_law=True)), DENY, {HIDE}),
    ("N-DEx with permission and verification", justice(own_labels=NDEX, cjis=session(ndex_advance_permission=True, ndex_verified=True)),
     PERMIT, {FIPS}),
    ("N-DEx unverified", justice(own_labels=NDEX, cjis=session(ndex_advance_permission=True)), DENY, {HIDE}),
    ("N-DEx to a contractor", justice(actor=VENDOR, agreements=ADDENDUM, own_labels=NDEX,
     cjis=session(ndex_advance_permission=True, ndex_verified=True)), DENY, {HIDE}),
    ("4.2 derived", facts(holder=POLICE, own_labels=frozenset({Label.LE_LOCAL}), derived_from_labels=CHRI, agreements=MOU,
     cjis=session()), DENY, {HIDE}),
    ("AC-7 locked", justice(cjis=session(failed_logons_15min=5)), DENY, {Obligation.LOCK_UNTIL_ADMIN}),
    ("AC-7 four failures", justice(cjis=session(failed_logons_15min=4)), PERMIT, {FIPS}),
    ("AC-11 idle", justice(cjis=session(idle_minutes=31)), DENY, {Obligation.REAUTHENTICATE}),
    ("AC-11 thirty minutes", justice(cjis=session(idle_minutes=30)), PERMIT, {FIPS}),
    ("IA-2 password only", justice(actor=replace(OFFICER, mfa=False)), DENY, {Obligation.STEP_UP_MFA}),
    ("SC-8 plain link", justice(cjis=session(fips_transport=False)), DENY, {FIPS}),
    ("SC-8 nothing known of the session", justice(cjis=None), DENY, {FIPS}),
    ("4.1 exempt number", labelled(Label.CJIS_EXEMPT_ID, holder=POLICE), PERMIT, set()),
    ("4.1 exempt number beside CJI", labelled(Label.CJIS_EXEMPT_ID, Label.CJI, holder=POLICE, cjis=session()), DENY, {HIDE}),
    ("4.1 public record", labelled(Label.PUBLIC_RECORD, actor=CHARITY, purpose=Purpose.VICTIMSVC), PERMIT, set()),
    ("99.8 law enforcement unit", labelled(Label.LE_UNIT, actor=OFFICER, purpose=Purpose.LAW), PERMIT, set()),
    ("system message", labelled(Label.SYSTEM, holder=GATEWAY), PERMIT, set()),
    ("system message of a programme", labelled(Label.SYSTEM, holder=PLAIN_PROGRAM), PERMIT, {Obligation.MASK_SENDER}),
    ("system message computed from a programme's record", facts(own_labels=frozenset({Label.SYSTEM}), holder=GATEWAY,
     derived_from_labels=frozenset({Label.PART2})), DENY, {HIDE}),
    ("own narrative", facts(**LOCAL, actor=OFFICER, purpose=Purpose.LAW), PERMIT, set()),
    ("narrative under an MOU", facts(**LOCAL, agreements=MOU), PERMIT, set()),
    ("narrative under an MOU, for payment", facts(**LOCAL, agreements=MOU, purpose=Purpose.HPAYMT), DENY, {HIDE}),
    ("narrative without an MOU", facts(**LOCAL), DENY, {HIDE}),
    ("narrative under somebody else's MOU", facts(**LOCAL, actor=AT_HOSPITAL, agreements=MOU), DENY, {HIDE}),
    ("narrative to a prosecutor", facts(**LOCAL, actor=PROSECUTOR, purpose=Purpose.CRIMJUST), PERMIT, set()),
    ("narrative to a prosecutor, for a court", facts(**LOCAL, actor=PROSECUTOR, purpose=Purpose.JUDICIAL), DENY, {HIDE}),
    ("referral to its performer", facts(**{**LOCAL, "info_class": InfoClass.REFERRAL}, actor=CHARITY, purpose=Purpose.COC,
     performer="Org/housing"), PERMIT, set()),
    ("narrative to the performer", facts(**LOCAL, actor=CHARITY, purpose=Purpose.COC, performer="Org/housing"), DENY, {HIDE}),
    ("narrative kept by a hospital", facts(**{**LOCAL, "holder": HOSPITAL}, origin="Org/pd", actor=AT_HOSPITAL), PERMIT, set()),
    ("narrative kept by a hospital, for law", facts(**{**LOCAL, "holder": HOSPITAL}, origin="Org/pd", actor=AT_HOSPITAL,
     purpose=Purpose.LAW), DENY, {HIDE}),
    ("juvenile record at home", labelled(Label.LE_LOCAL, Label.JUVENILE, actor=OFFICER, holder=POLICE, purpose=Purpose.CRIMJUST), PERMIT, set()),
    ("juvenile record under an MOU", labelled(Label.LE_LOCAL, Label.JUVENILE, holder=POLICE, agreements=MOU), DENY, {HIDE}),
    ("charity's own record", facts(**SOCIAL, actor=CHARITY), PERMIT, set()),
    ("charity's referral status to its sender", facts(**SOCIAL, actor=OFFICER, purpose=Purpose.COC, info_class=InfoClass.REFERRAL_STATUS,
     requester="Org/pd"), PERMIT, set()),
    ("charity's case note to its sender", facts(**SOCIAL, actor=OFFICER, purpose=Purpose.COC, info_class=InfoClass.CASE_NOTE,
     requester="Org/pd"), DENY, {HIDE}),
    ("charity's record by release", facts(**SOCIAL, consents=(consent(ConsentKind.GENERAL_RELEASE),)), PERMIT, set()),
    ("charity's record by authorization", facts(**SOCIAL, consents=(authorization(CLINIC, Purpose.TREAT),)), PERMIT, set()),
    ("charity's record by a Part 2 consent", facts(**SOCIAL, consents=(consent(ConsentKind.PART2_NAMED),)), DENY, {HIDE}),
    ("HIV to a treating provider", labelled(Label.PHI, Label.HIV), PERMIT, set()),
    ("HIV by authorization", labelled(Label.PHI, Label.HIV, actor=CHARITY, purpose=Purpose.COC, consents=(authorization(CHARITY),)), DENY, {HIDE}),
    ("HIV to the patient", labelled(Label.PHI, Label.HIV, actor=PATIENT, purpose=Purpose.PATRQT), PERMIT, set()),
    ("audit log", labelled(Label.AUDIT_LOG, actor=AT_HOSPITAL), DENY, {HIDE}),
    ("accounting to the patient", labelled(Label.ACCOUNTING, actor=PATIENT, purpose=Purpose.PATRQT), PERMIT, set()),
    ("accounting to police", labelled(Label.ACCOUNTING, actor=OFFICER, purpose=Purpose.LAW), DENY, {HIDE}),
    ("accounting suspended on the last day", labelled(Label.ACCOUNTING, Label.LE_SUSPENDABLE, actor=PATIENT, purpose=Purpose.PATRQT,
     accounting=Suspension(True, DAY)), DENY, {HIDE}),
    ("accounting suspended until yesterday", labelled(Label.ACCOUNTING, Label.LE_SUSPENDABLE, actor=PATIENT, purpose=Purpose.PATRQT,
     accounting=Suspension(True, date(2026, 5, 1))), PERMIT, set()),
    ("accounting suspended orally", labelled(Label.ACCOUNTING, Label.LE_SUSPENDABLE, actor=PATIENT, purpose=Purpose.PATRQT,
     accounting=Suspension(False, DAY)), PERMIT, set()),
    ("accounting, another entry", labelled(Label.ACCOUNTING, actor=PATIENT, purpose=Purpose.PATRQT, accounting=Suspension(True, DAY)),
     PERMIT, set()),
    ("cell at the threshold", labelled(Label.AGGREGATE, aggregate=Aggregate(11, 11, False)), PERMIT, {Obligation.SMALL_CELL_SUPPRESS}),
    ("cell below", labelled(Label.AGGREGATE, aggregate=Aggregate(10, 11, False)), DENY, {Obligation.SMALL_CELL_SUPPRESS}),
    ("cell recoverable", labelled(Label.AGGREGATE, aggregate=Aggregate(99, 11, True)), DENY, {Obligation.COMPLEMENTARY_SUPPRESS}),
    ("cell unknown", labelled(Label.AGGREGATE), DENY, {HIDE}),
    ("de-identified", labelled(Label.DEIDENTIFIED, actor=HEALTH_DEPARTMENT, purpose=Purpose.PUBHLTH), PERMIT, {Obligation.DEIDENTIFY}),
    ("unlabelled, away", labelled(), DENY, {HIDE}),
    ("unlabelled, at home", labelled(actor=AT_HOSPITAL), PERMIT, set()),
    ("unlabelled, held but not made", labelled(actor=AT_HOSPITAL, origin="Org/pd"), DENY, {HIDE}),
    ("sensitivity alone governs nothing", labelled(Label.SUD, Label.MH, Label.SDV, Label.R), DENY, {HIDE}),
    ("no purpose", facts(purpose=None), DENY, {HIDE}),
    ("not registered", facts(actor=replace(CLINIC, registered=False)), DENY, {HIDE}),
    ("alleged abuser", facts(actor=replace(CLINIC, relation=Relation.ALLEGED_ABUSER)), DENY, {HIDE, Obligation.PRIVACY_OFFICER}),
]  # fmt: skip


@pytest.mark.parametrize(("disclosure", "effect", "duties"), [row[1:] for row in RULES], ids=[row[0] for row in RULES])
def test_a_rule_permits_what_it_says_and_nothing_beside_it(disclosure, effect, duties):
    decision = decide(disclosure)
    assert decision.effect is effect
    assert duties <= decision.obligations


def test_a_session_refusal_says_only_what_to_mend():
    decision = decide(justice(cjis=session(idle_minutes=31)))
    assert decision.obligations == {Obligation.AUDIT, Obligation.REAUTHENTICATE}


def test_a_session_refusal_beside_another_refusal_reveals_nothing():
    decision = decide(justice(own_labels=CHRI | P2, cjis=session(idle_minutes=31)))
    assert decision.obligations == {Obligation.AUDIT, HIDE}


def test_own_chri_is_not_logged_as_secondary():
    assert LOG not in decide(justice()).obligations
    assert PHI.isdisjoint(CHRI)
