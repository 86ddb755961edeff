"""Random disclosures: a plausible situation, then one to four changes of its facts; the same seed gives the same."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from random import Random
from typing import Any, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from consent.terms import (
    Agreement,
    AgreementKind,
    Context,
    Disclosure,
    Duty,
    InfoClass,
    Jurisdiction,
    Label,
    LegalProcess,
    Patient,
    ProcessKind,
    Purpose,
    ReceivedUnder,
    Relation,
    Restriction,
    RestrictionKind,
)
from tests.consent.cedar.building import CALM, CHICAGO, NOON
from tests.consent.cedar.changed_consents import another_consent, changed_consent, nested, when_clinical
from tests.consent.cedar.people import ORGANISATIONS, PEOPLE, holder, person
from tests.consent.cedar.situations import situations

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
    other: Any = {flag: not getattr(facts.actor, flag)}
    turned = replace(facts, actor=replace(facts.actor, **other))
    if facts.actor.org == facts.holder.org and flag in OF_THE_ORGANISATION:
        return replace(turned, holder=replace(facts.holder, **other))
    return turned


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


SITUATIONS = tuple(situations().values())
CHANGES: Sequence[Change] = (
    other_recipient, own_recipient, other_trait, other_trait, other_relation, other_duty, other_holder, other_origin,
    other_purpose, other_purpose, other_class, more_labels, more_labels, fewer_labels, derived, other_receipt,
    other_referral, other_now, other_age, other_state, other_restriction, other_agreement, other_process,
    other_circumstance, turned_circumstance, another_consent, changed_consent, changed_consent, nested, when_clinical,
)  # fmt: skip
