"""What a consent form says that R4 Consent has no element for, carried in one extension of this product."""

from dataclasses import dataclass, field
from datetime import date, datetime

from consent.elements import day, extensions, instant, members, text
from consent.forms import Statement
from consent.instruments import ConsentForm, Expiry, RevocationEvent
from consent.provisions import BASE, Word, word
from consent.terms import FhirJson

STATEMENTS = f"{BASE}StructureDefinition/consent-statements"
_SAID_BY_EXTENSION = (
    Statement.RIGHT_TO_REVOKE,
    Statement.REDISCLOSURE,
    Statement.REFUSAL_CONSEQUENCES,
    Statement.INSPECTION_RIGHT,
    Statement.WITNESS,
)


@dataclass(frozen=True, slots=True)
class Told:
    """What the form says that R4 Consent has no element for, from the statements extension."""

    statements: frozenset[Statement] = frozenset()
    form: ConsentForm | None = None
    expiry: Expiry | None = None
    event_occurred: bool = False
    revoked_at: datetime | None = None
    revocation_event: RevocationEvent | None = None
    revocable_from: date | None = None
    signer_is_abuser: bool = False
    materially_false: bool = False
    matter: str | None = field(default=None, repr=False)


def told_by(resource: FhirJson) -> Told:
    """Read the statements extension of a Consent. Raises Malformed."""
    said = {
        text(each, "url"): each for outer in extensions(resource, STATEMENTS) for each in members(outer, "extension")
    }

    def yes(name: str) -> bool:
        return said.get(name, {}).get("valueBoolean") is True

    def one_of(words: type[Word], name: str) -> Word | None:
        return word(words, said[name]) if name in said else None

    return Told(
        statements=frozenset(statement for statement in _SAID_BY_EXTENSION if yes(statement)),
        form=one_of(ConsentForm, "form"),
        expiry=one_of(Expiry, "expiry"),
        event_occurred=yes("event-occurred"),
        revoked_at=instant(said.get("revoked-at", {}), "valueDateTime"),
        revocation_event=one_of(RevocationEvent, "revocation-event"),
        revocable_from=day(said.get("revocable-from", {}), "valueDate"),
        signer_is_abuser=yes("signer-is-alleged-abuser"),
        materially_false=yes("materially-false"),
        matter=text(said.get("matter", {}), "valueString"),
    )
