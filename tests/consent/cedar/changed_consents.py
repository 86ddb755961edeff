"""Random changes of consents: one more, one trait other, exceptions to three levels."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from consent.terms import (
    Consent,
    ConsentDecision,
    ConsentForm,
    ConsentKind,
    ConsentProblem,
    ConsentStatus,
    DataPeriod,
    Disclosure,
    Expiry,
    InfoClass,
    Label,
    Party,
    Provision,
    Purpose,
    Recipient,
    RecipientClass,
    RevocationEvent,
    Signer,
)
from tests.consent.cedar.people import person

ENDS = (None, date(2026, 5, 1), date(2026, 5, 2), date(2026, 12, 31))


def another_consent(chance: Random, facts: Disclosure) -> Disclosure:
    """One consent more, of any kind, for this disclosure or a little beside it."""
    kind = chance.choice(list(ConsentKind))
    oral = kind is ConsentKind.ORAL_AGREEMENT
    more = Consent(
        id=f"c{len(facts.consents) + 1}",
        kind=kind,
        status=ConsentStatus.ACTIVE,
        decision=chance.choice((ConsentDecision.PERMIT, ConsentDecision.PERMIT, ConsentDecision.DENY)),
        form=ConsentForm.ORAL_DOCUMENTED if oral else ConsentForm.WRITTEN,
        patient=facts.patient.id,
        signed_on=date(2026, 3, 1),
        signers=frozenset() if oral else frozenset(chance.choices(list(Signer), k=2)),
        period_start=date(2026, 3, 1),
        period_end=date(2026, 12, 31),
        expiry=Expiry.DATE,
        recipients=recipients(chance, facts),
        purposes=purposes(chance, facts),
        info_classes=classes(chance, facts),
    )
    return replace(facts, consents=(*facts.consents, more))


def changed_consent(chance: Random, facts: Disclosure) -> Disclosure:
    """One trait of one consent changed."""
    if not facts.consents:
        return another_consent(chance, facts)
    place = chance.randrange(len(facts.consents))
    old = facts.consents[place]
    new = chance.choice(TRAITS)(chance, facts, old)
    return replace(facts, consents=(*facts.consents[:place], new, *facts.consents[place + 1 :]))


def nested(chance: Random, facts: Disclosure) -> Disclosure:
    """Exceptions to one consent, to three levels."""
    if not facts.consents:
        return another_consent(chance, facts)
    first, *rest = facts.consents
    decision = chance.choice((first.decision, *ConsentDecision))
    first = replace(first, decision=decision, provisions=provisions(chance, facts, 3))
    return replace(facts, consents=(first, *rest))


def provisions(chance: Random, facts: Disclosure, depth: int) -> tuple[Provision, ...]:
    """One or two exceptions, each with exceptions of its own while depth lasts."""
    return tuple(
        Provision(
            decision=chance.choice(list(ConsentDecision)),
            recipients=chance.choice(((), (), recipients(chance, facts))),
            purposes=chance.choice((frozenset(), frozenset(), purposes(chance, facts))),
            labels=chance.choice(
                (frozenset(), frozenset(), frozenset(chance.choices(sorted(facts.labels) or [Label.PHI])))
            ),
            info_classes=chance.choice((frozenset(), frozenset(), classes(chance, facts))),
            data_period=chance.choice((None, None, None, DataPeriod(date(2026, 1, 1), date(2026, 5, 2)))),
            provisions=provisions(chance, facts, depth - 1) if chance.random() < 0.4 * (depth > 1) else (),
        )
        for _ in range(chance.choice((1, 1, 2)))
    )


def recipients(chance: Random, facts: Disclosure) -> tuple[Recipient, ...]:
    """Mostly this recipient, by name, role or class; now and then another or nobody."""
    actor: Party = facts.actor
    this = Recipient(org=actor.org)
    role = Recipient(org=actor.org, role=chance.choice((actor.role, actor.role, person("officer").role)))
    classed = Recipient(recipient_class=chance.choice(list(RecipientClass)))
    through = (Recipient(intermediary="Org/gateway"), chance.choice((this, classed)))
    return chance.choice(((this,), (this,), (role,), (classed,), through, (Recipient(org="Org/somebody"),), ()))


def purposes(chance: Random, facts: Disclosure) -> frozenset[Purpose]:
    """Mostly the purpose asked; or treatment, any other, or none."""
    asked = frozenset({facts.purpose} if facts.purpose else ())
    some = frozenset(chance.choices(list(Purpose), k=3))
    return chance.choice((asked, asked, asked, frozenset({Purpose.TREAT}), some, frozenset[Purpose]()))


def classes(chance: Random, facts: Disclosure) -> frozenset[InfoClass]:
    """Mostly the class asked; or every class, another, or none."""
    asked = frozenset({facts.info_class})
    return chance.choice(
        (asked, asked, asked, frozenset({InfoClass.EVERY}), frozenset({InfoClass.LAB}), frozenset[InfoClass]())
    )


def when_clinical(chance: Random, facts: Disclosure) -> Disclosure:
    """A clinical date, and consents limited to a period of such dates."""
    period = DataPeriod(date(2026, 4, 1), date(2026, 5, 2))
    limited = tuple(replace(each, data_period=chance.choice((period, None))) for each in facts.consents)
    day = chance.choice((None, date(2026, 3, 31), date(2026, 4, 1), date(2026, 5, 2), date(2026, 5, 3)))
    return replace(facts, effective=day, consents=limited)


def revoked(chance: Random, facts: Disclosure, old: Consent) -> Consent:
    """Revoked a moment before, at or after now; a consent for supervision perhaps not before its event."""
    moment = facts.context.now + timedelta(seconds=chance.choice((-3600, 0, 1)))
    today = facts.context.today
    event = chance.choice((None, RevocationEvent.FINAL_DISPOSITION, old.revocation_event))
    from_day = chance.choice((None, today - timedelta(days=1), today, today + timedelta(days=1))) if event else None
    return replace(old, revoked_at=moment, revocation_event=event, revocable_from=from_day)


def ended(chance: Random, facts: Disclosure, old: Consent) -> Consent:
    """Another way to end."""
    expiry = chance.choice(list(Expiry))
    happened = expiry is Expiry.EVENT and chance.random() < 0.5
    return replace(old, expiry=expiry, period_end=chance.choice(ENDS), event_occurred=happened)


def signed(chance: Random, facts: Disclosure, old: Consent) -> Consent:
    """Other hands under it."""
    hands = frozenset(chance.choices(list(Signer), k=chance.choice((0, 1, 1, 2))))
    return replace(old, signers=hands, signer_is_abuser=chance.random() < 0.2)


def spoiled(chance: Random, facts: Disclosure, old: Consent) -> Consent:
    """A defect of the form, the patient or the status."""
    return chance.choice(
        (
            replace(old, status=chance.choice(list(ConsentStatus))),
            replace(old, form=chance.choice(list(ConsentForm))),
            replace(old, problems=frozenset({chance.choice(list(ConsentProblem))})),
            replace(old, missing_elements=frozenset({"2.31(a)(8)"})),
            replace(old, patient="Patient/p9"),
            replace(old, period_start=chance.choice((date(2026, 5, 2), date(2026, 5, 3)))),
        )
    )


TRAITS: Sequence[Callable[[Random, Disclosure, Consent], Consent]] = (
    revoked,
    ended,
    signed,
    spoiled,
    lambda chance, facts, old: replace(old, recipients=recipients(chance, facts)),
    lambda chance, facts, old: replace(old, purposes=purposes(chance, facts)),
    lambda chance, facts, old: replace(old, info_classes=classes(chance, facts)),
    lambda chance, facts, old: replace(old, kind=chance.choice(list(ConsentKind))),
    lambda chance, facts, old: replace(old, decision=chance.choice(list(ConsentDecision))),
    lambda chance, facts, old: replace(old, matter=chance.choice((None, "26-CF-101", "26-CF-102"))),
)
