"""The IHE PCF consents: every element has a known fate, and each documented permission and refusal is decided."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime

import pytest

from consent.decide import decide
from consent.instruments import RestrictionKind
from consent.reading import Filing, read
from consent.terms import Consent, Disclosure, Effect, FhirJson, InfoClass, Label, Obligation, Purpose, Restriction
from tests.consent.corpus.elements import Fate, fates, is_read, leaves, name, without
from tests.consent.corpus.places import CORPUS, corpus, table
from tests.consent.facts import (
    CHICAGO,
    CLINIC,
    HEALTH_DEPARTMENT,
    HOSPITAL,
    PHI,
    PLAN,
    PROGRAM,
    STRANGER,
    UNIVERSITY,
    facts,
)  # fmt: skip

HOLDER = Filing(HOSPITAL.org, HOSPITAL.org)
KNOWN = {
    "Organization/ex-organization": HOSPITAL.org,
    "Organization/ex-org-researcher": UNIVERSITY.org,
}
TABLE = table("pcf.json")
CONSENTS = TABLE["consents"]
DISAGREEMENTS = table("disagreements.json")["pcf"]
PARTIES = {
    "clinic": CLINIC,
    "practitioner": replace(CLINIC, org="Org/practice"),
    "plan": PLAN,
    "stranger": replace(STRANGER, covered_entity=False),
    "researcher": UNIVERSITY,
    "approved-researcher": UNIVERSITY,
    "other-researcher": replace(UNIVERSITY, org="Org/uni2"),
    "health-department": HEALTH_DEPARTMENT,
}
CONTENT: dict[str, dict[str, object]] = {
    "restricted": {"own_labels": PHI | {Label.R}},
    "psychiatric": {"own_labels": PHI | {Label.R, Label.MH}},
    "claim": {"info_class": InfoClass.CLAIM},
    "restricted claim": {"own_labels": PHI | {Label.R}, "info_class": InfoClass.CLAIM},
    "part2": {"own_labels": PHI | {Label.PART2, Label.SUD}, "holder": PROGRAM},
    "on the last day": {"now": datetime(2022, 12, 31, 23, 59, tzinfo=CHICAGO)},
    "after the last day": {"now": datetime(2023, 1, 1, 0, 0, tzinfo=CHICAGO)},
    "of 2021": {"effective": date(2021, 12, 31)},
    "of 2022": {"effective": date(2022, 1, 1)},
}
"""Facts that the words add; of the author, the encounter and the single record the engine has no fact."""


def resource_of(consent: str) -> FhirJson:
    return corpus(f"pcf/ex-consent-{consent}.json")


def reading(resource: FhirJson) -> Consent:
    return read(resource, KNOWN.get, HOLDER)


def asked(consent: Consent, who: str, purpose: str, content: str) -> Disclosure:
    """A party asks the holder for content of these words, the day after the consent was signed unless they say when."""
    known: dict[str, object] = {
        "now": datetime(2023, 6, 25, 12, tzinfo=CHICAGO),
        "effective": date(2021, 6, 1),
        "research_approved": who == "approved-researcher",
        **CONTENT.get(content, {}),
    }
    found = facts(actor=PARTIES[who], purpose=Purpose(purpose), consents=(consent,), **known)
    return replace(found, patient=replace(found.patient, id="Patient/ex-patient"))


@pytest.mark.parametrize("consent", CONSENTS)
def test_every_element_is_read_or_irrelevant_or_makes_the_consent_unreliable(consent: str) -> None:
    resource, causes = resource_of(consent), CONSENTS[consent]["causes"]
    found = fates(resource, reading, causes, TABLE["irrelevant"])
    assert [name(place) for place, fate in found.items() if fate is Fate.LOST] == []
    print(consent, dict(Counter(found.values())), causes)  # noqa: T201  # the record of the run


@pytest.mark.parametrize("consent", CONSENTS)
def test_each_named_cause_alone_gives_its_named_problem_and_without_them_there_is_none(consent: str) -> None:
    resource, causes = resource_of(consent), CONSENTS[consent]["causes"]
    assert reading(resource).problems == set(causes.values())
    assert reading(without(resource, set(causes))).problems == set()
    for cause, problem in causes.items():
        assert problem in reading(without(resource, set(causes) - {cause})).problems


def test_every_consent_of_the_corpus_is_in_the_table_and_none_else() -> None:
    corpus("pcf/ex-consent-basic-treat.json")
    files = {path.stem.removeprefix("ex-consent-") for path in (CORPUS / "pcf").glob("*.json")}
    assert files == set(CONSENTS) == {row[0] for row in TABLE["expectations"]}


def test_what_is_listed_as_irrelevant_is_read_in_no_consent() -> None:
    unread = TABLE["irrelevant"]
    for consent in CONSENTS:
        resource = without(resource_of(consent), {"provision.purpose"} if "purpose" in consent else set())
        places = [place for place in leaves(resource) if name(place).startswith(tuple(unread))]
        assert places
        assert not [name(place) for place in places if is_read(resource, place, reading)]


@pytest.mark.parametrize("row", TABLE["expectations"], ids=" | ".join)
def test_a_documented_expectation_is_decided_or_its_disagreement_is_listed_with_its_reason(row: list[str]) -> None:
    consent, who, purpose, content, documented = row
    effect = decide(asked(reading(resource_of(consent)), who, purpose, content)).effect
    listed = DISAGREEMENTS["rows"].get(" | ".join(row[:4]))
    assert (effect != documented) == (listed is not None), f"decided {effect}, documented {documented}"
    assert listed is None or {"because", "citation"} <= set(DISAGREEMENTS["reasons"][listed])


def looser() -> list[list[str]]:
    """The rows where the document refuses and the law opens."""
    return [row for row in TABLE["expectations"] if row[4] == "deny" and " | ".join(row[:4]) in DISAGREEMENTS["rows"]]


@pytest.mark.parametrize("row", looser(), ids=" | ".join)
def test_what_a_document_refuses_and_the_law_opens_closes_with_the_restriction_the_holder_agrees(
    row: list[str],
) -> None:
    consent, who, purpose, content, _ = row
    found = asked(reading(resource_of(consent)), who, purpose, content)
    agreed = Restriction(RestrictionKind.AGREED, found.actor.org)
    assert decide(replace(found, context=replace(found.context, restriction=agreed))).effect is Effect.DENY
    told = Obligation.PRIVACY_OFFICER in decide(found).obligations
    assert told == bool(CONSENTS[consent]["causes"])


def test_the_expectations_are_counted() -> None:
    corpus("pcf/ex-consent-basic-treat.json")
    rows = TABLE["expectations"]
    keys = {" | ".join(row[:4]) for row in rows}
    assert len(keys) == len(rows)
    assert set(DISAGREEMENTS["rows"]) <= keys
    assert set(DISAGREEMENTS["rows"].values()) == set(DISAGREEMENTS["reasons"])
    agree = len(rows) - len(DISAGREEMENTS["rows"])
    print(f"PCF: {len(CONSENTS)} consents, {len(rows)} expectations, {agree} agree")  # noqa: T201  # the record of the run
