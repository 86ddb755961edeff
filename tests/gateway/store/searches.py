"""Small random resources, and searches among them that speak the same few words."""

import uuid
from datetime import timedelta
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from gateway.fhir.outcome import BadRequest
from gateway.fhir.parameters import LAST_UPDATED, PARAMETERS
from gateway.fhir.query import Query, parse_query

Json = dict[str, Any]
IDS = [str(uuid.uuid5(uuid.NAMESPACE_URL, str(number))) for number in range(4)]
SYSTEMS, CODES = ["urn:a", "urn:b|c", ""], ["F11.20", "B20", "x,y", "Z59.0", "a\\b"]
NAMES = ["Ashgrove", "ASHGROVE-VALE", "Muñoz", "Li", "Bramble Ash", "ashgroves"]
DATES = ["2026-05-02", "2026-05", "2026", "2026-05-02T12:00:00Z", "2026-05-02T07:00:00.5-05:00", "2026-05-03"]
BEFORE, AFTER = ["2025", "2026-04-30T23:59:59Z"], ["2027", "2026-12-01"]


def _maybe(**elements: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({}, optional=elements)


def coding() -> st.SearchStrategy[Json]:
    made = {"system": st.sampled_from(SYSTEMS), "code": st.sampled_from(CODES)}
    return st.fixed_dictionaries(made).map(lambda each: {k: v for k, v in each.items() if v})


def concept() -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({"coding": st.lists(coding(), max_size=2)})


def identifier() -> st.SearchStrategy[Json]:
    made = {"system": st.sampled_from(SYSTEMS), "value": st.sampled_from(["1", "12", "A|1"])}
    return st.fixed_dictionaries(made).map(lambda each: {k: v for k, v in each.items() if v})


def reference(kind: str) -> st.SearchStrategy[Json]:
    return st.sampled_from(IDS).map(lambda each: {"reference": f"{kind}/{each}"})


def period() -> st.SearchStrategy[Json]:
    return _maybe(start=st.sampled_from([*BEFORE, *DATES]), end=st.sampled_from([*DATES, *AFTER]))


def many(one: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(one, min_size=1, max_size=3)


date, status = st.sampled_from(DATES), st.sampled_from(["active", "requested", "finished", "on-hold"])
name = _maybe(family=st.sampled_from(NAMES), given=many(st.sampled_from(NAMES)), text=st.sampled_from(NAMES))
address = _maybe(city=st.sampled_from(NAMES), postalCode=st.sampled_from(["62701", "62"]), line=many(st.just("1 Elm")))
telecom = st.fixed_dictionaries({"system": st.sampled_from(["phone", "email"]), "value": st.sampled_from(["5", "a@b"])})
RESOURCES: dict[str, st.SearchStrategy[Json]] = {
    "Patient": _maybe(
        identifier=many(identifier()), name=many(name), birthDate=st.sampled_from(["1990-05-02", "1990-05", "1990"]),
        gender=st.sampled_from(["female", "other"]), telecom=many(telecom), address=many(address),
        active=st.booleans(), generalPractitioner=many(reference("Practitioner")),
    ),
    "Task": _maybe(
        status=status, intent=st.just("order"), businessStatus=concept(), code=concept(), focus=reference("Task"),
        owner=reference("Organization"), basedOn=many(reference("ServiceRequest")), authoredOn=date, lastModified=date,
        executionPeriod=period(), partOf=many(reference("Task")), identifier=many(identifier()),
        encounter=reference("Encounter"), groupIdentifier=identifier(), **{"for": reference("Patient")},
    ),
    "Encounter": _maybe(
        status=status, **{"class": coding()}, type=many(concept()), period=period(), subject=reference("Patient"),
        location=many(reference("Location").map(lambda each: {"location": each})), reasonCode=many(concept()),
        participant=many(reference("Practitioner").map(lambda each: {"individual": each})),
        hospitalization=st.fixed_dictionaries({"dischargeDisposition": concept()}),
    ),
    "Condition": _maybe(
        clinicalStatus=concept(), category=many(concept()), code=concept(), subject=reference("Patient"),
        encounter=reference("Encounter"), onsetDateTime=date, abatementPeriod=period(), recordedDate=date,
    ),
    "ServiceRequest": _maybe(
        status=status, category=many(concept()), code=concept(), subject=reference("Patient"), authoredOn=date,
        occurrencePeriod=period(), performer=many(reference("Organization")), requisition=identifier(),
        supportingInfo=many(reference("Condition")),
    ),
    "Consent": _maybe(
        status=status, category=many(concept()), scope=concept(), patient=reference("Patient"), dateTime=date,
        provision=_maybe(period=period(), purpose=many(coding()), action=many(concept())),
        organization=many(reference("Organization")), performer=many(reference("Patient")),
    ),
    "Organization": _maybe(
        name=st.sampled_from(NAMES), alias=many(st.sampled_from(NAMES)), address=many(address), active=st.booleans(),
        identifier=many(identifier()), partOf=reference("Organization"), type=many(concept()),
    ),
}  # fmt: skip


def _escaped(text: str) -> str:
    for each in "\\,|$":
        text = text.replace(each, f"\\{each}")
    return text


def token() -> st.SearchStrategy[str]:
    words = [*CODES, "active", "requested", "true", "female", "order", "1", "12", "A|1", "phone", "5", "nothing"]
    code, system = st.sampled_from(words).map(_escaped), st.sampled_from(SYSTEMS).map(_escaped)
    return st.one_of(code, st.tuples(system, code).map("|".join), system.filter(bool).map("{}|".format))


def value_of(kind: str, target: str, personal: bool) -> st.SearchStrategy[str]:
    if kind == "token":
        return token()
    if kind == "string":
        return st.sampled_from([*NAMES, "ash", "mun", "BRAMBLE A", "ashgrove-vale", "62701", "springf"]).map(_escaped)
    if kind == "reference":
        kinds = [target or "Task", "Patient", "Organization", "ServiceRequest"]
        bare = st.sampled_from([*IDS, "none"])
        return st.one_of(bare, st.tuples(st.sampled_from(kinds), bare).map("/".join))
    if personal:
        return st.sampled_from(["1990", "1990-05", "1990-05-02", "1991"])
    prefix = st.sampled_from(["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"])
    return st.tuples(prefix, st.sampled_from([*DATES, *BEFORE, *AFTER])).map("".join)


MODIFIERS = {"token": ["", "", ":not", ":missing"], "string": ["", "", ":exact", ":missing"]}


@st.composite
def pairs_of(draw: st.DrawFn, kind: str) -> list[tuple[str, str]]:
    """Up to three parameters of a type, each with alternatives."""
    found = []
    for _ in range(draw(st.integers(0, 3))):
        one = draw(st.sampled_from([*PARAMETERS[kind].values(), LAST_UPDATED]))
        modifier = draw(st.sampled_from(MODIFIERS.get(one.kind, ["", "", ":missing"]))) if one.name[0] != "_" else ""
        if modifier == ":missing":
            value = draw(st.sampled_from(["true", "false"]))
        else:
            value = ",".join(draw(st.lists(value_of(one.kind, one.target, one.personal), min_size=1, max_size=2)))
        found.append((one.name + modifier, value))
    return found


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Json], Query, list[timedelta]]:
    """Resources of one type and a search among them, with the moments at which they were kept."""
    kind = draw(st.sampled_from(sorted(RESOURCES)))
    made = draw(st.lists(RESOURCES[kind], min_size=1, max_size=6))
    sorts = [each.name for each in PARAMETERS[kind].values() if each.sortable] + ["_lastUpdated"]
    pairs = draw(pairs_of(kind))
    if draw(st.booleans()):
        pairs.append(("_sort", draw(st.sampled_from(["", "-"])) + draw(st.sampled_from(sorts))))
    try:
        query = parse_query(kind, pairs, handling="strict")
    except BadRequest:
        assume(False)
        raise
    seconds = st.sampled_from([0, 0.0005, 0.001, 1, 86400 / 2, 86400 / 2 + 0.001])
    offsets = [timedelta(seconds=draw(seconds)) for _ in made]
    resources = [{"resourceType": kind, "id": str(draw(st.uuids())), **each} for each in made]
    return resources, query, offsets
