"""The second evaluator: each governing regime's Cedar policies alone, put together outside of Cedar."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cedarpy import AuthzResult, Decision, Entities, PolicySet, Schema, is_authorized

from consent.terms import Disclosure, Jurisdiction, Label
from tests.consent.cedar.request import Record, circumstances, party, record

HERE = Path(__file__).parent
HOUSE = "house"
LABELS: dict[str, frozenset[Label]] = {
    "part2": frozenset({Label.PART2, Label.SUDCOUNSELNOTE, Label.CONFIDENTIAL_COMMUNICATION}),
    "hipaa": frozenset({Label.PHI, Label.PSYTHPN}),
    "cjis": frozenset({Label.CJI, Label.CHRI, Label.NCIC_RESTRICTED, Label.NCIC_NONRESTRICTED, Label.NDEX}),
    "vawa": frozenset({Label.VAWA, Label.SHELTER_LOCATION}),
    "ferpa": frozenset({Label.FERPA}),
    "il_mhddca": frozenset({Label.IL_MHDDCA}),
    "personal_notes": frozenset({Label.PERSONAL_NOTES}),
    "crisis988": frozenset({Label.CRISIS988}),
    "le_local": frozenset({Label.LE_LOCAL, Label.JUVENILE}),
    "social_service": frozenset({Label.SOCIAL_SERVICE}),
    "hiv": frozenset({Label.HIV}),
    "audit_log": frozenset({Label.AUDIT_LOG}),
    "accounting": frozenset({Label.ACCOUNTING, Label.LE_SUSPENDABLE}),
    "aggregate": frozenset({Label.AGGREGATE}),
    "open": frozenset(
        {Label.PUBLIC_RECORD, Label.CJIS_EXEMPT_ID, Label.LE_UNIT, Label.SYSTEM, Label.DEIDENTIFIED}
    ),
}  # fmt: skip
ADD_NOTHING = frozenset({Label.SUD, Label.MH, Label.SDV, Label.R})
REGIMES = (*LABELS, HOUSE)


@dataclass(frozen=True)
class Verdict:
    """Which regimes govern a disclosure, which permit it, by which policies; the house permits nothing alone."""

    governing: frozenset[str]
    permitting: frozenset[str]
    reasons: frozenset[str]

    @property
    def refusing(self) -> frozenset[str]:
        return self.governing - self.permitting

    @property
    def permitted(self) -> bool:
        """At least one law governs, and every governing regime permits."""
        return self.governing > {HOUSE} and not self.refusing


def permitted(facts: Disclosure) -> bool:
    """Whether a disclosure may be made."""
    return verdict(facts).permitted


def verdict(facts: Disclosure) -> Verdict:
    """What each governing regime says, each asked alone (Cedar's own rule would let any permit suffice)."""
    governing = governs(facts)
    asked = Request(facts)
    hipaa_basis = asked.permits("hipaa")
    part2_basis = "part2" in governing and asked.permits("part2", hipaa_basis=hipaa_basis)
    serves_both = part2_basis and Label.PART2 in facts.labels
    own = {"hipaa": "hipaa" in governing and asked.permits("hipaa", part2_basis=serves_both), "part2": part2_basis}
    others = {regime: asked.permits(regime) for regime in governing - own.keys()}
    permitting = frozenset(regime for regime, permits in (own | others).items() if permits)
    return Verdict(governing, permitting, frozenset(asked.reasons))


def governs(facts: Disclosure) -> frozenset[str]:
    """The regimes whose label is present (rule 5); Illinois only for Illinois records, and the house for all."""
    found = {regime for regime, labels in LABELS.items() if labels & facts.labels}
    if facts.context.jurisdiction is not Jurisdiction.US_IL:
        found.discard("il_mhddca")
    if facts.labels <= ADD_NOTHING:
        found.add("open")
    return frozenset(found | {HOUSE})


class Request:
    """One disclosure put to Cedar: the entities are parsed once, the context differs only in the two bases."""

    def __init__(self, facts: Disclosure) -> None:
        self.action = f'Action::"{facts.purpose or "unstated"}"'
        self.context = circumstances(facts)
        self.reasons: set[str] = set()
        self.entities = Entities.from_json_str(
            json.dumps([entity("Party", party(facts)), entity("Record", record(facts))]), schema()
        )

    def permits(self, regime: str, *, part2_basis: bool = False, hipaa_basis: bool = False) -> bool:
        """Whether a regime, asked alone, permits; raises AssertionError where a policy could not be evaluated."""
        context = self.context | {"part2_basis": part2_basis, "hipaa_basis": hipaa_basis}
        asked = {
            "principal": 'Party::"recipient"', "action": self.action, "resource": 'Record::"segment"',
            "context": json.dumps(context),
        }  # fmt: skip
        answer: AuthzResult = is_authorized(asked, policies(regime), self.entities, schema())
        assert answer.decision is not Decision.NoDecision, answer.diagnostics.errors
        assert not answer.diagnostics.errors, answer.diagnostics.errors
        self.reasons.update(answer.diagnostics.id_annotations_by_reason.values())
        return answer.allowed


def entity(kind: str, attributes: Record) -> dict[str, object]:
    """A Cedar entity in JSON."""
    name = {"Party": "recipient", "Record": "segment"}[kind]
    return {"uid": {"type": kind, "id": name}, "attrs": attributes, "parents": []}


@cache
def policies(regime: str) -> PolicySet:
    """The policies of a regime, parsed once."""
    return PolicySet.from_str((HERE / f"{regime}.cedar").read_text(encoding="utf-8"))


@cache
def schema() -> Schema:
    """The facts that policies may read, parsed once."""
    return Schema.from_str((HERE / "schema.cedarschema").read_text(encoding="utf-8"))
