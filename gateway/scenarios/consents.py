"""Consents of a scenario row: JSON into the facts a decision may read."""

from typing import get_args

from consent.terms import (
    Consent,
    ConsentDecision,
    ConsentForm,
    ConsentKind,
    ConsentProblem,
    ConsentStatus,
    DataPeriod,
    Expiry,
    InfoClass,
    Label,
    MissingElement,
    Provision,
    Purpose,
    Recipient,
    RecipientClass,
    RevocationEvent,
    Role,
    Signer,
)
from gateway.scenarios.fields import Field

ELEMENTS: dict[str, MissingElement] = {element: element for element in get_args(MissingElement)}
RECIPIENT_FIELDS = frozenset({"org", "role", "class", "intermediary"})
PROVISION_FIELDS = frozenset({"type", "recipients", "purposes", "labels", "info_classes", "data_period", "provisions"})


def read_consent(field: Field) -> Consent:
    """One consent on file; raises BadRow where a value is outside its vocabulary."""
    period, revocable = field["period"], field.get("revocable_from")
    end, occurred = period.get("end"), revocable.get("occurred_on") if revocable else None
    revoked, data_period, matter = field.get("revoked_at"), field.get("data_period"), field.get("matter")
    return Consent(
        id=field["id"].text(),
        kind=field["kind"].word(ConsentKind),
        status=field["status"].word(ConsentStatus),
        decision=field["decision"].word(ConsentDecision),
        form=field["form"].word(ConsentForm),
        patient=field["patient"].text(),
        signed_on=field["signed_on"].day(),
        signers=field["signers"].words(Signer),
        signer_is_abuser=field["signer_is_abuser"].flag(),
        missing_elements=frozenset(_element(element) for element in field["missing_elements"]),
        problems=field["problems"].words(ConsentProblem),
        period_start=period["start"].day(),
        period_end=end.day() if end else None,
        expiry=field["expiry"].word(Expiry),
        event_occurred=field["event_occurred"].flag(),
        revoked_at=revoked.instant() if revoked else None,
        revocation_event=revocable["event"].word(RevocationEvent) if revocable else None,
        revocable_from=occurred.day() if occurred else None,
        recipients=tuple(_recipient(recipient) for recipient in field["recipients"]),
        purposes=field["purposes"].words(Purpose),
        info_classes=field["info_classes"].words(InfoClass),
        data_period=_data_period(data_period) if data_period else None,
        matter=matter.text() if matter else None,
        provisions=tuple(_provision(provision) for provision in field["provisions"]),
    )


def _element(field: Field) -> MissingElement:
    try:
        return ELEMENTS[field.text()]
    except KeyError:
        raise field.bad("not a required element; use one of the closed list") from None


def _recipient(field: Field) -> Recipient:
    field.only(RECIPIENT_FIELDS)
    org, role, named, intermediary = (field.get(key) for key in ("org", "role", "class", "intermediary"))
    return Recipient(
        org=org.text() if org else None,
        role=role.word(Role) if role else None,
        recipient_class=named.word(RecipientClass) if named else None,
        intermediary=intermediary.text() if intermediary else None,
    )


def _data_period(field: Field) -> DataPeriod:
    return DataPeriod(field["start"].day(), field["end"].day())


def _provision(field: Field) -> Provision:
    """An exception; a condition that is not in the vocabulary raises, for it would narrow unseen."""
    field.only(PROVISION_FIELDS)
    recipients, purposes, labels = field.get("recipients"), field.get("purposes"), field.get("labels")
    classes, period = field.get("info_classes"), field.get("data_period")
    return Provision(
        decision=field["type"].word(ConsentDecision),
        recipients=tuple(_recipient(recipient) for recipient in recipients) if recipients else (),
        purposes=purposes.words(Purpose) if purposes else frozenset(),
        labels=labels.words(Label) if labels else frozenset(),
        info_classes=classes.words(InfoClass) if classes else frozenset(),
        data_period=_data_period(period) if period else None,
        provisions=tuple(_provision(provision) for provision in field["provisions"]),
    )
