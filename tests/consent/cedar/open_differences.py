"""Differences between engine and policies that are found and not yet settled: none is hidden, each has an example.

A settled one is removed here: a test fails while an example no longer shows its difference.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from consent.terms import (
    Consent,
    ConsentDecision,
    ConsentForm,
    ConsentKind,
    Disclosure,
    Duty,
    Expiry,
    InfoClass,
    Label,
    Provision,
    Purpose,
    ReceivedUnder,
    Recipient,
    RecipientClass,
)
from tests.consent.cedar.live import said
from tests.consent.cedar.situations import situations

CLASSES = frozenset({RecipientClass.TPO_STANDARD, RecipientClass.TREATING_PARTICIPANTS})


@dataclass(frozen=True)
class Open:
    """A question to the engine: what it is about, and one disclosure that shows it."""

    question: str
    concerns: Callable[[Disclosure], bool]
    example: Disclosure


def rules(consent: Consent | Provision) -> Iterator[Consent | Provision]:
    """A consent's root and every exception below it."""
    yield consent
    for below in consent.provisions:
        yield from rules(below)


def refuses_a_class(facts: Disclosure) -> bool:
    return any(
        rule.decision is ConsentDecision.DENY and any(entry.recipient_class in CLASSES for entry in rule.recipients)
        for consent in facts.consents
        for rule in rules(consent)
    )


def refuses_without_form_or_end(facts: Disclosure) -> bool:
    return any(
        each.decision is ConsentDecision.DENY
        and (each.form is ConsentForm.ORAL_UNDOCUMENTED or not states_an_end(each))
        for each in facts.consents
    )


def states_an_end(consent: Consent) -> bool:
    return consent.expiry is Expiry.EVENT or (consent.expiry is Expiry.DATE and consent.period_end is not None)


def ends_with_an_event(facts: Disclosure) -> bool:
    return any(each.kind is ConsentKind.IL_110_5 and each.expiry is Expiry.EVENT for each in facts.consents)


def states_no_revocability(facts: Disclosure) -> bool:
    return any(each.kind is ConsentKind.PART2_2_35 and each.revocation_event is None for each in facts.consents)


def is_counselling_note(facts: Disclosure) -> bool:
    return Label.SUDCOUNSELNOTE in facts.labels or facts.info_class is InfoClass.COUNSELING_NOTES


def carries_notes_with_others(facts: Disclosure) -> bool:
    supervised = facts.received_under is ReceivedUnder.PART2_2_35
    in_court = any(each.kind is ConsentKind.PART2_PROCEEDINGS for each in facts.consents)
    return is_counselling_note(facts) and (supervised or in_court)


def is_personal_note_by_class(facts: Disclosure) -> bool:
    return facts.info_class is InfoClass.PERSONAL_NOTES and Label.PERSONAL_NOTES not in facts.labels


def writer_reads_against_refusal(facts: Disclosure) -> bool:
    stopped = said(facts).denied or facts.purpose is Purpose.BTG
    return Duty.ORIGINATOR_OF_NOTES in facts.actor.duties and stopped


def changed(name: str, **consent: object) -> Disclosure:
    """A situation whose first consent is changed."""
    facts = situations()[name]
    first = replace(facts.consents[0], **consent)  # type: ignore[arg-type]  # names checked at run time
    return replace(facts, consents=(first,))


@cache
def open_differences() -> tuple[Open, ...]:
    """Every open difference."""
    found = situations()
    by_class = (Recipient(recipient_class=RecipientClass.TPO_STANDARD),)
    notes, note = found["p2 supervision received"], found["hipaa own notes"]
    refused = replace(found["hipaa refused"].consents[0], recipients=(Recipient(org=note.actor.org),))
    refused = replace(refused, info_classes=frozenset({InfoClass.PSYCHOTHERAPY_NOTES}))
    return (
        Open("a refusal by class counts in every form", refuses_a_class, changed("hipaa refused", recipients=by_class)),
        Open(
            "a refusal needs no stated end and no record",
            refuses_without_form_or_end,
            changed("hipaa refused", expiry=Expiry.STATED_NONE, period_end=None),
        ),
        Open("740 ILCS 110/5: a date, not an event", ends_with_an_event, changed("il consent", expiry=Expiry.EVENT)),
        Open("2.35 states revocability", states_no_revocability, changed("p2 supervision", revocation_event=None)),
        Open(
            "2.31(b): notes under their own consent",
            carries_notes_with_others,
            replace(notes, own_labels=notes.own_labels | {Label.SUDCOUNSELNOTE}),
        ),
        Open("110/3(b): personal notes by class", is_personal_note_by_class, found["il notes of a class"]),
        Open("a refusal stops the writer too", writer_reads_against_refusal, replace(note, consents=(refused,))),
    )
