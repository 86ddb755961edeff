"""DG1, AL1, OBX and NTE: diagnoses, allergies, observations, and the notes to them.

Source: HL7 v2.8 chapters 6.5.2, 3.4.6, 7.4.2; IG tables DG1, AL1, OBX. A diagnosis is known by its visit and code, so
a message sent again or an update changes it and makes no second one.
"""

from adapters.base import Json
from adapters.hospital.draft import Draft, code_of, refer
from adapters.hospital.er7 import Segment
from mappings.concepts import Target, concepts
from mappings.vocabularies import vocabulary, written

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
ENCOUNTER_DIAGNOSIS = {"coding": [{"system": f"{TERMINOLOGY}condition-category", "code": "encounter-diagnosis"}]}
ENTERED_IN_ERROR = {"coding": [{"system": f"{TERMINOLOGY}condition-ver-status", "code": "entered-in-error"}]}
ACTIVE = {"coding": [{"system": f"{TERMINOLOGY}allergyintolerance-clinical", "code": "active"}]}
NO_NAME = "says not what it is"
VALUES = {
    "NM": ("decimal", "valueQuantity"),
    "ST": ("text", "valueString"),
    "TX": ("text", "valueString"),
    "FT": ("text", "valueString"),
    "CE": ("concept", "valueCodeableConcept"),
    "CWE": ("concept", "valueCodeableConcept"),
    "CNE": ("concept", "valueCodeableConcept"),
    "IS": ("concept", "valueCodeableConcept"),
    "DT": ("date", "valueDateTime"),
    "TS": ("date_time", "valueDateTime"),
    "DTM": ("date_time", "valueDateTime"),
}


def diagnosis(draft: Draft, segment: Segment) -> Json | None:
    """A DG1 as a Condition and its role in the visit; None if it names no diagnosis."""
    found: Json = {}
    draft.fill(segment, found, about="Condition")
    code = _code(draft, segment)
    if not code:
        draft.account.enter("unmapped", NO_NAME, "", segment.label)
        return None
    draft.fact("diagnosis", *(coding["code"] for coding in code.get("coding", ())))
    resource = draft.make("Condition", "urn:crosswalk:diagnosis", f"{draft.owner()}|{'|'.join(code_of(code))}")
    for element, value in {
        **found,
        "code": code,
        "category": [ENCOUNTER_DIAGNOSIS],
        "subject": refer(draft.patient),
    }.items():
        resource.setdefault(element, value)
    if draft.encounter:
        resource["encounter"] = refer(draft.encounter)
    _role(draft, segment, resource)
    return resource


def _code(draft: Draft, segment: Segment) -> Json:
    code: Json = draft.value(segment, 3, "concept", "Condition.code") or {}
    if code.get("coding") and "system" not in code["coding"][0]:
        _method(draft, segment, code)
    else:
        draft.leave(segment, 2, "DG1-3 says what it is coded in, or has no code")
    description = draft.text(segment, 4, "Condition.code.text")
    if description:
        spoken = code.get("text")
        code["text"] = description if spoken in (None, description) else f"{spoken}; {description}"
    return code


def _method(draft: Draft, segment: Segment, code: Json) -> None:
    """The coding method of old versions as the system of a code that has none."""
    method = draft.text(segment, 2, "Condition.code.coding.system")
    if method:
        uri = vocabulary(method, draft.account)
        if uri:
            draft.account.place = f"{segment.label}-3"
            known = code["coding"][0]
            code["coding"][0] = {"system": uri, **known, "code": written(known["code"], uri, 1, draft.account)}
        else:
            draft.account.enter("unmapped", "code system not known", "", f"{segment.label}-2")


def _role(draft: Draft, segment: Segment, resource: Json) -> None:
    kind = draft.peek(segment, 6)
    certainty, role = (
        concepts(name).find(kind) if kind else None for name in ("condition-verification", "diagnosis-role")
    )
    target = "Condition.verificationStatus" if certainty else "Encounter.diagnosis.use"
    sent = draft.text(segment, 6, target)
    if sent and not (certainty or role):
        draft.account.enter("unmapped", "not in diagnosis-role", "", f"{segment.label}-6")
    if certainty:
        resource["verificationStatus"] = {"coding": [certainty.coding()]}
    rank = draft.value(segment, 15, "integer", "Encounter.diagnosis.rank")
    deleted = draft.peek(segment, 21) == "D"
    draft.leave(segment, 21, "D deletes the diagnosis" if deleted else "only D, delete, says anything here")
    if deleted:
        resource["verificationStatus"] = ENTERED_IN_ERROR
        return
    if draft.encounter:
        _diagnosis(draft, resource, role, rank or 0)


def _diagnosis(draft: Draft, resource: Json, role: Target | None, rank: int) -> None:
    """Name the condition among the visit's diagnoses, once for each role and rank."""
    entry: Json = {"condition": refer(resource)}
    if role:
        entry["use"] = {"coding": [role.coding()]}
    if rank > 0:
        entry["rank"] = rank
    told = (resource["id"], role.code if role else "", max(rank, 0))
    if told not in draft.roles:
        draft.roles.add(told)
        draft.encounter.setdefault("diagnosis", []).append(entry)


def allergy(draft: Draft, segment: Segment) -> Json | None:
    """An AL1 as an AllergyIntolerance; the segment lists what holds now, so it is active, provisionally."""
    found: Json = {}
    draft.fill(segment, found, about="AllergyIntolerance")
    code = found.get("code")
    if not code:
        draft.account.enter("unmapped", NO_NAME, "", segment.label)
        return None
    resource = draft.make(
        "AllergyIntolerance", "urn:crosswalk:allergy", f"{draft.patient['id']}|{'|'.join(code_of(code))}"
    )
    resource.update(found, patient=refer(draft.patient))
    draft.provide(resource, "clinicalStatus", ACTIVE)
    reactions = draft.values(segment, 5, "text", "AllergyIntolerance.reaction.manifestation")
    if reactions:
        reaction: Json = {"manifestation": [{"text": text} for text in reactions]}
        if severity := draft.value(segment, 4, "code", "AllergyIntolerance.reaction.severity", "allergy-severity"):
            reaction["severity"] = severity
        resource["reaction"] = [reaction]
    return resource


def observation(draft: Draft, segment: Segment) -> Json | None:
    """An OBX as an Observation; None if it names nothing observed or its value has a type that is not read."""
    found: Json = {}
    draft.fill(segment, found, about="Observation")
    code = found.get("code")
    if not code:
        draft.account.enter("unmapped", NO_NAME, "", segment.label)
        return None
    parts = [*code_of(code), draft.peek(segment, 4), found.get("effectiveDateTime", "")]
    draft.leave(segment, 4, "tells observations of one code apart: part of the id")
    resource = draft.make("Observation", "urn:crosswalk:observation", "|".join([draft.owner(), *parts]))
    resource.update(found, subject=refer(draft.patient))
    if draft.encounter:
        resource["encounter"] = refer(draft.encounter)
    draft.provide(resource, "status", "unknown")
    _value(draft, segment, resource)
    return resource


def _value(draft: Draft, segment: Segment, resource: Json) -> None:
    kind = draft.text(segment, 2, "Observation.value")
    known = VALUES.get(kind.upper())
    if known is None:
        if kind:
            draft.account.enter("unmapped", "a type of value that is not read", "", f"{segment.label}-2")
        return
    use, element = known
    values = draft.values(segment, 5, use, f"Observation.{element}")
    if not values:
        return
    if element == "valueString":
        values = ["\n".join(values)]
    resource[element] = {"value": values[0]} if element == "valueQuantity" else values[0]
    for position in range(2, len(values) + 1):
        draft.account.enter("unmapped", "an Observation has one value", "", f"{segment.label}-5[{position}]")
    if element == "valueQuantity":
        _unit(draft, segment, resource[element])


def _unit(draft: Draft, segment: Segment, quantity: Json) -> None:
    found = draft.value(segment, 6, "concept", "Observation.valueQuantity.unit")
    if not found:
        return
    coding = found.get("coding", [{}])[0]
    quantity["unit"] = coding.get("display") or coding.get("code") or found.get("text", "")
    if coding.get("system"):
        quantity.update(system=coding["system"], code=coding["code"])


def note(draft: Draft, segment: Segment, about: Json | None) -> None:
    """An NTE as a note of the resource before it, where that type has notes."""
    draft.fill(segment, {})
    texts = draft.values(segment, 3, "text", "note.text") if about else []
    if about and texts:
        about.setdefault("note", []).append({"text": "\n".join(texts)})
