"""What obligations put on a released record, in codes that exist and words that the law gives."""

from datetime import date
from pathlib import Path

import pytest

from consent.code_sets import ACT_CODE
from consent.instruments import (
    ConsentDecision,
    ConsentForm,
    ConsentKind,
    ConsentStatus,
    Expiry,
    Obligation,
    RecipientClass,
)
from consent.notices import NOTICE, consent_scope, explanation, notices, obligation_marks
from consent.terms import Consent, DataPeriod, Provision, Recipient
from consent.vocabulary import InfoClass, Purpose, Role

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared"


def consent(**facts: object) -> Consent:
    return Consent(
        **{  # type: ignore[arg-type]
            "id": "c1",
            "kind": ConsentKind.PART2_NAMED,
            "status": ConsentStatus.ACTIVE,
            "decision": ConsentDecision.PERMIT,
            "form": ConsentForm.WRITTEN,
            "patient": "Patient/p1",
            "signed_on": date(2026, 1, 5),
            "signers": frozenset(),
            "period_start": date(2026, 1, 5),
            "period_end": date(2026, 12, 31),
            "expiry": Expiry.DATE,
            "recipients": (Recipient(org="mercy", role=Role.CASE_MANAGER),),
            "purposes": frozenset({Purpose.TREAT, Purpose.COC}),
            "info_classes": frozenset({InfoClass.LAB, InfoClass.ATTENDANCE}),
            **facts,
        }
    )


def test_a_part_2_release_by_consent_carries_the_notice_word_for_word() -> None:
    words = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
    assert notices({Obligation.NOTICE_2_32, Obligation.AUDIT}) == ({"url": NOTICE, "valueString": words},)


def test_marks_come_once_each_in_a_fixed_order() -> None:
    asked = {Obligation.USE_LIMIT_2_35D, Obligation.KEEP_P2_ORIGIN, Obligation.NOTICE_2_32, Obligation.USE_LIMIT_99_33}
    codes = [mark["code"] for mark in obligation_marks(asked)]
    assert codes == ["NORDSCLCD", "42CFRPart2", "PERSISTLABEL", "NOREUSE"]


def test_the_disclosers_own_duties_show_nothing() -> None:
    inward = {Obligation.AUDIT, Obligation.PRIVACY_OFFICER, Obligation.INDISTINGUISHABLE, Obligation.MASK_SENDER}
    assert obligation_marks(inward) == ()
    assert notices(inward) == ()


def test_every_code_exists_in_the_terminology() -> None:
    table = SHARED / "fhir" / "terminology" / "v3-security-and-role-codes.tsv"
    if not table.exists():
        pytest.skip("needs ../shared/fhir/terminology")
    rows = {tuple(line.split("\t")[1:3]) for line in table.read_text(encoding="utf-8").splitlines()}
    assert all((ACT_CODE, mark["code"]) in rows for mark in obligation_marks(set(Obligation)))


def test_the_scope_of_a_consent_is_explained_in_sentences() -> None:
    assert explanation(consent(), str.title) == (
        "Consent to named recipients (42 CFR 2.31, 2.33(a)(1)) signed on 2026-01-05. Purposes: COC, TREAT. "
        "Information: attendance, lab. Recipients: Mercy (case-manager). Ends with 2026-12-31."
    )


def test_exceptions_of_a_consent_are_not_mentioned() -> None:
    exceptions = (Provision(ConsentDecision.DENY),)
    assert explanation(consent(provisions=exceptions), str) == explanation(consent(), str)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"expiry": Expiry.EVENT, "period_end": None}, "Ends with the event that the form names."),
        ({"expiry": Expiry.STATED_NONE, "period_end": None}, "Has no end date."),
        ({"expiry": Expiry.MISSING, "period_end": None}, "States no end."),
        ({"info_classes": frozenset({InfoClass.EVERY})}, "Information: all."),
        ({"data_period": DataPeriod(date(2025, 1, 1), date.max)}, "lab dated from 2025-01-01."),
        ({"data_period": DataPeriod(date.min, date(2025, 1, 1))}, "lab dated to 2025-01-01."),
        ({"recipients": (Recipient(org="mercy"),)}, "Recipients: mercy."),
        ({"recipients": (Recipient(intermediary="hie"),)}, "Recipients: through hie."),
        ({"recipients": (Recipient(recipient_class=RecipientClass.ANYONE),)}, "Recipients: anyone."),
        ({"purposes": frozenset()}, "Purposes: none."),
        ({"kind": ConsentKind.GENERAL_RELEASE}, "Consent signed on"),
    ],
)
def test_the_explanation_says_what_the_form_says(facts: dict[str, object], words: str) -> None:
    assert words in explanation(consent(**facts), str)


def test_each_consent_relied_on_is_explained() -> None:
    one, two = consent_scope([consent(), consent(signed_on=date(2026, 2, 1))], str)
    assert "2026-01-05" in str(one["valueString"])
    assert "2026-02-01" in str(two["valueString"])
