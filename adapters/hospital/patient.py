"""PID, PD1, NK1, GT1 and MRG: the person, their contacts, and the merging of two records of one person.

Source: HL7 v2.8 chapter 3.4; IG tables PID[Patient], NK1[Patient]; US Core race and ethnicity.
"""

from adapters.base import Json, Unreadable
from adapters.hospital.draft import Draft, refer
from adapters.hospital.er7 import Segment

RANKS = {"MR": 0, "PI": 1, "PT": 2, "": 3, "U": 4, "EI": 4, "RI": 4, "PN": 4, "SS": 9}
OLD_FIELDS = {2: ("2.3", "2.3.1", "2.4"), 4: ("2.3", "2.3.1", "2.4"), 18: ("2.3",)}
"""Where versions of that age also put the patient's identifier (HL7 v2.3.1 chapter 3.3.2)."""
US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
OMB = "urn:oid:2.16.840.1.113883.6.238"
BIRTH_TIME = "http://hl7.org/fhir/StructureDefinition/patient-birthTime"
ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
NOBODY = "a contact without name, telecom, address or organization"


def patient(draft: Draft, segment: Segment) -> Json:
    """The Patient of a PID. Raises Unreadable (``required``, PID-3) without an identifier and its authority."""
    filled: Json = {}
    draft.fill(segment, filled, about="Patient")
    numbered = draft.values(segment, 3, "identifier", "Patient.identifier")
    chosen = best(numbered) or _old(draft, segment, numbered)
    if chosen is None:
        raise Unreadable(
            "required", "PID-3", "required PID-3: no patient identifier with an authority; fill PID-3.1", draft.envelope
        )
    resource = draft.make("Patient", chosen["system"], chosen["value"])
    resource["identifier"] = numbered + filled.pop("identifier", [])
    resource.update(filled)
    _born(draft, segment, resource)
    _died(draft, segment, resource)
    _races(draft, segment, resource)
    draft.settle(resource)
    return resource


def best(identifiers: list[Json]) -> Json | None:
    """The identifier that says best who it is: a medical record number first; one without a system never."""
    usable = [each for each in identifiers if each.get("system") and _type(each) in RANKS]
    return min(usable, key=lambda each: RANKS[_type(each)], default=None) or next(
        (each for each in identifiers if each.get("system")), None
    )


def _type(identifier: Json) -> str:
    return str(identifier["type"]["coding"][0]["code"]) if "type" in identifier else ""


def _old(draft: Draft, segment: Segment, numbered: list[Json]) -> Json | None:
    for number, versions in OLD_FIELDS.items():
        if draft.version in versions:
            found = draft.values(segment, number, "identifier", "Patient.identifier")
            numbered += found
            if chosen := best(found):
                draft.account.enter(
                    "repaired", "the patient's identifier, PID-3 being empty", "", f"{segment.label}-{number}"
                )
                return chosen
    return None


def _born(draft: Draft, segment: Segment, resource: Json) -> None:
    moment = draft.value(segment, 7, "date_time", "Patient.birthDate")
    if moment:
        resource["birthDate"], _, clock = moment.partition("T")
        if clock:
            resource["_birthDate"] = {"extension": [{"url": BIRTH_TIME, "valueDateTime": moment}]}
    order = draft.value(segment, 25, "integer", "Patient.multipleBirthInteger")
    if order is not None:
        resource["multipleBirthInteger"] = order
        draft.leave(segment, 24, "PID-25 says which")
    elif (multiple := draft.value(segment, 24, "boolean", "Patient.multipleBirthBoolean")) is not None:
        resource["multipleBirthBoolean"] = multiple


def _died(draft: Draft, segment: Segment, resource: Json) -> None:
    moment = draft.value(segment, 29, "date_time", "Patient.deceasedDateTime")
    if moment:
        resource["deceasedDateTime"] = moment
        draft.leave(segment, 30, "PID-29 says when")
    elif (dead := draft.value(segment, 30, "boolean", "Patient.deceasedBoolean")) is not None:
        resource["deceasedBoolean"] = dead


def _races(draft: Draft, segment: Segment, resource: Json) -> None:
    for number, name in ((10, "race"), (22, "ethnicity")):
        concepts = draft.values(segment, number, "concept", f"Patient.extension({name})", codes=name)
        if concepts:
            resource.setdefault("extension", []).append(
                {"url": US_CORE + name, "extension": _categories(concepts, name)}
            )


def _categories(concepts: list[Json], name: str) -> list[Json]:
    known = [concept["coding"][0] for concept in concepts if _omb(concept)]
    kept = known if name == "race" else known[:1]
    texts = [_words(concept) for concept in concepts]
    parts: list[Json] = [{"url": "ombCategory", "valueCoding": coding} for coding in kept]
    return [*parts, {"url": "text", "valueString": "; ".join(dict.fromkeys(texts))}]


def _omb(concept: Json) -> bool:
    system = concept.get("coding", [{}])[0].get("system", "")
    return system == OMB or str(system).endswith("v3-NullFlavor")


def _words(concept: Json) -> str:
    """Everything that a concept says, for a part that holds only text."""
    said = [concept.get("text", "")]
    for coding in concept.get("coding", ()):
        said += [coding.get("display", ""), coding["code"] if not coding.get("display") else ""]
    return ", ".join(dict.fromkeys(text for text in said if text))


def contact(draft: Draft, segment: Segment) -> None:
    """A next of kin as a Patient.contact; the FHIR invariant pat-1 asks for some way to reach them."""
    found: Json = {}
    draft.fill(segment, found)
    if named := draft.value(segment, 2, "name", "Patient.contact.name"):
        found["name"] = named
    if found.keys() & {"name", "telecom", "address", "organization"}:
        draft.patient.setdefault("contact", []).append(found)
    elif found:
        draft.account.enter("unmapped", NOBODY, "", segment.label)


def guarantor(draft: Draft, segment: Segment) -> None:
    """A guarantor as a RelatedPerson, known by number or else by name."""
    found: Json = {}
    draft.fill(segment, found, about="RelatedPerson")
    chosen = best(found.get("identifier", []))
    named = "|".join(
        str(name.get("family", "")) + "," + " ".join(name.get("given", [])) for name in found.get("name", [])
    )
    if not chosen and not named:
        draft.account.enter("unmapped", "a guarantor without number or name", "", segment.label)
        return
    system, value = (chosen["system"], chosen["value"]) if chosen else ("urn:crosswalk:guarantor", named)
    resource = draft.make("RelatedPerson", system, f"{draft.patient['id']}|{value}")
    role = {"coding": [{"system": ROLE, "code": "GUAR", "display": "guarantor"}]}
    draft.settle(resource)
    resource.update(found, patient=refer(draft.patient))
    resource["relationship"] = [role, *found.get("relationship", [])]


def merge(draft: Draft, segment: Segment, survivor: Json) -> None:
    """MRG of an ADT^A40: the retired Patient, inactive and replaced by the survivor. Raises Unreadable (MRG-1)."""
    found: Json = {}
    draft.fill(segment, found)
    chosen = best(found.get("identifier", []))
    if chosen is None:
        raise Unreadable(
            "required", "MRG-1", "required MRG-1: no retired identifier with an authority; fill MRG-1.1", draft.envelope
        )
    retired = draft.make("Patient", chosen["system"], chosen["value"])
    if retired is survivor:
        raise Unreadable("value", "MRG-1", "a patient cannot be merged into itself; correct MRG-1", draft.envelope)
    retired.update(found, active=False)
    retired["link"] = [{"other": refer(survivor), "type": "replaced-by"}]
    draft.merges.append((retired["id"], survivor["id"]))
