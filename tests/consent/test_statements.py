"""What R4 Consent has no element for comes from one extension."""

from datetime import UTC, date, datetime

from consent.instruments import ConsentForm, ConsentKind, ConsentProblem, RevocationEvent
from tests.consent.consent_forms import form, reading, says


def test_what_r4_has_no_element_for_comes_from_the_statements() -> None:
    resource = form(ConsentKind.PART2_2_35)
    says(resource).extend(
        [
            {"url": "form", "valueCode": "oral-documented"},
            {"url": "event-occurred", "valueBoolean": True},
            {"url": "revoked-at", "valueDateTime": "2026-02-01T10:00:00Z"},
            {"url": "revocation-event", "valueCode": "final-disposition"},
            {"url": "revocable-from", "valueDate": "2026-03-01"},
            {"url": "signer-is-alleged-abuser", "valueBoolean": True},
            {"url": "materially-false", "valueBoolean": True},
            {"url": "matter", "valueString": "26-CF-1"},
        ]
    )
    consent = reading(resource)
    assert consent.form is ConsentForm.ORAL_DOCUMENTED
    assert consent.event_occurred
    assert consent.signer_is_abuser
    assert consent.revoked_at == datetime(2026, 2, 1, 10, tzinfo=UTC)
    assert consent.revocation_event is RevocationEvent.FINAL_DISPOSITION
    assert consent.revocable_from == date(2026, 3, 1)
    assert consent.matter == "26-CF-1"
    assert consent.problems == {ConsentProblem.MATERIALLY_FALSE}
