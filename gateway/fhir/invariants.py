"""The invariants of FHIR R4 that concern what we carry, each under its key in HL7's StructureDefinitions.

A rule says whether an object of its type is as it should be, whatever else may be wrong with it. dom-3 and ref-1
concern a whole resource and stand in check.py. https://hl7.org/fhir/R4/conformance-rules.html#constraints
"""

from collections.abc import Callable
from typing import Final

from gateway.fhir.moments import interval
from gateway.fhir.outcome import Json
from gateway.fhir.spelling import items, text_of

Rule = Callable[[Json], bool]
Invariant = tuple[str, Rule, str]
"""Key, rule, and what it says."""

_TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem/"
_REQUESTS: Final = frozenset({"batch", "transaction", "history"})
_RESPONSES: Final = frozenset({"batch-response", "transaction-response", "history"})


def _some(*names: str) -> Rule:
    """At least one of the elements is there."""
    return lambda node: any(name in node for name in names)


def _not_both(first: str, second: str) -> Rule:
    return lambda node: first not in node or second not in node


def _needs(name: str, other: str) -> Rule:
    """Where name is there, other is too; an extension may stand in for it."""
    return lambda node: name not in node or other in node or f"_{other}" in node


def _has(node: Json, prefix: str) -> bool:
    """Whether some form of a choice element is there."""
    return any(name.startswith((prefix, f"_{prefix}")) for name in node)


def _codes(node: Json, name: str, system: str) -> set[str]:
    codings = items(node.get(name), "coding")
    return {text_of(each, "code") for each in codings if text_of(each, "system") == _TERMINOLOGY + system}


def _extension(node: Json) -> bool:
    return _has(node, "value") is not ("extension" in node)


def _period(node: Json) -> bool:
    start, end = text_of(node, "start"), text_of(node, "end")
    if len(start) == len(end) and start[19:] == end[19:] and start <= end:
        return True
    first, last = interval(start), interval(end)
    return not (first and last) or last[1] > first[0]


def _task(node: Json) -> bool:
    return _period({"start": node.get("authoredOn"), "end": node.get("lastModified")})


def _allergy(node: Json) -> bool:
    withdrawn = "entered-in-error" in _codes(node, "verificationStatus", "allergyintolerance-verification")
    return withdrawn is not ("clinicalStatus" in node)


def _condition_withdrawn(node: Json) -> bool:
    withdrawn = "entered-in-error" in _codes(node, "verificationStatus", "condition-ver-status")
    return not withdrawn or "clinicalStatus" not in node


def _condition_abated(node: Json) -> bool:
    over = _codes(node, "clinicalStatus", "condition-clinical") & {"resolved", "remission", "inactive"}
    return bool(over) or not _has(node, "abatement")


def _observation(node: Json) -> bool:
    return "dataAbsentReason" not in node or not _has(node, "value")


def _no_home(name: str) -> Rule:
    return lambda node: all(text_of(each, "use") != "home" for each in items(node, name))


def _appointment(node: Json) -> bool:
    return "start" in node or text_of(node, "status") in {"proposed", "cancelled", "waitlist"}


def _entries_with(member: str, types: frozenset[str]) -> Rule:
    def rule(node: Json) -> bool:
        entries = [each for each in items(node, "entry") if isinstance(each, dict)]
        return all((member in each) is (text_of(node, "type") in types) for each in entries)

    return rule


def _bundle_total(node: Json) -> bool:
    return "total" not in node or text_of(node, "type") in {"searchset", "history"}


def _distinct(node: Json) -> bool:
    found = [_identity(each) for each in items(node, "entry") if text_of(each, "fullUrl")]
    return text_of(node, "type") == "history" or len(found) == len(set(found))


def _identity(entry: Json) -> tuple[str, str]:
    resource = entry.get("resource")
    version = text_of(resource.get("meta"), "versionId") if isinstance(resource, dict) else ""
    return text_of(entry, "fullUrl"), version


def _unversioned(node: Json) -> bool:
    return "/_history/" not in text_of(node, "fullUrl")


INVARIANTS: Final[dict[str, tuple[Invariant, ...]]] = {
    "Extension": (("ext-1", _extension, "an extension has either a value or extensions"),),
    "Period": (("per-1", _period, "a period ends no earlier than it starts"),),
    "ContactPoint": (("cpt-2", _needs("value", "system"), "a value needs a system"),),
    "Quantity": (("qty-3", _needs("code", "system"), "a code needs a system"),),
    "Attachment": (("att-1", _needs("data", "contentType"), "data needs a contentType"),),
    "AllergyIntolerance": (("ait-1, ait-2", _allergy, "clinicalStatus is there unless entered in error"),),
    "Appointment": (
        ("app-2", lambda node: ("start" in node) is ("end" in node), "start and end are both there or neither"),
        ("app-3", _appointment, "start is there unless proposed, cancelled or waiting"),
    ),
    "Appointment.participant": (("app-1", _some("type", "actor"), "type or actor is required"),),
    "AuditEvent.entity": (("sev-1", _not_both("name", "query"), "name and query exclude each other"),),
    "Bundle": (
        ("bdl-1", _bundle_total, "total is for searchset and history"),
        ("bdl-3", _entries_with("request", _REQUESTS), "request is for batch, transaction and history, in each entry"),
        ("bdl-4", _entries_with("response", _RESPONSES), "response is for responses and history, in each entry"),
        ("bdl-7", _distinct, "fullUrl is unique among the entries"),
    ),
    "Bundle.entry": (
        ("bdl-5", _some("resource", "request", "response"), "an entry has a resource, a request or a response"),
        ("bdl-8", _unversioned, "fullUrl has no version"),
    ),
    "CarePlan.activity": (("cpl-3", _not_both("detail", "reference"), "detail and reference exclude each other"),),
    "Condition": (
        ("con-4", _condition_abated, "an abatement needs a clinicalStatus that says so"),
        ("con-5", _condition_withdrawn, "clinicalStatus is absent when entered in error"),
    ),
    "Condition.evidence": (("con-2", _some("code", "detail"), "code or detail is required"),),
    "Condition.stage": (("con-1", _some("summary", "assessment"), "summary or assessment is required"),),
    "Consent": (("ppc-1", _some("policy", "policyRule"), "policy or policyRule is required"),),
    "Observation": (("obs-6", _observation, "dataAbsentReason and a value exclude each other"),),
    "Observation.referenceRange": (("obs-3", _some("low", "high", "text"), "low, high or text is required"),),
    "Organization": (
        ("org-1", _some("identifier", "name"), "identifier or name is required"),
        ("org-2", _no_home("address"), "no address is of use home"),
        ("org-3", _no_home("telecom"), "no telecom is of use home"),
    ),
    "Patient.contact": (
        ("pat-1", _some("name", "telecom", "address", "organization"), "name, telecom, address or organization"),
    ),
    "QuestionnaireResponse.item": (("qrs-1", _not_both("answer", "item"), "answer and item exclude each other"),),
    "ServiceRequest": (("prr-1", _needs("orderDetail", "code"), "orderDetail needs a code"),),
    "Task": (("inv-1", _task, "lastModified is no earlier than authoredOn"),),
}
"""{type: its invariants}."""
