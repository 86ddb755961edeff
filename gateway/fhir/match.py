"""Whether a resource answers a query, without a store: for filters on subscriptions, and to check the store's SQL.

https://hl7.org/fhir/R4/search.html
"""

from gateway.fhir.index import Moment, Term, moments, terms
from gateway.fhir.moments import interval
from gateway.fhir.outcome import Json
from gateway.fhir.parameters import ID, LAST_UPDATED
from gateway.fhir.query import Clause, Comparison, During, Match, Missing, Query, Wanted
from gateway.fhir.spelling import normalise, texts, values_at


def matches(query: Query, resource: Json, base: str = "") -> bool:
    """Whether every clause holds for a resource of the query's type; base is our own URL."""
    if resource["resourceType"] != query.resource_type:
        return False
    found_terms = [*terms(resource, base), *_own_id(resource)]
    found_moments = [*moments(resource), *_own_time(resource)]
    return all(_holds(clause, resource, found_terms, found_moments) for clause in query.clauses)


def fulfils(moment: Moment, comparison: Comparison) -> bool:
    """Whether a moment stands to the interval of a comparison as its prefix says."""
    inside = comparison.low <= moment.low and moment.high <= comparison.high
    above, below = moment.high > comparison.high, moment.low < comparison.low
    return {
        "eq": inside,
        "ne": not inside,
        "gt": above,
        "lt": below,
        "ge": above or inside,
        "le": below or inside,
        "sa": moment.low >= comparison.high,
        "eb": moment.high <= comparison.low,
    }[comparison.comparator]


def agrees(wanted: Wanted, clause: Match, resource: Json) -> bool:
    """The check after unsealing: whether a text of the parameter is, or begins, as the query says."""
    paths = clause.parameter.paths
    written = [text for path in paths for value, _ in values_at(resource, path.elements) for text in texts(value)]
    if wanted.exactly:
        return wanted.exactly in written
    return not wanted.starts or any(normalise(text).startswith(wanted.starts) for text in written)


def _own_id(resource: Json) -> list[Term]:
    return [Term(ID.name, "token", resource["id"], personal=False, element="id")] if "id" in resource else []


def _own_time(resource: Json) -> list[Moment]:
    found = interval(resource.get("meta", {}).get("lastUpdated", ""))
    return [Moment(LAST_UPDATED.name, *found, element="meta")] if found else []


def _holds(clause: Clause, resource: Json, found_terms: list[Term], found_moments: list[Moment]) -> bool:
    name = clause.parameter.name
    own_terms = [term for term in found_terms if term.parameter == name]
    own_moments = [moment for moment in found_moments if moment.parameter == name]
    match clause:
        case Missing():
            return clause.missing is not bool(own_terms or own_moments)
        case During():
            return any(fulfils(moment, each) for moment in own_moments for each in clause.comparisons)
        case Match():
            return clause.negated is not any(_found(each, clause, resource, own_terms) for each in clause.wanted)


def _found(wanted: Wanted, clause: Match, resource: Json, own_terms: list[Term]) -> bool:
    hit = any(term.value == wanted.value and term.form == wanted.form for term in own_terms)
    return hit and agrees(wanted, clause, resource)
