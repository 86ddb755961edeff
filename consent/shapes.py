"""Which information class a FHIR R4 record and each of its separable elements belong to, one row a resource type."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from consent.terms import FhirJson, FhirValue
from consent.vocabulary import InfoClass

SDOH = "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"
HOUSING_DOMAINS = frozenset({"housing-instability", "homelessness", "inadequate-housing"})
HOUSING_CODES = ("Z590", "Z591", "Z598")
"""ICD-10-CM without the point: homelessness, inadequate housing, housing instability."""
DISCHARGE_SUMMARY = "18842-5"
"""LOINC document type."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The class of the root, of the elements that form parts of their own, and whether nothing else may split off."""

    root: InfoClass
    parts: Mapping[str, InfoClass] = field(default_factory=dict)
    indivisible: bool = False


_NOTES = {"note": InfoClass.CASE_NOTE}
_REASONS = {"reasonCode": InfoClass.DIAGNOSIS, "reasonReference": InfoClass.DIAGNOSIS}

SHAPES: Mapping[str, Shape] = {
    "Patient": Shape(
        InfoClass.DEMOGRAPHICS,
        {
            "identifier": InfoClass.IDENTIFIER,
            "link": InfoClass.IDENTIFIER,
            "telecom": InfoClass.CONTACT,
            "contact": InfoClass.CONTACT,
            "communication": InfoClass.CONTACT,
            "address": InfoClass.ADDRESS,
            "generalPractitioner": InfoClass.CARE_TEAM,
        },
    ),
    "RelatedPerson": Shape(InfoClass.CONTACT, {"identifier": InfoClass.IDENTIFIER}),
    "Encounter": Shape(
        InfoClass.ENCOUNTER,
        {"diagnosis": InfoClass.DIAGNOSIS, "serviceProvider": InfoClass.ORGANIZATION, **_REASONS},
    ),
    "EpisodeOfCare": Shape(InfoClass.ENCOUNTER, {"diagnosis": InfoClass.DIAGNOSIS}),
    "Condition": Shape(InfoClass.DIAGNOSIS),
    "ServiceRequest": Shape(
        InfoClass.REFERRAL,
        {**_REASONS, "supportingInfo": InfoClass.TREATMENT_RECORD, "note": InfoClass.REFERRAL},
    ),
    "Task": Shape(
        InfoClass.REFERRAL,
        {**_REASONS, "note": InfoClass.REFERRAL, "input": InfoClass.REFERRAL, "output": InfoClass.PROGRESS},
    ),
    "Appointment": Shape(InfoClass.APPOINTMENT, {**_REASONS, "participant": InfoClass.APPOINTMENT}),
    "CareTeam": Shape(InfoClass.CARE_TEAM, {"participant": InfoClass.CARE_TEAM, **_NOTES}),
    "CarePlan": Shape(InfoClass.TREATMENT_RECORD, _NOTES),
    "Procedure": Shape(InfoClass.TREATMENT_RECORD, {**_REASONS, **_NOTES}),
    "Observation": Shape(InfoClass.TREATMENT_RECORD, _NOTES),
    "AllergyIntolerance": Shape(InfoClass.TREATMENT_RECORD, _NOTES),
    "Immunization": Shape(InfoClass.TREATMENT_RECORD, _NOTES),
    "QuestionnaireResponse": Shape(InfoClass.TREATMENT_RECORD),
    "DiagnosticReport": Shape(InfoClass.LAB),
    "Specimen": Shape(InfoClass.LAB),
    "Medication": Shape(InfoClass.MEDICATION),
    "MedicationRequest": Shape(InfoClass.MEDICATION, {**_REASONS, **_NOTES}),
    "MedicationStatement": Shape(InfoClass.MEDICATION, {**_REASONS, **_NOTES}),
    "MedicationAdministration": Shape(InfoClass.MEDICATION, {**_REASONS, **_NOTES}),
    "MedicationDispense": Shape(InfoClass.MEDICATION, _NOTES),
    "DocumentReference": Shape(InfoClass.DOCUMENT),
    "Binary": Shape(InfoClass.ATTACHMENT, indivisible=True),
    "Media": Shape(InfoClass.ATTACHMENT, indivisible=True),
    "Communication": Shape(InfoClass.CASE_NOTE),
    "Flag": Shape(InfoClass.ALERT),
    "List": Shape(InfoClass.PROBLEM_LIST),
    "Claim": Shape(InfoClass.CLAIM),
    "ExplanationOfBenefit": Shape(InfoClass.CLAIM),
    "Coverage": Shape(InfoClass.BILLING),
    "Account": Shape(InfoClass.BILLING),
    "Organization": Shape(InfoClass.ORGANIZATION),
    "Location": Shape(InfoClass.ORGANIZATION),
    "HealthcareService": Shape(InfoClass.ORGANIZATION),
    "Practitioner": Shape(InfoClass.CARE_TEAM),
    "PractitionerRole": Shape(InfoClass.CARE_TEAM),
    "Consent": Shape(InfoClass.CONSENT_RECORD, indivisible=True),
    "Provenance": Shape(InfoClass.PROVENANCE, indivisible=True),
    "AuditEvent": Shape(InfoClass.AUDIT_RECORD, indivisible=True),
    "MessageHeader": Shape(InfoClass.MESSAGE_HEADER, indivisible=True),
    "OperationOutcome": Shape(InfoClass.OPERATION_OUTCOME, indivisible=True),
    "Bundle": Shape(InfoClass.BUNDLE, indivisible=True),
    "MeasureReport": Shape(InfoClass.AGGREGATE, indivisible=True),
    "Subscription": Shape(InfoClass.SUBSCRIPTION_EVENT, indivisible=True),
}
UNKNOWN = Shape(InfoClass.DOCUMENT)


def shape_of(resource: FhirJson) -> Shape:
    """The row for this resource's type; an unlisted type is a document without a finer class."""
    kind = resource.get("resourceType")
    return SHAPES.get(kind, UNKNOWN) if isinstance(kind, str) else UNKNOWN


def root_class(resource: FhirJson) -> InfoClass:
    """The root's class, refined by category and code: housing need, laboratory values, discharge summary."""
    codes = [pair for element in ("category", "code", "type") for pair in codings(resource.get(element))]
    if resource.get("resourceType") in {"ServiceRequest", "Condition"} and any(is_housing(*pair) for pair in codes):
        return InfoClass.HOUSING_NEED
    if resource.get("resourceType") == "Observation" and any(code == "laboratory" for _, code in codes):
        return InfoClass.LAB
    if resource.get("resourceType") == "DocumentReference" and any(code == DISCHARGE_SUMMARY for _, code in codes):
        return InfoClass.DISCHARGE_SUMMARY
    return shape_of(resource).root


def item_class(declared: InfoClass, item: FhirValue) -> InfoClass:
    """The class of one list item: a reason that is a housing need is one, whatever its element says."""
    if declared is InfoClass.DIAGNOSIS and any(is_housing(*pair) for pair in codings(item)):
        return InfoClass.HOUSING_NEED
    return declared


def is_housing(system: str, code: str) -> bool:
    """Whether a coding names a housing need: SDOH Clinical Care domain, or ICD-10-CM Z59.0, Z59.1, Z59.8."""
    if system == SDOH:
        return code in HOUSING_DOMAINS
    return "icd-10" in system and code.upper().replace(".", "").startswith(HOUSING_CODES)


def codings(value: FhirValue) -> list[tuple[str, str]]:
    """Every (system, code) anywhere inside a FHIR value, a missing system read as empty."""
    found: list[tuple[str, str]] = []
    waiting: list[FhirValue] = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            code, system = node.get("code"), node.get("system")
            if isinstance(code, str):
                found.append((system if isinstance(system, str) else "", code))
            waiting += [child for child in node.values() if not isinstance(child, str)]
    return found
