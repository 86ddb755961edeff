"""Disclosure scenarios: JSON rows into facts, decisions into answer lines (the format of ``crosswalk decide``)."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NotRequired, TypedDict

from consent.decide import decide, decide_record
from consent.explain import explain
from consent.terms import (
    Aggregate,
    Decision,
    Disclosure,
    Duty,
    Effect,
    Holder,
    InfoClass,
    Label,
    OrgType,
    Party,
    Patient,
    Purpose,
    ReceivedUnder,
    Relation,
    Role,
)
from gateway.scenarios.consents import read_consent
from gateway.scenarios.context import read_context
from gateway.scenarios.fields import Field


class Because(TypedDict):
    """One determining finding."""

    law: str
    citation: str
    effect: str
    reason: str
    strength: str


class Answer(TypedDict):
    """One answer line; ``redact`` holds the withheld parts of a permit-redacted."""

    id: str
    decision: str
    obligations: list[str]
    because: list[Because]
    redact: NotRequired[list[str]]
    explanation: NotRequired[str]


def decide_scenarios(rows: Iterable[object], *, explained: bool = False, first: int = 1) -> Iterator[Answer]:
    """One answer a row, in order, counted from first; raises BadRow naming row and field of a fact unread."""
    for number, row in enumerate(rows, first):
        scenario = Field(f"row {number}", row)
        name = scenario["id"].text()
        parts = disclosures(scenario)
        decision = decide(parts[""]) if list(parts) == [""] else decide_record(parts)
        yield _answer(name, decision, explained=explained)


def _answer(name: str, decision: Decision, *, explained: bool) -> Answer:
    answer = Answer(
        id=name,
        decision=decision.effect.value,
        obligations=sorted(decision.obligations),
        because=[
            Because(law=f.law, citation=f.citation, effect=f.effect.value, reason=f.reason, strength=f.strength.value)
            for f in decision.because
        ],
    )
    if decision.withheld and decision.effect is Effect.PERMIT_REDACTED:
        answer["redact"] = list(decision.withheld)
    if explained:
        answer["explanation"] = explain(decision)
    return answer


def disclosures(row: Field) -> dict[str, Disclosure]:
    """The facts of one scenario by part id; a resource without parts stands under the empty id."""
    resource = row["resource"]
    whole = _whole(row, resource)
    parts = {
        part["id"].text(): replace(
            whole,
            own_labels=part["labels"].words(Label),
            derived_from_labels=part["derived_from_labels"].words(Label),
            info_class=_info_class(part["info_class"]),
            origin=part["origin"].text(),
            aggregate=_aggregate(part.get("aggregate")),
        )
        for part in resource["parts"]
    }
    return parts or {"": whole}


def _whole(row: Field, resource: Field) -> Disclosure:
    purpose, under, effective = row.get("purpose"), resource.get("received_under"), resource.get("effective")
    return Disclosure(
        actor=_party(row["actor"]),
        holder=_holder(row["holder"]),
        patient=Patient(row["patient"]["id"].text(), row["patient"]["birth_date"].day()),
        purpose=purpose.word(Purpose) if purpose else None,
        own_labels=resource["labels"].words(Label),
        derived_from_labels=resource["derived_from_labels"].words(Label),
        info_class=_info_class(resource["info_class"]),
        origin=resource["origin"].text(),
        context=read_context(row["context"]),
        received_under=under.word(ReceivedUnder) if under else None,
        requester=_text(resource.get("requester")),
        performer=_text(resource.get("performer")),
        matter=_text(resource.get("matter")),
        effective=effective.day() if effective else None,
        aggregate=_aggregate(resource.get("aggregate")),
        consents=tuple(read_consent(consent) for consent in row["consents"]),
    )


def _text(field: Field | None) -> str | None:
    return field.text() if field else None


def _info_class(field: Field) -> InfoClass:
    """A class of content; "*" stands in scopes only."""
    if field.value == InfoClass.EVERY:
        raise field.bad("not a class of content; name one")
    return field.word(InfoClass)


def _aggregate(field: Field | None) -> Aggregate | None:
    if field is None:
        return None
    return Aggregate(field["cell"].number(), field["threshold"].number(), field["recoverable_by_subtraction"].flag())


def _party(field: Field) -> Party:
    flags = (
        "registered", "covered_entity", "health_care_provider", "part2_program", "treating_relationship",
        "medical_personnel", "criminal_justice_agency", "victim_service_grantee", "screened", "mfa",
    )  # fmt: skip
    return Party(
        org=field["org"].text(),
        org_type=field["org_type"].word(OrgType),
        role=field["role"].word(Role),
        relation=field["relation_to_patient"].word(Relation),
        duties=field["duties"].words(Duty),
        **{flag: field[flag].flag() for flag in flags},
    )


def _holder(field: Field) -> Holder:
    return Holder(
        org=field["org"].text(),
        org_type=field["org_type"].word(OrgType),
        covered_entity=field["covered_entity"].flag(),
        part2_program=field["part2_program"].flag(),
        victim_service_grantee=field["victim_service_grantee"].flag(),
    )
