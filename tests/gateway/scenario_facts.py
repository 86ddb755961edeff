"""A disclosure scenario with every fact as its live source would give it, and why one cannot be played so.

docs/law/facts.md lists the sources. A fact that none supplies is put as the gateway puts it; the scenario is played if
`crosswalk decide` then gives the same effect, the same obligations and the same citations, and named here if not.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from consent.labels import Arrival, labeller
from consent.origins import OriginStatus
from consent.parts import SENSITIVITIES, split
from consent.vocabulary import InfoClass, Jurisdiction, Label, OrgType
from gateway.agencies.standing import kind_rule
from gateway.disclose.facts import WHO
from gateway.registry import MENTAL_HEALTH
from gateway.scenarios import decide_scenarios
from tests.gateway.scenario_consents import ZONE, writable

Json = dict[str, Any]
Answer = tuple[str, frozenset[str], frozenset[str]]
"""Effect, obligations and determining citations."""

COVERAGE = {"resourceType": "Coverage", "status": "active", "payor": [{"display": "a plan"}]}
DOCUMENT = {"resourceType": "DocumentReference", "status": "current", "content": [{"attachment": {"title": "a paper"}}]}
LAB = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}
SUMMARY = {"coding": [{"system": "http://loinc.org", "code": "18842-5"}]}
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
RECORDS: dict[str, Json] = {
    "diagnosis": {"resourceType": "Condition", "code": {"coding": [{"system": ICD, "code": "J06.9"}]}},
    "housing-need": {"resourceType": "Condition", "code": {"coding": [{"system": ICD, "code": "Z59.00"}]}},
    "treatment-record": {"resourceType": "Procedure", "status": "completed"},
    "encounter": {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"system": ACT_CODE, "code": "IMP"},
    },
    "contact": {"resourceType": "RelatedPerson"},
    "demographics": {"resourceType": "Patient"},
    "referral": {"resourceType": "ServiceRequest", "status": "active", "intent": "order"},
    "lab": {"resourceType": "Observation", "status": "final", "category": [LAB], "code": {"text": "a test"}},
    "billing": COVERAGE,
    "case-note": {"resourceType": "Communication", "status": "completed"},
    "discharge-summary": {**DOCUMENT, "type": SUMMARY},
    "document": DOCUMENT,
}
"""A record of each information class that a native write can make."""
MARKS = {"SUD": "ETH", "MH": "PSY", "HIV": "AID", "SDV": "VIO", "PSYTHPN": "HIPAAPSYNOTES"}
"""How a sender marks what its record is about (HL7 v3-ActCode), in other words than the label's own."""
OWN_WORDS = "marked with the label's own code"
"""Member of a scenario whose record is marked with the code that HL7 has for the label."""
FLAGS = (
    "covered_entity", "health_care_provider", "part2_program", "victim_service_grantee", "criminal_justice_agency",
    "school", "crisis_line_988",
)  # fmt: skip
SESSION = {
    "requestor_validated": True, "fips_transport": False, "idle_minutes": 0, "failed_logons_15min": 0,
    "ndex_advance_permission": False, "ndex_verified": False, "authorized_by_law": False,
}  # fmt: skip


def answer(scenario: Json) -> Answer:
    """What ``crosswalk decide`` says."""
    (said,) = decide_scenarios([scenario])
    cited = frozenset(each["citation"] for each in said["because"])
    return said["decision"], frozenset(said["obligations"]), cited


def unplayable(scenario: Json) -> str:
    """The first fact without a live source that the decision needs; empty where it can be played."""
    for why, holds in _needed(scenario):
        if not holds:
            return why
    decided = answer(scenario)
    for why, step in STEPS:
        scenario = step(scenario)
        if answer(scenario) != decided:
            return why
    return ""


def _needed(scenario: Json) -> Iterator[tuple[str, bool]]:
    actor, holder = scenario["actor"], scenario["holder"]
    yield "a record of several parts", not scenario["resource"]["parts"]
    yield "no purpose", scenario["purpose"] is not None
    yield "a person asks, not an agency", actor["org_type"] != "individual"
    yield "records of the gateway itself", "gateway-operator" not in {actor["org_type"], holder["org_type"]}
    yield "form of consent", all(map(writable, scenario["consents"]))
    yield "standing against the kind of agency", not any(map(_contradicts, (actor, holder)))


def _contradicts(party: Json) -> bool:
    return any(party.get(flag) for flag in kind_rule(OrgType(party["org_type"])).never)


# --- each fact as its live source gives it


def varied(base: Json, **changes: Any) -> Json:
    """A deep copy of a scenario with members of its groups replaced: ``actor__role="clinician"``."""
    copy: Json = json.loads(json.dumps(base))
    for path, value in changes.items():
        group, _, member = path.partition("__")
        if member:
            copy[group][member] = value
        else:
            copy[group] = value
    return copy


def own(scenario: Json) -> bool:
    """Whether the holder asks for its own record."""
    return bool(scenario["actor"]["org"] == scenario["holder"]["org"])


def status(scenario: Json, party: str) -> Json:
    """The legal facts in the agency file of the actor or the holder, one agency where they are the same."""
    said = [scenario[each] for each in (("actor", "holder") if own(scenario) else (party,))]
    must = kind_rule(OrgType(scenario[party]["org_type"])).must
    return {flag: True for flag in FLAGS if flag in must or any(each.get(flag) for each in said)}


def handed_over(scenario: Json) -> bool:
    """Whether the holder hands the patient to the actor before the question is asked."""
    treats = scenario["actor"]["treating_relationship"]
    return not own(scenario) and (treats or any(each["kind"] == "MOU" for each in _between(scenario)))


def _between(scenario: Json) -> list[Json]:
    two = {scenario["actor"]["org"], scenario["holder"]["org"]}
    return [each for each in scenario["context"]["agreements"] if set(each["parties"]) == two and len(two) > 1]


def _person(scenario: Json) -> Json:
    return varied(scenario, actor__relation_to_patient="none", actor__registered=True, actor__mfa=True)


def _parties(scenario: Json) -> Json:
    actor, holder = ({**dict.fromkeys(FLAGS, False), **status(scenario, each)} for each in ("actor", "holder"))
    kept = {name: actor[name] for name in FLAGS[:5]}
    held = {name: holder[name] for name in ("covered_entity", "part2_program", "victim_service_grantee")}
    treats = own(scenario) or handed_over(scenario)
    changed = {"actor": {**scenario["actor"], **kept, "treating_relationship": treats}}
    return varied(scenario, **changed, holder={**scenario["holder"], **held})


def _session(scenario: Json) -> Json:
    context = {name: group for name, group in scenario["context"].items() if name != "identity"}
    put = {"cjis": SESSION, "break_glass": scenario["purpose"] == "BTG", "timezone": str(ZONE)}
    return varied(scenario, context={**context, **put})


def _covering(scenario: Json) -> Json:
    """An order, or a reporting law, that covers nothing cannot be recorded."""
    context = scenario["context"]
    kept = {name: group for name, group in context.items() if name != "report_law" or (group and group["covers"])}
    process = [each for each in context["legal_process"] if each["covers"]]
    return varied(scenario, context={**kept, "legal_process": process})


def _agreements(scenario: Json) -> Json:
    resource, labels = scenario["resource"], set(map(Label, scenario["resource"]["labels"]))
    party = scenario["actor"]["org"] in {resource["requester"], resource["performer"]}
    who = InfoClass(resource["info_class"]) in WHO and not labels & SENSITIVITIES
    opens = handed_over(scenario) and (who or (party and resource["info_class"] == "referral"))
    return varied(scenario, context__agreements=[each for each in _between(scenario) if each["kind"] != "MOU" or opens])


def _consents(scenario: Json) -> Json:
    return varied(scenario, consents=[]) if own(scenario) else scenario


def _provenance(scenario: Json) -> Json:
    return varied(scenario, resource__origin=scenario["holder"]["org"], resource__received_under=None)


def _computed(scenario: Json) -> Json:
    return varied(scenario, resource__derived_from_labels=[], resource__aggregate=None)


def _matter(scenario: Json) -> Json:
    return varied(scenario, resource__matter=None, resource__effective=None)


def as_written(scenario: Json) -> Json:
    """The scenario as it can be written: a class that no record has is a document, wherever it is named."""
    unmade = {str(each) for each in InfoClass} - RECORDS.keys() - {"*"}
    text = json.dumps({name: scenario[name] for name in ("consents", "resource", "context")})
    for each in unmade:
        text = text.replace(f'"{each}"', '"document"')
    made: Json = {**scenario, **json.loads(text)}
    referred = made["resource"]["info_class"] == "referral"
    return made if referred else varied(made, resource__requester=None, resource__performer=None)


def _labels(scenario: Json) -> Json:
    holder = scenario["holder"]
    facts = {name: True for name in status(scenario, "holder") if name != "health_care_provider"}
    kind = OrgType(holder["org_type"])
    origin = OriginStatus(
        org=holder["org"],
        org_type=kind,
        jurisdiction=Jurisdiction(scenario["context"]["jurisdiction"]),
        social_service=kind is OrgType.COMMUNITY_ORG,
        mental_health_provider=kind in MENTAL_HEALTH,
        **facts,
    )
    root = split(record(scenario, "1"), labeller(Arrival(origin, origin)))[0]
    assert root.info_class == scenario["resource"]["info_class"], scenario["id"]
    return varied(scenario, resource__labels=sorted(map(str, root.labels)))


STEPS: tuple[tuple[str, Callable[[Json], Json]], ...] = (
    ("who the person at the client is", _person),
    ("standing of the kind of agency, relationship", _parties),
    ("session, person matching, time zone", _session),
    ("what an order or a law covers", _covering),
    ("consent for the holder's own use", _consents),
    ("origin elsewhere, received under a consent", _provenance),
    ("computed from other data, aggregate", _computed),
    ("matter, clinical date", _matter),
    ("information class", as_written),
    ("agreement", _agreements),
    ("labels", _labels),
)
"""In the order in which they are put; the name says what is missing where the decision changes."""


def record(scenario: Json, patient: str) -> Json:
    """The record that is asked for, as its holder writes it."""
    resource = scenario["resource"]
    made = {**RECORDS.get(resource["info_class"], DOCUMENT)}
    kind, about = made["resourceType"], {"reference": f"Patient/{patient}"}
    if kind == "Appointment":
        made["participant"] = [{"actor": about, "status": "accepted"}]
    elif kind != "Patient":
        made[{"RelatedPerson": "patient", "Coverage": "beneficiary"}.get(kind, "subject")] = about
    codes = [each if OWN_WORDS in scenario else MARKS[each] for each in resource["labels"] if each in MARKS]
    marks = [{"system": ACT_CODE, "code": code} for code in codes]
    return {**made, **({"meta": {"security": marks}} if marks else {})}
