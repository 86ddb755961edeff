"""IN1: insurance as Coverage.

Source: HL7 v2.8 chapter 6.5.6; IG table IN1[Coverage].
"""

from adapters.base import Json
from adapters.hospital.draft import Draft, code_of, refer
from adapters.hospital.er7 import Segment

GROUP = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/coverage-class", "code": "group"}]}


def coverage(draft: Draft, segment: Segment) -> Json | None:
    """An IN1 as a Coverage, provisionally active; None without a payor, which R4 requires."""
    found: Json = {}
    draft.fill(segment, found, about="Coverage")
    payors = _payors(draft, segment)
    if not payors:
        draft.account.enter("unmapped", "a coverage without payor", "", segment.label)
        return None
    members = draft.values(segment, 49, "identifier", "Coverage.identifier")
    resource = draft.make("Coverage", "urn:crosswalk:coverage", _identity(draft, found, payors, members))
    resource.update(found, payor=payors, beneficiary=refer(draft.patient))
    if members:
        resource["identifier"] = members
    if group := draft.text(segment, 8, "Coverage.class.value"):
        resource["class"] = [{"type": GROUP, "value": group}]
        if named := draft.value(segment, 9, "organization", "Coverage.class.name"):
            resource["class"][0]["name"] = named.get("display") or named["identifier"]["value"]
    draft.provide(resource, "status", "active")
    return resource


def _payors(draft: Draft, segment: Segment) -> list[Json]:
    named = draft.values(segment, 4, "organization", "Coverage.payor")
    numbers = draft.values(segment, 3, "identifier", "Coverage.payor.identifier")
    for position, number in enumerate(numbers):
        if position < len(named):
            named[position].setdefault("identifier", number)
        else:
            named.append({"type": "Organization", "identifier": number})
    return named


def _identity(draft: Draft, found: Json, payors: list[Json], members: list[Json]) -> str:
    payor = payors[0]
    member = found.get("subscriberId") or (members[0]["value"] if members else "|".join(code_of(found.get("type", {}))))
    return "|".join([draft.patient["id"], payor.get("identifier", {}).get("value") or payor["display"], member])
