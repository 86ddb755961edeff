"""Random disclosures: a plausible situation, then one to four changes of its facts; the same seed gives the same."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from consent.terms import (
    Agreement,
    AgreementKind,
    Consent,
    ConsentDecision,
    ConsentForm,
    ConsentKind,
    ConsentProblem,
    ConsentStatus,
    Context,
    DataPeriod,
    Disclosure,
    Duty,
    Expiry,
    InfoClass,
    Jurisdiction,
    Label,
    LegalProcess,
    Party,
    Patient,
    ProcessKind,
    Provision,
    Purpose,
    ReceivedUnder,
    Recipient,
    RecipientClass,
    Relation,
    Restriction,
    RestrictionKind,
    RevocationEvent,
    Signer,
)
from tests.consent.cedar.people import ORGANISATIONS, PEOPLE, holder, person
from tests.consent.cedar.situations import CALM, CHICAGO, NOON, situations

Change: TypeAlias = Callable[[Random, Disclosure], Disclosure]
Choice = TypeVar("Choice")
NEW_YORK = ZoneInfo("America/New_York")
NOWS = (
    NOON,
    datetime(2026, 5, 3, 3, 30, tzinfo=UTC),  # still 2 May in Chicago
    datetime(2026, 5, 3, 0, 30, tzinfo=CHICAGO),
    datetime(2026, 5, 2, 4, 30, tzinfo=UTC),  # still 1 May in Chicago
    datetime(2026, 9, 2, 12, tzinfo=CHICAGO),
)
ENDS = (None, date(2026, 5, 1), date(2026, 5, 2), date(2026, 12, 31))
BIRTHDAYS = (
    date(1944, 6, 30), date(1990, 3, 14), date(2008, 5, 1), date(2008, 5, 2), date(2008, 5, 3), date(2011, 2, 10),
    date(2014, 5, 2), date(2014, 5, 3), date(2016, 8, 20),
)  # fmt: skip
FLAGS = (
    "registered", "covered_entity", "health_care_provider", "part2_program", "treating_relationship",
    "medical_personnel", "criminal_justice_agency", "victim_service_grantee", "screened", "mfa",
)  # fmt: skip
OF_THE_ORGANISATION = ("covered_entity", "part2_program", "victim_service_grantee")


@dataclass(frozen=True)
class Case:
    """A random disclosure with its story: the situation it began as and the changes, in order."""

    story: str
    facts: Disclosure


def cases(seed: int, count: int) -> Iterator[Case]:
    """So many random disclosures; the same seed always gives the same."""
    chance = Random(seed)  # noqa: S311  # repeatable tests, no secret
    begun = list(situations().items())
    for _ in range(count):
        name, facts = chance.choice(begun)
        steps = chance.choices(CHANGES, k=chance.choice((1, 1, 1, 2, 2, 3, 4)))
        for step in steps:
            facts = step(chance, facts)
        yield Case(" + ".join([name, *(step.__name__ for step in steps)]), facts)


def other_recipient(chance: Random, facts: Disclosure) -> Disclosure:
    return replace(facts, actor=person(chance.choice(list(PEOPLE))))


def own_recipient(chance: Random, facts: Disclosure) -> Disclosure:
    actor = person(chance.choice([name for name, row in PEOPLE.items() if row[0] in ORGANISATIONS]))
    return replace(facts, actor=actor, holder=holder(actor.org.removeprefix("Org/")))


def other_trait(chance: Random, facts: Disclosure) -> Disclosure:
    """One fact about the recipient turned round; what the registry says of one organisation stays one."""
    flag = chance.choice(FLAGS)
    turned = replace(facts.actor, **{flag: not getattr(facts.actor, flag)})
    if facts.actor.org == facts.holder.org and flag in OF_THE_ORGANISATION:
        return replace(facts, actor=turned, holder=replace(facts.holder, **{flag: getattr(turned, flag)}))
    return replace(facts, actor=turned)


def other_relation(chance: Random, facts: Disclosure) -> Disclosure:
    return replace(facts, actor=replace(facts.actor, relation=chance.choice(list(Relation))))


def other_duty(chance: Random, facts: Disclosure) -> Disclosure:
    duty = chance.choice(list(Duty))
    return replace(facts, actor=replace(facts.actor, duties=facts.actor.duties ^ {duty}))


def other_holder(chance: Random, facts: Disclosure) -> Disclosure:
    return replace(facts, holder=holder(chance.choice(list(ORGANISATIONS))))


def other_origin(chance: Random, facts: Disclosure) -> Disclosure:
    return replace(facts, origin=chance.choice((facts.actor.org, facts.holder.org, "Org/programme", "Org/hospital")))


def other_purpose(chance: Random, facts: Disclosure) -> Disclosure:
    return replace(facts, purpose=chance.choice([None, *Purpose]))


def other_class(chance: Random, facts: Disclosure) -> Disclosure:
    return replace(facts, info_class=chance.choice([each for each in InfoClass if each is not InfoClass.EVERY]))


def more_labels(chance: Random, facts: Disclosure) -> Disclosure:
    return replace(facts, own_labels=facts.own_labels | {chance.choice(list(Label))})


def fewer_labels(chance: Random, facts: Disclosure) -> Disclosure:
    gone = chance.choice(sorted(facts.own_labels) or list(Label))
    return replace(facts, own_labels=facts.own_labels - {gone})


def derived(chance: Random, facts: Disclosure) -> Disclosure:
    return replace(facts, derived_from_labels=frozenset({chance.choice(list(Label))}))


def other_receipt(chance: Random, facts: Disclosure) -> Disclosure:
    return replace(facts, received_under=chance.choice([None, *ReceivedUnder]))


def other_referral(chance: Random, facts: Disclosure) -> Disclosure:
    ends = [facts.actor.org, facts.holder.org, "Org/programme", None]
    kind = chance.choice((InfoClass.REFERRAL, InfoClass.REFERRAL_STATUS, facts.info_class))
    return replace(facts, requester=chance.choice(ends), performer=chance.choice(ends), info_class=kind)


def other_now(chance: Random, facts: Disclosure) -> Disclosure:
    zone = chance.choice((CHICAGO, NEW_YORK))
    return replace(facts, context=replace(facts.context, now=chance.choice(NOWS), timezone=zone))


def other_age(chance: Random, facts: Disclosure) -> Disclosure:
    return replace(facts, patient=Patient(facts.patient.id, chance.choice(BIRTHDAYS)))


def other_state(chance: Random, facts: Disclosure) -> Disclosure:
    law = chance.choice(list(Jurisdiction))
    return replace(facts, context=replace(facts.context, jurisdiction=law))


def other_restriction(chance: Random, facts: Disclosure) -> Disclosure:
    against = chance.choice((facts.actor.org, facts.actor.org, "Org/somebody"))
    found = Restriction(chance.choice(list(RestrictionKind)), against)
    return replace(facts, context=replace(facts.context, restriction=found))


def other_agreement(chance: Random, facts: Disclosure) -> Disclosure:
    """Another agreement, mostly between the two, now and then with a third."""
    sides = chance.choice(((facts.actor.org, facts.holder.org),) * 3 + ((facts.actor.org, facts.origin),))
    found = Agreement(chance.choice(list(AgreementKind)), frozenset(sides))
    kept = chance.choice((facts.context.agreements, ()))
    return replace(facts, context=replace(facts.context, agreements=(*kept, found)))


def other_process(chance: Random, facts: Disclosure) -> Disclosure:
    """Another process served, beside or instead of what there is."""
    mandate, grounds, assurance, parts = (chance.random() < 0.7 for _ in range(4))
    scope = chance.choice((facts.info_class, facts.info_class, InfoClass.EVERY, InfoClass.LAB))
    found = LegalProcess(chance.choice(list(ProcessKind)), frozenset({scope}), mandate, grounds, assurance, parts)
    kept = chance.choice((facts.context.legal_process, ()))
    return replace(facts, context=replace(facts.context, legal_process=(*kept, found)))


def other_circumstance(chance: Random, facts: Disclosure) -> Disclosure:
    """One group of circumstances as another situation has it, or not established at all."""
    group = chance.choice([each.name for each in fields(Context) if each.default is not each.default_factory])
    if group in ("jurisdiction", "agreements", "legal_process"):
        return facts
    found = chance.choice([CALM, *(each.context for each in SITUATIONS if getattr(each.context, group))])
    return replace(facts, context=replace(facts.context, **{group: getattr(found, group)}))


def turned_circumstance(chance: Random, facts: Disclosure) -> Disclosure:
    """One yes or no within an established group turned round."""
    groups = [
        (each.name, inner.name)
        for each in fields(facts.context)
        if hasattr(type(getattr(facts.context, each.name)), "__dataclass_fields__")
        for inner in fields(getattr(facts.context, each.name))
        if isinstance(getattr(getattr(facts.context, each.name), inner.name), bool)
    ]
    if not groups:
        return facts
    group, flag = chance.choice(groups)
    found = getattr(facts.context, group)
    turned = replace(found, **{flag: not getattr(found, flag)})
    return replace(facts, context=replace(facts.context, **{group: turned}))


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
            labels=chance.choice((frozenset(), frozenset(), frozenset(chance.choices(sorted(facts.labels) or [Label.PHI])))),
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
    asked = frozenset({facts.purpose} - {None})
    return chance.choice((asked, asked, asked, frozenset({Purpose.TREAT}), frozenset(chance.choices(list(Purpose), k=3)), frozenset()))  # type: ignore[return-value]


def classes(chance: Random, facts: Disclosure) -> frozenset[InfoClass]:
    """Mostly the class asked; or every class, another, or none."""
    asked = frozenset({facts.info_class})
    return chance.choice((asked, asked, asked, frozenset({InfoClass.EVERY}), frozenset({InfoClass.LAB}), frozenset()))


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
SITUATIONS = tuple(situations().values())
CHANGES: Sequence[Change] = (
    other_recipient, own_recipient, other_trait, other_trait, other_relation, other_duty, other_holder, other_origin,
    other_purpose, other_purpose, other_class, more_labels, more_labels, fewer_labels, derived, other_receipt,
    other_referral, other_now, other_age, other_state, other_restriction, other_agreement, other_process,
    other_circumstance, turned_circumstance, another_consent, changed_consent, changed_consent, nested, when_clinical,
)  # fmt: skip
